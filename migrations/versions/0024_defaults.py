"""What a new installation begins with: templates, the outbound plans, exchange rates."""

import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# A template serves one rule; which one is what the sender looks for.
RULE = """
ALTER TABLE message_templates ADD COLUMN rule text;
CREATE INDEX message_templates_rule_idx ON message_templates (rule, channel, language)
    WHERE is_active
"""

NOUNS = {
    "en": {
        "service_call": "visit",
        "meeting": "meeting",
        "appointment": "appointment",
        "demo": "demo",
        "follow_up": "follow-up",
        "quote": "quote visit",
        "consultation": "consultation",
        "inspection": "inspection",
        "emergency": "emergency visit",
    },
    "sv": {
        "service_call": "besök",
        "meeting": "möte",
        "appointment": "bokning",
        "demo": "demo",
        "follow_up": "uppföljning",
        "quote": "offertbesök",
        "consultation": "konsultation",
        "inspection": "besiktning",
        "emergency": "akutbesök",
    },
    "es": {
        "service_call": "visita",
        "meeting": "reunión",
        "appointment": "cita",
        "demo": "demostración",
        "follow_up": "cita de seguimiento",
        "quote": "visita de presupuesto",
        "consultation": "consulta",
        "inspection": "inspección",
        "emergency": "visita urgente",
    },
}

SMS = {
    "en": {
        "confirmation": "{{business_name}}: your %s is booked for {{event_datetime}}."
        " Reply C to cancel, STOP to opt out.",
        "reminder": "{{business_name}}: a reminder of your %s, {{event_datetime}}."
        " Reply C to cancel, STOP to opt out.",
    },
    "sv": {
        "confirmation": "{{business_name}}: bokat: %s, {{event_datetime}}."
        " Svara C för att avboka, STOPP för inga fler sms.",
        "reminder": "{{business_name}}: påminnelse: %s, {{event_datetime}}."
        " Svara C för att avboka, STOPP för inga fler sms.",
    },
    "es": {
        "confirmation": "{{business_name}}: reservado: %s, {{event_datetime}}."
        " Responda C para cancelar, BAJA para no recibir más.",
        "reminder": "{{business_name}}: recordatorio: %s, {{event_datetime}}."
        " Responda C para cancelar, BAJA para no recibir más.",
    },
}

EMAIL = {
    "en": {
        "confirmation": (
            "Booked: %s, {{event_datetime}}",
            (
                "Hello {{customer_name}},\n\nyour %s with {{business_name}} is booked for"
                " {{event_datetime}}.\nWhere: {{location}}\n\nIf it does not suit you, just answer"
                " this e-mail.\n\n{{business_name}}"
            ),
        ),
        "reminder": (
            "Reminder: %s, {{event_datetime}}",
            (
                "Hello {{customer_name}},\n\na reminder of your %s with {{business_name}}:"
                " {{event_datetime}}.\nWhere: {{location}}\n\nIf it does not suit you, just answer"
                " this e-mail.\n\n{{business_name}}"
            ),
        ),
    },
    "sv": {
        "confirmation": (
            "Bokat: %s, {{event_datetime}}",
            (
                "Hej {{customer_name}},\n\nbokat hos {{business_name}}: %s, {{event_datetime}}."
                "\nVar: {{location}}\n\nPassar det inte? Svara på det här mejlet."
                "\n\n{{business_name}}"
            ),
        ),
        "reminder": (
            "Påminnelse: %s, {{event_datetime}}",
            (
                "Hej {{customer_name}},\n\nen påminnelse från {{business_name}}: %s,"
                " {{event_datetime}}.\nVar: {{location}}\n\nPassar det inte? Svara på det här"
                " mejlet.\n\n{{business_name}}"
            ),
        ),
    },
    "es": {
        "confirmation": (
            "Reservado: %s, {{event_datetime}}",
            (
                "Hola, {{customer_name}}:\n\nreservado con {{business_name}}: %s,"
                " {{event_datetime}}.\nDónde: {{location}}\n\nSi no le viene bien, responda a este"
                " correo.\n\n{{business_name}}"
            ),
        ),
        "reminder": (
            "Recordatorio: %s, {{event_datetime}}",
            (
                "Hola, {{customer_name}}:\n\nun recordatorio de {{business_name}}: %s,"
                " {{event_datetime}}.\nDónde: {{location}}\n\nSi no le viene bien, responda a este"
                " correo.\n\n{{business_name}}"
            ),
        ),
    },
}

# The two that one of the platforms shipped with, under their own names.
FROM_BEFORE = (
    (
        "Service Call Overview",
        "plumbing",
        "service_call",
        "Service Call Request - {{customer_name}} - {{event_date}}",
        (
            "Hi, I received your call about {{main_topic}}. I have scheduled a {{event_type}} for"
            " {{event_datetime}} at {{location}}. Please confirm if this works for you."
        ),
        ("customer_name", "main_topic", "event_type", "event_datetime", "location"),
    ),
    (
        "Property Showing",
        "real_estate",
        "meeting",
        "Property Showing - {{location}} - {{event_date}}",
        (
            "Thank you for your interest in {{location}}. I have scheduled a showing for"
            " {{event_datetime}}. Looking forward to meeting you!"
        ),
        ("location", "event_datetime"),
    ),
)

USED = ("business_name", "customer_name", "event_datetime", "location")

# Of who only dials: name, tier, price, currency, calls, minutes, texts; NULL is unlimited.
PLANS = (
    ("Outbound Free", "free", "0", "USD", 5, 15, 0),
    ("Outbound Basic", "basic", "9.99", "USD", 20, 100, 0),
    ("Outbound Business", "business", "29.99", "USD", 100, 1000, 0),
    ("Outbound Enterprise", "enterprise", "99.99", "USD", None, None, 0),
)

# The European Central Bank's reference rates of 31 December 2024, turned to dollars.
RATES = (
    ("SEK", "11.0299"),
    ("EUR", "0.962557"),
    ("GBP", "0.798133"),
    ("AUD", "1.614400"),
    ("CAD", "1.438830"),
)


def templates() -> Iterator[dict[str, object]]:
    """Yield one for each rule, event type, channel and language, and the two from before."""
    for language, nouns in NOUNS.items():
        for event_type, noun in nouns.items():
            for rule in ("confirmation", "reminder"):
                name = f"{rule}: {event_type}"
                shared = {
                    "name": name,
                    "rule": rule,
                    "language": language,
                    "industry": None,
                    "event_type": event_type,
                    "variables": json.dumps(dict.fromkeys(USED, "")),
                }
                body = SMS[language][rule] % noun
                yield {**shared, "channel": "sms", "subject": "", "body": body}
                subject, text = EMAIL[language][rule]
                yield {
                    **shared,
                    "channel": "email",
                    "subject": subject % noun,
                    "body": text % noun,
                }
    for name, industry, event_type, subject, body, used in FROM_BEFORE:
        yield {
            "name": name,
            "rule": "confirmation",
            "language": "en",
            "industry": industry,
            "event_type": event_type,
            "channel": "email",
            "subject": subject,
            "body": body,
            "variables": json.dumps(dict.fromkeys(used, "")),
        }


TEMPLATE = sa.text(
    "INSERT INTO message_templates (user_id, template_name, rule, channel, language,"
    " industry_type, event_type, subject_template, body_template, variables, is_default)"
    " VALUES (NULL, :name, :rule, :channel, :language, :industry, :event_type, :subject, :body,"
    " CAST(:variables AS jsonb), true)"
)
PLAN = sa.text(
    "INSERT INTO subscription_plans (name, tier, price, currency, interval, call_limit,"
    " minutes_limit, sms_limit) VALUES (:name, :tier, CAST(:price AS numeric), :currency,"
    " 'monthly', :calls, :minutes, :texts)"
)
RATE = sa.text(
    "INSERT INTO exchange_rates (base, quote, valid_on, rate, source) VALUES ('USD', :quote,"
    " '2024-12-31', CAST(:rate AS numeric), 'reference rate of the European Central Bank')"
)
UNDO = """
DELETE FROM message_templates WHERE user_id IS NULL AND is_default;
DELETE FROM subscription_plans p WHERE name LIKE 'Outbound %' AND stripe_price_id IS NULL
    AND NOT EXISTS (SELECT FROM subscriptions s WHERE s.plan_id = p.id);
DELETE FROM exchange_rates WHERE base = 'USD' AND valid_on = '2024-12-31'
"""


def upgrade() -> None:
    op.execute(RULE)
    connection = op.get_bind()
    op.execute("SET ROLE frontdesk_system")  # row level security is forced on the owner, too
    connection.execute(TEMPLATE, list(templates()))
    names = ("name", "tier", "price", "currency", "calls", "minutes", "texts")
    connection.execute(PLAN, [dict(zip(names, plan, strict=True)) for plan in PLANS])
    rates = [{"quote": quote, "rate": rate} for quote, rate in RATES]
    connection.execute(RATE, rates)
    op.execute("SET ROLE frontdesk_owner")


def downgrade() -> None:
    op.execute("SET ROLE frontdesk_system")
    op.execute(UNDO)
    op.execute("SET ROLE frontdesk_owner")
    op.execute("ALTER TABLE message_templates DROP COLUMN rule")

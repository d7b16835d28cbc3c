"""Where a person may be known, table by table: how they are found there, and what erasing does.

A test holds that every table stands here, with a part or with the reason why it needs none,
and that a blanked table says of each of its texts whether it goes or stays.

A part is found by what was found before it, so the order matters: who it is, then what they
did. Erasing goes the other way, so that what leads to the rest goes last, and an erasure that
was broken off finds what is left.
"""

from collections.abc import Mapping
from typing import Final

from domain.privacy.plan.calling import CALLING, TELEPHONY_EVENTS
from domain.privacy.plan.doings import DOINGS
from domain.privacy.plan.notices import NOTICES
from domain.privacy.plan.people import PEOPLE

PARTS: Final = (*PEOPLE, *CALLING, *DOINGS, TELEPHONY_EVENTS, *NOTICES)

IDS_ONLY: Final = "ids, states and times"
OWN: Final = "the tenant's own; it goes with the tenant"
FIGURES: Final = "counts and money, by ids"
CATALOGUE: Final = "a catalogue"
VENDORS: Final = "what a vendor offers, and an account there"
OPERATORS: Final = "for operators: rows are named by id, texts are ours"

NOBODY: Final[Mapping[str, str]] = {
    "active_sessions": OWN,
    "agents": OWN,
    "ai_budgets": FIGURES,
    "ai_usage_logs": FIGURES,
    "alert_news": IDS_ONLY,
    "analytics": FIGURES,
    "audit_logs": "people stand there as keyed hashes, and nothing is ever taken out",
    "availability_slots": OWN,
    "billing_line_items": FIGURES,
    "booking_holds": IDS_ONLY,
    "budget_reservations": FIGURES,
    "calendar_event_links": "ids: by them the event is taken out of the owner's own calendar",
    "calendar_integrations": OWN,
    "call_campaigns": OWN,
    "call_service_providers": VENDORS,
    "call_templates": OWN,
    "calling_rules": OWN,
    "churn_alerts": OWN,
    "commissions": FIGURES,
    "consent_logs": OWN,
    "customer_health_history": OWN,
    "customer_health_scores": OWN,
    "deals": FIGURES,
    "effects": "what was done, by ids; the vendor's name for it is what a bill is checked by",
    "errands": IDS_ONLY,
    "exchange_rates": CATALOGUE,
    "faqs": OWN,
    "health_calibrations": FIGURES,
    "industry_configurations": OWN,
    "integrations": OWN,
    "latency_logs": OPERATORS,
    "message_templates": OWN,
    "meter_events": FIGURES,
    "model_prices": CATALOGUE,
    "number_ranges": "a range is ten thousand people's, and says nothing of one",
    "organizations": OWN,
    "owner_notification_settings": OWN,
    "owner_notices": "ids, figures and times; who it is about stands in the rows they name",
    "pace_buckets": OPERATORS,
    "pauses": OPERATORS,
    "periodic_runs": IDS_ONLY,
    "provider_phone_numbers": VENDORS,
    "reconciliation_findings": FIGURES,
    "reconciliation_runs": FIGURES,
    "referral_codes": OWN,
    "referral_commissions": FIGURES,
    "referral_settings": CATALOGUE,
    "referrals": OWN,
    "retention_rounds": OPERATORS,
    "review_insights": "what many reviews say together",
    "subscription_plans": CATALOGUE,
    "subscriptions": OWN,
    "supervisors": "our own processes",
    "suppressions": "hashes: who is not to be contacted again",
    "system_prompts": OWN,
    "tenant_turns": IDS_ONLY,
    "tier_snapshots": FIGURES,
    "top_up_packs": CATALOGUE,
    "upgrade_prompts_shown": OWN,
    "usage_credits": FIGURES,
    "usage_limits": FIGURES,
    "user_ai_settings": OWN,
    "user_call_usage": FIGURES,
    "user_phone_numbers": OWN,
    "user_premium_features": OWN,
    "users": OWN,
    "webhook_configs": OWN,
    "voice_options": VENDORS,
}
"""Tables that know nobody whom a tenant serves, and why."""

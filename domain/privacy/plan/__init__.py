"""Where a person may be known, table by table: how they are found there, and what erasing does.

A test holds that every table stands here, with a part or with the reason why it needs none,
and that a blanked table says of each of its texts whether it goes or stays.

A part is found by what was found before it, so the order matters: who it is, then what they
did. Erasing goes the other way, so that what leads to the rest goes last, and an erasure that
was broken off finds what is left.
"""

from collections.abc import Mapping
from typing import Final

from domain.privacy.plan.doings import DOINGS
from domain.privacy.plan.notices import NOTICES
from domain.privacy.plan.people import PEOPLE

PARTS: Final = (*PEOPLE, *DOINGS, *NOTICES)

IDS_ONLY: Final = "ids, states and times"
OWN: Final = "the tenant's own; it goes with the tenant"
FIGURES: Final = "counts and money, by ids"
CATALOGUE: Final = "a catalogue"
OPERATORS: Final = "for operators: rows are named by id, texts are ours"

NOBODY: Final[Mapping[str, str]] = {
    "active_sessions": OWN,
    "ai_budgets": FIGURES,
    "ai_usage_logs": FIGURES,
    "analytics": FIGURES,
    "audit_logs": "people stand there as keyed hashes, and nothing is ever taken out",
    "availability_slots": OWN,
    "booking_holds": IDS_ONLY,
    "budget_reservations": FIGURES,
    "calendar_event_links": "ids: by them the event is taken out of the owner's own calendar",
    "calendar_integrations": OWN,
    "commissions": FIGURES,
    "consent_logs": OWN,
    "deals": FIGURES,
    "effects": "what was done, by ids; the vendor's name for it is what a bill is checked by",
    "errands": IDS_ONLY,
    "exchange_rates": CATALOGUE,
    "industry_configurations": OWN,
    "message_templates": OWN,
    "model_prices": CATALOGUE,
    "ops_alerts": OPERATORS,
    "organizations": OWN,
    "owner_notification_settings": OWN,
    "pace_buckets": OPERATORS,
    "pauses": OPERATORS,
    "periodic_runs": IDS_ONLY,
    "review_insights": "what many reviews say together",
    "supervisors": "our own processes",
    "suppressions": "hashes: who is not to be contacted again",
    "user_ai_settings": OWN,
    "user_premium_features": OWN,
    "users": OWN,
}
"""Tables that know nobody whom a tenant serves, and why."""

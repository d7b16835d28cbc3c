"""Where a person may be known, table by table: how they are found there, and what erasing does.

A test holds that every table stands here, with a part or with the reason why it needs none,
and that a blanked table says of each of its texts whether it goes or stays.

A part is found by what was found before it, so the order matters: who it is, then what they
did. Erasing goes the other way, so that what leads to the rest goes last, and an erasure that
was broken off finds what is left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is known of a person in one table, which is `t` in its words."""

    table: str
    found: str
    """Which rows are theirs, by :phones, :emails, :hashes, :traces, and the ids of parts before."""

    blanks: Mapping[str, str] = field(default_factory=dict[str, str])
    """What becomes of which column; none: the row is deleted."""

    keeps: frozenset[str] = frozenset()
    """Texts of a blanked row that tell nothing of a person."""

    stops: str = ""
    """What ends work that waits or runs for such a row: the assignments of an UPDATE."""

    stops_where: str = "false"
    in_hand: str = "false"
    """When a row has to be waited for, because somebody works on it."""

    is_the_houses: bool = False
    """Tenants do not see it, or may not delete from it."""

    of_tenant: str = "t.user_id = :user"


THEIR_EVENT: Final = (
    "{e}.customer_phone_hash = ANY(CAST(:hashes AS bytea[]))"
    " OR {e}.customer_email_hash = ANY(CAST(:hashes AS bytea[]))"
    " OR {e}.customer_phone = ANY(CAST(:phones AS text[]))"
    " OR lower({e}.customer_email) = ANY(CAST(:emails AS text[]))"
    " OR {e}.customer_id = ANY(CAST(:customers AS uuid[]))"
)
GONE: Final = "NULL"

CUSTOMERS: Final = Part(
    table="customers",
    found="t.phone_hash = ANY(CAST(:hashes AS bytea[]))"
    " OR t.email_hash = ANY(CAST(:hashes AS bytea[]))"
    " OR t.phone = ANY(CAST(:phones AS text[])) OR lower(t.email) = ANY(CAST(:emails AS text[]))",
)

# An appointment that is to come is called off: nobody could be reminded of it, and what stands of
# it in the owner's own calendar goes with it.
EVENTS: Final = Part(
    table="events",
    found=f"{THEIR_EVENT.format(e='t')} OR t.call_id = ANY(CAST(:calls AS uuid[]))",
    blanks={
        **dict.fromkeys(
            (
                *("customer_name", "customer_id", "location", "notes", "fingerprint"),
                *("customer_phone", "customer_phone_sealed", "customer_phone_hash"),
                *("customer_email", "customer_email_sealed", "customer_email_hash"),
            ),
            GONE,
        ),
        "title": "'erased'",
        "status": "CASE WHEN t.status IN ('completed', 'no_show', 'cancelled') THEN t.status"
        " WHEN t.start_time < clock_timestamp() THEN t.status ELSE 'cancelled' END",
    },
    keeps=frozenset(
        {
            *("event_type", "service_type", "status", "timezone", "location_type"),
            *("urgency_level", "source"),
        }
    ),
)

CALLS: Final = Part(
    table="calls",
    found="t.phone_number = ANY(CAST(:phones AS text[]))"  # noqa: S608  # our own names
    " OR t.customer_id = ANY(CAST(:customers AS uuid[]))"
    f" OR t.id IN (SELECT e.call_id FROM events e WHERE {THEIR_EVENT.format(e='e')})",
    blanks=dict.fromkeys(
        (
            *("customer_id", "phone_number", "transcript", "recording_url", "main_topic"),
            *("call_summary", "sentiment", "last_error"),
        ),
        GONE,
    ),
    keeps=frozenset(
        {
            *("provider", "provider_call_id", "call_type", "status", "timezone"),
            *("ai_processing_status", "urgency_level"),
        }
    ),
    stops="ai_processing_status = 'skipped'",
    stops_where="t.ai_processing_status IN ('pending', 'processing')",
)

MESSAGES: Final = Part(
    table="messages",
    found="t.to_number = ANY(CAST(:phones AS text[]))"
    " OR t.from_number = ANY(CAST(:phones AS text[]))"
    " OR lower(t.to_email) = ANY(CAST(:emails AS text[]))"
    " OR lower(t.from_email) = ANY(CAST(:emails AS text[]))"
    " OR t.event_id = ANY(CAST(:events AS uuid[]))"
    " OR t.customer_id = ANY(CAST(:customers AS uuid[]))",
    blanks={
        **dict.fromkeys(
            (
                *("from_number", "to_number", "from_email", "to_email", "subject"),
                *("customer_id", "identity", "last_error"),
            ),
            GONE,
        ),
        "body": "'erased'",
    },
    keeps=frozenset(
        {"channel", "direction", "status", "provider", "provider_message_id", "rule", "currency"}
    ),
    # What is being sent is marked, and the look right before the call sees the mark.
    stops="void_requested = true,"
    " status = CASE WHEN t.status = 'sending' THEN t.status ELSE 'void' END",
    stops_where="t.status IN ('pending', 'held', 'unknown')"
    " OR (t.status = 'sending' AND NOT t.void_requested)",
    in_hand="t.status = 'sending'",
)

OF_CALL: Final = "t.call_id = ANY(CAST(:calls AS uuid[]))"

PARTS: Final = (
    CUSTOMERS,
    CALLS,
    EVENTS,
    MESSAGES,
    Part(table="extraction_runs", found=OF_CALL),
    Part(table="questions", found=f"{OF_CALL} OR t.event_id = ANY(CAST(:events AS uuid[]))"),
    Part(table="sms_opt_outs", found="t.phone_number = ANY(CAST(:phones AS text[]))"),
    Part(
        table="webhook_payloads",
        found="t.person_hashes && CAST(:traces AS bytea[])",
        of_tenant="EXISTS (SELECT FROM webhook_queue q WHERE q.id = t.webhook_id"
        " AND (q.user_id = :user OR (q.user_id IS NULL AND q.state IN ('done', 'failed'))))",
        in_hand="EXISTS (SELECT FROM webhook_queue q WHERE q.id = t.webhook_id"
        " AND q.state NOT IN ('done', 'failed'))",
        is_the_houses=True,
    ),
    Part(
        table="webhook_queue",
        found="t.phone_number = ANY(CAST(:phones AS text[]))",
        blanks={"phone_number": GONE, "error_message": GONE, "last_error": GONE},
        keeps=frozenset(
            {"provider", "event_type", "idempotency_key", "result", "state", "processed_by"}
        ),
        of_tenant="(t.user_id = :user OR (t.user_id IS NULL AND t.state IN ('done', 'failed')))",
        in_hand="t.state NOT IN ('done', 'failed')",
        is_the_houses=True,
    ),
)

IDS_ONLY: Final = "ids, states and times"
OWN: Final = "the tenant's own; it goes with the tenant"
FIGURES: Final = "counts and money, by ids"

NOBODY: Final[Mapping[str, str]] = {
    "users": OWN,
    "ai_usage_logs": FIGURES,
    "effects": "what was done by ids; the vendor's name for it is what a bill is checked by",
    "errands": IDS_ONLY,
    "model_prices": "a catalogue",
    "ops_alerts": "for operators: rows are named by id, texts are ours",
    "pauses": "for operators",
    "periodic_runs": IDS_ONLY,
    "supervisors": "our own processes",
}
"""Tables that know nobody whom a tenant serves, and why."""

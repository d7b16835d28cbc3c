"""Calls that are to be made to them, and what is counted of calls and texts."""

from typing import Final

from domain.privacy.plan.part import Part, among, either, gone, is_phone

LIVE: Final = "('dialing', 'live', 'unknown')"

# A live attempt is a slot at the vendor: it ends by what the vendor says, and is waited for.
CALL_QUEUE: Final = Part(
    table="call_queue",
    found=either(is_phone("t.recipient_number"), among("t.lead_id", "leads")),
    stops="status = 'canceled', outcome = 'canceled'",
    stops_where="t.status = 'queued'",
    in_hand="t.status = 'in-progress' OR EXISTS (SELECT FROM call_attempts a"
    f" WHERE a.call_queue_id = t.id AND a.state IN {LIVE})",
    is_the_houses=True,
)

CALL_ATTEMPTS: Final = Part(
    table="call_attempts",
    found=either(is_phone("t.recipient_number"), among("t.call_queue_id", "call_queue")),
    in_hand=f"t.state IN {LIVE}",
    is_the_houses=True,
)

TELEPHONY_EVENTS: Final = Part(
    table="telephony_events",
    found=either(
        among("t.person_hash", "hashes", "bytea"),
        "t.provider_call_id IN (SELECT c.provider_call_id FROM calls c"  # noqa: S608  # our own names
        f" WHERE {among('c.id', 'calls')})",
    ),
    is_the_houses=True,
)

# What was used stays, for what was billed; with whom is nobody's business any more.
USED: Final = frozenset({"direction", "provider", "currency"})

CALLING: Final = (
    CALL_QUEUE,
    CALL_ATTEMPTS,
    Part(
        table="usage_calls",
        found=is_phone("t.phone_number"),
        blanks=gone("phone_number"),
        keeps=USED | {"agent_id", "call_id", "provider_call_id"},
        is_the_houses=True,
    ),
    Part(
        table="usage_sms",
        found=is_phone("t.phone_number"),
        blanks=gone("phone_number"),
        keeps=USED | {"message_id", "provider_message_id"},
        is_the_houses=True,
    ),
)

"""What they did, and what was done for them: calls, events, and what was made of both."""

from typing import Final

from domain.privacy.plan.part import (
    EMPTY,
    Part,
    among,
    by_email,
    by_phone,
    either,
    gone,
    is_email,
    is_phone,
)


def _their_event(event: str) -> str:
    return either(
        by_phone(f"{event}.customer_phone"),
        by_email(f"{event}.customer_email"),
        among(f"{event}.customer_id", "customers"),
    )


CALLS: Final = Part(
    table="calls",
    found=either(
        is_phone("t.phone_number"),
        among("t.customer_id", "customers"),
        f"t.id IN (SELECT e.call_id FROM events e WHERE {_their_event('e')})",  # noqa: S608  # our own names
        f"t.id IN (SELECT l.call_id FROM leads l WHERE {among('l.id', 'leads')})",  # noqa: S608  # as above
    ),
    blanks=gone(
        *("customer_id", "phone_number", "transcript", "recording_url", "main_topic"),
        *("call_summary", "sentiment", "last_error", "customer_name", "recording_sid"),
        *("sentiment_analysis", "call_data", "notes", "manager_notes", "qa_flags", "outcome"),
    ),
    keeps=frozenset(
        {
            *("provider", "provider_call_id", "call_type", "status", "timezone"),
            *("ai_processing_status", "urgency_level", "assistant_id", "disconnect_reason"),
            "currency",
        }
    ),
    # A worker that reads it at this moment cannot write down what it heard: the row is not its
    # own any more.
    stops="ai_processing_status = 'skipped'",
    stops_where="t.ai_processing_status IN ('pending', 'processing')",
)

# An appointment that is to come is called off: nobody could be reminded of it, and what stands of
# it in the owner's own calendar goes with it.
EVENTS: Final = Part(
    table="events",
    found=either(_their_event("t"), among("t.call_id", "calls")),
    blanks={
        **gone(
            *("customer_name", "customer_id", "location", "notes", "fingerprint"),
            *("customer_phone", "customer_phone_sealed", "customer_phone_hash"),
            *("customer_email", "customer_email_sealed", "customer_email_hash"),
            *("description", "follow_up_reason"),
        ),
        "title": "'erased'",
        "status": "CASE WHEN t.status IN ('completed', 'no_show', 'cancelled') THEN t.status"
        " WHEN t.start_time < clock_timestamp() THEN t.status ELSE 'cancelled' END",
    },
    keeps=frozenset(
        {
            *("event_type", "service_type", "timezone", "location_type", "urgency_level"),
            *("source", "currency", "payment_status"),
        }
    ),
)

LINKED: Final = (
    "EXISTS (SELECT FROM calendar_event_links l WHERE l.remote_id = t.external_id"
    " AND l.calendar_integration_id = t.calendar_integration_id"
    f" AND {among('l.event_id', 'events')})"
)

CALENDAR_EVENTS: Final = Part(
    table="calendar_events",
    found=either(is_phone("t.contact_phone"), is_email("t.contact_email"), LINKED),
)

MESSAGES: Final = Part(
    table="messages",
    found=either(
        *(is_phone("t.to_number"), is_phone("t.from_number")),
        *(is_email("t.to_email"), is_email("t.from_email")),
        *(among("t.event_id", "events"), among("t.customer_id", "customers")),
        among("t.call_id", "calls"),
    ),
    blanks={
        **gone(
            *("from_number", "to_number", "from_email", "to_email", "subject", "thread_id"),
            *("customer_id", "identity", "last_error", "html", "calendar", "verdict"),
            "worded_zone",
        ),
        "body": "'erased'",
    },
    keeps=frozenset(
        {
            *("channel", "direction", "status", "provider", "provider_message_id", "rule"),
            "currency",
        }
    ),
    # What is being sent is marked, and the look right before the call sees the mark.
    stops="void_requested = true,"
    " status = CASE WHEN t.status = 'sending' THEN t.status ELSE 'void' END",
    stops_where="t.status IN ('pending', 'held', 'unknown')"
    " OR (t.status = 'sending' AND NOT t.void_requested)",
    in_hand="t.status = 'sending'",
)

OF_CALL: Final = among("t.call_id", "calls")
OF_EVENT: Final = among("t.event_id", "events")

# What we told the tenant's own systems of them. Forgetting is told there, too, in blanked words.
DELIVERIES: Final = Part(
    table="webhook_deliveries",
    found=either(*(among("t.object_id", what) for what in ("events", "calls", "messages"))),
    stops="state = 'cancelled'",
    stops_where="t.state = 'pending'",
    in_hand="t.state = 'working'",
)

DOINGS: Final = (
    CALLS,
    EVENTS,
    CALENDAR_EVENTS,
    MESSAGES,
    DELIVERIES,
    Part(table="extraction_runs", found=OF_CALL),
    Part(table="questions", found=either(OF_CALL, OF_EVENT)),
    Part(table="reviews", found=either(is_email("t.customer_email"), OF_EVENT)),
    Part(table="sms_opt_outs", found=is_phone("t.phone_number")),
    Part(table="voice_consents", found=is_phone("t.phone_number")),
    Part(table="sms_thread_locks", found=is_phone("t.customer_number"), is_the_houses=True),
    Part(
        table="sync_logs",
        found=either(among("t.subject_id", "events"), among("t.subject_id", "calendar_events")),
        blanks={"details": EMPTY, "error_message": "NULL"},
        keeps=frozenset({"direction", "action", "status"}),
    ),
)

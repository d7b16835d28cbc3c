"""What is kept how long, and why: a line for every kind of data that goes by age.

A test holds that every other table stands in `permanent`, with the reason.
"""

from typing import Final

from domain.work.keeping import DAY, YEAR, Line

WORDS: Final = {"medical": 30 * DAY, "legal": 7 * YEAR}
"""What was said to a doctor goes soon; a lawyer's file is kept as long as it may be asked for."""

_CALL_IS_THROUGH: Final = "w.ai_processing_status NOT IN ('pending', 'processing')"
_MESSAGE_IS_THROUGH: Final = "w.status NOT IN ('pending', 'sending', 'held', 'unknown')"

LINES: Final = (
    # What people said.
    Line(
        name="transcripts",
        table="calls",
        moment="started_at",
        keep=90 * DAY,
        past=f"{_CALL_IS_THROUGH} AND w.transcript IS NOT NULL",
        blank="transcript = NULL, call_data = NULL",
        chosen_as="transcripts",
        by_industry=WORDS,
        of_tenants=True,
        why="What was said is needed to settle what was meant; a quarter later it only harms.",
    ),
    Line(
        name="recordings",
        table="calls",
        moment="started_at",
        keep=90 * DAY,
        past=f"{_CALL_IS_THROUGH} AND w.recording_url IS NOT NULL",
        blank="recording_url = NULL, recording_sid = NULL",
        chosen_as="recordings",
        by_industry=WORDS,
        of_tenants=True,
        why="As transcripts; the sound itself lies with the carrier, under the carrier's own rule.",
    ),
    Line(
        name="lead transcripts",
        table="leads",
        moment="created_at",
        keep=90 * DAY,
        past="w.transcript IS NOT NULL",
        blank="transcript = NULL",
        chosen_as="transcripts",
        by_industry=WORDS,
        of_tenants=True,
        why="As transcripts: it is a copy of one.",
    ),
    Line(
        name="readings",
        table="extraction_runs",
        moment="created_at",
        keep=90 * DAY,
        past="w.reading IS NOT NULL",
        blank="reading = NULL, decisions = '[]'",
        chosen_as="transcripts",
        by_industry=WORDS,
        of_tenants=True,
        why="As transcripts: a reading quotes them. That it was read, and by whom, stays.",
    ),
    Line(
        name="answered questions",
        table="questions",
        moment="created_at",
        keep=90 * DAY,
        past="w.answered_at IS NOT NULL AND w.candidates <> '[]'",
        blank="candidates = '[]'",
        chosen_as="transcripts",
        by_industry=WORDS,
        of_tenants=True,
        why="As transcripts: candidates are quotes. An open question is work, and stays.",
    ),
    Line(
        name="message bodies",
        table="messages",
        moment="created_at",
        keep=YEAR,
        past=f"{_MESSAGE_IS_THROUGH} AND w.body <> ''",
        blank="body = '', subject = NULL",
        chosen_as="message_bodies",
        of_tenants=True,
        why="A season later somebody may ask what they were told; a year later nobody does.",
    ),
    Line(
        name="messages",
        table="messages",
        moment="created_at",
        keep=4 * YEAR,
        past=f"{_MESSAGE_IS_THROUGH} AND w.body = ''"
        " AND coalesce(w.event_start, w.created_at) < now()",
        why="That somebody was written to can be held against the sender for four years. Its"
        " identity keeps it from being sent twice, so it outlives its event.",
    ),
    Line(
        name="readings' records",
        table="extraction_runs",
        moment="created_at",
        keep=YEAR,
        past="w.reading IS NULL",
        why="Which words of ours read how well is compared over a year.",
    ),
    Line(
        name="telephony events",
        table="telephony_events",
        moment="created_at",
        keep=90 * DAY,
        chosen_as="telephony_events",
        by_industry={"medical": 30 * DAY},
        of_tenants=True,
        months=True,
        why="As transcripts: what vendors tell of a call holds numbers and texts.",
    ),
    # What is the house's own.
    Line(
        name="notices as they came",
        table="webhook_payloads",
        moment="created_at",
        keep=30 * DAY,
        months=True,
        to_the_day=True,
        why="They hold what was said, so no longer than the strictest tenant's words. A notice is"
        " replayed within days.",
    ),
    Line(
        name="latencies",
        table="latency_logs",
        moment="created_at",
        keep=30 * DAY,
        months=True,
        why="One looks for what grew slow by comparing with last month.",
    ),
    Line(
        name="costs of models",
        table="ai_usage_logs",
        moment="created_at",
        keep=2 * YEAR + 31 * DAY,
        months=True,
        why="Vendors' bills are disputed within the next year's books.",
    ),
    Line(
        name="audit",
        table="audit_logs",
        moment="created_at",
        keep=7 * YEAR,
        months=True,
        why="Who changed what must be shown as long as the books are kept.",
    ),
    Line(
        name="notices",
        table="webhook_queue",
        moment="received_at",
        keep=90 * DAY,
        past="w.state IN ('done', 'failed')",
        why="Its key keeps a redelivery from being worked twice; vendors redeliver for 30 days.",
    ),
    Line(
        name="errands",
        table="errands",
        moment="created_at",
        keep=30 * DAY,
        past="w.state IN ('done', 'failed')",
        why="What was owed and done is asked about for a month; a newer generation is a new row.",
    ),
    Line(
        name="slots of the timetable",
        table="periodic_runs",
        moment="slot",
        keep=14 * DAY,
        past="w.slot < (SELECT max(slot) FROM periodic_runs n WHERE n.name = w.name)",
        why="The newest tells a beat that comes back after a long stop what was missed.",
    ),
    Line(
        name="receipts",
        table="effects",
        moment="intended_at",
        keep=YEAR + 35 * DAY,
        past="w.state NOT IN ('intended', 'unknown')"
        " AND NOT EXISTS (SELECT FROM messages m WHERE m.id = w.row_id)"
        " AND NOT EXISTS (SELECT FROM call_attempts a WHERE a.id = w.row_id)",
        why="A receipt keeps an action from being done twice: it outlives every vendor's memory,"
        " and the row that it is for.",
    ),
    Line(
        name="calls that were queued",
        table="call_queue",
        moment="created_at",
        keep=4 * YEAR,
        past="w.status IN ('completed', 'failed', 'canceled') AND w.due_at < now()"
        " AND NOT EXISTS (SELECT FROM call_attempts a WHERE a.call_queue_id = w.id"
        "  AND a.state IN ('dialing', 'live', 'unknown'))",
        why="That somebody was called can be held against the caller for four years; its attempts"
        " go with it.",
    ),
    Line(
        name="work of synchronising",
        table="sync_logs",
        moment="created_at",
        keep=90 * DAY,
        why="A conflict shows within weeks.",
    ),
    Line(
        name="deliveries",
        table="webhook_deliveries",
        moment="created_at",
        keep=30 * DAY,
        past="w.state <> 'working'",
        why="They hold what was said. A receiver that was paused for a month wants no old news.",
    ),
    Line(
        name="errors",
        table="error_logs",
        moment="created_at",
        keep=90 * DAY,
        why="Bodies of requests may hold what people said; an error that nobody mended in a"
        " quarter comes again.",
    ),
    Line(
        name="sessions",
        table="active_sessions",
        moment="created_at",
        keep=180 * DAY,
        past="coalesce(w.last_active, w.created_at) < now() - interval '180 days'",
        why="They hold addresses of people's machines.",
    ),
    Line(
        name="threads' owners",
        table="sms_thread_locks",
        moment="locked_until",
        keep=30 * DAY,
        why="A lock that ran out says only where an answer came from last.",
    ),
    Line(
        name="holds",
        table="booking_holds",
        moment="expires_at",
        keep=30 * DAY,
        past="w.released_at IS NOT NULL",
        why="A released hold explains a refused booking for a while.",
    ),
    Line(
        name="reservations of budgets",
        table="budget_reservations",
        moment="created_at",
        keep=90 * DAY,
        past="w.state <> 'held'",
        why="What was really spent stands among the costs of models.",
    ),
    Line(
        name="strangers' numbers",
        table="unknown_phone",
        moment="received_at",
        keep=90 * DAY,
        past="w.resolved_at IS NOT NULL",
        why="A number that was matched is its tenant's; others are nobody's business.",
    ),
    Line(
        name="health's history",
        table="customer_health_history",
        moment="calculated_at",
        keep=3 * YEAR,
        why="Whether scores foretell who leaves is learnt over years.",
    ),
    Line(
        name="past churn alerts",
        table="churn_alerts",
        moment="created_at",
        keep=2 * YEAR,
        past="w.resolved_at IS NOT NULL",
        why="Who was warned about last year is compared with who left.",
    ),
    Line(
        name="prompts that were shown",
        table="upgrade_prompts_shown",
        moment="shown_at",
        keep=2 * YEAR,
        why="A prompt is not shown again too soon.",
    ),
    Line(
        name="alerts",
        table="ops_alerts",
        moment="resolved_at",
        keep=180 * DAY,
        why="What went wrong half a year ago is looked up when it comes again.",
    ),
    Line(
        name="supervisors",
        table="supervisors",
        moment="stopped_at",
        keep=30 * DAY,
        why="Who was at work is asked after an incident.",
    ),
)

"""What is kept how long, and why: a line for every kind of data that goes by age.

A test holds that every other table stands in `permanent`, with the reason.
"""

from typing import Final

from domain.work.keeping import DAY, YEAR, Line
from domain.work.spoken import SPOKEN

LINES: Final = (
    *SPOKEN,
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
        name="ranges of numbers",
        table="number_ranges",
        moment="day_began",
        keep=7 * DAY,
        why="A range is counted by the day; a week shows what an alert was about.",
    ),
    Line(
        name="what owners were told",
        table="owner_notices",
        moment="created_at",
        keep=400 * DAY,
        past="w.told_at IS NOT NULL OR w.why_not IS NOT NULL",
        why="Its key keeps the owner from being told twice, also of what a year's period was like.",
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
        name="tellings of alerts",
        table="alert_tellings",
        moment="created_at",
        keep=180 * DAY,
        past="w.state IN ('done', 'failed') AND NOT EXISTS (SELECT FROM alert_news n"
        " WHERE n.telling_id = w.id AND (EXISTS (SELECT FROM ops_alerts a"
        "  WHERE a.id = n.alert_id AND a.resolved_at IS NULL) OR EXISTS (SELECT"
        "  FROM churn_alerts a WHERE a.id = n.alert_id AND a.resolved_at IS NULL)))",
        why="What was told of an alert is remembered as long as it is open: it is told once.",
    ),
    Line(
        name="supervisors",
        table="supervisors",
        moment="stopped_at",
        keep=30 * DAY,
        why="Who was at work is asked after an incident.",
    ),
)

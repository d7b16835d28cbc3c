"""What is measured, for Prometheus: each reading is one query and the figures that it gives.

No label is a tenant, a number or an id of a row that comes and goes: a thousand tenants make
as many series as one. The page docs/reference/metrics.md is written from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.work.causes import SECTIONS
from domain.work.names import TaskName
from workers.backlog import BACKLOG, MOST_DUE

FAST: Final = 5.0
"""Seconds that a reading of open rows is good for."""

SLOW: Final = 60.0
"""The same for what adds up a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One query: its columns are labels, or figures by their metric's name."""

    name: str
    query: str
    labels: tuple[str, ...] = ()
    figures: Mapping[str, str]
    """By metric, which is also the column without `frontdesk_`: what it means."""

    good_for: float = FAST


_CAUSES: Final = ", ".join(f"'{cause}'" for cause in SECTIONS)
_EVERY_MINUTE: Final = TaskName.UPKEEP_OVERDUE.value
_RULE: Final = (
    "CASE WHEN m.rule LIKE 'reminder%' THEN 'reminder' WHEN m.rule LIKE 'owner%' THEN 'owner'"
    " WHEN m.rule IN ('confirmation', 'post_call', 'review_request', 'on_my_way', 'no_show',"
    " 'reply', 'stopped') THEN m.rule ELSE 'other' END"
)

READINGS: Final = (
    Reading(
        name="queues",
        query=BACKLOG,
        labels=("queue", "kind"),
        figures={
            "frontdesk_work_due": f"rows that are due and in nobody's hands, up to {MOST_DUE}",
            "frontdesk_work_oldest_seconds": "how long the oldest of them has been due",
            "frontdesk_work_in_hand": "rows in a worker's hands",
            "frontdesk_work_unknown": "rows whose call may have happened, and is asked about",
            "frontdesk_work_failed": "rows that were given up, and that nobody has retried",
        },
    ),
    Reading(
        name="bells",
        query="SELECT queue, extract(epoch FROM coalesce(started_at, clock_timestamp()) - rung_at)"
        "::float8 AS bell_wait_seconds, extract(epoch FROM clock_timestamp() - heard)::float8"
        " AS bell_heard_age_seconds FROM (SELECT DISTINCT ON (name) substr(name, 9) AS queue,"
        "  rung_at, started_at, (SELECT max(h.started_at) FROM periodic_runs h"
        "  WHERE h.name = r.name"
        "  AND h.slot > clock_timestamp() - interval '1 day') AS heard FROM periodic_runs r"
        "  WHERE name LIKE 'measure.%' AND slot > clock_timestamp() - interval '1 day'"
        "  ORDER BY name, slot DESC) b",
        labels=("queue",),
        figures={
            "frontdesk_bell_wait_seconds": "how long the newest bell of the queue waited, or waits",
            "frontdesk_bell_heard_age_seconds": "how long ago a bell of the queue was last heard",
        },
    ),
    Reading(
        name="timetable",
        query="SELECT DISTINCT ON (name) name AS entry,"
        " extract(epoch FROM clock_timestamp() - slot)::float8 AS run_age_seconds,"
        " extract(epoch FROM finished_at - started_at)::float8 AS run_seconds,"
        " (error IS NOT NULL AND error <> 'superseded')::int AS run_failed"
        " FROM periodic_runs WHERE name NOT LIKE 'measure.%' AND finished_at IS NOT NULL"
        " AND slot > clock_timestamp() - interval '2 days' ORDER BY name, slot DESC",
        labels=("entry",),
        figures={
            "frontdesk_run_age_seconds": "how old the newest slot of an entry is that was finished",
            "frontdesk_run_seconds": "how long that run took",
            "frontdesk_run_failed": "1 where it failed",
        },
        good_for=15.0,
    ),
    Reading(
        name="beat",
        query="SELECT extract(epoch FROM clock_timestamp() - max(slot))::float8 AS beat_lag_seconds"  # noqa: S608  # our own name
        f" FROM periodic_runs WHERE name = '{_EVERY_MINUTE}' HAVING max(slot) IS NOT NULL",
        figures={
            "frontdesk_beat_lag_seconds": "how old the newest slot of an entry is that has one a"
            " minute: beyond 60 no beat rings",
        },
    ),
    Reading(
        name="workers",
        query="SELECT c ->> 'post' AS post, count(*) AS children,"
        " sum((c ->> 'slots')::int) AS child_slots, sum((c ->> 'busy')::int) AS child_busy,"
        " max(coalesce((c ->> 'heard_ago')::float8, 0)"
        "  + extract(epoch FROM clock_timestamp() - s.seen_at))::float8 AS canary_age_seconds"
        " FROM supervisors s, jsonb_array_elements(s.children) c WHERE s.stopped_at IS NULL"
        " AND s.seen_at > clock_timestamp() - interval '1 day' GROUP BY 1",
        labels=("post",),
        figures={
            "frontdesk_children": "Celery workers at this post",
            "frontdesk_child_slots": "tasks that they can have at once",
            "frontdesk_child_busy": "tasks that they have",
            "frontdesk_canary_age_seconds": "how long ago the most silent of them was last heard",
        },
    ),
    Reading(
        name="supervisors",
        query="SELECT count(*) FILTER (WHERE seen_at > clock_timestamp() - interval '60 seconds')"
        " AS supervisors, count(*) FILTER (WHERE seen_at <= clock_timestamp() - interval"
        " '60 seconds') AS supervisors_silent FROM supervisors WHERE stopped_at IS NULL",
        figures={
            "frontdesk_supervisors": "supervisors that report",
            "frontdesk_supervisors_silent": "those that have not for a minute, and did not leave",
        },
    ),
    Reading(
        name="accounts",
        query="SELECT coalesce(nullif(a.provider, ''), a.name) AS vendor,"
        " CASE WHEN a.user_id IS NULL THEN a.name ELSE 'of tenants' END AS account,"
        " count(*) AS accounts, count(*) FILTER (WHERE a.health = 'down' OR NOT a.is_active)"
        "  AS accounts_down,"
        " coalesce(sum(l.used), 0)::float8 AS slots_used, sum(a.concurrency_limit)::float8"
        "  AS slots_limit, sum(least(coalesce(a.learned_limit, a.concurrency_limit),"
        "  a.concurrency_limit))::float8 AS slots_learned_limit"
        " FROM call_service_providers a LEFT JOIN (SELECT provider_id, count(*) AS used"
        "  FROM call_attempts WHERE state IN ('dialing', 'live', 'unknown') GROUP BY 1) l"
        "  ON l.provider_id = a.id GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 100",
        labels=("vendor", "account"),
        figures={
            "frontdesk_accounts": "accounts at a vendor: the platform's by name, tenants' together",
            "frontdesk_accounts_down": "those that are switched off, or that the vendor refuses",
            "frontdesk_slots_used": "live calls on them",
            "frontdesk_slots_limit": "calls that they may have at once",
            "frontdesk_slots_learned_limit": "the same, as learnt from the vendor's refusals",
        },
    ),
    Reading(
        name="line",
        query="SELECT CASE WHEN q.verdict ->> 'why' ~ '^[a-z_]{1,30}$' THEN q.verdict ->> 'why'"  # noqa: S608  # a number of ours
        " WHEN q.is_ready THEN 'its turn' ELSE 'later' END AS why,"
        " count(*) AS calls_waiting, greatest(extract(epoch FROM clock_timestamp()"
        "  - min(q.due_at)), 0)::float8 AS calls_oldest_seconds"
        " FROM (SELECT verdict, is_ready, due_at FROM call_queue WHERE status = 'queued'"
        f"  LIMIT {MOST_DUE}) q GROUP BY 1 ORDER BY 2 DESC LIMIT 30",
        labels=("why",),
        figures={
            "frontdesk_calls_waiting": "calls that are to be placed, by why they were not yet",
            "frontdesk_calls_oldest_seconds": "how long the oldest of them has been due",
        },
        good_for=15.0,
    ),
    Reading(
        name="effects",
        query="SELECT left(vendor, 30) AS vendor, state, count(*) AS effects_recent,"
        " coalesce(max(extract(epoch FROM settled_at - intended_at)), 0)::float8"
        "  AS effect_slowest_seconds, coalesce(avg(extract(epoch FROM settled_at - intended_at)),"
        "  0)::float8 AS effect_seconds FROM effects"
        " WHERE intended_at > clock_timestamp() - interval '5 minutes'"
        " GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 100",
        labels=("vendor", "state"),
        figures={
            "frontdesk_effects_recent": "actions on the outside world begun in the last five"
            " minutes, by what came of them",
            "frontdesk_effect_seconds": "how long they took on average, from intent to outcome",
            "frontdesk_effect_slowest_seconds": "the slowest of them",
        },
        good_for=15.0,
    ),
    Reading(
        name="texts",
        query=f"SELECT rule, status, count(*) AS texts_day FROM ("  # noqa: S608  # our own words
        f"SELECT {_RULE} AS rule, m.status FROM effects e JOIN messages m ON m.id = e.row_id"
        "  WHERE e.kind = 'message' AND e.intended_at > clock_timestamp() - interval '1 day'"
        f" UNION ALL SELECT {_RULE}, 'overdue' FROM messages m WHERE m.status = 'pending'"
        "  AND m.direction = 'outbound'"
        "  AND m.due_at < (SELECT clock_timestamp()) - interval '5 minutes') t"
        " GROUP BY 1, 2",
        labels=("rule", "status"),
        figures={
            "frontdesk_texts_day": "texts and letters of the last day by what came of them;"
            " `overdue` are those that should have gone five minutes ago",
        },
        good_for=SLOW,
    ),
    Reading(
        name="spend",
        query="SELECT 'models' AS what, 'USD' AS currency,"
        " coalesce(sum(cost_usd), 0)::float8 AS spend_today FROM ai_usage_logs"
        " WHERE created_at >= date_trunc('day', now(), 'UTC')"
        " UNION ALL SELECT 'texts', coalesce(m.currency, e.currency),"
        "  sum(coalesce(m.cost, e.cost))::float8 FROM effects e JOIN messages m ON m.id = e.row_id"
        "  WHERE e.kind = 'message' AND e.intended_at >= date_trunc('day', now(), 'UTC')"
        "  AND coalesce(m.cost, e.cost) IS NOT NULL GROUP BY 2"
        " UNION ALL SELECT 'calls', coalesce(currency, 'USD'), sum(cost)::float8"
        "  FROM call_attempts WHERE ended_at >= date_trunc('day', now(), 'UTC')"
        "  AND cost IS NOT NULL GROUP BY 2",
        labels=("what", "currency"),
        figures={"frontdesk_spend_today": "what vendors have taken since midnight UTC"},
        good_for=SLOW,
    ),
    Reading(
        name="alerts",
        query=f"SELECT severity, CASE WHEN alert_type IN ({_CAUSES}) THEN alert_type"  # noqa: S608  # our own words
        " WHEN alert_type LIKE 'billing\\_%' THEN 'billing' ELSE 'other' END AS cause,"
        " count(*) AS alerts_open,"
        " count(*) FILTER (WHERE acknowledged_at IS NULL) AS alerts_unacknowledged"
        " FROM ops_alerts WHERE resolved_at IS NULL GROUP BY 1, 2",
        labels=("severity", "cause"),
        figures={
            "frontdesk_alerts_open": "alerts whose cause lasts",
            "frontdesk_alerts_unacknowledged": "those that nobody has taken up",
        },
    ),
    Reading(
        name="pauses",
        query="SELECT kind, count(*) AS pauses FROM pauses GROUP BY 1",
        labels=("kind",),
        figures={"frontdesk_pauses": "queues, accounts, campaigns and tenants that are paused"},
    ),
    Reading(
        name="notices",
        query="SELECT left(provider, 30) AS vendor, result, count(*) AS notices_unheeded"
        " FROM webhook_queue WHERE result IN ('refused', 'ignored', 'failed')"
        " AND received_at > clock_timestamp() - interval '1 hour' GROUP BY 1, 2 LIMIT 60",
        labels=("vendor", "result"),
        figures={"frontdesk_notices_unheeded": "vendors' notices of the last hour without effect"},
        good_for=15.0,
    ),
    Reading(
        name="tenants",
        query="SELECT status, count(*) AS tenants FROM users GROUP BY 1",
        labels=("status",),
        figures={"frontdesk_tenants": "whom we work for"},
        good_for=SLOW,
    ),
    Reading(
        name="limits",
        query="SELECT limit_state AS state, count(*) AS tenants_at_limit FROM usage_limits"
        " GROUP BY 1",
        labels=("state",),
        figures={"frontdesk_tenants_at_limit": "tenants by how near they are to what they may use"},
        good_for=SLOW,
    ),
    Reading(
        name="health",
        query="SELECT coalesce(risk_level, 'unknown') AS risk, count(*) AS tenants_at_risk"
        " FROM customer_health_scores GROUP BY 1",
        labels=("risk",),
        figures={"frontdesk_tenants_at_risk": "tenants by the risk that they leave"},
        good_for=SLOW,
    ),
    Reading(
        name="database",
        query="SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)::float8"
        " AS oldest_transaction_seconds FROM pg_stat_activity"
        " WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()",
        figures={"frontdesk_oldest_transaction_seconds": "an old one slows every claim"},
    ),
)

OWN: Final[Mapping[str, str]] = {
    "frontdesk_up": "1 while the database answers",
    "frontdesk_hold": "1 while FRONTDESK_HOLD keeps everything in the building",
    "frontdesk_reading_seconds": "how long it took to read each group of figures",
    "frontdesk_series_dropped": "series left out because a reading had more than it may",
}
"""What the exporter says of itself."""

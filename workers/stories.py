"""What `frontdesk explain` tells of a row beside its standing: what led to it, what followed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Chapter:
    """One table of a story."""

    title: str
    rows: Sequence[Mapping[str, Any]]


STORIES: Final[Mapping[str, Mapping[str, str]]] = {
    "call": {
        "Readings": """
            SELECT created_at, reader, model, prompt_version, outcome FROM extraction_runs
            WHERE call_id = :id ORDER BY created_at""",
        "Events from it": """
            SELECT id, title, status, start_time, generation FROM events
            WHERE call_id = :id ORDER BY start_time""",
        "Questions to the owner": """
            SELECT id, field, question, answer FROM questions
            WHERE call_id = :id ORDER BY created_at""",
        "Cost": """
            SELECT created_at, provider, model, prompt_tokens, completion_tokens, outcome, cost_usd
            FROM ai_usage_logs WHERE call_id = :id ORDER BY created_at""",
        "Still to come of it": """
            SELECT 'message ' || m.id AS what, m.rule, m.channel, m.due_at
            FROM events e JOIN messages m ON m.event_id = e.id
            WHERE e.call_id = :id AND m.status = 'pending' ORDER BY m.due_at""",
    },
    "event": {
        "Event": """
            SELECT title, event_type, status, start_time, end_time, timezone, generation, source,
                   call_id FROM events WHERE id = :id""",
        "Messages": """
            SELECT id, rule, channel, status, due_at, sent_at, last_error FROM messages
            WHERE event_id = :id ORDER BY created_at""",
        "Still to come": """
            SELECT 'message ' || id AS what, rule, due_at FROM messages
            WHERE event_id = :id AND status = 'pending' AND due_at IS NOT NULL
            UNION ALL SELECT 'errand ' || id, task, due_at FROM errands
            WHERE subject_id = :id AND state IN ('pending', 'working') ORDER BY due_at""",
        "Will not happen, and why": """
            SELECT 'message ' || id AS what, rule, channel, status,
                   coalesce(verdict ->> 'sentence', last_error) AS why FROM messages
            WHERE event_id = :id AND status IN ('void', 'held', 'failed', 'undelivered', 'bounced')
            ORDER BY created_at""",
        "In calendars": """
            SELECT l.id AS link, i.integration_type, l.state, l.is_there, l.wanted, l.carried,
                   l.pushed_at, l.last_error
            FROM calendar_event_links l JOIN calendar_integrations i
              ON i.id = l.calendar_integration_id WHERE l.event_id = :id""",
        "Owed for it": """
            SELECT task, generation, state, attempts, created_at, settled_at, last_error
            FROM errands WHERE subject_id = :id ORDER BY created_at""",
    },
    "link": {
        "Link": """
            SELECT event_id, calendar_integration_id AS calendar, is_there, incarnation,
                   generation, wanted, carried, pushed_at
            FROM calendar_event_links WHERE id = :id""",
        "Carried": """
            SELECT created_at, direction, action, status, details -> 'fields' AS fields
            FROM sync_logs WHERE details ->> 'link' = CAST(CAST(:id AS uuid) AS text)
            ORDER BY created_at DESC LIMIT 20""",
    },
    "calendar": {
        "Calendar": """
            SELECT integration_type, status, pull_state, last_sync_at, due_at, window_end,
                   listing_since, watch_ends_at, drift, compared_at
            FROM calendar_integrations WHERE id = :id""",
    },
    "queued_call": {
        "Call that is wanted": """
            SELECT status, outcome, priority, scheduled_time, due_at, expires_at, retry_count,
                   is_ready AS in_line, campaign_id AS campaign, created_at
            FROM call_queue WHERE id = :id""",
        "Decided when it was last looked at": """
            SELECT judged_at, verdict ->> 'answer' AS answer, verdict ->> 'why' AS why,
                   verdict ->> 'sentence' AS sentence, verdict ->> 'rules' AS rules,
                   verdict ->> 'version' AS version
            FROM call_queue WHERE id = :id AND verdict IS NOT NULL""",
        "Its tenant's turn": """
            SELECT t.is_waiting AS in_line, t.due_at AS looked_at_again, t.weight,
                   t.concurrency_limit AS at_once,
                   (SELECT count(*) FROM call_attempts a WHERE a.user_id = q.user_id
                    AND a.state IN ('dialing', 'live', 'unknown')) AS live,
                   (SELECT count(*) FROM tenant_turns o
                    WHERE o.is_waiting AND o.virtual_time < t.virtual_time) AS before_it,
                   l.stopped_for, l.call_used_seconds AS seconds_used,
                   app_call_allowance(l) AS seconds_allowed
            FROM call_queue q JOIN tenant_turns t ON t.user_id = q.user_id
            LEFT JOIN usage_limits l ON l.user_id = q.user_id
            WHERE q.id = :id AND q.status = 'queued'""",
        "Its campaign": """
            SELECT c.status, c.concurrency_limit AS at_once, c.calls_per_minute, c.window_start,
                   c.window_end, c.timezone, c.expires_at
            FROM call_queue q JOIN call_campaigns c ON c.id = q.campaign_id WHERE q.id = :id""",
        "Dials": """
            SELECT a.id, a.number, a.state, a.created_at, a.dialed_at, a.answered_at, a.ended_at,
                   a.end_reason, a.duration, a.cost
            FROM call_attempts a WHERE a.call_queue_id = :id ORDER BY a.number""",
    },
    "call_attempt": {
        "Dial": """
            SELECT a.call_queue_id AS queued_call, a.number, a.state, p.name AS account,
                   a.provider_call_id AS vendors_name, a.created_at, a.dialed_at, a.answered_at,
                   a.ended_at, a.end_reason, a.duration, a.cost, a.currency
            FROM call_attempts a LEFT JOIN call_service_providers p ON p.id = a.provider_id
            WHERE a.id = :id""",
        "Why it may be called": """
            SELECT verdict ->> 'sentence' AS sentence, verdict ->> 'rules' AS rules,
                   verdict ->> 'version' AS version
            FROM call_attempts WHERE id = :id AND verdict IS NOT NULL""",
        "Asked about": """
            SELECT asked_at, gone_at AS not_known_since FROM call_attempts
            WHERE id = :id AND asked_at IS NOT NULL""",
        "Call": """
            SELECT c.id, c.status, c.started_at, c.duration, c.disconnect_reason
            FROM call_attempts a JOIN calls c ON c.user_id = a.user_id
              AND c.provider_call_id = a.provider_call_id WHERE a.id = :id""",
        "What was used": """
            SELECT u.seconds, u.created_at FROM call_attempts a JOIN usage_calls u
              ON u.user_id = a.user_id AND u.provider_call_id = a.provider_call_id
            WHERE a.id = :id""",
    },
    "delivery": {
        "Delivery": """
            SELECT d.event_type, d.object_id, d.round, d.status_code, d.delivered_at, d.created_at
            FROM webhook_deliveries d WHERE d.id = :id""",
        "Its address": """
            SELECT c.id, c.name, c.is_active, c.failing_since, c.slow_since, c.paused_at,
                   c.pause_reason
            FROM webhook_deliveries d JOIN webhook_configs c ON c.id = d.config_id
            WHERE d.id = :id""",
        "It waits for": """
            SELECT e.id, e.event_type, e.state, e.attempts, e.due_at, e.last_error
            FROM webhook_deliveries d JOIN webhook_deliveries e
              ON e.config_id = d.config_id AND e.object_id = d.object_id
             AND e.sequence < d.sequence AND e.state IN ('pending', 'working')
            WHERE d.id = :id AND d.state = 'pending' ORDER BY e.sequence""",
    },
    "message": {
        "Message": """
            SELECT rule, channel, status, event_id, provider, provider_message_id, segments, cost,
                   currency, sent_at, delivered_at FROM messages WHERE id = :id""",
        "Decided when it was last in hand": """
            SELECT verdict ->> 'answer' AS answer, verdict ->> 'why' AS why,
                   verdict ->> 'sentence' AS sentence, verdict ->> 'rules' AS rules,
                   verdict ->> 'version' AS version
            FROM messages WHERE id = :id AND verdict IS NOT NULL""",
    },
    "phone_number": {
        "Number": """
            SELECT n.user_id AS tenant, n.region, n.is_active, n.is_default, n.capabilities,
                   n.concurrency_limit AS at_once, n.daily_cap AS a_day, n.flagged_at,
                   p.name AS account, p.health, n.created_at
            FROM user_phone_numbers n LEFT JOIN call_service_providers p ON p.id = n.provider_id
            WHERE n.id = :id""",
        "Calls from it that are under way": """
            SELECT id AS call_attempt, state, created_at FROM call_attempts
            WHERE caller_number_id = :id AND state IN ('dialing', 'live', 'unknown')
            ORDER BY created_at LIMIT 50""",
        "Calls from it in a week": """
            SELECT state, count(*) AS how_many, max(created_at) AS newest FROM call_attempts
            WHERE caller_number_id = :id AND created_at > now() - interval '7 days'
            GROUP BY 1 ORDER BY 2 DESC""",
        "Texts in a week": """
            SELECT m.direction, m.status, count(*) AS how_many, max(m.created_at) AS newest
            FROM user_phone_numbers n JOIN messages m ON m.user_id = n.user_id
              AND n.full_number IN (m.from_number, m.to_number)
            WHERE n.id = :id AND m.created_at > now() - interval '7 days'
            GROUP BY 1, 2 ORDER BY 3 DESC""",
    },
    "alert_telling": {
        "Telling": """
            SELECT channel, user_id AS account, created_at, content -> 'more' AS more
            FROM alert_tellings WHERE id = :id""",
        "What it tells": """
            SELECT a.alert ->> 'word' AS word, a.alert ->> 'type' AS alert,
                   a.alert ->> 'subject' AS subject, a.alert ->> 'created_at' AS since
            FROM alert_tellings t, jsonb_array_elements(t.content -> 'alerts') AS a(alert)
            WHERE t.id = :id""",
    },
    "review": {
        "Review": """
            SELECT rating, sentiment, jsonb_array_length(topics) AS topics, source, generation,
                   submitted_at, analysed_at
            FROM reviews WHERE id = :id""",
        "Readings of it": """
            SELECT generation, state, attempts, created_at, settled_at, last_error FROM errands
            WHERE task = 'growth.review' AND subject_id = :id ORDER BY created_at""",
    },
    "subscription": {
        "Subscription": """
            SELECT s.user_id AS tenant, s.status, s.tier, p.name AS plan, s.current_period_start,
                   s.current_period_end, s.trial_end, s.cancel_at_period_end, s.canceled_at,
                   s.stripe_subscription_id AS at_stripe, s.synced_at
            FROM subscriptions s LEFT JOIN subscription_plans p ON p.id = s.plan_id
            WHERE s.id = :id""",
        "What may be used under it": """
            SELECT l.call_used_seconds AS seconds_used, app_call_allowance(l) AS seconds_allowed,
                   l.sms_used, app_sms_allowance(l) AS sms_allowed, l.limit_state, l.stopped_for,
                   l.period_end
            FROM subscriptions s JOIN usage_limits l ON l.user_id = s.user_id
            WHERE s.id = :id""",
        "Its periods": """
            SELECT billing_period_start, billing_period_end, calls_used, seconds_used, sms_used,
                   rollover_seconds, closed_at
            FROM user_call_usage WHERE subscription_id = :id ORDER BY billing_period_start""",
        "What it is charged for": """
            SELECT b.period_start, b.kind, b.units, b.amount, b.currency, b.metered_units,
                   b.metered_at
            FROM subscriptions s JOIN billing_line_items b ON b.user_id = s.user_id
            WHERE s.id = :id ORDER BY b.period_start, b.kind""",
        "Where it differs from Stripe": """
            SELECT f.created_at, f.class, f.state, f.ours, f.theirs, f.done
            FROM subscriptions s JOIN reconciliation_findings f
              ON f.subject IN (s.id::text, s.stripe_subscription_id, s.user_id::text)
            WHERE s.id = :id ORDER BY f.created_at DESC LIMIT 20""",
        "What Stripe told of it": """
            SELECT q.id AS webhook, q.event_type, q.result, q.error_message AS why, q.received_at
            FROM subscriptions s JOIN webhook_queue q ON q.user_id = s.user_id
              AND q.provider = 'stripe'
            WHERE s.id = :id ORDER BY q.received_at DESC LIMIT 20""",
    },
    "tenant": {
        "Tenant": """
            SELECT business_name, industry, timezone, status, tier, last_login_at, created_at
            FROM users WHERE id = :id""",
        "Subscriptions": """
            SELECT id, status, tier, current_period_end, cancel_at_period_end, canceled_at,
                   synced_at FROM subscriptions WHERE user_id = :id ORDER BY created_at""",
        "What it may use": """
            SELECT call_used_seconds, call_cap_seconds, sms_used, sms_cap, limit_state,
                   hard_stop_active, force_pause, period_end FROM usage_limits
            WHERE user_id = :id""",
        "Health": """
            SELECT score, lower_bound, upper_bound, grade, risk_level, trend_7_days, trend_30_days,
                   last_calculated FROM customer_health_scores WHERE user_id = :id""",
        "Alerts that it may leave": """
            SELECT created_at, reason, severity, message, seen, escalated_at, resolved_at,
                   quiet_until FROM churn_alerts WHERE user_id = :id ORDER BY created_at""",
        "Its last days": """
            SELECT date, total_calls, total_bookings, total_sms, total_cost, currency
            FROM (SELECT * FROM analytics WHERE user_id = :id ORDER BY date DESC LIMIT 7) a
            ORDER BY date""",
    },
    "webhook": {
        "Notice": """
            SELECT q.provider, q.event_type, q.result, q.error_message AS why, q.user_id,
                   q.received_at, q.processed_at, q.processed_by, length(p.body) AS bytes
            FROM webhook_queue q LEFT JOIN webhook_payloads p ON p.webhook_id = q.id
            WHERE q.id = :id""",
    },
}
"""By kind: titles and queries. None of them shows what was said, or a number, or an address."""

_CHANGES: Final = text(
    "SELECT created_at, actor, action, metadata ->> 'reason' AS reason,"
    " metadata -> 'changed' AS changed FROM audit_logs WHERE resource_id = :id"
    " ORDER BY created_at DESC LIMIT 30"
)
_OF_NUMBER: Final = text(
    "SELECT id FROM user_phone_numbers WHERE full_number = :number ORDER BY is_active DESC LIMIT 1"
)


def changes(session: Session, row_id: UUID) -> list[Chapter]:
    """Return who changed a row, or had something done about it, and why."""
    rows = [dict(row) for row in session.execute(_CHANGES, {"id": row_id}).mappings()]
    return [Chapter("Who changed it", rows)] if rows else []


def of_number(session: Session, number: str) -> UUID | None:
    """Return the row of a number of ours."""
    return session.scalar(_OF_NUMBER, {"number": number})


def tell(session: Session, kind: str, row_id: UUID) -> list[Chapter]:
    """Return the chapters of a row's story that have something to tell."""
    chapters = [
        Chapter(
            title, [dict(row) for row in session.execute(text(query), {"id": row_id}).mappings()]
        )
        for title, query in STORIES.get(kind, {}).items()
    ]
    return [chapter for chapter in chapters if chapter.rows]

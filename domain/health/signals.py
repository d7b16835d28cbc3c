"""What is measured of every tenant, in one statement: a sum by tenant for each table, joined once.

Nothing is read that somebody said or is called by: counts, states, moments and figures only.
Each measurement is taken `at` a moment, so that the same rows give the same score whenever it is
computed. What is old counts less: beyond seven days, an observation is half a one.
"""

from typing import Final

from domain.health.rules import FACTORS, LEAST_EVIDENCE, Factor

# An account that has left is nobody's to keep: it keeps its last score.
_THEM: Final = """
them AS MATERIALIZED (
  SELECT u.id, u.created_at, u.last_login_at, u.tier FROM users u
  WHERE u.status <> 'inactive' AND u.created_at <= :at AND {whose})"""

_CALLS: Final = """
called AS (
  SELECT c.user_id, count(*) FILTER (WHERE c.started_at > :at - interval '7 days') AS calls_7,
    count(*) FILTER (WHERE c.started_at > :at - interval '28 days') AS calls_28,
    count(*) FILTER (WHERE c.started_at <= :at - interval '28 days') AS calls_before,
    count(*) FILTER (WHERE c.started_at > :at - interval '28 days'
      AND c.status NOT IN ('ringing', 'in_progress')) AS ended,
    count(*) FILTER (WHERE c.started_at > :at - interval '28 days'
      AND c.status = 'completed') AS answered,
    sum(c.duration) FILTER (WHERE c.started_at > :at - interval '28 days') AS seconds,
    max(c.started_at) AS last_call
  FROM calls c JOIN them ON them.id = c.user_id
  WHERE c.started_at > :at - interval '56 days' AND c.started_at <= :at GROUP BY c.user_id)"""

_REST: Final = """
booked AS (
  SELECT e.user_id, count(*) AS bookings, max(e.created_at) AS last_booking
  FROM events e JOIN them ON them.id = e.user_id
  WHERE e.created_at > :at - interval '28 days' AND e.created_at <= :at
    AND e.status NOT IN ('extracted', 'cancelled') GROUP BY e.user_id),
wrote AS (
  SELECT m.user_id, count(*) AS messages, count(*) FILTER (
      WHERE m.status IN ('failed', 'undelivered', 'bounced', 'complained')) AS messages_failed
  FROM messages m JOIN them ON them.id = m.user_id
  WHERE m.created_at > :at - interval '28 days' AND m.created_at <= :at
    AND m.direction = 'outbound' AND m.status NOT IN ('pending', 'sending', 'void', 'held')
  GROUP BY m.user_id),
led AS (
  SELECT l.user_id, count(*) AS leads FROM leads l JOIN them ON them.id = l.user_id
  WHERE l.created_at > :at - interval '28 days' AND l.created_at <= :at GROUP BY l.user_id),
judged AS (
  SELECT r.user_id, avg(coalesce(r.rating, CASE r.sentiment WHEN 'positive' THEN 5
      WHEN 'neutral' THEN 3 WHEN 'negative' THEN 1 END)) AS rating
  FROM reviews r JOIN them ON them.id = r.user_id
  WHERE coalesce(r.submitted_at, r.created_at) > :at - interval '90 days'
    AND coalesce(r.submitted_at, r.created_at) <= :at GROUP BY r.user_id),
seen AS (
  SELECT s.user_id, max(s.last_active) AS last_active
  FROM active_sessions s JOIN them ON them.id = s.user_id
  WHERE s.last_active <= :at GROUP BY s.user_id),
answers AS (
  SELECT DISTINCT a.user_id FROM agents a WHERE a.status = 'active'),
connected AS (
  SELECT i.user_id, bool_or(i.status = 'connected' AND i.is_active) AS has_calendar,
    count(*) FILTER (WHERE i.status = 'needs_reconnect' AND i.is_active) AS broken
  FROM calendar_integrations i GROUP BY i.user_id),
hooked AS (
  SELECT w.user_id, bool_or(w.paused_at IS NULL) AS has_webhook,
    count(*) FILTER (WHERE w.paused_at IS NOT NULL) AS broken
  FROM webhook_configs w WHERE w.is_active GROUP BY w.user_id),
numbered AS (
  SELECT DISTINCT p.user_id FROM user_phone_numbers p WHERE p.is_active),
erred AS (
  SELECT e.user_id, count(*) AS errors FROM error_logs e
  WHERE e.resolved_at IS NULL AND e.user_id IS NOT NULL AND e.created_at <= :at
  GROUP BY e.user_id),
pays AS (
  SELECT DISTINCT ON (s.user_id) s.user_id, s.plan_id, s.tier,
    CASE WHEN s.status IN ('active', 'trialing') AND s.cancel_at_period_end THEN 'leaving'
      WHEN s.status IN ('canceled', 'incomplete_expired') THEN 'left'
      ELSE s.status END AS payment
  FROM subscriptions s JOIN them ON them.id = s.user_id WHERE s.created_at <= :at
  ORDER BY s.user_id, s.status IN ('canceled', 'incomplete_expired'), s.created_at DESC)"""

# A cap that is not there is none. What is used is put against what may be used by then: a share
# of the whole allowance says on a period's first day that nobody uses anything.
_MEASURED: Final = """
measured AS MATERIALIZED (
  SELECT t.id, extract(epoch FROM :at - t.created_at) / 86400 AS age,
    coalesce(calls_7, 0) AS calls_7, coalesce(calls_28, 0) AS calls_28,
    CASE WHEN t.created_at <= :at - interval '42 days' THEN coalesce(calls_before, 0) * 28
      / least(28, extract(epoch FROM :at - t.created_at) / 86400 - 28) END AS level,
    extract(epoch FROM :at - greatest(t.created_at, last_call, last_booking, t.last_login_at,
      last_active)) / 86400 AS silent,
    greatest(limits.call_used_seconds / nullif(limits.call_cap_seconds + limits.call_credit
        + limits.rollover_seconds, 0)::numeric,
      limits.sms_used / nullif(limits.sms_cap + limits.sms_credit, 0)::numeric) AS share,
    coalesce(seconds, 0) / nullif(limits.call_cap_seconds, 0)::numeric AS minutes,
    (coalesce(answered, 0) + 4) / (nullif(ended, 0) + 5)::numeric AS answered,
    greatest(0, extract(epoch FROM :at
      - greatest(t.last_login_at, last_active, CASE WHEN t.last_login_at IS NULL
          AND last_active IS NULL THEN t.created_at END)) / 86400) AS login,
    coalesce(bookings, 0) AS bookings, coalesce(leads, 0) AS leads, rating AS reviews,
    (answers.user_id IS NOT NULL)::int AS agent, coalesce(has_calendar, false)::int AS calendar,
    coalesce(has_webhook, false)::int AS webhook, (coalesce(limits.sms_cap, 0) > 0)::int AS texts,
    (numbered.user_id IS NOT NULL)::int AS phone, coalesce(payment, 'none') AS payment,
    messages_failed / (nullif(wrote.messages, 0) + 20)::numeric AS messages,
    coalesce(errors, 0) + coalesce(connected.broken, 0) + coalesce(hooked.broken, 0) AS troubles
  FROM them t
  LEFT JOIN called ON called.user_id = t.id LEFT JOIN booked ON booked.user_id = t.id
  LEFT JOIN wrote ON wrote.user_id = t.id LEFT JOIN led ON led.user_id = t.id
  LEFT JOIN judged ON judged.user_id = t.id LEFT JOIN seen ON seen.user_id = t.id
  LEFT JOIN answers ON answers.user_id = t.id LEFT JOIN connected ON connected.user_id = t.id
  LEFT JOIN hooked ON hooked.user_id = t.id LEFT JOIN numbered ON numbered.user_id = t.id
  LEFT JOIN erred ON erred.user_id = t.id LEFT JOIN pays ON pays.user_id = t.id
  LEFT JOIN usage_limits limits ON limits.user_id = t.id
  WHERE payment IS DISTINCT FROM 'left')"""

# Two calls more on either side: from one call to none is no fall.
_VALUES: Final = {
    "minutes": "round(minutes, 3)",
    "volume": (
        "CASE WHEN calls_28 = 0 THEN 0 ELSE round((calls_28 + 2)::numeric / (level + 2), 3) END"
    ),
    "answered": "round(answered, 3)",
    "login": "round(login::numeric, 1)",
    "reviews": "round(reviews, 2)",
    "messages": "round(messages, 3)",
}
"""How a factor's value is made of what was measured, where it is not the figure itself."""

_EVIDENCE: Final = (
    "least(7, age) + greatest(0, least(28, age) - 7) / 2 + calls_7 + (calls_28 - calls_7) / 2.0"
)
_FACTS: Final = {
    "silent": "round(silent::numeric, 1)",
    "calls_7": "calls_7",
    "calls_28": "calls_28",
    "level": "round(level::numeric, 1)",
    "share": "round(share, 3)",
    "age": "floor(age)",
}
"""What is kept beside the contributions: alerts are raised by it."""


def _points(factor: Factor) -> str:
    """Write a factor's ladder as SQL."""
    value, sign = f"{factor.name}_v", "<=" if factor.less_is_better else ">="
    steps = [f"WHEN {value} = '{word}' THEN {gained}" for word, gained in factor.words.items()]
    steps += [f"WHEN {value} {sign} {edge} THEN {gained}" for edge, gained in factor.rungs]
    empty = f"WHEN {value} IS NULL THEN {factor.without} "
    return f"CASE {empty}{' '.join(steps)} ELSE 0 END AS {factor.name}_p"


def _entry(factor: Factor) -> str:
    """Write a contribution as JSON's text, which is parsed once.

    Built in parts, it costs three times as much. A blank stands where SQLAlchemy would take a
    colon and what follows it for a parameter.
    """
    name, quote = factor.name, '"' if factor.words else ""
    window = "null" if factor.window is None else str(factor.window)
    return (
        f"\"{name}\":{{\"value\":' || coalesce('{quote}' || {name}_v || '{quote}', 'null')"
        f' || \',"points":\' || {name}_p || \',"of": {factor.of},"window": {window}}}'
    )


def _weighed() -> str:
    values = ", ".join(f"{_VALUES.get(one.name, one.name)} AS {one.name}_v" for one in FACTORS)
    facts = ", ".join(f"{words} AS {name}_f" for name, words in _FACTS.items())
    return (
        f"valued AS MATERIALIZED (SELECT id, round(({_EVIDENCE})::numeric, 1) AS evidence,"  # noqa: S608  # our own words
        f" {facts}, {values} FROM measured),\n"
        f"pointed AS MATERIALIZED (SELECT *, {', '.join(map(_points, FACTORS))} FROM valued)"
    )


def _scored() -> str:
    total = " + ".join(f"{one.name}_p" for one in FACTORS)
    entries = ",".join(map(_entry, FACTORS))
    facts = ",".join(f"\"{name}\":' || coalesce({name}_f::text, 'null') || '" for name in _FACTS)
    return (
        "scored AS MATERIALIZED (SELECT id, evidence,"  # noqa: S608  # our own words
        f" CASE WHEN evidence >= {LEAST_EVIDENCE} THEN {total} END AS score,"
        f' (\'{{"points":{{{entries}}},"facts":{{{facts}}},"evidence":\''
        " || evidence || '}')::jsonb AS factors FROM pointed)"
    )


def scored(*, one: bool) -> str:
    """Return the statement's part that scores: of one tenant, or of all between two ids."""
    whose = "u.id = :user" if one else "u.id > :after AND u.id <= :last"
    them = _THEM.format(whose=whose)
    return ",".join((them, _CALLS, _REST, _MEASURED, "\n" + _weighed(), "\n" + _scored()))

"""The SQL of claims, once for every work table.

States stand in the text and not in parameters: only so does the planner use the partial
index on open rows, and a claim stays as fast at ten million closed rows as at ten.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import TextClause, text

from domain.work.kinds import Kind

WAITING: Final = """
    w.{state} = '{waiting}' AND w.due_at <= (SELECT clock_timestamp()) AND ({where}) AND ({ready})
    AND NOT EXISTS (
        SELECT 1 FROM pauses p
        WHERE (p.kind = 'queue' AND p.subject = '{area}')
           OR (p.kind = 'tenant' AND p.subject = w.user_id::text))
"""

LAPSED: Final = """
    w.{state} = '{working}'
    AND w.lease_expires_at < (SELECT clock_timestamp()) - CAST(:grace AS interval)
"""

TO_ASK_ABOUT: Final = """
    w.{state} = '{unknown}' AND w.due_at <= (SELECT clock_timestamp())
"""

# Materialized, or the planner may run the locking part once a row.
TAKE: Final = """
WITH due AS MATERIALIZED (
    SELECT w.id FROM {table} w WHERE {condition} {order}
    LIMIT :n FOR UPDATE OF w SKIP LOCKED)
UPDATE {table} m
SET {state} = '{working}', lease_token = :token,
    lease_expires_at = clock_timestamp() + CAST(:lasts AS interval),
    attempts = m.attempts + {counted}
FROM due WHERE m.id = due.id
RETURNING m.id, m.user_id, m.attempts{columns}
"""

REREAD: Final = """
SELECT w.id, ({void_when}) AS void FROM {table} w
WHERE w.id = ANY(CAST(:ids AS uuid[])) AND w.lease_token = :token
  AND w.{state} = '{working}' AND w.lease_expires_at > clock_timestamp()
"""

HELD: Final = """
SELECT w.id FROM {table} w
WHERE w.id = :id AND w.lease_token = :token AND w.{state} = '{working}' FOR UPDATE
"""

# All of a claim's rows: for whoever does not know whether its claim was committed.
GIVE_BACK: Final = """
UPDATE {table} m
SET {state} = '{waiting}', attempts = m.attempts - 1,
    lease_token = NULL, lease_expires_at = NULL
WHERE m.{state} = '{working}' AND m.lease_token = :token
RETURNING m.id
"""

SETTLE: Final = """
WITH x AS MATERIALIZED (
    SELECT * FROM unnest(
        CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:whys AS text[]),
        CAST(:references AS text[]), CAST(:waits AS float8[]), CAST(:uncounted AS int[]))
        AS x(id, state, why, reference, wait, uncounted))
UPDATE {table} m
SET {state} = x.state, last_error = x.why, {reference}
    due_at = CASE WHEN x.wait IS NULL THEN m.due_at
                  ELSE clock_timestamp() + x.wait * interval '1 second' END,
    attempts = m.attempts - x.uncounted,
    lease_token = NULL, lease_expires_at = NULL
FROM x WHERE m.id = x.id AND m.lease_token = :token AND m.{state} = '{working}'
RETURNING m.id
"""

# What a person decides; a row in somebody's hands is not touched.
RETRY: Final = """
UPDATE {table} m
SET {state} = '{waiting}', due_at = clock_timestamp(), attempts = 0, last_error = NULL
WHERE m.id = :id AND m.{state} = ANY(CAST(:from_states AS text[])) AND m.lease_token IS NULL
RETURNING m.id
"""


@dataclass(frozen=True, slots=True)
class Statements:
    """The SQL of one kind, put together once."""

    claim: TextClause
    claim_one: TextClause
    claim_chosen: TextClause
    claim_lapsed: TextClause
    reread: TextClause
    held: TextClause
    give_back: TextClause
    settle: TextClause
    retry: TextClause


@cache
def statements(kind: Kind[Any]) -> Statements:
    """Return the statements of this kind."""
    column = kind.reference
    words = {
        "table": kind.table,
        "area": kind.area.value,
        "state": kind.state,
        "waiting": kind.states.waiting,
        "working": kind.states.working,
        "unknown": kind.states.unknown,
        "where": kind.where,
        "ready": kind.ready,
        "void_when": kind.void_when,
        "columns": "".join(f", m.{name}" for name in kind.columns),
        "reference": f"{column} = coalesce(x.reference, m.{column})," if column else "",
    }
    waiting, lapsed = WAITING.format(**words), LAPSED.format(**words)
    if kind.states.unknown:
        lapsed = f"({lapsed}) OR ({TO_ASK_ABOUT.format(**words)})"

    def take(condition: str, *, order: str = "", counted: int) -> TextClause:
        return text(TAKE.format(**words, condition=condition, order=order, counted=counted))

    return Statements(
        claim=take(waiting, order="ORDER BY w.due_at", counted=1),
        claim_one=take(f"w.id = :id AND {waiting}", counted=1),
        claim_chosen=take(f"w.id = ANY(CAST(:ids AS uuid[])) AND {waiting}", counted=1),
        claim_lapsed=take(f"({lapsed})", counted=0),
        reread=text(REREAD.format(**words)),
        held=text(HELD.format(**words)),
        give_back=text(GIVE_BACK.format(**words)),
        settle=text(SETTLE.format(**words)),
        retry=text(RETRY.format(**words)),
    )

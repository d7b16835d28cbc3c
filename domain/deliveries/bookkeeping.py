"""What is written beside a delivery when it is settled: its status, how its receiver does.

An address's own row is touched only when its state changes: a thousand deliveries a second
to one receiver must not all wait for one row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.deliveries import rules
from domain.tables.deliveries import DeliveryState
from domain.tables.ops import Severity
from domain.work import alerts
from domain.work.kinds import Settled

PAUSED: Final = "webhook_paused"
OPEN: Final = frozenset({DeliveryState.PENDING.value, DeliveryState.WORKING.value})


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one attempt that was made."""

    config_id: UUID
    took: timedelta
    status: int | None = None
    """None where no answer was heard."""

    @property
    def meaning(self) -> rules.Meaning:
        """What it means for the delivery."""
        return rules.Meaning.NOT_TAKEN if self.status is None else rules.meaning_of(self.status)


@dataclass(slots=True)
class Conduct:
    """How a receiver did in a group of attempts."""

    took_any: bool = False
    failed_any: bool = False
    is_gone: bool = False
    is_slow: bool = False


_NOTE: Final = text(
    "UPDATE webhook_deliveries d SET status_code = x.status,"
    " state = CASE WHEN x.gone = 1 THEN 'failed' ELSE d.state END,"
    " delivered_at = CASE WHEN d.state = 'delivered' THEN clock_timestamp() END"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:statuses AS int[]), CAST(:gone AS int[]))"
    "  AS x(id, status, gone) WHERE d.id = x.id"
)

# The next of the same object has waited for this one, put off so that nobody looked at it.
_NEXT: Final = text(
    "UPDATE webhook_deliveries n SET due_at = clock_timestamp() FROM ("
    "  SELECT s.id FROM webhook_deliveries d CROSS JOIN LATERAL ("
    "   SELECT s.id FROM webhook_deliveries s WHERE s.config_id = d.config_id"
    "    AND s.object_id = d.object_id AND s.sequence > d.sequence"
    "    AND s.state IN ('pending', 'working') ORDER BY s.sequence LIMIT 1) s"
    "  WHERE d.id = ANY(CAST(:ids AS uuid[]))) x"
    " WHERE n.id = x.id AND n.state = 'pending' AND n.attempts = 0"
    "  AND n.due_at > clock_timestamp()"
)

# Locked in the order of ids: two groups that know of the same receivers must not wait in a ring.
_CONDUCT: Final = text(
    "WITH x AS MATERIALIZED (SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:took AS int[]),"
    "  CAST(:failed AS int[]), CAST(:gone AS int[]), CAST(:slow AS int[]))"
    "  AS x(id, took, failed, gone, slow)),"
    " c AS MATERIALIZED (SELECT c.id FROM webhook_configs c JOIN x ON x.id = c.id"
    "  WHERE (x.took = 1 AND c.failing_since IS NOT NULL)"
    "   OR (x.failed = 1 AND (c.failing_since IS NULL"
    "       OR c.failed_at < clock_timestamp() - interval '1 hour'))"
    "   OR (x.gone = 1 AND c.is_active) OR (x.slow = 1) <> (c.slow_since IS NOT NULL)"
    "  ORDER BY c.id FOR NO KEY UPDATE OF c),"
    " t AS MATERIALIZED (SELECT k.id, x.took, x.failed, x.gone, x.slow,"
    "  CASE WHEN x.took = 1 THEN NULL WHEN x.failed = 0 THEN k.failing_since"
    "   WHEN k.failing_since IS NULL"
    "    OR k.failed_at < clock_timestamp() - CAST(:silent AS interval) THEN clock_timestamp()"
    "   ELSE k.failing_since END AS failing_since"
    "  FROM c JOIN x ON x.id = c.id JOIN webhook_configs k ON k.id = c.id),"
    " p AS MATERIALIZED (SELECT t.*, t.gone = 1 OR coalesce(t.failing_since"
    "  < clock_timestamp() - CAST(:failing_long AS interval), false) AS pauses FROM t)"
    " UPDATE webhook_configs k SET failing_since = p.failing_since,"
    "  failed_at = CASE WHEN p.took = 1 THEN NULL WHEN p.failed = 1 THEN clock_timestamp()"
    "   ELSE k.failed_at END,"
    "  slow_since = CASE WHEN p.slow = 1 THEN coalesce(k.slow_since, clock_timestamp()) END,"
    "  is_active = k.is_active AND p.gone = 0,"
    "  paused_at = CASE WHEN p.pauses THEN coalesce(k.paused_at, clock_timestamp())"
    "   ELSE k.paused_at END,"
    "  pause_reason = CASE WHEN NOT p.pauses OR k.paused_at IS NOT NULL THEN k.pause_reason"
    "   WHEN p.gone = 1 THEN 'the receiver answered 410: it wants no more'"
    "   ELSE 'nothing was taken for days' END"
    " FROM p WHERE k.id = p.id"
    " RETURNING k.id, k.pause_reason, coalesce(k.paused_at >= transaction_timestamp(), false)"
    "  AS is_new"
)


def note(session: Session, settled: Sequence[Settled]) -> None:
    """Write what belongs to settled deliveries, in the transaction that settles them."""
    told = {row.id: row.facts for row in settled if isinstance(row.facts, Told)}
    ended = [row.id for row in settled if row.state not in OPEN]
    if told:
        _note_answers(session, told)
        _note_conduct(session, list(told.values()))
    if ended:
        session.execute(_NEXT, {"ids": ended})


def _note_answers(session: Session, told: Mapping[UUID, Told]) -> None:
    gone = [int(one.meaning is rules.Meaning.GONE) for one in told.values()]
    statuses = [one.status for one in told.values()]
    session.execute(_NOTE, {"ids": list(told), "statuses": statuses, "gone": gone})


def _note_conduct(session: Session, told: Sequence[Told]) -> None:
    """Write how receivers do where that has changed, and tell who is left alone from now on."""
    conducts: dict[UUID, Conduct] = {}
    for one in told:
        conduct = conducts.setdefault(one.config_id, Conduct())
        conduct.took_any |= one.meaning is rules.Meaning.TAKEN
        conduct.failed_any |= one.meaning is not rules.Meaning.TAKEN
        conduct.is_gone |= one.meaning is rules.Meaning.GONE
        conduct.is_slow |= one.took > rules.SLOW
    changed = session.execute(
        _CONDUCT,
        {
            "ids": list(conducts),
            "took": [int(one.took_any) for one in conducts.values()],
            "failed": [int(one.failed_any and not one.took_any) for one in conducts.values()],
            "gone": [int(one.is_gone) for one in conducts.values()],
            "slow": [int(one.is_slow) for one in conducts.values()],
            "silent": rules.SILENT,
            "failing_long": rules.FAILING_LONG,
        },
    )
    for row in changed.all():
        if row.is_new:
            _tell(session, row.id, row.pause_reason)


def _tell(session: Session, config_id: UUID, reason: str) -> None:
    alerts.tell(
        session,
        PAUSED,
        subject=str(config_id),
        message=f"Webhooks of config {config_id} are no longer delivered: {reason}."
        f" When it is mended: `frontdesk webhooks resume {config_id}`.",
        severity=Severity.INFO,
    )

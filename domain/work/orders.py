"""What operators order, written down: who, what, for which rows, and why."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.errors import Refusal
from domain.work import alerts, settling
from domain.work.control import standing
from domain.work.kinds import Kind

_NOTE: Final = text(
    "INSERT INTO audit_logs (user_id, actor, action, resource_type, resource_id, metadata)"
    " VALUES (:user_id, :by, :action, :kind, :row_id, CAST(:facts AS jsonb))"
)
_NOTED: Final = text(
    "SELECT created_at, actor, action, metadata ->> 'reason' AS reason FROM audit_logs"
    " WHERE resource_id = :id AND action LIKE 'operator.%' ORDER BY created_at"
)
_GIVEN_UP: Final = text(
    "SELECT split_part(subject, ' ', 2)::uuid AS id FROM ops_alerts WHERE alert_type = :type"
    " AND resolved_at IS NULL AND subject LIKE :kind || ' %'"
    " UNION SELECT row_id FROM effects WHERE kind = :kind AND state = 'rejected'"
    "  AND intended_at >= :since ORDER BY id LIMIT :most"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody has us do, and why."""

    action: str
    kind: str
    subject: str
    """An id, or a queue's name."""

    by: str
    reason: str
    user_id: UUID | None = None


def note(session: Session, order: Order) -> None:
    """Write an order down, in the transaction that carries it out."""
    try:
        row_id = UUID(order.subject)
    except ValueError:
        row_id = None
    facts = {"subject": order.subject, "reason": order.reason}
    session.execute(
        _NOTE,
        {
            "user_id": order.user_id,
            "by": f"operator {order.by}",
            "action": f"operator.{order.action}",
            "kind": order.kind,
            "row_id": row_id,
            "facts": json.dumps(facts),
        },
    )


def noted(session: Session, row_id: UUID) -> list[dict[str, Any]]:
    """Return what operators have ordered for a row."""
    return [dict(row) for row in session.execute(_NOTED, {"id": row_id}).mappings()]


def failed(session: Session, kind: Kind[Any], *, since: datetime, most: int) -> list[UUID]:
    """Return the rows of a kind that were refused since a moment, or given up at any time.

    Found by their effects and alerts: what has failed stands in no index of its own table.
    """
    bound = {"type": settling.GIVEN_UP, "kind": kind.name, "since": since, "most": most}
    found = list(session.scalars(_GIVEN_UP, bound))
    query = text(
        f"SELECT id FROM {kind.table} WHERE id = ANY(CAST(:ids AS uuid[]))"  # noqa: S608  # our own names
        f" AND {kind.state} = '{kind.states.failed}' ORDER BY id"
    )
    return list(session.scalars(query, {"ids": found}))


def waiting(session: Session, kind: Kind[Any], user_id: UUID, *, most: int) -> list[UUID]:
    """Return the rows of a kind that wait for a tenant."""
    query = text(
        f"SELECT w.id FROM {kind.table} w WHERE w.{kind.state} = '{kind.states.waiting}'"  # noqa: S608  # our own names
        f" AND ({kind.where}) AND w.user_id = :user_id ORDER BY w.due_at LIMIT :most"
    )
    return list(session.scalars(query, {"user_id": user_id, "most": most}))


def call_off(session: Session, kind: Kind[Any], row_ids: Sequence[UUID], *, reason: str) -> int:
    """Call off rows that wait; return how many did. What is in hand, or has ended, is left alone.

    Raises Refusal for a kind that cannot be called off.
    """
    if kind.states.void is None or kind.states.working == kind.states.waiting:
        raise Refusal(f"A {kind.name} cannot be called off: pause its queue instead.")
    query = text(
        f"UPDATE {kind.table} m SET {kind.state} = '{kind.states.void}', last_error = :why"  # noqa: S608  # our own names
        f" WHERE m.id = ANY(CAST(:ids AS uuid[])) AND m.{kind.state} = '{kind.states.waiting}'"
        " AND m.lease_token IS NULL RETURNING m.id"
    )
    why = f"called off by an operator: {reason}" if reason else "called off by an operator"
    done = session.scalars(query, {"ids": list(row_ids), "why": why}).all()
    for row_id in done:
        for alert_type in (settling.UNHEARD, settling.GIVEN_UP):
            alerts.settle(session, alert_type, subject=f"{kind.name} {row_id}")
    return len(done)


def refuse_unless_it_waits(session: Session, kind: Kind[Any], row_id: UUID) -> None:
    """Say why a row cannot be called off; nothing where it can."""
    now = standing(session, kind, row_id)
    if now is None:
        raise Refusal(f"There is no {kind.name} {row_id}.", exit_code=1)
    if now.state != kind.states.waiting:
        raise Refusal(
            f"This {kind.name} is {now.state}: only one that is {kind.states.waiting} can be"
            " called off."
        )

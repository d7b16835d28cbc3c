"""Who we work for: taking a tenant on, stopping all work for one, and going on with it.

A suspended tenant is paused like any other: what claims ask is the pause, so nothing of its
work is taken up, whichever area it belongs to. What waits stays, and goes on when it is resumed.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.errors import Refusal
from domain.tables.accounts import UserStatus
from domain.work import control

TENANT: Final = "tenant"
WHY: Final = "the tenant is suspended"

_ADD: Final = text(
    "INSERT INTO users (business_name, email, industry, timezone)"
    " VALUES (:business_name, :email, :industry, :timezone) RETURNING id"
)
_MOVE: Final = text(
    "UPDATE users SET status = :status WHERE id = :id RETURNING"
    " (SELECT u.status FROM users u WHERE u.id = :id)"
)
_STATUS: Final = text("SELECT status FROM users WHERE id = :id")
_LISTED: Final = text(
    "SELECT u.id, u.business_name, u.status, u.timezone, u.created_at, p.reason AS paused"
    " FROM users u LEFT JOIN pauses p ON p.kind = 'tenant' AND p.subject = u.id::text"
    " ORDER BY u.created_at"
)
_HOLD: Final = text(
    "INSERT INTO pauses (kind, subject, reason)"
    " SELECT 'tenant', id::text, :why FROM users WHERE status = 'suspended'"
    " ON CONFLICT DO NOTHING"
)


def add(session: Session, facts: Mapping[str, str | None]) -> UUID:
    """Take a tenant on: business_name, email, industry and timezone; return its id."""
    return session.execute(_ADD, facts).scalar_one()


def suspend(session: Session, user_id: UUID, *, reason: str) -> None:
    """Stop all work for a tenant; what is in hand ends."""
    _move(session, user_id, UserStatus.SUSPENDED)
    words = f"{WHY}: {reason}" if reason else WHY
    control.pause(session, TENANT, str(user_id), reason=words)


def resume(session: Session, user_id: UUID) -> bool:
    """Work for a tenant again; False where it was not stopped."""
    before = _move(session, user_id, UserStatus.ACTIVE)
    was_paused = control.resume(session, TENANT, str(user_id))
    return was_paused or before != UserStatus.ACTIVE


def check(session: Session, user_id: UUID) -> None:
    """Refuse a tenant that is not there."""
    if session.scalar(_STATUS, {"id": user_id}) is None:
        raise _not_there(user_id)


def is_suspended(session: Session, user_id: UUID) -> bool:
    """Tell whether this tenant is suspended."""
    return session.scalar(_STATUS, {"id": user_id}) == UserStatus.SUSPENDED


def hold_suspended(session: Session) -> None:
    """Pause who was suspended by another service. Going on takes a person."""
    session.execute(_HOLD, {"why": WHY})


def listed(session: Session) -> list[dict[str, Any]]:
    """Return every tenant, the oldest first, and why it is paused."""
    return [dict(row) for row in session.execute(_LISTED).mappings()]


def _move(session: Session, user_id: UUID, status: UserStatus) -> str:
    before: str | None = session.scalar(_MOVE, {"id": user_id, "status": status.value})
    if before is None:
        raise _not_there(user_id)
    return before


def _not_there(user_id: UUID) -> Refusal:
    return Refusal(f"There is no tenant {user_id}: see `frontdesk tenant list`.", exit_code=1)

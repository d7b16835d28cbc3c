"""What a person may do to work: pause it, let it go on, and try a row again."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.errors import Refusal
from domain.work import alerts, settling
from domain.work.kinds import Kind
from domain.work.statements import statements

_PAUSE: Final = text(
    "INSERT INTO pauses (kind, subject, reason) VALUES (:kind, :subject, :reason)"
    " ON CONFLICT (kind, subject) DO UPDATE SET reason = excluded.reason"
)
_RESUME: Final = text("DELETE FROM pauses WHERE kind = :kind AND subject = :subject RETURNING 1")
_EFFECTS_OF: Final = text(
    "SELECT id, key, kind, row_id, user_id, vendor, state, owner, attempts, intended_at,"
    " settled_at, lookups, negatives, first_negative_at, reference, verdict, cost, currency,"
    " last_error FROM effects WHERE (:kind = 'effect' AND id = :id)"
    " OR (kind = :kind AND row_id = :id) ORDER BY intended_at"
)
_ASSUME_NOT_DONE: Final = text(
    "UPDATE effects SET state = 'retryable', owner = NULL, settled_at = clock_timestamp(),"
    " last_error = 'a person said: try again'"
    " WHERE kind = :kind AND row_id = :id AND state IN ('intended', 'unknown', 'rejected')"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a row of a work table stands."""

    state: str
    attempts: int
    due_at: Any
    lease_expires_at: Any
    last_error: str | None


def pause(session: Session, kind: str, subject: str, *, reason: str) -> None:
    """Stop claiming for this queue, account, campaign or tenant; what is in hand ends."""
    session.execute(_PAUSE, {"kind": kind, "subject": subject, "reason": reason})


def resume(session: Session, kind: str, subject: str) -> bool:
    """Claim again; False where nothing was paused."""
    return session.scalar(_RESUME, {"kind": kind, "subject": subject}) is not None


def effects_of(session: Session, kind: str, row_id: UUID) -> list[dict[str, Any]]:
    """Return the receipts of a row, or the one of this id."""
    found = session.execute(_EFFECTS_OF, {"kind": kind, "id": row_id})
    return [dict(row) for row in found.mappings()]


def standing(session: Session, kind: Kind[Any], row_id: UUID) -> Standing | None:
    """Return how a row stands; None where there is none."""
    query = text(
        f"SELECT {kind.state} AS state, attempts, due_at, lease_expires_at, last_error"  # noqa: S608  # our own names
        f" FROM {kind.table} WHERE id = :id"
    )
    row = session.execute(query, {"id": row_id}).one_or_none()
    return None if row is None else Standing(*row)


def retry(session: Session, kind: Kind[Any], row_id: UUID, *, is_sure: bool) -> None:
    """Have a row that failed tried again; one that may have happened only if a person is sure.

    Raises Refusal, with what to do next, where it is not to be tried.
    """
    now = standing(session, kind, row_id)
    if now is None:
        raise Refusal(f"There is no {kind.name} {row_id}.")
    unknown = kind.states.unknown
    if now.state not in {kind.states.failed, unknown}:
        raise Refusal(
            f"This {kind.name} is {now.state}: only one that is {kind.states.failed}"
            + (f" or {unknown}" if unknown else "")
            + " can be tried again."
        )
    if now.state == unknown and not is_sure:
        raise Refusal(
            f"This {kind.name} may have happened ({now.last_error}): look at the vendor, and say"
            f" `frontdesk retry {kind.name} {row_id} --sure` if it did not."
        )
    session.execute(_ASSUME_NOT_DONE, {"kind": kind.name, "id": row_id})
    states = [state for state in (kind.states.failed, unknown) if state]
    moved = session.scalar(statements(kind).retry, {"id": row_id, "from_states": states})
    if moved is None:
        raise Refusal(f"This {kind.name} is being worked on right now: look again in a minute.")
    for alert_type in (settling.UNHEARD, settling.GIVEN_UP):
        alerts.settle(session, alert_type, subject=f"{kind.name} {row_id}")


def take_up_again(session: Session, kind: Kind[Any], row_id: UUID) -> bool:
    """Have a row worked once more that has come to an end or waits; not one in somebody's hands.

    Only for work that touches nothing outside: there is nothing to be sure of.
    """
    ends = [kind.states.waiting, kind.states.done, kind.states.failed]
    return session.scalar(statements(kind).retry, {"id": row_id, "from_states": ends}) is not None

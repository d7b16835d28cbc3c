"""What follows from what a vendor said when it was asked to place a call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from domain.outbound import accounts, endings, store
from domain.outbound.history import Ended
from domain.outbound.ports import Progress
from domain.tables.ops import Severity
from domain.tables.outbound import AttemptState
from domain.work import alerts
from domain.work.kinds import Settled

DOWN: Final = "account_down"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a call was not placed."""

    what: str
    """full, stopped, unreached, refused, or unheard."""

    after: timedelta | None = None
    outcome: AttemptState = AttemptState.FAILED


WORDS: Final = {
    "full": "the vendor has no slot for it",
    "stopped": "its account cannot place calls",
    "unreached": "the vendor could not be reached",
    "void": "it was taken back before it was dialled",
}


def write(session: Session, settled: Sequence[Settled]) -> None:
    """Write what attempts came to, in the transaction that settles them."""
    taken = [row for row in settled if row.state == AttemptState.LIVE]
    if taken:
        _take(session, taken)
    for row in settled:
        if row.state == AttemptState.CANCELED:
            endings.release(session, [row.id], why=WORDS["void"])
        elif row.state in {AttemptState.DIALING, AttemptState.UNKNOWN}:
            _not_taken(session, row)
        elif row.state == AttemptState.FAILED:
            _fail(session, row)


def _take(session: Session, taken: Sequence[Settled]) -> None:
    progress = {row.id: row.facts for row in taken if isinstance(row.facts, Progress)}
    answered = {
        row.id: progress[row.id].answered_at if row.id in progress else None for row in taken
    }
    of_account = store.note_taken(session, answered)
    accounts.took(session, [account for _, account in of_account if account is not None])
    for attempt_id, _ in of_account:  # tenant by tenant, as everybody locks what they use
        one = progress.get(attempt_id)
        if one is not None and not one.is_live:
            endings.end(session, Ended.of(attempt_id, one))


def _not_taken(session: Session, row: Settled) -> None:
    """Give the slot back where the vendor never took the call, and note what that says of it."""
    trouble = row.facts
    if not isinstance(trouble, Trouble):
        return  # it was not begun in time, and waits to be
    account_id = store.accounts_of(session, [row.id]).get(row.id)
    if trouble.what == "unheard":
        _count_failure(session, account_id, row, why="it did not say whether it took a call")
        return
    wait = timedelta(seconds=1)
    why = WORDS[trouble.what]
    endings.release(session, [row.id], why=why, wait=wait)
    if account_id is None:
        return
    if trouble.what == "full":
        accounts.was_full(session, account_id, why=why, after=trouble.after)
    else:
        _count_failure(session, account_id, row, why=why, is_stopped=trouble.what == "stopped")


def _count_failure(
    session: Session, account_id: UUID | None, row: Settled, *, why: str, is_stopped: bool = False
) -> None:
    if account_id is None:
        return
    if accounts.failed(session, account_id, why=why, is_stopped=is_stopped):
        alerts.tell(
            session,
            DOWN,
            subject=f"account {account_id}",
            message=f"Account {account_id} is left alone for a while: {why}."
            f" See `frontdesk explain call_attempt {row.id}`.",
            severity=Severity.WARNING,
        )


def _fail(session: Session, row: Settled) -> None:
    """End an attempt that will never be a call, and say what becomes of who was to be called."""
    trouble = row.facts
    outcome = trouble.outcome if isinstance(trouble, Trouble) else AttemptState.FAILED
    endings.fail(session, row.id, outcome)

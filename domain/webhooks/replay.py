"""Taking a notice's news once more: after a bug was mended, a secret set, an area built.

Areas move only forward, so what was taken before is not taken twice. A notice that was refused
is checked again, against the moment at which it came; while it is not believed, it stays so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NoReturn
from uuid import UUID

from sqlalchemy.orm import Session

from domain.database import SYSTEM
from domain.errors import Refusal, Rejected
from domain.tables.webhooks import WebhookResult
from domain.webhooks import intake, service, store
from domain.webhooks.service import Caused, Ears, Outcome
from domain.webhooks.store import Stored
from domain.work import batch, control
from domain.work.changes import Change
from domain.work.shop import Shop

PAGE: Final = 500
FIRST: Final = UUID(int=0)
IN_HAND: Final = "it is being worked on right now: look again in a minute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What became of one notice, or would."""

    id: UUID
    provider: str
    event_type: str | None
    before: str
    after: str
    why: str | None
    changes: tuple[Change, ...] = ()


class _Undo(Exception):
    """Ends a transaction that was only to show what would come of it."""

    def __init__(self, shown: Replayed) -> None:
        super().__init__()
        self.shown = shown


def _undo(shown: Replayed) -> NoReturn:
    raise _Undo(shown)


def would(ears: Ears, webhook_id: UUID) -> Replayed:
    """Show what taking a notice again would change: it is done, and undone."""
    try:
        with ears.begin(SYSTEM) as session:
            _undo(_tried(ears, session, _row(session, webhook_id)))
    except _Undo as undone:
        return undone.shown


def again(ears: Ears, shop: Shop, webhook_id: UUID, caused: Caused) -> Replayed:
    """Take a notice's news again, as a worker does, and show what changed."""
    shown: list[Outcome] = []
    with ears.begin(SYSTEM) as session:
        row = _row(session, webhook_id)
        doubt = _believe(ears, session, row)
        if doubt is not None:
            return _said(row, after=row.result or _waits(row), why=doubt)
        if not control.take_up_again(session, store.kind(), webhook_id):
            return _said(row, after=row.result or _waits(row), why=IN_HAND)
        store.open_again(session, webhook_id, by="replay")
    batch.work_one(shop, service.job(ears, caused, shown.append), webhook_id)
    with ears.begin(SYSTEM) as session:
        now = _row(session, webhook_id)
        state = control.standing(session, store.kind(), webhook_id)
    outcome = shown[0] if shown else None
    return _said(
        row,
        event_type=now.event_type,
        after=now.result if outcome or now.result == WebhookResult.FAILED else "waits",
        why=now.error_message or (state.last_error if state else None),
        changes=outcome.changes if outcome else (),
    )


def _tried(ears: Ears, session: Session, row: Stored) -> Replayed:
    doubt = _believe(ears, session, row)
    if doubt is not None:
        return _said(row, after=WebhookResult.REFUSED.value, why=doubt)
    try:
        outcome = service.understand(ears, session, row)
    except Rejected as error:
        return _said(row, after=WebhookResult.FAILED.value, why=str(error))
    after = "waits" if outcome.wait else outcome.result.value
    return _said(
        row,
        event_type=outcome.event_type,
        after=after,
        why=outcome.wait or outcome.why,
        changes=outcome.changes,
    )


def _believe(ears: Ears, session: Session, row: Stored) -> str | None:
    """Check a refused notice once more; say why it is still not believed."""
    if row.result != WebhookResult.REFUSED:
        return None
    if row.body is None:
        return row.error_message
    arrival = service.arrival_of(ears, row)
    notices = ears.senders.of(row.provider, arrival.subject)
    if notices is None:
        return row.error_message
    doubt = intake.judge(notices, arrival)
    if doubt is not None:
        return doubt
    key, event_type = intake.name(notices, arrival)
    if not store.believe(session, row.id, key=key, event_type=event_type):
        return "it has come again since, and stands there"
    return None


def _row(session: Session, webhook_id: UUID) -> Stored:
    row = store.look(session, webhook_id)
    if row is None:
        raise Refusal(f"There is no webhook {webhook_id}.", exit_code=1)
    return row


def _waits(row: Stored) -> str:
    return row.result or "waits"


def _said(
    row: Stored,
    *,
    after: str | None,
    why: str | None,
    event_type: str | None = None,
    changes: tuple[Change, ...] = (),
) -> Replayed:
    return Replayed(
        id=row.id,
        provider=row.provider,
        event_type=event_type or row.event_type,
        before=_waits(row),
        after=after or "waits",
        why=why,
        changes=changes,
    )


def wanted(ears: Ears, *, since: datetime | None, only_failed: bool) -> Iterator[UUID]:
    """Yield the notices that are meant, oldest first, page by page."""
    after = FIRST
    while True:
        with ears.begin(SYSTEM) as session:
            if since is None:
                page = store.dead(session, after=after, most=PAGE)
            else:
                page = store.since(session, since, after=after, only_failed=only_failed, most=PAGE)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1]

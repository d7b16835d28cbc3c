"""What is owed to calendars: events to be carried, calendars to be read, notices to be renewed."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.calendars import drafts, owing, rules, shelf
from domain.calendars.desk import Desk
from domain.calendars.ports import Watch
from domain.database import SYSTEM
from domain.errors import ProviderError, Refusal
from domain.ids import new_id
from domain.tables.events import EventStatus
from domain.work import errands
from domain.work.names import TaskName

log = structlog.get_logger("calendars")

TRY_AGAIN: Final = timedelta(minutes=15)
WEEK: Final = timedelta(days=7)
MOST: Final = 200

_OWNER: Final = text("SELECT user_id FROM calendar_integrations WHERE id = :id")
_COMPARED_LONG_AGO: Final = text(
    "UPDATE calendar_integrations SET compared_at = clock_timestamp() WHERE id IN ("
    " SELECT id FROM calendar_integrations WHERE status = 'connected' AND is_active"
    " AND sync_enabled AND calendar_id IS NOT NULL"
    " AND coalesce(compared_at, created_at) < clock_timestamp() - CAST(:week AS interval)"
    " LIMIT :most FOR NO KEY UPDATE SKIP LOCKED) RETURNING id, user_id"
)
# Marked before anybody is asked: two that renew at once renew different ones.
_TO_WATCH: Final = text(
    "UPDATE calendar_integrations SET"
    " watch_due_at = clock_timestamp() + CAST(:again AS interval) WHERE id IN ("
    " SELECT id FROM calendar_integrations WHERE status = 'connected' AND is_active"
    " AND sync_enabled AND calendar_id IS NOT NULL"
    " AND coalesce(watch_due_at, '-infinity') <= clock_timestamp()"
    " ORDER BY watch_due_at NULLS FIRST LIMIT :most FOR NO KEY UPDATE SKIP LOCKED)"
    " RETURNING id, user_id, watch_name, watch_resource, watch_ends_at"
)
_WATCHED: Final = text(
    "UPDATE calendar_integrations SET watch_name = :name, watch_resource = :resource,"
    " watch_ends_at = :ends_at, watch_due_at = clock_timestamp()"
    "  + greatest(interval '1 minute', (CAST(:ends_at AS timestamptz) - clock_timestamp()) * 0.75)"
    " WHERE id = :id"
)
_UNWATCHED: Final = text(
    "UPDATE calendar_integrations SET watch_due_at = 'infinity' WHERE id = :id"
)
_ENDED: Final = text(
    "UPDATE calendar_integrations SET watch_due_at = clock_timestamp() WHERE id = :id"
    " AND watch_name IS NOT NULL"
)
_ANSWER: Final = text(
    "UPDATE questions SET answer = :answer, answered_at = clock_timestamp()"
    " WHERE id = :id AND answered_at IS NULL AND field LIKE 'calendar.%' RETURNING event_id"
)
_ASKED: Final = text("SELECT user_id FROM questions WHERE id = :id")
_UPCOMING: Final = text(
    "SELECT id, generation FROM events WHERE status IN ('scheduled', 'confirmed')"
    " AND NOT owes_nothing AND coalesce(end_time, start_time) > clock_timestamp()"
)

Handler = Callable[[UUID], None]


def handlers(desk: Desk) -> Mapping[TaskName, Handler]:
    """Return what does each errand of calendars."""

    def carry(event_id: UUID) -> None:
        push(desk, event_id)

    return {
        TaskName.CALENDARS_PUSH: carry,
        TaskName.CALENDARS_PULL: lambda integration_id: pull(desk, integration_id),
    }


def push(desk: Desk, event_id: UUID) -> bool:
    """Owe an event to the calendars that it is in, or is to be in. Owed twice, it is done once.

    What is a draft yet has to be free there first; tell whether it stands by this.
    """
    stands_now = False
    found = _event(desk, event_id)
    if found is not None and found[1] == EventStatus.EXTRACTED:
        stands_now = drafts.settle(desk, found[0], event_id)
        found = _event(desk, event_id)
    if found is None:
        return False
    user_id, status = found
    with desk.begin(user_id) as session:
        owing.owe(session, event_id, stands=status in rules.STANDS, new_id=new_id)
    return stands_now


def _event(desk: Desk, event_id: UUID) -> tuple[UUID, str] | None:
    with desk.begin(SYSTEM) as session:
        return owing.event(session, event_id)


def pull(desk: Desk, integration_id: UUID) -> None:
    """Have a calendar read at once; the sweep that follows does it."""
    with desk.begin(SYSTEM) as session:
        shelf.now(session, integration_id)


def owner_of(desk: Desk, integration_id: UUID) -> UUID:
    """Return whose calendar it is."""
    with desk.begin(SYSTEM) as session:
        found: UUID | None = session.scalar(_OWNER, {"id": integration_id})
    if found is None:
        sentence = f"There is no calendar {integration_id}: see `frontdesk calendars status`."
        raise Refusal(sentence, exit_code=1)
    return found


def owe_upcoming(desk: Desk, user_id: UUID) -> int:
    """Owe all that is to come: for a calendar that was just connected."""
    with desk.begin(user_id) as session:
        rows = session.execute(_UPCOMING).all()
        for row in rows:
            once = -1 - (new_id().int % 2**31)
            errands.owe(session, TaskName.CALENDARS_PUSH, row.id, user_id=user_id, generation=once)
    return len(rows)


def owe_comparisons(desk: Desk) -> None:
    """Owe a comparison to each calendar that was last compared a week ago."""
    with desk.begin(SYSTEM) as session:
        rows = session.execute(_COMPARED_LONG_AGO, {"week": WEEK, "most": MOST}).all()
        for row in rows:
            once = new_id().int % 2**31
            errands.owe(
                session, TaskName.CALENDARS_COMPARE, row.id, user_id=row.user_id, generation=once
            )


def answer(desk: Desk, question_id: UUID, choice: str) -> None:
    """Answer a question about a conflict; what follows is owed with it."""
    with desk.begin(SYSTEM) as session:
        user_id: UUID | None = session.scalar(_ASKED, {"id": question_id})
    if user_id is None:
        raise Refusal(f"There is no question {question_id}.", exit_code=1)
    with desk.begin(user_id) as session:
        found = session.scalar(_ANSWER, {"id": question_id, "answer": choice})
    if found is None:
        sentence = f"Question {question_id} is answered already, or about no calendar."
        raise Refusal(sentence, exit_code=1)


def renew(desk: Desk) -> None:
    """Have changes told to us, where a vendor can, and renew what is about to end."""
    with desk.begin(SYSTEM) as session:
        rows = session.execute(_TO_WATCH, {"again": TRY_AGAIN, "most": MOST}).all()
    for row in rows:
        try:
            _watch(desk, row)
        except ProviderError as error:
            log.info("calendar.not_watched", calendar=str(row.id), why=str(error))


def unwatched(session: Session, integration_id: UUID) -> None:
    """Have a watch renewed before its time: its vendor says that it ends."""
    session.execute(_ENDED, {"id": integration_id})


def _watch(desk: Desk, row: Any) -> None:  # noqa: ANN401  # a row of the statement above
    with desk.begin(row.user_id) as session:
        found = shelf.read(session, row.id)
    agenda = desk.agendas.get(found.kind) if found else None
    told = desk.told(agenda.vendor, row.id) if agenda and agenda.can_watch else None
    if found is None or agenda is None or told is None:
        with desk.begin(SYSTEM) as session:
            session.execute(_UNWATCHED, {"id": row.id})
        return
    calendar = found.calendar
    if row.watch_name and row.watch_ends_at and row.watch_ends_at > found.now:
        old = Watch(name=row.watch_name, resource=row.watch_resource, ends_at=row.watch_ends_at)
        made = agenda.renew(calendar, old, address=told.address, secret=told.secret)
    else:
        made = agenda.watch(calendar, name=str(new_id()), address=told.address, secret=told.secret)
    with desk.begin(SYSTEM) as session:
        bound = {"id": row.id, "name": made.name, "resource": made.resource}
        session.execute(_WATCHED, {**bound, "ends_at": made.ends_at})

"""Every query on how far outside calendars have been read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.calendars import rules
from domain.calendars.ports import Calendar
from domain.tables.calendars import PullState
from domain.work.kinds import Kind, States
from domain.work.names import Area

READY: Final = (
    "w.status = 'connected' AND w.is_active AND w.sync_enabled AND w.calendar_id IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class PullRow:
    """A claimed calendar."""

    id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """How far an outside calendar has been read."""

    kind: str
    calendar: Calendar
    cursor: str | None
    page: str | None
    listing_since: datetime | None
    """When the listing of everything began; None: changes since the cursor are read."""

    reading_since: datetime | None
    """When the first page of these changes was asked for; None: that is still to come."""

    window_end: datetime | None
    watch_ends_at: datetime | None
    now: datetime

    @property
    def began(self) -> datetime:
        """When this round began: its pages may be hours apart, and its cursor is of the first."""
        return self.listing_since or self.reading_since or self.now

    @property
    def is_watched(self) -> bool:
        """Tell whether its vendor tells of changes."""
        return self.watch_ends_at is not None and self.watch_ends_at > self.now


_READ: Final = text(
    "SELECT i.id, i.user_id, i.integration_type, i.calendar_id, i.base_url,"
    " coalesce(i.zone, u.timezone) AS zone, i.sync_token, i.page, i.listing_since, i.reading_since,"
    " i.window_end, i.watch_ends_at, clock_timestamp() AS now"
    " FROM calendar_integrations i JOIN users u ON u.id = i.user_id WHERE i.id = :id"
)
# A reader that was paused stands elsewhere than the row: it writes nothing. NO KEY, for who settles
# a link of this calendar asks for a share of its key, and may hold the link that is read next.
_STANDS: Final = text(
    "SELECT clock_timestamp() AS now FROM calendar_integrations WHERE id = :id"
    " AND sync_token IS NOT DISTINCT FROM :cursor AND page IS NOT DISTINCT FROM :page"
    " AND listing_since IS NOT DISTINCT FROM :since"
    " AND reading_since IS NOT DISTINCT FROM :reading FOR NO KEY UPDATE"
)
_LIST: Final = text(
    "UPDATE calendar_integrations SET listing_since = :now, reading_since = NULL,"
    " page = NULL, window_end = :end WHERE id = :id"
)
_TURN: Final = text(
    "UPDATE calendar_integrations SET page = :page,"
    " reading_since = CASE WHEN listing_since IS NULL THEN CAST(:began AS timestamptz) END"
    " WHERE id = :id"
)
_CLOSE: Final = text(
    "UPDATE calendar_integrations SET page = NULL, listing_since = NULL, reading_since = NULL,"
    " sync_token = :cursor, last_sync_at = :began, last_error = NULL, attempts = 0,"
    " due_at = CASE WHEN due_at > :began THEN due_at"
    "  ELSE clock_timestamp() + CAST(:wait AS interval) END WHERE id = :id"
)
_NOW: Final = text("UPDATE calendar_integrations SET due_at = clock_timestamp() WHERE id = :id")


def kind() -> Kind[PullRow]:
    """Return calendars that are to be read, as claims see them."""
    return Kind(
        name="calendar",
        table="calendar_integrations",
        area=Area.CALENDARS,
        read=lambda row: PullRow(row["id"], row["user_id"]),
        state="pull_state",
        states=States(
            waiting=PullState.WAITING.value,
            working=PullState.PULLING.value,
            done=PullState.WAITING.value,
            failed=PullState.FAILED.value,
        ),
        where=READY,
        hard_limit=timedelta(minutes=3),
        most_attempts=200,
    )


def read(session: Session, integration_id: UUID) -> Shelf | None:
    """Return how far a calendar has been read; None where it is gone."""
    row = session.execute(_READ, {"id": integration_id}).mappings().one_or_none()
    if row is None:
        return None
    return Shelf(
        kind=row["integration_type"],
        calendar=Calendar(
            integration_id=row["id"],
            user_id=row["user_id"],
            calendar_id=row["calendar_id"] or "",
            zone=row["zone"],
            base_url=row["base_url"],
        ),
        cursor=row["sync_token"],
        page=row["page"],
        listing_since=row["listing_since"],
        reading_since=row["reading_since"],
        window_end=row["window_end"],
        watch_ends_at=row["watch_ends_at"],
        now=row["now"],
    )


def stands(session: Session, shelf: Shelf) -> bool:
    """Lock the calendar's row; tell whether it still stands where this reader stands."""
    bound = {"id": shelf.calendar.integration_id, "cursor": shelf.cursor, "page": shelf.page}
    since = {"since": shelf.listing_since, "reading": shelf.reading_since}
    return session.execute(_STANDS, {**bound, **since}).first() is not None


def begin_listing(session: Session, shelf: Shelf) -> None:
    """Begin to list everything; what is known stays until it has been listed to its end."""
    end = rules.window(shelf.now).end
    bound = {"id": shelf.calendar.integration_id, "now": shelf.now, "end": end}
    session.execute(_LIST, bound)


def turn(session: Session, shelf: Shelf, page: str) -> None:
    """Go on to the next page."""
    bound = {"id": shelf.calendar.integration_id, "page": page, "began": shelf.began}
    session.execute(_TURN, bound)


def close(session: Session, shelf: Shelf, cursor: str | None) -> None:
    """Come to the end: from here on changes since the cursor are asked for.

    What is known is as fresh as the first page. A notice that came since then has made the row
    due again: that stays.
    """
    wait = rules.WATCHED if shelf.is_watched else rules.EVERY
    session.execute(
        _CLOSE,
        {
            "id": shelf.calendar.integration_id,
            "cursor": cursor,
            "began": shelf.began,
            "wait": wait,
        },
    )


def now(session: Session, integration_id: UUID) -> None:
    """Have a calendar read at once."""
    session.execute(_NOW, {"id": integration_id})

"""Reading outside calendars: page by page, merged into what is known, never in place of it.

A page is written in a transaction of its own, and only where the row stands as it did when the
page was asked for. So a reader that sleeps and wakes changes nothing, one that dies is carried
on from its last page, and a cursor is kept only once all that came before it is written.
"""

import time
from typing import Final

import structlog

from domain.calendars import mirror, rules, shelf
from domain.calendars.desk import Desk
from domain.calendars.ports import CursorLost, Window, Withdrawn
from domain.calendars.shelf import PullRow, Shelf
from domain.errors import Retryable
from domain.work.attempts import Chore, Job

log = structlog.get_logger("calendars")

BUDGET: Final = 60.0
"""Seconds after which a long listing is left to the next claim."""


def job(desk: Desk) -> Job[PullRow]:
    """Return how calendars are read."""

    def describe(row: PullRow) -> Chore:
        return Chore(lambda: pull(desk, row))

    return Job(kind=shelf.kind(), describe=describe)


def pull(desk: Desk, row: PullRow) -> None:
    """Read what changed, or everything where nobody knows since when."""
    deadline = time.monotonic() + BUDGET
    try:
        while time.monotonic() < deadline and _turn(desk, row):
            pass
    except Withdrawn as error:
        raise Retryable(str(error)) from error


def _turn(desk: Desk, row: PullRow) -> bool:
    """Read one page; tell whether there are more."""
    found = _stand(desk, row)
    if found is None:
        return False
    window = _window(found)
    cursor = None if found.listing_since else found.cursor
    try:
        page = desk.agenda(found.kind).pull(
            found.calendar, window=window, cursor=cursor, page=found.page
        )
    except CursorLost:
        if found.listing_since and found.page is None:
            raise  # a listing from its beginning needs no cursor: it is no matter of cursors
        log.info("calendar.listed_anew", calendar=str(row.id))
        return _list_anew(desk, found)
    with desk.begin(row.user_id) as session:
        if not shelf.stands(session, found):
            return False
        ours = mirror.put(session, found, page)
        if page.next_page is not None:
            shelf.turn(session, found, page.next_page)
        else:
            end = mirror.end_listing if page.is_full else mirror.end_round
            ours += end(session, found)
            shelf.close(session, found, page.cursor)
    if page.items:
        log.info("calendar.page", calendar=str(row.id), items=len(page.items), ours=ours)
    return page.next_page is not None


def _stand(desk: Desk, row: PullRow) -> Shelf | None:
    """Return where reading stands; begin a listing where there is no cursor that reaches."""
    with desk.begin(row.user_id) as session:
        found = shelf.read(session, row.id)
        if found is None or found.listing_since is not None:
            return found
        is_whole = found.cursor is not None and not rules.is_used_up(
            found.window_end, now=found.now
        )
        if is_whole or found.page is not None:
            return found
        if shelf.stands(session, found):
            shelf.begin_listing(session, found)
        return shelf.read(session, row.id)


def _list_anew(desk: Desk, found: Shelf) -> bool:
    with desk.begin(found.calendar.user_id) as session:
        if not shelf.stands(session, found):
            return False
        shelf.begin_listing(session, found)
    return True


def _window(found: Shelf) -> Window:
    """Return the window of the cursor, or of the listing."""
    end = found.window_end or rules.window(found.now).end
    return Window(end - rules.AHEAD - rules.ROLLS - rules.BEHIND, end)

"""What the tasks of calendars ring: what follows, once each, and nothing where nothing does."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from domain.calendars.drafts import Drafts
from domain.work.shop import Inline, Shop
from tests.support.diary import SOON, Diary
from tests.support.toolboxes import Bells, working_with
from workers.app import app

SWEEP = ("calendars.sweep", ())
MESSAGES = ("messages.sweep", ())


@pytest.fixture
def bells(book: Diary) -> Iterator[Bells]:
    shop = Shop(begin=book.begin, hands=Inline(), budget=timedelta(minutes=5))
    with working_with(begin=book.begin, shop=shop, desk=book.desk) as heard:
        yield heard


def do(name: str, *ids: UUID) -> None:
    app.loader.import_default_modules()  # a worker does so as it starts
    app.tasks[name].apply(args=[str(key) for key in ids], throw=True)


def agreed(book: Diary) -> UUID:
    """Have a call agree on an hour."""
    event = book.book()
    book.change(event, status="extracted")
    with book.begin(book.user) as session:
        Drafts().hold(session, event)
    return event


def test_an_event_that_is_owed_has_its_calendar_swept(book: Diary, bells: Bells) -> None:
    event = book.book()

    do("calendars.push", event)

    assert bells.rung == [SWEEP]
    assert book.link(event)["state"] == "pending"


def test_a_draft_that_stands_now_has_its_messages_sent_at_once(book: Diary, bells: Bells) -> None:
    event = agreed(book)

    do("calendars.push", event)

    assert bells.rung == [MESSAGES, SWEEP]
    assert book.event(event)["status"] == "confirmed"


def test_a_draft_whose_hour_is_taken_has_nobody_told(book: Diary, bells: Bells) -> None:
    event = agreed(book)
    book.person.write("Dentist", SOON)

    do("calendars.push", event)

    assert bells.rung == [SWEEP]
    assert book.event(event)["status"] == "extracted"


def test_a_push_that_is_done_already_confirms_nothing_twice(book: Diary, bells: Bells) -> None:
    event = agreed(book)
    do("calendars.push", event)
    bells.rung.clear()

    do("calendars.push", event)

    assert bells.rung == [SWEEP]


def test_a_sweep_that_comes_to_the_end_of_what_is_due_rings_nothing(
    book: Diary, bells: Bells
) -> None:
    event = book.book()

    do("calendars.sweep")
    do("calendars.sweep")

    assert bells.rung == []
    assert book.there(event)["summary"] == "Visit"


def test_a_sweep_that_confirms_a_draft_rings_for_its_messages_alone(
    book: Diary, bells: Bells
) -> None:
    event = agreed(book)

    do("calendars.sweep")

    assert bells.rung == [MESSAGES]
    assert book.event(event)["status"] == "confirmed"


def test_a_sweep_that_had_no_time_for_all_rings_itself_once(book: Diary) -> None:
    shop = Shop(begin=book.begin, hands=Inline(), budget=timedelta())
    book.book()

    with working_with(begin=book.begin, shop=shop, desk=book.desk) as bells:
        do("calendars.sweep")

    assert bells.rung == [SWEEP]


def test_a_calendar_that_was_read_is_swept_and_renewing_rings_nothing(
    book: Diary, bells: Bells
) -> None:
    book.person.write("Dentist", SOON)

    do("calendars.pull", book.calendar)
    assert bells.rung == [SWEEP]
    do("calendars.renew")

    assert bells.rung == [SWEEP]
    assert book.row("SELECT title FROM calendar_events")["title"] == "Dentist"

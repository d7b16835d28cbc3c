"""What is doubtful is asked of the owner; their answer, by whatever hand, does what it says."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from domain.database import Begin
from domain.transcripts import review
from domain.transcripts.schema import Intent, Said
from domain.work import errands
from domain.work.names import Area, TaskName
from tests.domain.test_slice import PHONE, House
from tests.support import virtual_clock
from tests.support.databases import Database
from tests.support.slice import TALK, a_booking, readers

By = Callable[[House, UUID, str], None]


@pytest.fixture
def house(begin_for_real: Begin, database: Database) -> Iterator[House]:
    virtual_clock.at_noon(database)
    with database.connect() as connection:
        made = House(begin_for_real, connection)
        made.reader.answer = a_booking(agreed=False).model_dump_json()
        yield made


def work(house: House) -> None:
    tools = readers(house.begin, house.reader)
    handlers = {TaskName.TRANSCRIPTS_ANSWER: lambda key: review.apply(tools, key)}
    errands.work(house.shop, Area.TRANSCRIPTS, handlers)
    house.work()


def asked(house: House) -> UUID:
    house.call()
    work(house)
    return house.scalar("SELECT id FROM questions")


def by_command(house: House, question: UUID, words: str) -> None:
    assert review.answer(house.begin, question, words)


def by_hand(house: House, question: UUID, words: str) -> None:
    house.connection.execute("UPDATE questions SET answer = %s WHERE id = %s", [words, question])


@pytest.mark.parametrize("by", [by_command, by_hand])
@pytest.mark.parametrize("words", ["yes", "1", "Ja"])
def test_a_yes_confirms_and_the_customer_is_told_once(house: House, by: By, words: str) -> None:
    question = asked(house)
    assert not house.texts.sent

    by(house, question, words)
    work(house)
    work(house)

    assert house.scalar("SELECT status FROM events") == "confirmed"
    assert [to for to, _ in house.texts.sent] == [PHONE]
    assert house.scalar("SELECT applied_at IS NOT NULL FROM questions")


@pytest.mark.parametrize("by", [by_command, by_hand])
def test_a_no_books_nothing(house: House, by: By) -> None:
    question = asked(house)

    by(house, question, "no")
    work(house)

    assert house.scalar("SELECT status FROM events") == "cancelled"
    assert not house.texts.sent


def test_another_moment_is_taken_instead(house: House) -> None:
    question = asked(house)
    moment = datetime.fromisoformat("2099-12-04T15:00+01:00")

    by_hand(house, question, "2099-12-04T15:00")
    work(house)

    assert house.scalar("SELECT start_time FROM events") == moment
    assert house.scalar("SELECT end_time FROM events") == moment + timedelta(hours=1)
    assert house.scalar("SELECT status FROM events") == "confirmed"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("perhaps", "give one moment, such as 2026-12-04T15:00"),
        ("2020-01-01T10:00", "that moment has passed"),
        ("x" * 300, "an answer has 1 to 200 characters"),
    ],
)
def test_an_answer_that_says_nothing_opens_the_question_again(
    house: House, words: str, why: str
) -> None:
    question = asked(house)

    by_hand(house, question, words)
    work(house)

    assert house.connection.execute(
        "SELECT answer, answered_at, problem FROM questions"
    ).fetchone() == (None, None, why)
    by_hand(house, question, "yes")
    work(house)
    assert house.scalar("SELECT status FROM events") == "confirmed"


def test_a_draft_that_is_settled_by_hand_is_asked_about_no_more(house: House) -> None:
    asked(house)

    house.connection.execute("UPDATE events SET status = 'confirmed'")
    work(house)

    assert review.waiting(house.begin, None) == []
    assert len(house.texts.sent) == 1


def test_an_answer_too_late_moves_nothing(house: House) -> None:
    question = asked(house)
    house.connection.execute("UPDATE events SET status = 'cancelled'")

    by_hand(house, question, "yes")
    work(house)

    assert house.scalar("SELECT status FROM events") == "cancelled"
    assert not house.texts.sent


def test_the_owner_is_told_once_of_what_waits(house: House) -> None:
    asked(house)
    assert review.remind(house.begin) == 0
    house.connection.execute("UPDATE questions SET created_at = created_at - interval '5 hours'")

    assert review.remind(house.begin) == 1
    assert review.remind(house.begin) == 0

    assert house.connection.execute(
        "SELECT user_id, kind, facts->'questions' FROM owner_notices"
    ).fetchall() == [(house.user, "questions_waiting", 1)]


def test_an_owner_chooses_how_long_a_question_waits_before_they_are_told(house: House) -> None:
    asked(house)
    review.set_wait(house.begin, house.user, 48)
    house.connection.execute("UPDATE questions SET created_at = created_at - interval '47 hours'")
    assert review.remind(house.begin) == 0
    house.connection.execute("UPDATE questions SET created_at = created_at - interval '2 hours'")

    assert review.remind(house.begin) == 1
    assert review.remind(house.begin) == 0


def test_an_answer_to_a_question_of_a_calendar_is_left_to_the_calendar(house: House) -> None:
    question = asked(house)
    house.connection.execute("UPDATE questions SET field = 'calendar.start_time'")

    by_hand(house, question, "theirs")
    work(house)

    assert house.connection.execute(
        "SELECT answer, answered_at IS NOT NULL, applied_at, problem FROM questions"
    ).fetchone() == ("theirs", True, None, None)
    assert house.scalar("SELECT status FROM events") == "extracted"
    assert (
        house.scalar(
            "SELECT count(*) FROM errands WHERE task = 'transcripts.answer'"
            " AND due_at IS NOT NULL AND state = 'pending'"
        )
        == 0
    )


def test_a_caller_who_cancels_is_obeyed_only_by_the_owner(house: House) -> None:
    house.reader.answer = a_booking().model_dump_json()
    house.call()
    work(house)
    wish = a_booking().events[0].model_copy(update={"intent": Intent.CANCEL})
    house.reader.answer = a_booking().model_copy(update={"events": [wish]}).model_dump_json()
    house.call(TALK + " Please cancel that.")
    work(house)
    assert house.scalar("SELECT status FROM events") == "confirmed"

    by_hand(house, house.scalar("SELECT id FROM questions"), "yes")
    work(house)

    assert house.scalar("SELECT status FROM events") == "cancelled"


def test_a_number_that_was_only_spoken_is_written_to_after_the_owner_took_it(house: House) -> None:
    said = Said(value="+46 70 123 45 67", quote="plus 46 70 123 45 67")
    event = a_booking().events[0].model_copy(update={"customer_phone": said})
    house.reader.answer = a_booking().model_copy(update={"events": [event]}).model_dump_json()
    house.call(TALK + "\nCaller: My number is plus 46 70 123 45 67.", phone_number=None)
    work(house)
    assert house.scalar("SELECT customer_phone_sealed FROM events") is None
    assert not house.texts.sent

    by_hand(house, house.scalar("SELECT id FROM questions WHERE field = 'customer_phone'"), "yes")
    work(house)
    house.connection.execute("UPDATE events SET start_time = start_time + interval '1 minute'")
    work(house)

    assert [to for to, _ in house.texts.sent] == ["+46701234567"]


def test_another_tenant_answers_nothing(house: House) -> None:
    question = asked(house)
    stranger = house.scalar("INSERT INTO users (business_name) VALUES ('Other') RETURNING id")

    with house.begin(stranger) as session:
        session.connection().exec_driver_sql(
            "UPDATE questions SET answer = 'yes' WHERE id = %s", (question,)
        )
    work(house)

    assert house.scalar("SELECT answer FROM questions") is None

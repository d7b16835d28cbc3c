"""`frontdesk review`, as an owner's hand runs it."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from domain.database import Begin
from tests.domain.test_slice import House
from tests.support import virtual_clock
from tests.support.commands import told
from tests.support.databases import Database
from tests.support.slice import a_booking


@pytest.fixture
def house(begin_for_real: Begin, database: Database) -> Iterator[House]:
    virtual_clock.at_noon(database)
    with database.connect() as connection:
        made = House(begin_for_real, connection)
        made.reader.answer = a_booking(agreed=False).model_dump_json()
        made.call()
        made.work()
        yield made


@pytest.fixture
def question(house: House) -> UUID:
    return house.scalar("SELECT id FROM questions")


def answered(house: House) -> str | None:
    return house.scalar("SELECT answer FROM questions")


def test_what_waits_is_listed_and_a_yes_is_written(
    house: House, question: UUID, database: Database, tmp_path: Path
) -> None:
    code, said, _ = told(tmp_path, database, "review", "list", "--json")
    assert code == 0
    [waiting] = json.loads(said)
    assert waiting["id"] == str(question)
    assert waiting["candidates"][0]["quote"] == "tomorrow at two"

    assert told(tmp_path, database, "review", "accept", str(question))[0] == 0

    assert answered(house) == "yes"
    assert json.loads(told(tmp_path, database, "review", "list", "--json")[1]) == []
    code, _, said = told(tmp_path, database, "review", "reject", str(question))
    assert (code, f"No open question {question}" in said) == (1, True)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("accept", "{}", "--choice", "1"), "1"),
        (("amend", "{}", "2099-12-04T15:00"), "2099-12-04T15:00"),
        (("reject", "{}"), "no"),
    ],
)
def test_an_answer_is_the_same_word_that_sql_would_write(
    house: House,
    question: UUID,
    database: Database,
    tmp_path: Path,
    words: tuple[str, ...],
    answer: str,
) -> None:
    said = [word.format(question) for word in words]

    assert told(tmp_path, database, "review", *said)[0] == 0

    assert answered(house) == answer
    assert house.scalar("SELECT count(*) FROM errands WHERE task = 'transcripts.answer'") == 1


def test_bad_input_is_refused_and_answers_nothing(
    house: House, database: Database, tmp_path: Path
) -> None:
    for words, code, why in (
        (("accept", "seven"), 2, "ID must be an id"),
        (("reject", str(uuid4())), 1, "No open question"),
        (("wait", str(house.user), "0"), 2, "From 1 to 720 hours"),
    ):
        ended, _, said = told(tmp_path, database, "review", *words)
        assert (ended, why in said) == (code, True), (words, said)
    assert answered(house) is None


def test_an_owners_patience_is_set(house: House, database: Database, tmp_path: Path) -> None:
    assert told(tmp_path, database, "review", "wait", str(house.user), "12")[0] == 0

    assert house.scalar("SELECT question_hours FROM owner_notification_settings") == 12

"""What should never have been written: each row ends in words, and the others go on."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from domain.database import Begin
from domain.messages import service as messages
from domain.transcripts import service as transcripts
from domain.work import batch
from domain.work.shop import Shop, Threads
from tests.domain.test_slice import PHONE, House
from tests.support import vendors
from tests.support.databases import Database
from tests.support.slice import TALK, a_booking, readers
from tests.support.stand_ins import StandIns, stand_ins


@pytest.fixture
def house(begin_for_real: Begin, database: Database) -> Iterator[House]:
    with database.connect() as connection:
        yield House(begin_for_real, connection)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[StandIns]:
    with stand_ins(tmp_path) as made:
        yield made
    vendors.close_all()


def goes_on(house: House) -> bool:
    """Tell whether another call, of another caller, still comes to its end."""
    call = house.call(phone_number="+12125550777")
    house.work()
    house.work()
    return house.state(call) == ("completed", None)


@pytest.mark.parametrize(
    ("transcript", "outcome"),
    [
        ("", "too short to say anything"),
        (" \n\t ", "too short to say anything"),
        ("talk " * 200_000, "longer than any call"),
    ],
)
def test_a_transcript_that_is_none_is_told_and_costs_nothing(
    house: House, transcript: str, outcome: str
) -> None:
    call = house.call(transcript)

    assert goes_on(house)

    assert house.state(call) == ("completed", None)
    assert house.scalar("SELECT outcome FROM extraction_runs WHERE call_id = %s", call) == outcome
    assert [asked.transcript for asked in house.reader.asked] == [TALK]


def test_null_bytes_are_refused_at_the_door(house: House) -> None:
    with pytest.raises(psycopg.DataError, match="NUL"):
        house.call(f"{TALK}\0")

    assert goes_on(house)


def test_a_reading_with_null_bytes_fails_alone(house: House) -> None:
    plain = house.reader.answer
    house.reader.answer = a_booking().model_copy(update={"topic": "a\0b"}).model_dump_json()
    call = house.call()
    house.work()
    house.reader.answer = plain

    assert goes_on(house)

    state, why = house.state(call)
    assert state == "failed"
    assert why
    assert why.startswith("what came of it could not be written: ")
    alarm = house.scalar("SELECT message FROM ops_alerts WHERE subject = %s", f"call {call}")
    assert alarm.endswith(f"See `frontdesk explain call {call}`.")


@pytest.mark.parametrize("zone", ["Mars/Phobos", "Europe", "../etc/passwd", "x" * 5000, "\x01"])
def test_a_zone_that_is_none_is_named(house: House, zone: str) -> None:
    user = house.scalar("INSERT INTO users (timezone) VALUES (%s) RETURNING id", zone)
    call = house.call(user_id=user)

    assert goes_on(house)

    assert house.state(call) == ("failed", f"unknown time zone: {zone}")


@pytest.mark.parametrize("zone", ["Mars/Phobos", "Europe"])
def test_an_event_in_no_zone_owes_nothing_and_says_why(house: House, zone: str) -> None:
    house.connection.execute(
        "INSERT INTO events (user_id, title, status, start_time, timezone, customer_phone)"
        " VALUES (%s, 'A visit', 'confirmed', clock_timestamp() + interval '1 day', %s, %s)",
        [house.user, zone, PHONE],
    )

    assert goes_on(house)

    errand = house.connection.execute("SELECT state, last_error FROM errands WHERE attempts > 0")
    assert ("failed", f"unknown time zone: {zone}") in errand.fetchall()
    assert len(house.texts.sent) == 1


@pytest.mark.parametrize("phone", ["0701234567", "+0123456789", "anonymous", "", "+1555 0100"])
def test_a_phone_that_is_none_is_refused_by_name(house: House, phone: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        house.call(phone_number=phone)

    assert refused.value.diag.constraint_name == "calls_phone_number_is_e164"
    assert goes_on(house)


@pytest.mark.parametrize(("column", "to"), [("to_number", PHONE), ("to_email", "x@y.example")])
def test_a_channel_of_a_newer_release_is_sent_to_nobody(house: House, column: str, to: str) -> None:
    house.connection.execute("ALTER TABLE messages DROP CONSTRAINT messages_channel_is_known")
    message = house.scalar(
        f"INSERT INTO messages (user_id, channel, {column}, body, due_at)"
        " VALUES (%s, 'pigeon', %s, 'coo', clock_timestamp()) RETURNING id",
        *(house.user, to),
    )

    assert goes_on(house)

    found = house.connection.execute(
        "SELECT status, last_error FROM messages WHERE id = %s", [message]
    ).fetchone()
    assert found == ("failed", "this release cannot read the row: ValueError")
    assert len(house.texts.sent) == 1


def test_a_status_of_a_newer_release_is_left_to_that_release(house: House) -> None:
    house.connection.execute("ALTER TABLE messages DROP CONSTRAINT messages_status_is_known")
    message = house.scalar(
        "INSERT INTO messages (user_id, to_number, body, due_at, status)"
        " VALUES (%s, %s, 'later', clock_timestamp(), 'postponed') RETURNING id",
        *(house.user, PHONE),
    )

    assert goes_on(house)

    assert house.scalar("SELECT status FROM messages WHERE id = %s", message) == "postponed"
    assert len(house.texts.sent) == 1


def test_a_carrier_that_answers_with_a_page_is_told(house: House, sandbox: StandIns) -> None:
    sandbox.fault("html", "twilio", "messages.create", status=403)
    house.connection.execute(
        "INSERT INTO messages (user_id, to_number, body, due_at, answers_at)"
        " VALUES (%s, %s, 'hello', clock_timestamp(), clock_timestamp())",
        [house.user, PHONE],
    )
    post = replace(house.post, texts=vendors.texts(sandbox))

    batch.work(house.shop, messages.job(post))

    assert house.texts_are() == {"pending": 1}
    assert house.scalar("SELECT last_error FROM messages") == "a gate before Twilio answered 403"
    assert not sandbox.effects("twilio")


def test_a_model_that_answers_with_a_page_is_told(house: House, sandbox: StandIns) -> None:
    sandbox.fault("html", "openai", status=403)
    call = house.call()
    tools = replace(readers(house.begin, house.reader), readers=[vendors.reader(sandbox)])

    batch.work(house.shop, transcripts.job(tools))

    assert house.state(call)[0] == "pending"
    assert "403" in (house.state(call)[1] or "")


def test_what_is_held_back_is_not_touched(house: House) -> None:
    call = house.call()
    house.connection.execute(
        "INSERT INTO messages (user_id, to_number, body, due_at, answers_at)"
        " VALUES (%s, %s, 'hello', clock_timestamp(), clock_timestamp())",
        [house.user, PHONE],
    )
    house.shop = Shop(begin=house.begin, hands=Threads(1), holds_back=True)

    house.work()

    assert house.state(call) == ("pending", None)
    assert house.texts_are() == {"pending": 1}
    assert house.scalar("SELECT sum(attempts) FROM calls") == 0
    assert house.scalar("SELECT sum(attempts) FROM messages") == 0
    assert not house.reader.asked
    assert not house.texts.sent


def test_a_call_forced_to_another_tenant_reads_nothing_of_its_customer(house: House) -> None:
    stranger = house.scalar("INSERT INTO users (business_name) VALUES ('Other') RETURNING id")
    customer = house.scalar(
        "INSERT INTO customers (user_id, name, language) VALUES (%s, 'Secret', 'sv') RETURNING id",
        stranger,
    )
    house.connection.execute("SET session_replication_role = replica")  # past the foreign keys
    call = house.call(customer_id=customer, transcribed_at="now")
    house.connection.execute("SET session_replication_role = DEFAULT")

    assert goes_on(house)

    assert house.state(call) == ("failed", "the call or its customer is not of its tenant")
    assert [asked.language for asked in house.reader.asked] == [None]
    assert house.scalar("SELECT count(*) FROM events WHERE call_id = %s", call) == 0


def test_a_call_whose_event_was_forced_to_another_tenant_changes_nothing_of_it(
    house: House,
) -> None:
    call = house.call()
    house.work()
    stranger = house.scalar("INSERT INTO users (business_name) VALUES ('Other') RETURNING id")
    house.connection.execute("SET session_replication_role = replica")  # past the foreign keys
    house.connection.execute("UPDATE events SET user_id = %s, title = 'Secret'", [stranger])
    house.connection.execute("UPDATE calls SET ai_processing_status = 'pending'")
    house.connection.execute("DELETE FROM effects")
    house.connection.execute("SET session_replication_role = DEFAULT")

    assert goes_on(house)

    state, why = house.state(call)
    assert state == "failed"
    assert why == "what came of it could not be written: InsufficientPrivilege"
    assert house.scalar("SELECT title FROM events WHERE user_id = %s", stranger) == "Secret"

"""One call goes all the way: from a transcript to a text that has arrived."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.database import Begin
from domain.errors import OutcomeUnknown, Rejected
from domain.messages import service as messages
from domain.messages.service import Post
from domain.transcripts import service as transcripts
from domain.work import batch, errands, resolve
from domain.work.names import Area, TaskName
from domain.work.shop import Shop, Threads
from tests.support import virtual_clock
from tests.support.databases import Database
from tests.support.slice import TALK, FakeReader, FakeTexts, a_booking, post, readers

PHONE = "+12125550200"


class House:
    """A tenant, its carrier and its reader, and what a worker does for them."""

    def __init__(self, begin: Begin, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.shop = Shop(begin=begin, hands=Threads(4))
        self.texts = FakeTexts()
        self.reader = FakeReader(a_booking().model_dump_json())
        self.begin = begin
        self.only_to: frozenset[str] = frozenset()
        self.user = self.scalar(
            "INSERT INTO users (business_name, timezone) VALUES ('Pipe & Co', 'Europe/Stockholm')"
            " RETURNING id"
        )

    @property
    def post(self) -> Post:
        return post(self.begin, self.texts, only_to=self.only_to)

    def scalar(self, query: str, *given: Any) -> Any:
        row = self.connection.execute(query, given).fetchone()
        return row[0] if row else None

    def call(self, transcript: str | None = TALK, **facts: Any) -> UUID:
        facts = {"user_id": self.user, "phone_number": PHONE, "transcript": transcript, **facts}
        names = ", ".join(facts)
        marks = ", ".join(["%s"] * len(facts))
        return self.scalar(
            f"INSERT INTO calls ({names}) VALUES ({marks}) RETURNING id", *facts.values()
        )

    def work(self) -> None:
        """Do what the sweeps do."""
        reading = transcripts.job(readers(self.begin, self.reader))
        resolve.resolve(self.shop, reading)
        batch.work(self.shop, reading)
        plans = {TaskName.MESSAGES_PLAN: lambda key: messages.plan(self.post, key)}
        errands.work(self.shop, Area.MESSAGES, plans)
        sending = messages.job(self.post)
        resolve.resolve(self.shop, sending)
        batch.work(self.shop, sending)

    def state(self, call: UUID) -> tuple[str, str | None]:
        row = self.connection.execute(
            "SELECT ai_processing_status, last_error FROM calls WHERE id = %s", [call]
        ).fetchone()
        assert row is not None
        return row[0], row[1]

    def texts_are(self) -> dict[str, int]:
        return dict(
            self.connection.execute(
                "SELECT status, count(*) FROM messages"
                " WHERE coalesce(rule, '') NOT LIKE 'reminder%' GROUP BY 1"
            ).fetchall()
        )


@pytest.fixture
def house(begin_for_real: Begin, database: Database) -> Iterator[House]:
    virtual_clock.install(database)
    with database.connect() as connection:
        virtual_clock.put(connection, datetime.now(UTC).replace(hour=15, minute=0))  # day for all
        connection.execute("SET search_path = frontdesk, pg_catalog")
        yield House(begin_for_real, connection)


def test_a_call_becomes_an_event_and_a_text(house: House) -> None:
    call = house.call()

    house.work()

    assert house.state(call) == ("completed", None)
    assert house.scalar("SELECT status FROM events") == "confirmed"
    assert len(house.texts.sent) == 1
    to, body = house.texts.sent[0]
    assert to == PHONE
    assert body.startswith("Pipe & Co: your visit is booked for tomorrow, ")
    assert " at 2:00 PM. Reply C to cancel, STOP to opt out." in body
    assert house.texts_are() == {"sent": 1}


def test_what_was_sent_is_followed_until_it_arrives(house: House) -> None:
    house.call()
    house.work()
    house.connection.execute("UPDATE messages SET due_at = clock_timestamp()")

    messages.follow(house.post)

    assert house.texts_are() == {"delivered": 1}


def test_the_number_of_the_caller_is_sealed(house: House) -> None:
    house.call()

    house.work()

    assert house.scalar("SELECT customer_phone FROM events") is None
    assert house.scalar("SELECT phone FROM customers") is None
    assert PHONE.encode() not in house.scalar("SELECT customer_phone_sealed FROM events")


def test_every_request_is_priced_by_the_price_of_its_day(house: House) -> None:
    house.connection.execute(
        "INSERT INTO model_prices"
        " (provider, model, valid_from, prompt_usd, cached_usd, completion_usd, source)"
        " VALUES ('fake', 'm-1', '2020-01-01', 9, 9, 9, 'old'),"
        " ('fake', 'm-1', '2025-01-01', 2.5, 1.25, 10, 'new'),"
        " ('fake', 'm-1', '2999-01-01', 7, 7, 7, 'future')"
    )
    house.call()

    house.work()

    cost = Decimal("0.000001") * (800 * Decimal("2.5") + 200 * Decimal("1.25") + 100 * 10)
    assert house.scalar("SELECT cost_usd FROM ai_usage_logs") == cost


def test_an_answer_that_is_no_reading_costs_but_books_nothing(house: House) -> None:
    house.reader.answer = '{"kind": "business", "events": ['
    call = house.call()

    house.work()

    assert house.state(call) == ("pending", "fake gave no reading: stop")
    assert house.scalar("SELECT outcome FROM ai_usage_logs") == "corrupt"
    assert house.scalar("SELECT count(*) FROM events") == 0


def test_a_moment_that_was_not_agreed_is_asked_about(house: House) -> None:
    house.reader.answer = a_booking(agreed=False).model_dump_json()
    house.call()

    house.work()

    assert house.scalar("SELECT status FROM events") == "extracted"
    assert house.scalar("SELECT question FROM questions") == (
        "Was “A visit” agreed for this moment?"
    )
    assert not house.texts.sent


def test_a_quote_that_was_not_said_books_nothing(house: House) -> None:
    house.reader.answer = a_booking(when="on Monday at nine").model_dump_json()
    house.call()

    house.work()

    assert house.scalar("SELECT start_time FROM events") is None
    assert not house.texts.sent


def test_an_old_call_is_skipped(house: House) -> None:
    call = house.call(started_at="2020-01-01T10:00:00Z")

    house.work()

    assert house.state(call)[0] == "skipped"
    assert not house.reader.asked


@pytest.mark.parametrize("transcript", ["", "   ", "Hello?"])
def test_a_call_without_a_conversation_is_not_read(house: House, transcript: str) -> None:
    call = house.call(transcript)

    house.work()

    assert house.state(call)[0] == "completed"
    assert not house.reader.asked


def test_an_unknown_zone_fails_its_own_call_in_words(house: House) -> None:
    bad, good = house.call(timezone="Mars/Base"), house.call()

    house.work()

    assert house.state(bad) == ("failed", "unknown time zone: Mars/Base")
    assert house.state(good) == ("completed", None)


def test_a_cancelled_event_is_not_confirmed(house: House) -> None:
    house.call()
    batch.work(house.shop, transcripts.job(readers(house.begin, house.reader)))
    plans = {TaskName.MESSAGES_PLAN: lambda key: messages.plan(house.post, key)}
    errands.work(house.shop, Area.MESSAGES, plans)

    house.connection.execute("UPDATE events SET status = 'cancelled'")
    house.work()

    assert house.texts_are() == {"void": 1}
    assert not house.texts.sent


def test_whoever_said_stop_is_not_written_to(house: House) -> None:
    house.connection.execute(
        "INSERT INTO sms_opt_outs (user_id, phone_number) VALUES (%s, %s)", [house.user, PHONE]
    )
    house.call()

    house.work()

    assert house.texts_are() == {"void": 1}
    assert not house.texts.sent


def test_somebody_who_is_not_on_the_list_is_held(house: House) -> None:
    house.only_to = frozenset({"+12125559999"})
    house.call()

    house.work()

    assert house.texts_are() == {"held": 1}


def test_a_record_is_never_sent(house: House) -> None:
    house.connection.execute(
        "INSERT INTO messages (user_id, to_number, body) VALUES (%s, %s, 'from a log')",
        [house.user, PHONE],
    )

    house.work()

    assert house.texts_are() == {"pending": 1}


def test_a_lost_answer_of_the_carrier_is_looked_up(house: House) -> None:
    house.texts.answers.append(OutcomeUnknown("the carrier did not say"))
    house.call()
    house.work()
    assert house.texts_are() == {"unknown": 1}

    body = house.scalar("SELECT body FROM messages WHERE rule = 'confirmation'")
    house.texts.sent.append((PHONE, body))
    house.connection.execute(
        "UPDATE messages SET due_at = clock_timestamp() WHERE status = 'unknown'"
    )
    house.work()

    assert house.texts_are() == {"sent": 1}
    assert len(house.texts.sent) == 1
    assert house.scalar("SELECT max(provider) FROM messages") == "fake"


def test_a_refused_text_fails_with_its_reason(house: House) -> None:
    house.texts.answers.append(Rejected("the carrier refused the text: code 21211"))
    house.call()

    house.work()

    assert house.texts_are() == {"failed": 1}
    assert "21211" in house.scalar("SELECT max(last_error) FROM messages")


def test_an_event_that_is_moved_is_confirmed_anew(house: House) -> None:
    house.call()
    house.work()

    house.connection.execute(
        "UPDATE events SET start_time = start_time + interval '1 day',"
        " end_time = end_time + interval '1 day'"
    )
    house.work()
    house.work()

    assert house.texts_are() == {"sent": 2}
    assert len({body for _, body in house.texts.sent}) == 2


def test_the_same_call_twice_makes_one_set_of_events(house: House) -> None:
    house.call()
    house.work()

    house.connection.execute(
        "UPDATE calls SET ai_processing_status = 'pending', transcript = transcript || ' Bye.'"
    )
    house.work()

    assert house.scalar("SELECT count(*) FROM events") == 1
    assert len(house.texts.sent) == 1


def test_a_row_forced_to_another_tenants_event_reads_nothing_of_it(house: House) -> None:
    house.call()
    house.work()
    event = house.scalar("SELECT id FROM events")
    stranger = house.scalar("INSERT INTO users (business_name) VALUES ('Other') RETURNING id")

    house.connection.execute("SET session_replication_role = replica")  # past the foreign keys
    house.connection.execute(
        "INSERT INTO messages (user_id, event_id, event_start, to_number, body, due_at)"
        " SELECT %s, id, start_time, '+12125550999', 'x', clock_timestamp() FROM events",
        [stranger],
    )
    house.connection.execute(
        "INSERT INTO errands (task, subject_id, user_id, generation)"
        " VALUES ('messages.plan', %s, %s, 77)",
        [event, stranger],
    )
    house.work()

    assert house.scalar("SELECT status FROM messages WHERE user_id = %s", stranger) == "void"
    assert len(house.texts.sent) == 1


def test_an_errand_for_an_event_that_is_gone_ends(house: House) -> None:
    house.connection.execute(
        "INSERT INTO errands (task, subject_id) VALUES ('messages.plan', %s)", [uuid4()]
    )

    house.work()

    assert house.scalar("SELECT state FROM errands") == "done"

"""Who is forgotten is not contacted again, whatever was under way."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.database import SYSTEM, Begin
from domain.messages import service as messages
from domain.privacy import clear_values, erasure, persons, rotation, traces
from domain.privacy.erasure import Erased
from domain.privacy.suppression import Contact, suppressed
from domain.transcripts import service as transcripts
from domain.transcripts.ports import Answer, Request
from domain.work import batch, resolve
from domain.work.effects import Receipt
from domain.work.shop import Shop, Threads
from tests.support import virtual_clock
from tests.support.databases import Database
from tests.support.people import EMAIL, PHONE, Town, a_ring
from tests.support.slice import KEYS, TALK, FakeReader, FakeTexts, a_booking, post, readers

OTHER = "+12125550777"
SOON = timedelta(seconds=20)


class Office:
    """A tenant that knows somebody, and a worker."""

    def __init__(self, town: Town, begin: Begin) -> None:
        self.town, self.begin = town, begin
        self.user = town.tenant()
        self.texts = FakeTexts()
        self.shop = Shop(begin=begin, hands=Threads(4))

    def owe(self, to: str = PHONE, **facts: Any) -> UUID:
        given = {"user_id": self.user, "to_number": to, "body": "Hi Ann", **facts}
        row = self.town.add("messages", **given)
        self.town.connection.execute(
            "UPDATE messages SET due_at = clock_timestamp() WHERE id = %s", [row]
        )
        return row

    def send(self) -> None:
        batch.work(self.shop, messages.job(post(self.begin, self.texts)))

    def erase(self, who: str = PHONE, patience: timedelta = SOON) -> Erased:
        person = persons.named(self.begin, KEYS, who, user_id=self.user)
        return erasure.erase(self.begin, KEYS, person, actor="a test", patience=patience)

    def state(self, row: UUID) -> tuple[str, str, str | None]:
        return self.town.one("SELECT status, body, to_number FROM messages WHERE id = %s", row)


@pytest.fixture
def office(town: Town, database: Database, begin_for_real: Begin) -> Office:
    virtual_clock.at_noon(database)
    return Office(town, begin_for_real)


def test_what_waits_for_them_is_called_off_and_others_get_theirs(office: Office) -> None:
    theirs, others = office.owe(), office.owe(OTHER)

    done = office.erase()
    office.send()

    assert done.stopped == {"messages": 1}
    assert office.state(theirs) == ("void", "erased", None)
    assert office.state(others)[0] == "sent"
    assert [to for to, _ in office.texts.sent] == [OTHER]


def test_what_is_owed_to_them_later_is_not_sent(office: Office) -> None:
    office.owe()
    office.erase()

    later = office.owe()
    office.send()

    assert office.state(later)[0] == "void"
    assert office.texts.sent == []


def test_another_tenant_may_write_to_the_same_number(office: Office) -> None:
    office.erase()
    office.user = office.town.tenant("Another")

    office.owe()
    office.send()

    assert [to for to, _ in office.texts.sent] == [PHONE]


def test_their_other_number_and_address_are_forgotten_with_them(office: Office) -> None:
    office.town.add("customers", user_id=office.user, phone=PHONE, email=EMAIL)
    letter = office.owe(channel="email", to_email=EMAIL, to=OTHER)
    clear_values.take_in(office.begin, KEYS)

    office.erase()

    assert office.state(letter)[1] == "erased"
    assert office.town.one("SELECT count(*) FROM customers") == 0
    assert office.town.one("SELECT count(*) FROM suppressions") == 2


def test_an_appointment_to_come_is_called_off_and_a_past_one_stays_a_figure(
    office: Office,
) -> None:
    for days in (-3, 3):
        office.town.connection.execute(
            "INSERT INTO events (user_id, title, status, customer_phone, start_time)"
            " VALUES (%s, 'Ann', 'confirmed', %s, clock_timestamp() + %s)",
            [office.user, PHONE, timedelta(days=days)],
        )

    office.erase()

    assert office.town.rows("SELECT status, title FROM events ORDER BY start_time") == [
        ("confirmed", "erased"),
        ("cancelled", "erased"),
    ]


class SlowReader(FakeReader):
    """A reader at whose desk something happens meanwhile."""

    meanwhile: Callable[[], object]

    def read(self, request: Request) -> Answer:
        self.meanwhile()
        return super().read(request)


def test_a_call_that_is_being_read_tells_nothing_more_of_them(office: Office) -> None:
    call = office.town.add("calls", user_id=office.user, phone_number=PHONE, transcript=TALK)
    reader = SlowReader(a_booking().model_dump_json())
    reader.meanwhile = office.erase

    job = transcripts.job(readers(office.begin, reader))
    batch.work(office.shop, job)
    resolve.resolve(office.shop, job)

    assert len(reader.asked) == 1
    assert office.town.one(
        "SELECT ai_processing_status, transcript, phone_number FROM calls WHERE id = %s", call
    ) == ("skipped", None, None)
    for table in ("events", "customers", "extraction_runs"):
        assert office.town.one(f"SELECT count(*) FROM {table}") == 0


@dataclass
class Carrier(FakeTexts):
    """A carrier that takes its time, and writes down when it took a text."""

    at: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])

    def send(self, *, to: str, body: str, key: str) -> Receipt:
        time.sleep(0.01)
        self.at.append((to, time.monotonic()))
        return super().send(to=to, body=body, key=key)


@pytest.fixture
def busy(office: Office) -> Iterator[tuple[Office, Carrier]]:
    """An office where texts are owed and sent all the time, to them and to others."""
    carrier = office.texts = Carrier()
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            office.send()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    yield office, carrier
    stop.set()
    for thread in threads:
        thread.join()


@pytest.mark.slow
@pytest.mark.parametrize("attempt", range(3))
def test_when_an_erasure_has_returned_nothing_more_is_sent(
    busy: tuple[Office, Carrier], database: Database, attempt: int
) -> None:
    del attempt
    office, carrier = busy
    for number in range(120):
        office.owe(PHONE if number % 3 else OTHER)
    stop = threading.Event()

    def owe() -> None:
        with database.connect() as connection:
            other = Office.__new__(Office)
            other.town, other.user = Town(connection), office.user
            while not stop.is_set():
                other.owe()

    writer = threading.Thread(target=owe)
    writer.start()
    time.sleep(0.3)
    done = office.erase()
    returned = time.monotonic()
    time.sleep(0.5)
    stop.set()
    writer.join()

    assert not done.left
    late = [to for to, at in carrier.at if at > returned and to == PHONE]
    assert late == []
    assert any(to == PHONE for to, _ in carrier.at)
    assert any(to == OTHER for to, at in carrier.at if at > 0)


def test_what_is_being_sent_is_waited_for_and_told_where_it_lasts(office: Office) -> None:
    row = office.owe()
    office.town.connection.execute(
        "UPDATE messages SET status = 'sending', lease_token = app_uuid7(),"
        " lease_expires_at = clock_timestamp() + interval '1 minute'"
    )

    done = office.erase(patience=timedelta(seconds=0.3))

    assert done.left == {"messages": 1}
    assert office.state(row)[0] == "sending"
    assert office.town.one("SELECT void_requested FROM messages")
    office.town.connection.execute("UPDATE messages SET status = 'void'")
    again = office.erase()
    assert (again.left, office.state(row)[1]) == ({}, "erased")


def test_a_row_that_somebody_locks_is_waited_for(office: Office, database: Database) -> None:
    row = office.owe()
    done: list[Erased] = []

    with database.connect() as other, other.transaction():
        other.execute("SELECT FROM messages WHERE id = %s FOR UPDATE", [row])
        thread = threading.Thread(target=lambda: done.append(office.erase()))
        thread.start()
        time.sleep(0.5)
        assert done == []
    thread.join()

    assert done[0].stopped == {"messages": 1}
    assert office.state(row)[1] == "erased"


def test_a_suppression_outlives_the_keys_it_was_made_with(office: Office) -> None:
    old, both, new = KEYS, a_ring("k2"), a_ring("k2")
    both = type(both)((*both.keys, *old.keys))
    office.erase()

    tallies = rotation.rotate(office.begin, both, lambda _column, _many: None)

    assert not rotation.is_needed(tallies, "k1")
    contact = Contact(office.user, office.user, "sms", PHONE)
    for ring in (both, new):
        with office.begin(SYSTEM) as session:
            assert suppressed(session, ring, [contact]) == {office.user}


def test_the_audit_says_how_much_and_not_who(office: Office) -> None:
    office.owe()

    office.erase()

    action, words = office.town.one(
        "SELECT action, to_json(a)::text FROM audit_logs a WHERE action LIKE 'person%%'"
    )
    assert action == "person.erased"
    assert '"messages": 1' in words
    assert PHONE not in words


def test_a_notice_is_known_by_whom_it_is_about() -> None:
    form = b"From=%2B12125550200&Body=Hi&To=%2B12125550999"
    mail = b'{"data": {"to": ["Ann.Lee@Example.com"]}}'

    assert traces.people_in(form) == {PHONE, "+12125550999"}
    assert traces.people_in(mail) == {"ann.lee@example.com"}
    assert traces.people_in(b"\xff\x00 +1 +123456789012345678") == set()


def test_a_notice_nobody_has_understood_yet_is_waited_for(office: Office) -> None:
    notice = office.town.add(
        "webhook_queue", provider="twilio", idempotency_key="1", user_id=office.user
    )
    body = b"From=%2B12125550200"
    office.town.add("webhook_payloads", webhook_id=notice, body=body)
    traces.note(office.begin, KEYS)

    assert office.erase(patience=timedelta(0)).left == {"webhook_payloads": 1}
    office.town.connection.execute("UPDATE webhook_queue SET state = 'done'")
    assert office.erase().deleted == {"webhook_payloads": 1}

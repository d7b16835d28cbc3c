"""The broker is emptied, dies and freezes under a load of calls: each text goes out once."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.support.broker import Broker
from tests.support.databases import Database
from tests.support.figures import Measured
from tests.support.premises import Premises, booking, premises

CALLS = 40
SECONDS = 8.0


@pytest.fixture
def place(database: Database, broker: Broker) -> Iterator[Premises]:
    with premises(database, broker, "worker", "listen", "beat") as made:
        yield made


@contextmanager
def emptied(broker: Broker) -> Iterator[None]:
    """Empty the broker every two seconds while the block lasts."""
    is_over = threading.Event()

    def empty() -> None:
        while not is_over.wait(2):
            with broker.client as client:
                client.flushall()

    thread = threading.Thread(target=empty)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


@contextmanager
def stopped(broker: Broker) -> Iterator[None]:
    """Stop the broker for five seconds; it comes back empty."""
    time.sleep(1)
    broker.kill()
    time.sleep(5)
    broker.start()
    yield


@contextmanager
def frozen(broker: Broker) -> Iterator[None]:
    time.sleep(1)
    broker.freeze()
    time.sleep(5)
    broker.thaw()
    yield


@pytest.mark.slow
@pytest.mark.parametrize("trouble", [emptied, stopped, frozen])
def test_every_call_ends_and_every_text_goes_out_once(
    place: Premises,
    broker: Broker,
    trouble: Callable[[Broker], "contextmanager[None]"],
    measured: Measured,
) -> None:
    place.vendors.fault("delay", "openai", seconds=0.3)
    user = place.tenant()
    writer = threading.Thread(target=_write_calls, args=(place, user))
    began = time.monotonic()

    writer.start()
    with trouble(broker):
        writer.join()
        place.wait_for_the_end(within=60)
    took = time.monotonic() - began

    sent = Counter(line["id"] for line in place.effects("twilio") if line["kind"] == "message")
    ours = place.count(
        "SELECT provider_message_id, count(*) FROM messages"
        " WHERE status IN ('sent', 'delivered') GROUP BY 1"
    )
    to = Counter(line["to"] for line in place.effects("twilio") if line["kind"] == "message")
    measured(f"{trouble.__name__}: {CALLS} calls, {sum(sent.values())} texts, {took:.1f} s")
    assert place.count("SELECT ai_processing_status, count(*) FROM calls GROUP BY 1") == {
        "completed": CALLS
    }
    assert len(to) == CALLS
    assert set(to.values()) == {1}
    assert ours == dict(sent)


def _write_calls(place: Premises, user: object) -> None:
    """Write a call now and then, each of another caller, as another service would."""
    with place.database.connect() as connection:
        for number in range(CALLS):
            connection.execute(
                "INSERT INTO calls (user_id, phone_number, transcript) VALUES (%s, %s, %s)",
                [user, f"+1212555{1000 + number}", booking()],
            )
            time.sleep(SECONDS / CALLS)

"""Ringing costs the caller nothing, whatever the broker does."""

import threading
import time
from collections.abc import Iterator

import pytest
from celery import Celery
from kombu.exceptions import KombuError

from tasks.bells import MOST_WAITING, QUIET_AFTER_ERROR, Ringer
from tests.support.broker import Broker, a_broker
from tests.support.figures import Measured
from tests.support.waiting import wait_until


class Slow:
    """Takes bells one by one, each when it is let."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, tuple[str, ...]]] = []
        self.open = threading.Event()
        self.begun = threading.Event()

    def __call__(self, name: str, ids: tuple[str, ...]) -> None:
        self.begun.set()
        assert self.open.wait(20)
        self.sent.append((name, ids))


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    yield made
    made.open.set()


def test_doubles_are_folded_and_the_order_is_kept(slow: Slow) -> None:
    ringer = Ringer(slow)
    ringer.ring("first", ())
    assert slow.begun.wait(2)

    for _ in range(3):
        for key in ("1", "2"):
            ringer.ring("messages.send", (key,))
    slow.open.set()

    assert ringer.flush(2)
    assert slow.sent == [("first", ()), ("messages.send", ("1",)), ("messages.send", ("2",))]


def test_the_box_is_bounded_and_a_double_in_it_is_not_dropped(slow: Slow) -> None:
    ringer = Ringer(slow)
    ringer.ring("first", ())
    assert slow.begun.wait(2)

    for number in range(MOST_WAITING + 7):
        ringer.ring("messages.send", (str(number),))
    dropped = ringer.dropped
    ringer.ring("messages.send", ("0",))

    assert dropped == 7
    assert ringer.dropped == 7


def test_after_an_error_it_is_quiet_for_a_while_and_then_tries_again() -> None:
    tried: list[tuple[str, float]] = []
    is_well = threading.Event()

    def send(name: str, _: tuple[str, ...]) -> None:
        tried.append((name, time.monotonic()))
        if not is_well.is_set():
            raise OSError("no broker")

    ringer = Ringer(send)
    for name in "abc":
        ringer.ring(name, ())
    assert ringer.flush(1)
    is_well.set()
    ringer.ring("too soon", ())
    assert ringer.flush(1)
    time.sleep(QUIET_AFTER_ERROR)
    ringer.ring("again", ())

    assert ringer.flush(1)
    assert [name for name, _ in tried] == ["a", "again"]
    assert ringer.dropped == 4


def test_a_flush_does_not_wait_for_ever(slow: Slow) -> None:
    ringer = Ringer(slow)
    ringer.ring("first", ())

    assert not ringer.flush(0.1)


@pytest.fixture
def broker() -> Iterator[Broker]:
    with a_broker() as made:
        yield made


@pytest.mark.slow
def test_a_frozen_broker_costs_a_caller_nothing_and_a_publisher_seconds(
    broker: Broker, measured: Measured
) -> None:
    app = Celery("tests", broker=broker.url, set_as_current=False)
    app.config_from_object("celeryconfig")
    app.conf.broker_url = broker.url

    def send(name: str, ids: tuple[str, ...]) -> None:
        app.send_task(name, args=list(ids), queue="upkeep", ignore_result=True)

    ringer = Ringer(send)
    ringer.ring("warm", ())
    assert ringer.flush(5)
    broker.freeze()
    slowest = 0.0
    for number in range(500):
        began = time.perf_counter()
        ringer.ring("messages.send", (str(number),))
        slowest = max(slowest, time.perf_counter() - began)
        time.sleep(0.001)
    began = time.monotonic()
    flushed = ringer.flush(12)
    gave_up = time.monotonic() - began
    began = time.monotonic()
    with pytest.raises(KombuError):
        send("messages.send", ("1",))
    second = time.monotonic() - began
    broker.thaw()
    before = broker.length("upkeep")
    time.sleep(QUIET_AFTER_ERROR)
    began = time.monotonic()
    ringer.ring("messages.send", ("after",))
    wait_until(lambda: broker.length("upkeep") > before, within=10)
    back = time.monotonic() - began
    app.close()

    measured(
        f"a ring costs {slowest * 1000:.2f} ms at most; publishing gave up after {gave_up:.1f} s "
        f"and {second:.1f} s; after the thaw a bell took {back * 1000:.0f} ms"
    )
    assert slowest < 0.005
    assert flushed
    assert gave_up < 10
    assert second < 10

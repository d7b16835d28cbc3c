"""Who is ill: only a child that could have answered a canary which the broker took."""

import os
from collections.abc import Iterator
from typing import cast

import pytest

from domain.work.names import Area
from tests.support.waiting import wait_until
from workers.kin import Kin
from workers.supervisor import Child, Patience, Post

PATIENCE = Patience(deaf=0.2, boot=0.4, busy=1.0)


class Body:
    """A process that lives as long as it is told to, and what it says."""

    def __init__(self) -> None:
        self.code: int | None = None
        self.ears, self._mouth = os.pipe()
        os.set_blocking(self.ears, False)

    def ended(self) -> int | None:
        return self.code

    def say(self, words: bytes) -> None:
        os.write(self._mouth, words)

    def close(self) -> None:
        os.close(self.ears)
        os.close(self._mouth)


@pytest.fixture
def body() -> Iterator[Body]:
    made = Body()
    yield made
    made.close()


@pytest.fixture
def child(body: Body) -> Child:
    return Child(Post(name="fast", queues=(Area.UPKEEP,), slots=2), "canary.1", cast("Kin", body))


def falls_ill(child: Child, *, within: float) -> str | None:
    """Ring its canary for a while, and say what it is found to have."""
    found: list[str] = []

    def is_ill() -> bool:
        child.was_rung(asked=float("inf"))
        found.extend(filter(None, [child.ill(PATIENCE)]))
        return bool(found)

    try:
        wait_until(is_ill, within=within)
    except AssertionError:
        return None
    return found[0]


def test_a_child_that_never_answers_its_canary_is_given_time_to_boot(child: Child) -> None:
    assert falls_ill(child, within=0.3) is None
    assert falls_ill(child, within=0.5) == "never spoke"


def test_a_child_that_fell_silent_is_deaf(child: Child, body: Body) -> None:
    body.say(b"c\n")
    child.listen()

    assert falls_ill(child, within=0.5) == "deaf"


def test_a_child_that_was_born_into_a_backlog_is_not_asked(child: Child, body: Body) -> None:
    body.say(b"b 1\nb 2\n")
    child.listen()

    assert falls_ill(child, within=0.8) is None
    body.say(b"e 1\n")
    child.listen()
    assert falls_ill(child, within=0.8) == "never spoke"


def test_a_slot_taken_for_longer_than_any_task_may_run_is_not_believed(
    child: Child, body: Body
) -> None:
    body.say(b"c\nb 1\nb 2\n")
    child.listen()

    assert falls_ill(child, within=0.6) is None
    assert falls_ill(child, within=0.8) == "deaf"


def test_a_broker_that_took_no_canary_is_to_blame(child: Child, body: Body) -> None:
    body.say(b"c\n")
    child.listen()

    child.was_rung(asked=float("inf"))
    child.was_not_rung()

    assert falls_ill(child, within=0.15) is None


def test_an_answer_that_overtook_the_publishers_thanks_counts(child: Child, body: Body) -> None:
    body.say(b"c\n")
    child.listen()

    child.was_rung(asked=child.spoke - 0.1)

    assert child.unanswered is None


def test_half_a_word_is_heard_when_the_rest_comes(child: Child, body: Body) -> None:
    body.say(b"c\nb 12")
    child.listen()
    body.say(b"3\nb 4\ne 123\n")
    child.listen()

    assert set(child.busy) == {b"4"}


def test_an_end_is_told_at_once(child: Child, body: Body) -> None:
    body.code = -9

    assert child.ill(PATIENCE) == "ended with -9"

"""What every task promises, whatever it is rung with and whatever goes wrong inside."""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import pytest
from celery import _state
from sqlalchemy import text
from structlog.testing import capture_logs

from domain.database import SYSTEM, Begin
from domain.work import runs
from domain.work.names import TaskName
from domain.work.shop import Shop
from tasks import upkeep
from tasks.contract import TaskFailed, task
from tests.support.toolboxes import working_with
from workers.app import app

CANARY = "+12125559999"
SLOT = runs.Slot("upkeep.canary", datetime(2026, 5, 1, 12, tzinfo=UTC))
HEADERS = {"run": f"{SLOT.name}|{SLOT.at.isoformat()}"}


class Heart:
    """Counts its beats, or breaks."""

    def __init__(self) -> None:
        self.beats = 0
        self.broken = False

    def heard(self) -> None:
        self.beats += 1
        if self.broken:
            raise RuntimeError(f"call {CANARY} back")


@pytest.fixture
def heart(begin: Begin) -> Iterator[Heart]:
    made = Heart()
    with working_with(begin=begin, shop=Shop(begin=begin), canary=made):
        yield made


@pytest.fixture
def calls() -> Iterator[list[UUID]]:
    """Have a task that takes an id, for as long as the test runs."""

    class Odd(StrEnum):
        SEND = "tests.send"

    made: list[UUID] = []
    before = set(_state._on_app_finalizers)  # noqa: SLF001  # a shared task stays otherwise

    def send(message_id: str, reason: str = "") -> None:
        del reason
        made.append(UUID(message_id))

    task(Odd.SEND)(send)  # pyright: ignore[reportArgumentType]  # a name of the test's own
    app.finalize()
    yield made
    app.tasks.unregister("tests.send")
    _state._on_app_finalizers.intersection_update(before)  # noqa: SLF001  # as above


def row(begin: Begin) -> Any:  # a row has what was asked for
    with begin(SYSTEM) as session:
        return session.execute(
            text("SELECT started_at, finished_at, error FROM periodic_runs WHERE name = :n"),
            {"n": SLOT.name},
        ).one()


def apply(name: str, *args: object, **kwargs: object) -> Any:  # Celery's result
    return app.tasks[name].apply(args=args, kwargs=kwargs)


def test_an_id_reaches_the_task(calls: list[UUID]) -> None:
    key = uuid4()

    apply("tests.send", str(key))

    assert calls == [key]


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ([CANARY], {}),
        ([], {}),
        ([str(uuid4()), "", CANARY], {}),
        ([str(uuid4())], {CANARY: 1}),
        ([15550109999], {}),
        ([None], {}),
        ([[CANARY]], {}),
        ([{"id": CANARY}], {}),
        ([str(uuid4()) + CANARY], {}),
        ([""], {}),
    ],
)
def test_what_is_no_id_is_refused_and_not_repeated(
    calls: list[UUID],
    caplog: pytest.LogCaptureFixture,
    args: list[object],
    kwargs: dict[str, object],
) -> None:
    with capture_logs() as said:
        result = apply("tests.send", *args, **kwargs)

    assert calls == []
    assert result.successful()
    assert [line["event"] for line in said] == ["task.refused"]
    assert CANARY[1:] not in f"{said}{caplog.text}{result.result}"


def test_a_slot_is_marked_around_the_task(begin: Begin, heart: Heart) -> None:
    with begin(SYSTEM) as session:
        runs.take(session, [SLOT], by="beat")

    for _ in range(2):
        upkeep.canary.apply(headers=HEADERS)  # pyright: ignore[reportFunctionMemberAccess]  # Celery's

    started, finished, error = row(begin)
    assert heart.beats == 1
    assert started < finished
    assert error is None


def test_a_bug_is_told_by_type_and_marked_on_the_slot(
    begin: Begin, heart: Heart, caplog: pytest.LogCaptureFixture
) -> None:
    heart.broken = True
    with begin(SYSTEM) as session:
        runs.take(session, [SLOT], by="beat")

    result = app.tasks[TaskName.UPKEEP_CANARY.value].apply(headers=HEADERS)

    assert isinstance(result.result, TaskFailed)
    assert str(result.result) == "RuntimeError"
    assert CANARY not in f"{result.traceback}{caplog.text}"
    assert row(begin).error == "RuntimeError"
    assert row(begin).finished_at


@pytest.mark.parametrize("run", ["", "|", "x", "x|y", f"{CANARY}|{CANARY}", 7, ["x"], None])
def test_a_strange_slot_is_no_slot(heart: Heart, run: object) -> None:
    result = app.tasks[TaskName.UPKEEP_CANARY.value].apply(headers={"run": run})

    assert result.successful()
    assert heart.beats == 1

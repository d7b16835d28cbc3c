"""What every task of ours promises: the one place where Celery is told.

A task is named by hand, takes ids, may run twice, at once, in any order, and returns
nothing. It is never retried by Celery: its row has its own next time. What goes wrong is
said by type and place, never by text, because texts carry what callers said.
"""

import inspect
import time
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Final, ParamSpec, Protocol, cast
from uuid import UUID

import structlog
from celery import Task, current_app, shared_task

from domain.database import SYSTEM, acting_as
from domain.work import runs
from domain.work.names import TaskName
from tasks.bells import Ringer
from tasks.toolbox import toolbox

P = ParamSpec("P")

BELL_EXPIRES: Final = 120
"""Seconds after which a bell is not worth hearing: sweeps have been by since."""

log = structlog.get_logger("tasks")


class TaskFailed(Exception):
    """A task met a bug; the text is its type and place only, for Flower to show."""


class Malformed(Exception):
    """A task was rung with something that is no id."""


class _Request(Protocol):
    """What we read of Celery's request."""

    id: str
    headers: dict[str, Any] | None


def task(name: TaskName) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Make a function the task called `name`."""

    def decorate(function: Callable[P, None]) -> Callable[P, None]:
        signature = inspect.signature(function)

        @wraps(function)
        def run(self: "Task[Any, None]", *args: P.args, **kwargs: P.kwargs) -> None:
            request = cast("_Request", self.request)
            with structlog.contextvars.bound_contextvars(task=name.value, bell=request.id):
                try:
                    _check(signature, args, kwargs)
                except Malformed as error:
                    log.warning("task.refused", reason=str(error))
                    return
                with acting_as(f"task {name.value}"):
                    _work(lambda: function(*args, **kwargs), _slot_of(request))

        # Celery's stubs cannot say "self, then P"; here, once, we say it for them.
        register = cast("Callable[..., object]", shared_task(name=name.value, bind=True))
        return cast("Callable[P, None]", register(run))

    return decorate


def ring(name: TaskName, *ids: UUID) -> None:
    """Have a worker do the work soon. Costs nothing, promises nothing: the row is the job."""
    ringer().ring(name.value, tuple(str(key) for key in ids))


def ringer() -> Ringer:
    """Return this process's ringer, made at the first bell and so after any fork."""
    if not _ringers:
        _ringers.append(Ringer(_send))
    return _ringers[0]


def forget_ringer() -> None:
    """Drop a ringer that came over a fork: its thread did not."""
    _ringers.clear()


_ringers: list[Ringer] = []


def _send(name: str, ids: tuple[str, ...]) -> None:
    current_app.send_task(name, args=list(ids), expires=BELL_EXPIRES, ignore_result=True)


def _check(signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Refuse what is no id, without repeating it."""
    try:
        given = signature.bind(*args, **kwargs).arguments
    except TypeError:
        raise Malformed("wrong number of arguments") from None
    for name, value in given.items():
        if not isinstance(value, str):
            raise Malformed(f"{name} is not a text")
        is_left_out = value == signature.parameters[name].default
        if name.endswith("_id") and not is_left_out and not _is_id(value):
            raise Malformed(f"{name} is not an id")


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def _slot_of(request: _Request) -> runs.Slot | None:
    """Return the timetable's slot that this bell was rung for, if it was."""
    run = (request.headers or {}).get("run") or getattr(request, "run", None)
    if not isinstance(run, str):
        return None
    name, _, at = run.partition("|")
    try:
        return runs.Slot(name, datetime.fromisoformat(at))
    except ValueError:
        return None


def _work(call: Callable[[], None], slot: runs.Slot | None) -> None:
    """Run the function and say how it ended; a slot of the timetable is marked around it."""
    if slot is not None:
        with toolbox().begin(SYSTEM) as session:
            if not runs.start(session, slot):
                return  # a doubled bell
    began = time.perf_counter()
    failed: str | None = None
    try:
        call()
    except Exception as error:
        log.exception("task.failed")
        failed = type(error).__name__
        raise TaskFailed(failed) from None
    finally:
        if slot is not None:
            with toolbox().begin(SYSTEM) as session:
                runs.finish(session, slot, error=failed)
        log.debug("task.done", seconds=round(time.perf_counter() - began, 4), failed=failed)

"""What happens when a worker's processes begin, take a task, and end."""

import os
from typing import Any

import structlog
from celery import Task, signals

from config import logging
from config.settings import settings
from domain.work.names import TaskName
from tasks import contract
from tasks.toolbox import install
from workers import pulse
from workers.kin import die_with_parent
from workers.reach import toolbox

log = structlog.get_logger("worker")


def connect() -> None:
    """Listen to Celery's signals; once, when the app is made."""
    signals.setup_logging.connect(set_up_logging, weak=False)
    signals.worker_init.connect(open_for_work, weak=False)
    signals.worker_process_init.connect(begin_after_fork, weak=False)
    signals.task_prerun.connect(take_slot, weak=False)
    signals.task_postrun.connect(free_slot, weak=False)
    signals.task_unknown.connect(count_unknown, weak=False)
    signals.task_rejected.connect(count_rejected, weak=False)


def set_up_logging(**_: object) -> None:
    """Keep Celery's hands off our logging."""
    logging.set_up(as_json=settings().frontdesk_env == "production")


def open_for_work(**_: object) -> None:
    """Build the toolbox of a pool that does not fork (threads, solo)."""
    _install()


def begin_after_fork(**_: object) -> None:
    """Build everything anew: a connection or a thread must not cross the fork.

    An inherited connection gives wrong answers before it gives an error (docs/evidence.md C5).
    """
    die_with_parent()
    contract.forget_ringer()
    _install()


def _install() -> None:
    install(toolbox(settings(), name="frontdesk worker"))


def take_slot(task: "Task[Any, Any]", **_: object) -> None:
    """Tell the supervisor that this process is busy, so that silence is not deafness."""
    if task.name != TaskName.UPKEEP_CANARY:
        pulse.say(pulse.BUSY, os.getpid())


def free_slot(task: "Task[Any, Any]", **_: object) -> None:
    """Tell the supervisor that this process is free again."""
    if task.name != TaskName.UPKEEP_CANARY:
        pulse.say(pulse.FREE, os.getpid())


def count_unknown(name: str | None = None, **_: object) -> None:
    """Say that a newer release rang: its row waits for a worker that knows the task."""
    log.warning("task.unknown", name=name if name and name.isascii() else None)


def count_rejected(**_: object) -> None:
    """Say that a message was thrown away because it is none."""
    log.warning("task.rejected")

"""Work that follows from work: owed in the transaction that caused it, done soon after.

So areas never call each other, and nothing that was owed is lost with a message: the bell may
be, the errand is a row. Owed twice for the same subject and generation, it is done once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.database import SYSTEM
from domain.ids import new_id
from domain.work import batch, resolve
from domain.work.attempts import Chore, Job
from domain.work.kinds import Kind
from domain.work.names import Area, TaskName
from domain.work.shop import Shop

Handlers = Mapping[TaskName, Callable[[UUID], None]]
"""What does each task's errands: given the subject; it may run again."""

_OWE: Final = text(
    "INSERT INTO errands (task, subject_id, user_id, generation)"
    " VALUES (:task, :subject, :user, :generation) ON CONFLICT DO NOTHING"
)
_OWE_ANEW: Final = text(
    "INSERT INTO errands (task, subject_id, user_id, generation)"
    " SELECT :task, :subject, :user, :generation WHERE NOT EXISTS (SELECT 1 FROM errands"
    "  WHERE task = :task AND subject_id = :subject AND state = 'pending')"
)
_GENERATIONS: Final = 2**31
_OPEN: Final = text(
    "SELECT id FROM errands WHERE task = :task AND subject_id = :subject AND state = 'pending'"
    " ORDER BY due_at LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Errand:
    """What is owed, and for whom."""

    task: TaskName
    subject_id: UUID


def owe(
    session: Session,
    task: TaskName,
    subject_id: UUID,
    *,
    user_id: UUID | None,
    generation: int = 0,
) -> None:
    """Owe a task for this subject, in the transaction that gives cause for it."""
    session.execute(
        _OWE,
        {"task": task.value, "subject": subject_id, "user": user_id, "generation": generation},
    )


def owe_anew(session: Session, task: TaskName, subject_id: UUID, *, user_id: UUID | None) -> None:
    """Owe a look at how things stand now; one that waits and was not begun is that look.

    Ten notices of one subject at once cost one look, or two where one was under way.
    """
    once = new_id().int % _GENERATIONS
    bound = {"task": task.value, "subject": subject_id, "user": user_id, "generation": once}
    session.execute(_OWE_ANEW, bound)


def work(shop: Shop, area: Area, handlers: Handlers) -> bool:
    """Do what is owed in an area; tell whether more is due than there was time for."""
    job = _job(area, handlers)
    resolve.resolve(shop, job)
    return batch.work(shop, job)


def work_for(shop: Shop, task: TaskName, subject_id: UUID, handlers: Handlers) -> None:
    """Do this task for this subject now, if it is owed."""
    with shop.begin(SYSTEM) as session:
        found = session.scalar(_OPEN, {"task": task.value, "subject": subject_id})
    if found is not None:
        batch.work_one(shop, _job(task.area, handlers), found)


@cache
def kind(area: Area) -> Kind[Errand]:
    """Return the errands of an area, as claims see them."""
    return Kind(
        name="errand",
        table="errands",
        area=area,
        read=_read,
        columns=("task", "subject_id"),
        where=f"w.area = '{area.value}'",
        leaves_the_building=False,
        hard_limit=timedelta(seconds=60),
    )


def _job(area: Area, handlers: Handlers) -> Job[Errand]:
    def describe(errand: Errand) -> Chore:
        return Chore(lambda: handlers[errand.task](errand.subject_id))

    return Job(kind=kind(area), describe=describe)


def _read(row: Mapping[str, Any]) -> Errand:
    return Errand(TaskName(row["task"]), row["subject_id"])

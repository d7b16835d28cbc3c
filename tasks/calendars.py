"""Calendars: carry events there, read what changed, compare both, and be told of changes."""

from uuid import UUID

from domain.calendars import compare as comparing
from domain.calendars import pulls, service, steps
from domain.work import batch, errands, resolve
from domain.work.names import Area, TaskName
from tasks.contract import ring, task
from tasks.toolbox import Toolbox, toolbox


def _errands(box: Toolbox) -> errands.Handlers:
    return {
        **service.handlers(box.desk),
        TaskName.CALENDARS_PUSH: lambda event_id: _push(box, event_id),
        TaskName.CALENDARS_COMPARE: lambda each: comparing.compare_owed(box.desk, each),
    }


def _push(box: Toolbox, event_id: UUID) -> None:
    """Owe one event to calendars; whoever waits for its confirmation is told at once."""
    if service.push(box.desk, event_id):
        ring(TaskName.MESSAGES_SWEEP)


@task(TaskName.CALENDARS_PUSH)
def push(event_id: str) -> None:
    """Carry one event to its owner's calendar."""
    box = toolbox()
    errands.work_for(box.shop, TaskName.CALENDARS_PUSH, UUID(event_id), _errands(box))
    ring(TaskName.CALENDARS_SWEEP)


@task(TaskName.CALENDARS_PULL)
def pull(calendar_integration_id: str) -> None:
    """Read one calendar now."""
    box, key = toolbox(), UUID(calendar_integration_id)
    errands.work_for(box.shop, TaskName.CALENDARS_PULL, key, _errands(box))
    service.pull(box.desk, key)
    batch.work_one(box.shop, pulls.job(box.desk), key)
    ring(TaskName.CALENDARS_SWEEP)


@task(TaskName.CALENDARS_COMPARE)
def compare(calendar_integration_id: str) -> None:
    """Compare one calendar with ours, from end to end."""
    box = toolbox()
    errands.work_for(
        box.shop, TaskName.CALENDARS_COMPARE, UUID(calendar_integration_id), _errands(box)
    )
    ring(TaskName.CALENDARS_SWEEP)


@task(TaskName.CALENDARS_RENEW)
def renew() -> None:
    """Have vendors tell us of changes, and owe the comparisons of the week."""
    box = toolbox()
    service.renew(box.desk)
    service.owe_comparisons(box.desk)


@task(TaskName.CALENDARS_SWEEP)
def sweep() -> None:
    """Do what is owed, read what is due, and bring into step what may have changed."""
    box = toolbox()
    more = errands.work(box.shop, Area.CALENDARS, _errands(box))
    for job in (pulls.job(box.desk), steps.job(box.desk)):
        resolve.resolve(box.shop, job)
        more = batch.work(box.shop, job) or more
    if more:
        ring(TaskName.CALENDARS_SWEEP)

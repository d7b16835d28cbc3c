"""The house's own chores."""

from domain.metering import service as metering
from domain.work import upkeep
from domain.work.names import TaskName
from tasks.contract import task
from tasks.toolbox import toolbox


@task(TaskName.UPKEEP_CANARY)
def canary() -> None:
    """Answer the supervisor: this child still hears its queue."""
    toolbox().canary.heard()


@task(TaskName.UPKEEP_MEASURE)
def measure(queue: str) -> None:
    """Do nothing: how long the bell waited in `queue` stands on its slot's row."""
    del queue


@task(TaskName.UPKEEP_OVERDUE)
def overdue() -> None:
    """Alert on what nobody resolved in time."""
    upkeep.notice_late_runs(toolbox().begin)


@task(TaskName.UPKEEP_RETENTION)
def retention() -> None:
    """Throw away what is past keeping."""
    upkeep.throw_away(toolbox().begin)


@task(TaskName.UPKEEP_SWEEP)
def sweep() -> None:
    """Take up what is due in the house."""
    upkeep.notice_silence(toolbox().begin)
    metering.release_lapsed(toolbox().begin)

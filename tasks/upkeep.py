"""The house's own chores."""

from domain.alerting import service as alerting
from domain.billing import watching
from domain.consent import ranges
from domain.metering import figures, price_list
from domain.metering import service as metering
from domain.privacy import clear_values, traces
from domain.work import invariants as promises
from domain.work import upkeep
from domain.work.names import TaskName
from tasks.contract import ring, task
from tasks.toolbox import toolbox


@task(TaskName.UPKEEP_CANARY)
def canary() -> None:
    """Answer the supervisor: this child still hears its queue."""
    toolbox().canary.heard()


@task(TaskName.UPKEEP_MEASURE)
def measure(queue: str) -> None:
    """Do nothing: how long the bell waited in `queue` stands on its slot's row."""
    del queue


@task(TaskName.UPKEEP_INVARIANTS)
def invariants() -> None:
    """Ask whether every promise is kept: slots, leases, turns, ledgers, the timetable itself."""
    begin = toolbox().begin
    promises.watch(begin)
    watching.watch(begin)
    upkeep.notice_missed_slots(begin)


@task(TaskName.UPKEEP_OVERDUE)
def overdue() -> None:
    """Alert on what nobody resolved in time."""
    begin = toolbox().begin
    upkeep.notice_late_runs(begin)
    upkeep.notice_fallen_behind(begin)
    upkeep.notice_refusals(begin)
    ranges.notice(begin)


@task(TaskName.UPKEEP_PARTITIONS)
def partitions() -> None:
    """Make the months to come, and drop those that nobody keeps."""
    upkeep.keep_months(toolbox().begin)


@task(TaskName.UPKEEP_RETENTION)
def retention() -> None:
    """Throw away what is past keeping."""
    if upkeep.throw_away(toolbox().begin):
        ring(TaskName.UPKEEP_RETENTION)


@task(TaskName.UPKEEP_ROLLUP)
def rollup() -> None:
    """Count the last days of every tenant."""
    price_list.keep(toolbox().begin)
    figures.count(toolbox().begin)


@task(TaskName.UPKEEP_SEAL)
def seal() -> None:
    """Take in what other services wrote clear, and note whom new notices are about."""
    box = toolbox()
    clear_values.take_in(box.begin, box.keyring)
    traces.note(box.begin, box.keyring)


@task(TaskName.UPKEEP_SWEEP)
def sweep() -> None:
    """Take up what is due in the house."""
    box = toolbox()
    upkeep.notice_silence(box.begin)
    upkeep.notice_no_beat(box.begin)
    upkeep.hold_suspended(box.begin)
    metering.release_lapsed(box.begin)
    if alerting.work(box.herald, box.shop):
        ring(TaskName.UPKEEP_SWEEP)

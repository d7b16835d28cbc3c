"""Billing: what tenants used and pay for is what the house that takes the money says."""

from uuid import UUID

from domain.billing import meter as metering
from domain.billing import reconcile as comparing
from domain.billing import runs, sync
from domain.billing import sweep as due
from domain.database import SYSTEM
from domain.work import batch, errands, resolve
from domain.work.names import Area, TaskName
from tasks.contract import ring, task
from tasks.toolbox import Toolbox, toolbox


def _errands(box: Toolbox) -> errands.Handlers:
    return {TaskName.BILLING_RECONCILE: lambda user_id: look(box, user_id)}


def look(box: Toolbox, user_id: UUID) -> None:
    """Bring one tenant's books to what they are at the house."""
    sync.sync(box.bench.desk, user_id)


@task(TaskName.BILLING_RECONCILE)
def reconcile(user_id: str = "") -> None:
    """Compare everybody, or look at one tenant."""
    box = toolbox()
    if user_id:
        look(box, UUID(user_id))
        return
    with box.begin(SYSTEM) as session:
        runs.begin_nightly(session)
    ring(TaskName.BILLING_SWEEP)


@task(TaskName.BILLING_METER)
def meter(user_id: str = "") -> None:
    """Owe the meter what it was not told."""
    box = toolbox()
    metering.owe(box.begin, UUID(user_id) if user_id else None)
    ring(TaskName.BILLING_SWEEP)


@task(TaskName.BILLING_SWEEP)
def sweep() -> None:
    """Do what is owed and due: looks at tenants, meters, reconciles."""
    box = toolbox()
    due.owe(box.begin)
    more = errands.work(box.shop, Area.BILLING, _errands(box))
    for job in (metering.job(box.bench.desk.books), comparing.job(box.bench)):
        resolve.resolve(box.shop, job)
        more = batch.work(box.shop, job) or more
    if more:
        ring(TaskName.BILLING_SWEEP)

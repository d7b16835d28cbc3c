"""Webhooks: tell tenants' systems what happened."""

from uuid import UUID

from domain.deliveries import service as deliveries
from domain.work import batch
from domain.work.names import TaskName
from tasks.contract import ring, task
from tasks.toolbox import toolbox


@task(TaskName.WEBHOOKS_DELIVER)
def deliver(delivery_id: str) -> None:
    """Make one delivery, if its receiver has a slot free."""
    box = toolbox()
    batch.work_one(box.shop, deliveries.job(box.outbox), UUID(delivery_id))


@task(TaskName.WEBHOOKS_SWEEP)
def sweep() -> None:
    """Deliver what is due."""
    box = toolbox()
    if deliveries.work(box.outbox, box.shop):
        ring(TaskName.WEBHOOKS_SWEEP)

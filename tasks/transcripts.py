"""Transcripts: read one call, or whatever is due."""

from uuid import UUID

from domain.transcripts import service
from domain.work import batch, resolve
from domain.work.names import TaskName
from tasks.contract import ring, task
from tasks.toolbox import toolbox


@task(TaskName.TRANSCRIPTS_EXTRACT)
def extract(call_id: str) -> None:
    """Read one call."""
    box = toolbox()
    batch.work_one(box.shop, service.job(box.readers), UUID(call_id))
    ring(TaskName.MESSAGES_SWEEP)
    ring(TaskName.WEBHOOKS_SWEEP)


@task(TaskName.TRANSCRIPTS_SWEEP)
def sweep() -> None:
    """Read what is due, and find out about what was left in the air."""
    box = toolbox()
    job = service.job(box.readers)
    resolve.resolve(box.shop, job)
    if batch.work(box.shop, job):
        ring(TaskName.TRANSCRIPTS_SWEEP)
    ring(TaskName.MESSAGES_SWEEP)
    ring(TaskName.WEBHOOKS_SWEEP)

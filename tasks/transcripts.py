"""Transcripts: read one call, act on an owner's answer, or whatever is due."""

from uuid import UUID

from domain.transcripts import review, service
from domain.work import batch, errands, resolve
from domain.work.names import Area, TaskName
from tasks.contract import ring, task
from tasks.toolbox import Toolbox, toolbox


def _errands(box: Toolbox) -> errands.Handlers:
    return {TaskName.TRANSCRIPTS_ANSWER: lambda question: review.apply(box.readers, question)}


@task(TaskName.TRANSCRIPTS_EXTRACT)
def extract(call_id: str) -> None:
    """Read one call."""
    box = toolbox()
    batch.work_one(box.shop, service.job(box.readers), UUID(call_id))
    _ring_others()


@task(TaskName.TRANSCRIPTS_ANSWER)
def answer(question_id: str) -> None:
    """Act on what an owner answered."""
    box = toolbox()
    errands.work_for(box.shop, TaskName.TRANSCRIPTS_ANSWER, UUID(question_id), _errands(box))
    _ring_others()


@task(TaskName.TRANSCRIPTS_SWEEP)
def sweep() -> None:
    """Read what is due, act on answers, and find out about what was left in the air."""
    box = toolbox()
    job = service.job(box.readers)
    more = errands.work(box.shop, Area.TRANSCRIPTS, _errands(box))
    resolve.resolve(box.shop, job)
    if batch.work(box.shop, job) or more:
        ring(TaskName.TRANSCRIPTS_SWEEP)
    review.remind(box.begin)
    _ring_others()


def _ring_others() -> None:
    ring(TaskName.CALENDARS_SWEEP)  # which asks about times that calls have agreed on
    ring(TaskName.MESSAGES_SWEEP)
    ring(TaskName.WEBHOOKS_SWEEP)

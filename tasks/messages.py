"""Messages: owe what an event gives cause for, send what is due, follow what was sent."""

from datetime import timedelta
from uuid import UUID

from domain.messages import comparing, recalling, replies, service
from domain.work import batch, errands, resolve
from domain.work.names import Area, TaskName
from tasks.contract import ring, task
from tasks.toolbox import Toolbox, toolbox


def _errands(box: Toolbox) -> errands.Handlers:
    return {
        TaskName.MESSAGES_PLAN: lambda subject_id: service.plan(box.post, subject_id),
        TaskName.MESSAGES_RECEIVE: lambda message_id: replies.receive(
            box.post, message_id, box.classifiers
        ),
    }


@task(TaskName.MESSAGES_PLAN)
def plan(event_id: str) -> None:
    """Owe the messages of an event."""
    box = toolbox()
    errands.work_for(box.shop, TaskName.MESSAGES_PLAN, UUID(event_id), _errands(box))
    ring(TaskName.MESSAGES_SWEEP)


@task(TaskName.MESSAGES_RECEIVE)
def receive(message_id: str) -> None:
    """Act on what a person wrote back."""
    box = toolbox()
    errands.work_for(box.shop, TaskName.MESSAGES_RECEIVE, UUID(message_id), _errands(box))
    ring(TaskName.MESSAGES_SWEEP)


@task(TaskName.MESSAGES_SEND)
def send(message_id: str) -> None:
    """Send one message."""
    box = toolbox()
    batch.work_one(box.shop, service.job(box.post), UUID(message_id))


@task(TaskName.MESSAGES_COMPARE)
def compare(hours: str = "2") -> None:
    """Compare what went out with the carriers' own lists."""
    comparing.compare(toolbox().post, timedelta(hours=int(hours)))


@task(TaskName.MESSAGES_SWEEP)
def sweep() -> None:
    """Plan and send what is due, and ask what became of the rest."""
    box = toolbox()
    job = service.job(box.post)
    recalling.recall(box.post)
    more = errands.work(box.shop, Area.MESSAGES, _errands(box))
    resolve.resolve(box.shop, job)
    more = batch.work(box.shop, job) or more
    service.follow(box.post)
    if more:
        ring(TaskName.MESSAGES_SWEEP)
    ring(TaskName.WEBHOOKS_SWEEP)

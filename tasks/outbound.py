"""Outbound: give out free slots, dial, end what has ended, and ask the vendors."""

from uuid import UUID

from domain.outbound import draining, service
from domain.outbound import reconcile as truths
from domain.work.names import TaskName
from tasks.contract import ring, task
from tasks.toolbox import toolbox


@task(TaskName.OUTBOUND_DRAIN)
def drain() -> None:
    """Dial as many as there are slots, fairest tenant first."""
    box = toolbox()
    if draining.drain(box.board, box.shop):
        ring(TaskName.OUTBOUND_DRAIN)


@task(TaskName.OUTBOUND_PLACE)
def place(call_attempt_id: str) -> None:
    """Dial one attempt."""
    box = toolbox()
    draining.place(box.board, box.shop, UUID(call_attempt_id))


@task(TaskName.OUTBOUND_END)
def end(call_attempt_id: str) -> None:
    """Ask how one call stands; free its slot and decide on a retry where it has ended."""
    if service.ask(toolbox().board, UUID(call_attempt_id)):
        ring(TaskName.OUTBOUND_DRAIN)


@task(TaskName.OUTBOUND_RECONCILE)
def reconcile() -> None:
    """Ask the vendors what they have going, and end what ended unheard."""
    box = toolbox()
    if truths.reconcile(box.board, box.shop):
        ring(TaskName.OUTBOUND_DRAIN)

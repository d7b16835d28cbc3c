"""`frontdesk enqueue`: ring a task, as any other service may."""

from typing import Annotated

import typer

from domain.errors import Refusal
from domain.work.names import TaskName
from tasks.contract import BELL_EXPIRES
from workers.app import app as celery
from workers.cli.control import as_id
from workers.cli.frame import app, at_hand, out


@app.command()
def enqueue(
    task: Annotated[str, typer.Argument(help="A task's name, such as transcripts.extract.")],
    row_id: Annotated[
        str, typer.Argument(help="The row's id; none for a sweep.", metavar="[ID]")
    ] = "",
) -> None:
    """Ring a task. The row is the job: ringing what is not due, or twice, does nothing."""
    try:
        name = TaskName(task)
    except ValueError:
        raise Refusal(f"There is no task {task}: {', '.join(TaskName)}.") from None
    args = [str(as_id(row_id))] if row_id else []
    with at_hand():
        try:
            celery.send_task(name.value, args=args, expires=BELL_EXPIRES, ignore_result=True)
        except Exception as error:  # noqa: BLE001  # each transport has errors of its own
            words = f"The broker did not take the bell ({type(error).__name__})."
            raise Refusal(f"{words} A sweep will find the row.", exit_code=1) from None
    out.print(f"Rung: {name.value}.", highlight=False)

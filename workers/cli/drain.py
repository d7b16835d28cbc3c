"""`frontdesk drain`: work what is due while there is no Redis."""

from typing import Annotated

import typer

from domain.errors import Refusal
from domain.work.names import Area
from tasks.toolbox import install
from workers import checks, draining
from workers.app import app as celery
from workers.cli.frame import app, at_hand, out, speak_up
from workers.interrupts import stopped
from workers.reach import toolbox


@app.command()
def drain(
    queues: Annotated[
        str,
        typer.Option(help="Queues with commas, instead of all; one process works them in turn."),
    ] = "",
) -> None:
    """Work what is due without Redis, for as long as it is away. Ctrl-C ends it."""
    try:
        areas = [Area(name.strip()) for name in queues.split(",")] if queues else list(Area)
    except ValueError:
        raise Refusal(f"--queues takes some of {', '.join(Area)}, with commas.") from None
    with at_hand() as settings:
        speak_up(settings)
        checks.refuse_if_unfit(settings)
        install(toolbox(settings, name="frontdesk drain"))
        stop = stopped()
        todo = draining.lines(celery, areas)
        out.print(f"Works {', '.join(areas)} without Redis until Ctrl-C.")
        draining.drain(todo, stop)

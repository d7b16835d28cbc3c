"""`frontdesk metrics`: figures for Prometheus, on localhost unless told otherwise."""

from typing import Annotated

import typer
from prometheus_client import generate_latest

from domain.errors import Refusal
from workers import metrics as figures
from workers.cli.frame import app, at_hand, out, speak_up
from workers.cli.ports import METRICS
from workers.interrupts import stopped
from workers.reach import reach


@app.command()
def metrics(
    port: Annotated[int, typer.Option(min=1, max=32767, help="Where it listens.")] = METRICS,
    host: Annotated[
        str, typer.Option(help="On which address: whoever reaches it may read.")
    ] = "127.0.0.1",
    *,
    once: Annotated[bool, typer.Option("--once", help="Print them, and end.")] = False,
) -> None:
    """Tell Prometheus what waits, works, fails and costs. Task durations are Flower's to tell."""
    with at_hand() as settings:
        begin = reach(settings, name="frontdesk metrics")
        registry = figures.registry(begin, is_held=settings.frontdesk_hold)
        if once:
            out.file.write(generate_latest(registry).decode())
            return
        speak_up(settings)
        stop = stopped()
        try:
            server = figures.serve(registry, host=host, port=port)
        except OSError:
            raise Refusal(f"{host}:{port} cannot be listened on: give another --port.") from None
        out.print(f"Figures: http://{host}:{port}/metrics", highlight=False)
        stop.wait()
        server.shutdown()

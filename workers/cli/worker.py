"""`frontdesk worker`: a supervisor and its Celery children."""

import socket
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Final

import typer
from sqlalchemy.exc import SQLAlchemyError

from config.home import Home
from config.settings import settings as read_settings
from domain.database import SYSTEM, Begin
from domain.errors import Refusal
from domain.work import clocks, owners, presence
from domain.work.names import FAST, SLOW, Area, TaskName
from workers import checks, probe
from workers.app import app as celery
from workers.cli.frame import app, at_hand, out, speak_up
from workers.probe import Heard
from workers.reach import reach
from workers.supervisor import Patience, Post, Supervisor

CANARY_EXPIRES: Final = 30


@app.command()
def worker(
    queues: Annotated[
        str, typer.Option(help="Queues with commas, instead of the two posts fast and slow.")
    ] = "",
    slots: Annotated[int, typer.Option(min=1, max=64, help="Tasks at once in each child.")] = 2,
    grace: Annotated[float, typer.Option(min=0, help="Seconds a warm stop may take.")] = 30.0,
    deaf: Annotated[
        float, typer.Option(min=1, help="Seconds until a deaf child is replaced.")
    ] = 60.0,
    *,
    probe_: Annotated[
        bool,
        typer.Option("--probe", help="Do not work; exit 1 unless this host's worker consumes."),
    ] = False,
) -> None:
    """Work: a supervisor and its Celery children. Ctrl-C once: finish; twice: end now."""
    if probe_:
        _probe()
        return
    posts = _posts(queues, slots)
    with at_hand() as settings:
        speak_up(settings)
        checks.refuse_if_unfit(settings, celery)
        begin = reach(settings, name="frontdesk supervisor")
        patience = Patience(grace=grace, deaf=deaf, canary=min(5.0, deaf / 5))
        supervisor = Supervisor(
            posts,
            ring=_ring_canary,
            report=lambda said: _report(settings.home, begin, said),
            patience=patience,
        )
        supervisor.run()
        probe.forget(settings.home)
        with suppress(SQLAlchemyError), begin(SYSTEM) as session:
            presence.leave(session, supervisor.id)


def _posts(queues: str, slots: int) -> list[Post]:
    if not queues:
        return [
            Post(name="fast", queues=FAST, slots=slots),
            Post(name="slow", queues=SLOW, slots=slots),
        ]
    try:
        areas = tuple(Area(name.strip()) for name in queues.split(","))
    except ValueError:
        raise Refusal(f"--queues takes some of {', '.join(Area)}, with commas.") from None
    return [Post(name="-".join(areas), queues=areas, slots=slots)]


def _ring_canary(queue: str) -> None:
    celery.send_task(
        TaskName.UPKEEP_CANARY.value, queue=queue, expires=CANARY_EXPIRES, ignore_result=True
    )


def _probe() -> None:
    """Ask neither the database nor the broker: they may be what is ill."""
    wrong = probe.unwell(read_settings().home)
    if wrong:
        raise Refusal(f"{'; '.join(wrong)}.".capitalize(), exit_code=1)
    out.print("Every child of this host's workers consumes its queue.")


def _report(home: Home, begin: Begin, supervisor: Supervisor) -> None:
    now = time.monotonic()
    heard = [
        Heard(child.post.name, child.heard is not None, now - (child.unanswered or now))
        for child in list(supervisor.children.values())
    ]
    probe.note(home, heard)
    children = [
        {
            "post": child.post.name,
            "pid": child.kin.pid,
            "slots": child.post.slots,
            "busy": len(child.busy),
            "hears": child.heard is not None,
            "heard_ago": round(now - (child.heard or child.kin.born), 3),
        }
        for child in list(supervisor.children.values())
    ]
    said = presence.Report(
        id=supervisor.id,
        host=owners.this_host(),
        hostname=socket.gethostname(),
        pid=supervisor.pid,
        children=children,
    )
    with begin(SYSTEM) as session:
        clocks.compare(session, here=said.hostname, shown=datetime.now(UTC))
        presence.report(session, said)
        owners.bury_former_boots(session, hostname=said.hostname)
        owners.bury_dead(session)

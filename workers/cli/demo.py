"""`frontdesk demo`: see it work, in one command."""

import time
from datetime import UTC, datetime
from typing import Final

from domain.database import SYSTEM, Begin
from domain.errors import Refusal
from domain.work import runs
from domain.work.names import Area, TaskName
from workers import overview
from workers.app import app as celery
from workers.cli.frame import app, at_hand, out
from workers.cli.state import show_overview
from workers.compose import compose
from workers.kin import Kin

PATIENCE: Final = 45.0


@app.command()
def demo() -> None:
    """Start the servers and a worker, send one task through, show the status, stop."""
    began = time.monotonic()
    with at_hand() as settings:
        begin = compose(settings, name="frontdesk demo").begin
        _step("PostgreSQL and Redis run, the schema stands", began)
        settings.home.logs.mkdir(parents=True, exist_ok=True)
        with (settings.home.logs / "worker.log").open("ab") as file:
            worker = Kin(["frontdesk", "worker", "--queues", Area.UPKEEP, "--slots", "1"], out=file)
        try:
            slot = _ring(begin)
            _wait(begin, slot, worker)
            _step("a task went through the broker, a worker, and the database", began)
            with begin(SYSTEM) as session:
                show_overview(overview.look(session))
        finally:
            worker.end(grace=10)
        _step("stopped", began)


def _step(words: str, began: float) -> None:
    out.print(f"[{time.monotonic() - began:5.1f} s] {words}", markup=False, highlight=False)


def _ring(begin: Begin) -> runs.Slot:
    """Write down a slot of the timetable and ring it, as beat would."""
    slot = runs.Slot(f"measure.{Area.UPKEEP}", datetime.now(UTC))
    with begin(SYSTEM) as session:
        runs.take(session, [slot], by="demo")
    celery.send_task(
        TaskName.UPKEEP_MEASURE.value,
        args=[Area.UPKEEP.value],
        headers={"run": f"{slot.name}|{slot.at.isoformat()}"},
        ignore_result=True,
    )
    return slot


def _wait(begin: Begin, slot: runs.Slot, worker: Kin) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if worker.ended() is not None:
            raise Refusal("The worker ended: see logs/worker.log in FRONTDESK_HOME.", exit_code=1)
        with begin(SYSTEM) as session:
            if runs.is_finished(session, slot):
                return
        time.sleep(0.05)
    raise Refusal(
        "The task was not done in time: see logs/worker.log in FRONTDESK_HOME.", exit_code=1
    )

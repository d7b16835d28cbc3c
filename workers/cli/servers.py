"""Commands that run on: beat, listen, and `up`, which runs everything."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import structlog

from config.settings import Settings
from workers import checks
from workers.app import app as celery
from workers.cli.flower import how_to_sign_in, login_of
from workers.cli.frame import app, at_hand, out, speak_up
from workers.cli.ports import METRICS, first_free, port_of
from workers.interrupts import stopped
from workers.kin import Kin
from workers.listen import Listener
from workers.reach import reach
from workers.timetable import RowScheduler

log = structlog.get_logger("frontdesk")

PARTS: Final = ("worker", "beat", "listen", "intake", "flower", "metrics")
"""What `up` runs beside the servers."""


@app.command()
def beat() -> None:
    """Ring what is due by the timetable; run two or more, each slot is rung once."""
    with at_hand() as settings:
        speak_up(settings)
        checks.refuse_if_unfit(settings, celery)
        stop = stopped()
        scheduler = RowScheduler(celery, begin=reach(settings, name="frontdesk beat"))
        log.info("beat.started", entries=len(scheduler.entries))
        while not stop.wait(scheduler.tick()):
            pass


@app.command()
def listen() -> None:
    """Hear writers that know no Celery, and ring for them."""
    with at_hand() as settings:
        speak_up(settings)
        checks.refuse_if_unfit(settings, celery)
        Listener(settings.direct_database, stop=stopped()).run()


@app.command()
def up() -> None:
    """Run everything on this machine: servers, worker, beat, listen, Flower. Ctrl-C ends it."""
    with at_hand() as settings, ExitStack() as stack:
        speak_up(settings)
        checks.refuse_if_unfit(settings, celery)
        stop = stopped()
        settings.home.logs.mkdir(parents=True, exist_ok=True)
        told = {"INTAKE_PORT": str(port_of(settings, "intake_port"))}
        parts = _parts(settings, told)
        for part in parts.values():
            part.start()
            stack.callback(part.end)
        _tell(settings, told)
        while not stop.wait(0.5):
            for part in parts.values():
                part.restart_if_ended()
        out.print("Stopping.")
        for part in parts.values():
            part.ask_to_end()


def _parts(settings: Settings, told: dict[str, str]) -> "dict[str, Part]":
    """Return what runs; in the sandbox the vendors' stand-ins too, where nobody named others."""
    words = {name: [name] for name in PARTS}
    told["METRICS"] = str(first_free(METRICS) or METRICS)
    words["metrics"] += ["--port", told["METRICS"]]
    if settings.frontdesk_env == "sandbox" and settings.sandbox_url is None:
        port = port_of(settings, "sandbox_port")
        told["SANDBOX_URL"] = f"http://127.0.0.1:{port}"
        door = settings.public_url or f"http://127.0.0.1:{told['INTAKE_PORT']}"
        notices = ["--resend-webhook", f"{door}/webhooks/resend"]
        notices += ["--call-webhooks", f"{door}/webhooks"]
        words = {"sandbox": ["sandbox", "--port", str(port), *notices], **words}
    return {
        name: Part(name, settings.home.logs, words=command, environment=told)
        for name, command in words.items()
    }


def _tell(settings: Settings, told: Mapping[str, str]) -> None:
    """Say what runs and where to look."""
    kind = "embedded" if settings.is_embedded else "yours"
    login = login_of(settings)
    out.print("Frontdesk is up.", style="bold")
    out.print(f"  servers  PostgreSQL and Redis: {kind}", highlight=False)
    flower = f"http://127.0.0.1:{port_of(settings, 'flower_port')}"
    out.print(f"  flower   {flower}  ({how_to_sign_in(settings, login)})", highlight=False)
    out.print(f"  intake   http://127.0.0.1:{told['INTAKE_PORT']}/webhooks/VENDOR", highlight=False)
    out.print(f"  figures  http://127.0.0.1:{told['METRICS']}/metrics", highlight=False)
    if "SANDBOX_URL" in told:
        out.print(f"  sandbox  {told['SANDBOX_URL']}", highlight=False)
    out.print(f"  logs     {settings.home.logs}", highlight=False)
    out.print("  status   frontdesk status", highlight=False)
    out.print("Ctrl-C stops everything.", highlight=False)


class Part:
    """One of our own commands, run by `up` and started again when it ends."""

    def __init__(
        self,
        name: str,
        logs: Path,
        *,
        words: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Run `frontdesk NAME`, or the given words; what it says goes to a file in `logs`."""
        self.name = name
        self._words = list(words) or [name]
        self._environment = environment
        self._log = logs / f"{name}.log"
        self._kin: Kin | None = None
        self._pause = 0.5
        self._again = 0.0

    def start(self) -> None:
        """Start it, its lines behind those of the last time."""
        with self._log.open("ab") as file:
            words = ["frontdesk", *self._words]
            self._kin = Kin(words, out=file, environment=self._environment)

    def restart_if_ended(self) -> None:
        """Start it again where it has ended, more slowly each time it does so at once."""
        if self._kin is not None and self._kin.ended() is not None:
            lived = time.monotonic() - self._kin.born
            self._pause = 0.5 if lived > 30 else min(self._pause * 2, 30.0)  # noqa: PLR2004  # seconds
            log.warning("part.ended", part=self.name, log=str(self._log), again_in=self._pause)
            self._kin.kill()
            self._kin = None
            self._again = time.monotonic() + self._pause
        if self._kin is None and time.monotonic() >= self._again:
            self.start()

    def ask_to_end(self) -> None:
        """Ask it to end."""
        if self._kin is not None:
            self._kin.ask_to_end()

    def end(self) -> None:
        """End it, by force after a while."""
        if self._kin is not None:
            self._kin.end(grace=35)

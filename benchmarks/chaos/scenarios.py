"""What strikes: each trial, what is done in it to both sides, and how often."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from benchmarks.chaos.stage import Stage
from tests.support.proxy import Proxy
from tests.support.stand_ins import StandIns

Strike = Callable[[Stage], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One thing that goes wrong, again and again while texts fall due."""

    name: str
    what: str
    """As docs/faults.md says it."""

    strike: Strike | None = None
    every: float = 0.0
    """Seconds between two strikes; nothing: once, a third of the way."""

    lasts: float = 0.0
    """Seconds after which `mend` is called."""

    mend: Strike | None = None
    vendors: Callable[[StandIns], None] | None = None
    later: float = 0.0
    """Seconds ahead for which texts are planned."""

    times: int = 1
    """How often everything is rung or published."""


def _flush(stage: Stage) -> None:
    with stage.broker.client as client:
        client.flushall()  # pyright: ignore[reportUnknownMemberType]  # the client's own types


def _kill_broker(stage: Stage) -> None:
    stage.broker.kill()


def _start_broker(stage: Stage) -> None:
    stage.broker.start()


def _forget(wires: Proxy) -> None:
    wires.swallow()


def _kill_slots(stage: Stage) -> None:
    stage.kill_slots()


def _loses_answers(vendors: StandIns) -> None:
    vendors.fault("drop_reply", vendor="twilio", route="messages.create", rate=0.2)


def _fails_after(vendors: StandIns) -> None:
    vendors.fault(
        "status", vendor="twilio", route="messages.create", rate=0.2, status=500, after=True
    )


def _is_busy(vendors: StandIns) -> None:
    vendors.fault(
        "status", vendor="twilio", route="messages.create", rate=0.3, status=429, retry_after="1"
    )


def _anything(stage: Stage) -> None:
    strikes: list[Strike] = [_flush, _kill_slots, lambda one: one.to_database.reset()]
    stage.dice.choice(strikes)(stage)


TRIALS: Final = (
    Trial(name="nothing", what="nothing goes wrong"),
    Trial(name="flushed", what="Redis is emptied every two seconds", strike=_flush, every=2),
    Trial(
        name="broker killed",
        what="Redis is killed, away for three seconds, and comes back empty",
        strike=_kill_broker,
        lasts=3,
        mend=_start_broker,
    ),
    Trial(
        name="broker frozen",
        what="Redis is frozen for five seconds",
        strike=lambda stage: stage.broker.freeze(),
        lasts=5,
        mend=lambda stage: stage.broker.thaw(),
    ),
    Trial(
        name="broker forgotten",
        what="a firewall forgets every connection to Redis",
        strike=lambda stage: _forget(stage.to_broker),
    ),
    Trial(
        name="process killed",
        what="a worker's process is killed every second and a half",
        strike=_kill_slots,
        every=1.5,
    ),
    Trial(
        name="worker killed",
        what="a worker with all its processes is killed every five seconds",
        strike=lambda stage: stage.kill_trees(),
        every=5,
    ),
    Trial(
        name="deployed",
        what="a worker is ended with one second of grace every five seconds",
        strike=lambda stage: stage.kill_trees(grace=1),
        every=5,
    ),
    Trial(
        name="process stopped",
        what="a worker's process is stopped for fifteen seconds and goes on",
        strike=lambda stage: stage.stop_slots(),
        lasts=15,
        mend=lambda stage: stage.wake(),
    ),
    Trial(
        name="database killed",
        what="PostgreSQL is killed and started again",
        strike=lambda stage: stage.crash_database(),
    ),
    Trial(
        name="database cut off",
        what="the wires to PostgreSQL are cut for four seconds",
        strike=lambda stage: stage.to_database.refuse(),
        lasts=4,
        mend=lambda stage: stage.to_database.allow(),
    ),
    Trial(
        name="database forgotten",
        what="a firewall forgets every connection to PostgreSQL",
        strike=lambda stage: _forget(stage.to_database),
    ),
    Trial(
        name="answers lost",
        what="one answer of the vendor in five is lost after the text was taken",
        vendors=_loses_answers,
    ),
    Trial(
        name="errors after",
        what="the vendor answers 500 to one text in five that it took",
        vendors=_fails_after,
    ),
    Trial(name="busy", what="the vendor says 429 to three texts in ten", vendors=_is_busy),
    Trial(name="rung five times", what="everything is rung or published five times", times=5),
    Trial(
        name="planned",
        what="texts are planned twenty seconds ahead, beyond the visibility timeout of eight",
        later=20,
    ),
    Trial(
        name="anything",
        what="every second and a half one of these by chance: emptied, killed, cut",
        strike=_anything,
        every=1.5,
        vendors=_loses_answers,
    ),
)

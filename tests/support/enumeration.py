"""The proof by enumeration: every point of a task, every fault, and what is left afterwards.

A trial says how the work is done, how it is resolved, how time is made to pass, and what is
wrong in the end; it knows nothing of points. Work is done in a forked child; the world goes
on around it: others resolve, the stopped wake up late, and then the trial is judged.
"""

import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from domain.work import owners
from tests.support.points import NOWHERE, Fault, Points, Strike

PATIENCE = 40.0
ROUNDS = 8
ROUNDS_WHILE_ASLEEP = 4
ELSEWHERE = "0000-another-boot/pid:[1]"


class Trial(Protocol):
    """A task against a vendor and a database."""

    def after_fork(self) -> None:
        """Drop what came over the fork: connections are never shared."""

    def reset(self) -> None:
        """Begin from nothing: rows that are due, a vendor that knows of nothing."""

    def work(self) -> None:
        """Do the task, in a child."""

    def resolve(self) -> None:
        """Sweep as others do: find out, take up again."""

    def quiet(self, *, asleep: bool) -> None:
        """Wait until nothing of a child that ended, or sleeps, is on its way any more."""

    def hurry(self) -> None:
        """Let time pass: leases run out, patience is at its end."""

    def meddle(self) -> None:
        """Change the row under the feet of who works on it."""

    def is_through(self) -> bool:
        """Tell whether every row is at an end."""

    def judge(self, case: "Case", names: list[str]) -> list[str]:
        """Say what is wrong: lost, done twice, overwritten; `names` are the points hit."""


@dataclass(frozen=True)
class Case:
    """What strikes the worker, and what then strikes the one that resolves."""

    first: Strike = NOWHERE
    second: Strike | None = None
    after_rounds: int = 0
    """How often others have resolved undisturbed before the second is struck."""

    elsewhere: bool = False
    """The worker is on another host, of which nobody here can say whether it is dead."""

    def __str__(self) -> str:
        said = f"worker {self.first.fault.value} at {self.first.point}"
        if self.second is not None:
            said += f", after {self.after_rounds} rounds resolver {self.second.fault.value}"
            said += f" at {self.second.point}"
        return said + (" on another host" if self.elsewhere else "")


@dataclass
class Verdict:
    case: Case
    names: list[str] = field(default_factory=list)
    """The points at which the strikes fell."""

    passed: list[str] = field(default_factory=list)
    """The points that the last child came by, if it came to its end."""

    complaints: list[str] = field(default_factory=list)

    @property
    def is_hit(self) -> bool:
        strikes = (self.case.first, self.case.second or NOWHERE)
        return len(self.names) == sum(bool(strike.point) for strike in strikes)


class Child:
    """A forked process that does one thing, with a strike waiting for it."""

    def __init__(self, trial: Trial, thing: Callable[[], None], strike: Strike, host: str) -> None:
        self.said = ""
        self.lives_on = strike.fault is Fault.LOSE
        self._out, out = os.pipe()
        into, self._into = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._out)
            os.close(self._into)
            _live(trial, thing, strike, host, out)
            os.read(into, 1) if self.lives_on else None
            os._exit(0)
        os.close(out)
        os.close(into)

    def wait(self) -> str:
        """Wait until it is killed, stopped, or through with its thing; say which."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
            if pid:
                self._hear(0)
                return "stopped" if os.WIFSTOPPED(status) else self._buried()
            if self._hear(0.002) and self.lives_on and "done " in self.said:
                return "done"
        self.kill()
        return "hung"

    def wake(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self._buried()

    def let_go(self) -> None:
        """Let one that lives on end."""
        os.write(self._into, b".")
        os.waitpid(self.pid, 0)
        self._buried()

    @property
    def hits(self) -> list[str]:
        return [line[4:] for line in self.said.splitlines() if line.startswith("hit ")]

    @property
    def passed(self) -> list[str]:
        lines = [line[5:] for line in self.said.splitlines() if line.startswith("done ")]
        return lines[0].split("|") if lines and lines[0] else []

    @property
    def bugs(self) -> list[str]:
        return [line for line in self.said.splitlines() if line.startswith("bug ")]

    def _hear(self, seconds: float) -> bool:
        if not select.select([self._out], [], [], seconds)[0]:
            return False
        heard = os.read(self._out, 65536).decode()
        self.said += heard
        if not heard:
            time.sleep(seconds)
        return bool(heard)

    def _buried(self) -> str:
        while self._hear(0):
            pass
        os.close(self._out)
        os.close(self._into)
        return "ended"


def _live(trial: Trial, thing: Callable[[], None], strike: Strike, host: str, out: int) -> None:
    """Be the child: whatever it raises is what a task may raise, unless nothing struck it."""

    def tell(line: str) -> None:
        os.write(out, f"{line}\n".encode())

    try:
        if host:
            owners.this_host = lambda: host  # type: ignore[assignment]
        trial.after_fork()
        points = Points(strike, tell)
        points.install()
        try:
            thing()
        except Exception as error:  # noqa: BLE001  # what a task raises, its worker survives
            if strike.fault in {Fault.NONE, Fault.KILL}:
                tell(f"bug {error!r}")
        tell("done " + "|".join(points.names))
    except BaseException:  # noqa: BLE001  # nothing of the child may reach the runner's code
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


def run(trial: Trial, case: Case) -> Verdict:
    """Try one case from nothing to judgement."""
    trial.reset()
    host = ELSEWHERE if case.elsewhere else ""
    first = Child(trial, trial.work, case.first, host)
    verdict = Verdict(case)
    children, sleepers = [first], list[Child]()
    try:
        _strike(trial, first, case.first, sleepers, verdict)
        if case.second is not None:
            _rounds(trial, case.after_rounds)
            trial.hurry()
            children.append(Child(trial, trial.resolve, case.second, ""))
            _strike(trial, children[1], case.second, sleepers, verdict)
        if len(sleepers) > 1:
            _wake(trial, sleepers[0], sleepers, verdict)  # while the other holds its rows
        _rounds(trial, ROUNDS_WHILE_ASLEEP if sleepers else ROUNDS)
        if sleepers and sleepers[0].lives_on and not trial.is_through():
            verdict.complaints.append("not through while the worker that lost its answer lives")
        for sleeper in sleepers[:]:
            _wake(trial, sleeper, sleepers, verdict)
            _rounds(trial, ROUNDS)
        verdict.passed = children[-1].passed
        for child in children:
            verdict.names += child.hits
            verdict.complaints += child.bugs
    finally:
        for sleeper in sleepers:
            sleeper.kill()
    verdict.complaints += trial.judge(case, verdict.names)
    return verdict


def _strike(
    trial: Trial, child: Child, strike: Strike, sleepers: list[Child], verdict: Verdict
) -> None:
    """Wait until the strike has fallen and nothing of the child is on its way."""
    how = child.wait()
    if how == "hung":
        verdict.complaints.append("the worker hung")
    elif how == "done":
        sleepers.append(child)  # lives, and may not be counted on to die
    elif how == "stopped" and strike.fault is Fault.STOP_FENCED:
        child.kill()
    elif how == "stopped" and strike.fault is Fault.MEDDLE:
        trial.meddle()
        child.wake()
        if child.wait() == "hung":
            verdict.complaints.append("the worker hung after it was woken")
    elif how == "stopped":
        sleepers.append(child)
    trial.quiet(asleep=bool(sleepers))


def _rounds(trial: Trial, most: int) -> None:
    """Sweep until all is at an end, or it is plain that it will not be."""
    for _ in range(most):
        trial.hurry()
        trial.resolve()
        if trial.is_through():
            return


def _wake(trial: Trial, child: Child, sleepers: list[Child], verdict: Verdict) -> None:
    sleepers.remove(child)
    if child.lives_on:
        child.let_go()
    else:
        child.wake()
        if child.wait() == "hung":
            verdict.complaints.append("the worker hung after it was woken")
    trial.quiet(asleep=bool(sleepers))

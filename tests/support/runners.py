"""Processes that try cases side by side, each with a database and a vendor of its own."""

import logging
import os
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import psycopg
import pytest
import structlog

from config.home import Home
from tests.support.databases import drop_database, make_database
from tests.support.enumeration import Case, Trial, Verdict, run
from tests.support.ground import GUARDS, Ground, Place
from tests.support.parcels import TABLE
from tests.support.points import Fault, Strike
from tests.support.vendor import vendor

Making: TypeAlias = Callable[[Ground], Trial]
Mutation: TypeAlias = Callable[[pytest.MonkeyPatch], None]

FAULTS = (Fault.KILL, Fault.LOSE, Fault.STOP, Fault.STOP_FENCED)
ENOUGH = 12
"""Points of a task: fewer, and its steps were not seen."""

ALL_FAULTS = (Fault.KILL, Fault.LOSE, Fault.STOP, Fault.STOP_FENCED, Fault.STOP_DIES)
_here: list[Ground] = []


def _settle_in(places: Any) -> None:
    """Take a place; what is warm in the runner is warm in each child."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    place = places.get()
    _here.append(Ground(place, psycopg.connect(place.admin, autocommit=True)))


def _try(making: Making, cases: Sequence[Case], mutation: Mutation | None) -> list[Verdict]:
    with pytest.MonkeyPatch.context() as patch:
        if mutation is not None:
            mutation(patch)
        trial = making(_here[0])
        return [run(trial, case) for case in cases]


@dataclass(frozen=True)
class Runners:
    """A pool of runners, and how many they are."""

    pool: ProcessPoolExecutor
    width: int

    def try_all(
        self, making: Making, cases: Sequence[Case], mutation: Mutation | None = None
    ) -> list[Verdict]:
        """Try cases; those whose strike fell beside, because threads vary, once more."""
        verdicts = self._share(making, cases, mutation)
        missed = [verdict.case for verdict in verdicts if not verdict.is_hit]
        return verdicts + self._share(making, missed, mutation)

    def _share(
        self, making: Making, cases: Sequence[Case], mutation: Mutation | None
    ) -> list[Verdict]:
        """Share cases out in groups so small that all runners end at about the same time."""
        size = max(1, min(8, len(cases) // (2 * self.width)))
        groups = [cases[at : at + size] for at in range(0, len(cases), size)]
        futures: list[Future[list[Verdict]]] = [
            self.pool.submit(_try, making, group, mutation) for group in groups
        ]
        return [verdict for future in futures for verdict in future.result()]

    def count(self, making: Making) -> list[str]:
        """Return the points that an undisturbed worker comes by."""
        (verdict,) = self.try_all(making, [Case()])
        assert not verdict.complaints, verdict
        return verdict.passed

    def count_resolving(self, making: Making, first: Strike, after_rounds: int = 0) -> list[str]:
        """Return the points of resolving what the first strike left."""
        case = Case(first, Strike(), after_rounds=after_rounds)
        (verdict,) = self.try_all(making, [case])
        assert not verdict.complaints, verdict
        return verdict.passed

    def try_without(
        self, mutation: Mutation, making: Making, fault: Fault
    ) -> tuple[list[str], list[str]]:
        """Strike at the points around the call, sound and mutated; return both's complaints."""
        points = self.count(making)
        claimed = next(
            n for n, one in enumerate(points, 1) if one.startswith("after commit of UPD")
        )
        struck = strikes(len(points), (fault,))[claimed - 1 : claimed + 13]
        tried = [Case(s) for s in (struck[:1] if fault is Fault.MEDDLE else struck)]
        sound = complaints(self.try_all(making, tried))
        caught = complaints(self.try_all(making, tried, mutation))
        print(f"\n{mutation.__name__}: {len(tried)} cases, {len(caught)} complaints: {caught[:1]}")
        return sound, caught


Vending: TypeAlias = Callable[[Path], AbstractContextManager[str]]
"""Runs a vendor that keeps its things in a folder; tells where it is found."""


@contextmanager
def running_runners(
    servers: Home, template: str, width: int, *, vending: Vending = vendor, guards: str = ""
) -> Iterator[Runners]:
    """Run a pool; each runner has a database, with `guards` besides our own, and a vendor."""
    context = get_context("spawn")
    with ExitStack() as stack, tempfile.TemporaryDirectory(prefix="fd-") as folder:
        places = context.Queue()
        stack.callback(places.join_thread)
        stack.callback(places.close)
        for number in range(width):
            made = make_database(servers, f"enum_{uuid4().hex[:12]}", template)
            stack.callback(drop_database, made)
            with made.connect() as connection:
                connection.execute(TABLE)
                connection.execute(GUARDS + guards)
            at = Path(folder) / str(number)
            at.mkdir()
            path = "&options=-csearch_path%3Dfrontdesk,pg_catalog"
            admin = made.url("postgres").replace("+psycopg", "") + path
            path = stack.enter_context(vending(at))
            places.put(Place(made.url(), admin, path, str(servers.redis_socket)))
        pool = stack.enter_context(
            ProcessPoolExecutor(width, context, initializer=_settle_in, initargs=(places,))
        )
        yield Runners(pool, width)


def pool_of(width: int, *, vending: Vending = vendor, guards: str = "") -> Any:
    """Return a fixture for a module's `runners`."""

    @pytest.fixture(scope="module")
    def runners(servers: Home, template: str) -> Iterator[Runners]:
        with running_runners(servers, template, width, vending=vending, guards=guards) as made:
            yield made

    return runners


def strikes(points: int, faults: Sequence[Fault]) -> list[Strike]:
    """Return each fault at each point."""
    return [Strike(point, fault) for fault in faults for point in range(1, points + 1)]


def some(cases: Sequence[Case], *, of: int = 3) -> Sequence[Case]:
    """Return all cases; with SHORT=1, as the gate says, one in `of`, from where chance says.

    So each run of the gate strikes elsewhere, and `make test` at every point.
    """
    return cases[random.randrange(of) :: of] if os.environ.get("SHORT") else cases


def report(name: str, points: Sequence[str], verdicts: Sequence[Verdict]) -> str:
    """Say how many cases there were of each fault, and how many points they hit."""
    hit: dict[Fault, list[int]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.is_hit:
            strike = verdict.case.second or verdict.case.first
            hit[strike.fault].append(strike.point)
    lines = [f"{name}: {len(points)} points, {sum(map(len, hit.values()))} cases"]
    lines += [
        f"    {fault.value}: {len(at)} cases at {len(set(at))} points" for fault, at in hit.items()
    ]
    return "\n".join(lines)


def complaints(verdicts: Sequence[Verdict]) -> list[str]:
    return [
        f"{verdict.case} ({', then '.join(verdict.names)}): {complaint}"
        for verdict in verdicts
        for complaint in verdict.complaints
    ]


def assert_sound(
    name: str, points: Sequence[str], verdicts: Sequence[Verdict], *, misses: int = 0
) -> None:
    """Print what was tried; nothing may be wrong, and every point hit by every fault."""
    print("\n" + report(name, points, verdicts))  # the proof is these figures
    wrong = complaints(verdicts)
    assert not wrong, "\n".join(wrong)
    hit = {verdict.case for verdict in verdicts if verdict.is_hit}
    missed = {str(verdict.case) for verdict in verdicts if verdict.case not in hit}
    assert len(missed) <= misses, missed
    assert len(points) >= ENOUGH


def is_long() -> bool:
    return bool(os.environ.get("LONG"))

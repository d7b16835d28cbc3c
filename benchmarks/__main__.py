"""Measure, print the table, and write it down: `make bench`."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from statistics import median
from typing import Annotated, Final, TypeAlias

import typer

from benchmarks import cost, drain, hearing, page, quiet, raw, report
from benchmarks.ground import Ground, ground
from benchmarks.jobs import LATENCY, WIDTH, job, shop
from domain.work import batch
from domain.work.shop import Hands, Inline, Threads
from tests.support.parcels import Courier
from tests.support.vendor import vendor

MESSAGES: Final = 4000
ROWS: Final = 20_000
SLOW_ROWS: Final = 5000
SLOTS: Final = 2
"""Tasks at once, for all alike: one a core."""

Figures: TypeAlias = dict[str, list[float]]


def main(
    rounds: Annotated[int, typer.Option(help="Rounds, interleaved; medians count.")] = 3,
    *,
    write: Annotated[bool, typer.Option(help="Write docs/benchmarks.md.")] = True,
) -> None:
    """Measure everything, each round everything once."""
    seen: Figures = defaultdict(list)
    with ground() as servers, vendor(servers.home.path) as path:
        slow = Courier(path)
        slow.behave(delay=LATENCY)
        with (
            drain.worker(servers, drain.celery_worker("noop,one,naive,sweep,upkeep", slots=SLOTS)),
            drain.worker(servers, drain.DRAMATIQ),
        ):
            time.sleep(5)
            for number in range(rounds):
                print(f"round {number + 1} of {rounds}, without a vendor", flush=True)
                _without_a_vendor(servers, seen)
            for name, milliseconds in hearing.insert_to_start(servers, 200).items():
                seen[f"hear_{name}"].append(milliseconds)
            servers.postgres.execute("DELETE FROM parcels WHERE state = 'pending'")
        with drain.worker(
            servers, drain.celery_worker("one,naive,sweep", slots=SLOTS), vendor=path
        ):
            time.sleep(3)
            for number in range(rounds):
                print(f"round {number + 1} of {rounds}, through a vendor", flush=True)
                _through_a_vendor(servers, seen, path)
        slow.close()
    text = report.table({name: median(values) for name, values in seen.items()}, rounds)
    print(text)
    if write:
        page.write("core", text)


def _without_a_vendor(servers: Ground, seen: Figures) -> None:
    """Everything once, with a vendor that answers at once."""
    drain.fill(servers, "noop", range(MESSAGES))
    with _paid(servers, seen, "noop", MESSAGES):
        seen["noop"].append(drain.drain(servers, "noop"))
    seen["dramatiq"].append(drain.drain_dramatiq(servers, MESSAGES * 4))
    for task in ("one", "naive"):
        drain.fill(servers, task, servers.owe(MESSAGES // 2))
        with _paid(servers, seen, task, MESSAGES // 2):
            seen[task].append(drain.drain(servers, task))
            _settle_down(servers)
    for sweeps in (1, 2):
        servers.owe(ROWS)
        with _paid(servers, seen, f"sweep{sweeps}", ROWS):
            seen[f"sweep{sweeps}"].append(drain.sweep(servers, sweeps=sweeps))
    servers.owe(ROWS)
    seen["raw"].append(raw.work(servers))
    servers.owe(MESSAGES // 2)
    seen["raw_one"].append(raw.work(servers, size=1))
    variants: dict[str, Callable[[], Hands]] = {
        "direct": lambda: Threads(WIDTH),
        "direct16": lambda: Threads(16),
        "inline": Inline,
    }
    for name, hands in variants.items():
        servers.owe(ROWS)
        seen[name].append(_direct(servers, hands(), ROWS))
    for name, milliseconds in quiet.sweep(servers, 1000).items():
        seen[f"quiet_{name}"].append(milliseconds)
    ids = servers.owe(MESSAGES // 4)
    alone, parcels = shop(servers.database), job()
    began = time.perf_counter()
    for row_id in ids:
        batch.work_one(alone, parcels, row_id)
    seen["direct_one"].append(len(ids) / (time.perf_counter() - began))


@contextmanager
def _paid(servers: Ground, seen: Figures, name: str, count: int) -> Iterator[None]:
    """Note what a unit costs the processors, in milliseconds."""
    before = cost.spent(servers.home.path)
    yield
    seen[f"{name}_cpu"].append((cost.spent(servers.home.path) - before) / count * 1000)


def _direct(servers: Ground, hands: Hands, count: int, path: str = "") -> float:
    """Sweep in this process, without Celery; return units a second."""
    ours = replace(shop(servers.database, hands), budget=timedelta(minutes=5))
    began = time.perf_counter()
    batch.work(ours, job(path))
    rate = count / (time.perf_counter() - began)
    assert servers.is_done()
    return rate


def _through_a_vendor(servers: Ground, seen: Figures, path: str) -> None:
    """Sweeps and tasks, with a vendor that takes 50 ms."""
    for sweeps in (1, 2):
        servers.owe(SLOW_ROWS)
        seen[f"slow_sweep{sweeps}"].append(drain.sweep(servers, sweeps=sweeps))
    for width in (32, 128):
        servers.owe(SLOW_ROWS)
        seen[f"slow{width}"].append(_direct(servers, Threads(width), SLOW_ROWS, path))
    for task in ("one", "naive"):
        drain.fill(servers, task, servers.owe(300))
        seen[f"slow_{task}"].append(drain.drain(servers, task))
        _settle_down(servers)


def _settle_down(servers: Ground) -> None:
    """Wait until what was taken from the queue is written down."""
    end = time.monotonic() + 20
    while not servers.is_done():
        assert time.monotonic() < end, "not everything was sent"
        time.sleep(0.1)


if __name__ == "__main__":
    typer.run(main)

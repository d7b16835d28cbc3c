"""The figures as a table of ratios against what was aimed at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks import page
from benchmarks.ground import CLOSED
from benchmarks.jobs import LATENCY, WIDTH

FULL: Final = WIDTH / LATENCY

Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Aim:
    """A ratio, and what it is to be."""

    what: str
    ratio: Callable[[Figures], float]
    wanted: float
    is_least: bool = True

    def line(self, seen: Figures) -> str:
        """Return the line of the table."""
        found = self.ratio(seen)
        met = found >= self.wanted if self.is_least else found <= self.wanted
        sign = "at least" if self.is_least else "at most"
        return f"| {self.what} | {sign} {self.wanted:g} | {found:.2f} | {'yes' if met else 'no'} |"


AIMS: Final = (
    Aim("two sweeps : Celery's no-op, same worker", lambda f: f["sweep2"] / f["noop"], 10),
    Aim("two sweeps : Dramatiq's no-op", lambda f: f["sweep2"] / f["dramatiq"], 2),
    Aim(
        f"one sweep through a 50 ms vendor : {WIDTH} in flight / latency",
        lambda f: f["slow_sweep1"] / FULL,
        0.85,
    ),
    Aim("cost one by one : Celery's no-op", lambda f: f["noop"] / f["one"], 3, is_least=False),
    Aim(
        f"ms of a claim with nothing due among {CLOSED:,} closed rows, p99",
        lambda f: f["quiet_claim_p99"],
        1,
        is_least=False,
    ),
)

RATES: Final = (
    ("Celery, a task that does nothing", "noop"),
    ("Dramatiq, a task that does nothing", "dramatiq"),
    ("Celery, the unit naively: ORM, two commits, a task each", "naive"),
    ("Celery, our unit, a task each", "one"),
    ("our unit in one sweep", "sweep1"),
    ("our unit in two sweeps, one a process", "sweep2"),
    ("the same statements by psycopg, sets of 200, no Celery", "raw"),
    (f"our unit in one sweep without Celery, {WIDTH} hands", "direct"),
    ("the same, 16 hands", "direct16"),
    ("the same, the sweep's own hand only", "inline"),
    ("the same statements by psycopg, one by one, no Celery", "raw_one"),
    ("our unit one by one, without Celery", "direct_one"),
    (f"50 ms vendor, one sweep, {WIDTH} hands", "slow_sweep1"),
    (f"50 ms vendor, two sweeps, {WIDTH} hands each", "slow_sweep2"),
    ("50 ms vendor, 32 hands, without Celery", "slow32"),
    ("50 ms vendor, 128 hands, without Celery", "slow128"),
    ("50 ms vendor, our unit a task each, two slots", "slow_one"),
    ("50 ms vendor, naively a task each, two slots", "slow_naive"),
)

TIMES: Final = (
    ("`SELECT 1` in a transaction of ours", "quiet_bare"),
    ("claim with nothing due", "quiet_claim"),
    ("look for what was left open, nothing is", "quiet_resolve"),
    ("INSERT by a writer without Celery to the start of the task, through `listen`", "hear"),
)


def table(seen: Figures, rounds: int) -> str:
    """Return the page's measured part."""
    lines = [_where(rounds), "", "| ratio | aim | measured | met |", "|---|---|---|---|"]
    lines += [aim.line(seen) for aim in AIMS]
    lines += ["", "| units a second | rate | : no-op |", "|---|---|---|"]
    lines += [
        f"| {what} | {seen[name]:,.0f} | {seen[name] / seen['noop']:.2f} |" for what, name in RATES
    ]
    lines += ["", "| processor milliseconds a unit, PostgreSQL's with it | ms | : no-op |"]
    lines += ["|---|---|---|"]
    lines += [
        f"| {what} | {seen[f'{name}_cpu']:.3f} | {seen[f'{name}_cpu'] / seen['noop_cpu']:.2f} |"
        for what, name in RATES
        if f"{name}_cpu" in seen
    ]
    lines += ["", "| milliseconds | p50 | p99 |", "|---|---|---|"]
    lines += [
        f"| {what} | {seen[f'{name}_p50']:.2f} | {seen[f'{name}_p99']:.2f} |"
        for what, name in TIMES
    ]
    return "\n".join(lines) + "\n"


def _where(rounds: int) -> str:
    return (
        page.where("celery", "dramatiq", "SQLAlchemy", "psycopg")
        + f" Servers embedded and durable; medians of {rounds} interleaved rounds. Shared machines"
        " differ by 40 % from hour to hour: read the ratios."
    )

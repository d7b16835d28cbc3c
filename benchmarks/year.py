"""How well health scores foretell who leaves, on a synthetic year; written to docs/health.md.

python -m benchmarks.year

Two populations live through the same year, drawn from different seeds: what one of them teaches
is held against the other. The product itself scores and alerts them, once a day.
"""

import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sized
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Final

import psycopg
import typer

from benchmarks import page
from benchmarks.ground import empty_ground
from domain.database import Begin, connect, sessions
from domain.health import calibration, service
from domain.health.calibration import NONE, Count
from tests.support import year
from tests.support.year import UNSEEN, Life

PAGE: Final = Path(__file__).parents[1] / "docs" / "health.md"
BEGINS: Final = datetime(2025, 9, 1, 1, 27, tzinfo=UTC)
SEEDS: Final = {"train": 11, "test": 97}
DAY: Final = timedelta(days=1)

COMPARED: Final = """
SELECT h.user_id, h.score, h.outcome <> 'stayed', floor((h.factors -> 'points' -> 'login'
    ->> 'value')::numeric)::int
FROM customer_health_history h
WHERE extract(isodow FROM h.period_start AT TIME ZONE 'UTC') = 1 AND h.outcome IS NOT NULL
  AND h.score IS NOT NULL AND (h.outcome = 'stayed' OR h.outcome_at > h.period_start)
  AND h.period_start <= %s - interval '60 days'
"""
FLAPS: Final = """
SELECT a.user_id, count(*) FROM churn_alerts a JOIN churn_alerts b
  ON b.user_id = a.user_id AND b.reason = a.reason AND b.created_at > a.resolved_at
  AND b.created_at <= a.resolved_at + interval '30 days' GROUP BY a.user_id
"""
OPEN_TWICE: Final = """
SELECT count(*) FROM churn_alerts a JOIN churn_alerts b ON b.user_id = a.user_id
  AND b.reason = a.reason AND b.id <> a.id AND b.created_at >= a.created_at
  AND b.created_at < coalesce(a.resolved_at, 'infinity')
"""


def main(
    tenants: Annotated[int, typer.Option(help="Accounts in each of the two populations.")] = 2000,
    days: Annotated[int, typer.Option(help="Days that are scored.")] = 365,
    *,
    write: Annotated[bool, typer.Option(help="Write docs/health.md.")] = True,
) -> None:
    """Live through the year, then say how well it was foretold."""
    people = {name: year.lives(tenants, days, seed) for name, seed in SEEDS.items()}
    everybody = [one for some in people.values() for one in some]
    began = time.perf_counter()
    with empty_ground() as database, database.connect() as postgres:
        engine = connect(database.url(), name="bench")
        live(postgres, sessions(engine), everybody, days)
        text = "\n".join(_report(postgres, people, days))
        engine.dispose()
    text += f"\n{page.where()} The year took {time.perf_counter() - began:.0f} s.\n"
    print(text)
    if write:
        PAGE.write_text(text, encoding="utf-8")


def live(postgres: psycopg.Connection[Any], begin: Begin, people: list[Life], days: int) -> None:
    """Live through the days: what befalls accounts, then scores and alerts, once a day."""
    changes = list(year.write(postgres, people, BEGINS, days, seed=5))
    for day in range(days):
        at = BEGINS + day * DAY
        while changes and changes[0][0] <= day:
            year.happen(postgres, changes.pop(0), at - DAY / 4)
        postgres.execute(year.USED, {"at": at})
        service.score_all(begin, at=at)
        service.follow(begin, at=at)
        if day % 10 == 0:
            postgres.execute("VACUUM ANALYZE customer_health_history, customer_health_scores")
            print(f"day {day} of {days}", flush=True)


def _report(
    postgres: psycopg.Connection[Any], people: dict[str, list[Life]], days: int
) -> Iterator[str]:
    ends = BEGINS + days * DAY
    of = {one.user: name for name, some in people.items() for one in some}
    causes = {one.user: one.cause for some in people.values() for one in some}
    rows = postgres.execute(COMPARED, (ends,)).fetchall()
    train = [row for row in rows if of[row[0]] == "train"]
    test = [row for row in rows if of[row[0]] == "test"]
    shown = [row for row in test if causes[row[0]] not in UNSEEN]
    shuffled = [row[1] for row in test]
    random.Random(1).shuffle(shuffled)  # noqa: S311  # a figure's control, no secret
    taught, tested = calibration.bands(_tally(train, 1)), _tally(test, 1)
    left = [one for one in people["test"] if one.cause and one.ends < days]
    hidden = [one for one in left if one.cause in UNSEEN]
    yield from HEAD
    yield f"Accounts: {len(people['train'])} to learn from, {len(people['test'])} to be judged by;"
    yield f"{days} days, seeds {SEEDS['train']} and {SEEDS['test']}."
    yield f"Of the latter {len(left)} left, {len(hidden)} of them ({_of(hidden, left):.0%})"
    yield "for causes that show in no factor."
    yield "An account counts once a week; what counts is whether it left within 60 days.\n"
    yield "| figure, on accounts that nothing was learnt from | value |"
    yield "|---|---|"
    yield f"| scores compared; of them left | {len(test):,}; {sum(row[2] for row in test):,} |"
    yield f"| **AUC of the score** | **{_auc(test, 1):.3f}** |"
    yield f"| AUC of days since the last log-in | {_auc(test, 3, more_is_worse=True):.3f} |"
    swapped = [(row[0], score, row[2], row[3]) for row, score in zip(test, shuffled, strict=True)]
    yield f"| AUC of the score, shuffled | {_auc(swapped, 1):.3f} |"
    yield f"| AUC of the score, without those who left for causes unseen | {_auc(shown, 1):.3f} |"
    yield f"| calibration error (at most 0.05) | {calibration.error(taught, tested) or 0:.4f} |"
    yield from _of_alerts(postgres, people["test"], left, days)
    yield from _bands(taught, tested)


HEAD: Final = (
    "# How well the score foretells who leaves",
    "",
    "Written by `make health-report`. **The year is synthetic**: accounts are drawn at random,",
    "with causes to leave that were chosen before anything could be seen of them",
    "(tests/support/year.py). It shows that the machinery adds up, does not flap and is honest",
    "about itself; how well it foretells *your* tenants is what `frontdesk health report` prints,",
    "from what became of them.",
    "",
)


def _of(some: Sized, all_of_them: Sized) -> float:
    return len(some) / max(len(all_of_them), 1)


def _tally(rows: list[Any], column: int) -> dict[int, Count]:
    found: dict[int, Count] = defaultdict(lambda: NONE)
    for row in rows:
        found[row[column] or 0] += Count(1, int(row[2]))
    return found


def _auc(rows: list[Any], column: int, *, more_is_worse: bool = False) -> float:
    return calibration.auc(_tally(rows, column), more_is_worse=more_is_worse) or 0.5


def _of_alerts(
    postgres: psycopg.Connection[Any], people: list[Life], left: list[Life], days: int
) -> Iterator[str]:
    judged = {one.user for one in people}
    flaps = sum(n for user, n in postgres.execute(FLAPS) if user in judged)
    twice = (postgres.execute(OPEN_TWICE).fetchone() or (0,))[0]
    count = (postgres.execute("SELECT count(*) FROM churn_alerts").fetchone() or (0,))[0]
    months = len(people) * days / 30
    yield f"| alerts raised, both populations | {count:,} |"
    yield f"| alerts open twice for one account and cause | {twice} |"
    yield f"| raised again within 30 days, of account-months (at most 1 %) | {flaps / months:.2%} |"
    grave = defaultdict(list[datetime])
    for user, at in postgres.execute(
        "SELECT user_id, created_at FROM churn_alerts WHERE reason <> 'near_limit'"
    ):
        grave[user].append(at)
    ahead: list[float] = []
    for one in left:
        ends = BEGINS + one.ends * DAY
        early = [
            (ends - at) / DAY for at in grave[one.user] if timedelta(1) <= ends - at <= 60 * DAY
        ]
        ahead += [max(early)] if early else []
    yield f"| of those who left, warned of at least a day ahead | {_of(ahead, left):.0%} |"
    yield f"| ... how many days ahead, median | {median(ahead or [0]):.0f} |"
    gone = {one.user for one in left}
    warned = {one.user for one in people if grave[one.user]}
    yield f"| of accounts warned of, left in the year | {_of(warned & gone, warned):.0%} |"


def _bands(taught: list[calibration.Band], tested: dict[int, Count]) -> Iterator[str]:
    yield "\n## Reliability\n"
    yield "| score | learnt: left within 60 days | judged: left | accounts and weeks |"
    yield "|---|---|---|---|"
    for band in taught:
        count = sum((tested[at] for at in tested if band.low <= at <= band.high), NONE)
        if count.all:
            share = count.left / count.all
            yield f"| {band.low} to {band.high} | {band.share:.1%} | {share:.1%} | {count.all:,} |"
    yield ""


if __name__ == "__main__":
    typer.run(main)

"""Who waits for whom: a tenant that floods beside quiet ones, a vendor that takes a minute."""

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from statistics import quantiles
from typing import Any, Final
from uuid import UUID

from benchmarks.chaos import control
from benchmarks.chaos.needs import a_database
from benchmarks.chaos.stage import Stage, stage
from benchmarks.chaos.town import OWE, TENANT
from benchmarks.chaos.verdict import Side, Verdict
from benchmarks.chaos.wanted import Trial
from tests.support import rows_judge

QUIET: Final = 20
FLOOD: Final = 600
"""Texts on the control's side; on ours so many more that claiming them alone takes its time."""

OURS: Final = 10_000
MANY: Final = """
INSERT INTO messages (user_id, to_number, body, rule, identity, due_at, answers_at, segments)
SELECT %s, '+1646' || (5550000 + n), 'Your visit is confirmed.', 'confirmation', 'flood ' || n,
       clock_timestamp(), clock_timestamp(), 1 FROM generate_series(1, %s) n
"""
OWE_LETTER: Final = """
INSERT INTO messages (user_id, channel, to_email, subject, body, rule, identity, due_at, answers_at)
VALUES (%s, 'email', %s, 'Your visit', 'It is confirmed.', 'confirmation', %s, clock_timestamp(),
  clock_timestamp())
"""


def flooded(trial: Trial, seed: int) -> Verdict:
    """Let one tenant owe thousands of texts at once, and twenty others one each after it."""
    with a_database() as database, stage(database, trial, seed) as made:
        made.warm_up()
        others = [made.place.scalar(TENANT, 60) for _ in range(QUIET)]
        alone = _quiet(made, others, 6_000)
        _wait_for(made, alone, trial.patience)
        flood = [f"{n:04}" for n in range(FLOOD)]
        made.publish([f"+1415556{number}" for number in flood])
        made.place.connection.execute(MANY.encode(), [made.town.user, OURS])
        time.sleep(1)
        beside = _quiet(made, others, 7_000)
        _wait_for(made, beside, trial.patience)
        taken = _taken(made)
        before, after = _waits(taken, alone), _waits(taken, beside)
        theirs = _waits(taken, {f"+1415{to[5:]}": at for to, at in beside.items()})
        misled = rows_judge.misled(made.place.connection)
        return Verdict(
            name=trial.name,
            seed=seed,
            strikes=1,
            ours=Side(
                owed=QUIET,
                lost=QUIET - len(after),
                doubled=_doubled(made),
                seconds=_most(after),
            ),
            control=Side(owed=QUIET, lost=QUIET - len(theirs), doubled=0, seconds=_most(theirs)),
            faults={name: rows for name, rows in misled.items() if rows},
            note=(
                f"a quiet one's text: p50 {_p50(after):.2f} s beside the flood,"
                f" {_p50(before):.2f} s without; Celery {_p50(theirs):.1f} s"
            ),
        )


def slow(trial: Trial, seed: int) -> Verdict:
    """Let the carrier take a minute for each text, and see how letters fare meanwhile."""
    with a_database() as database, stage(database, trial, seed) as made:
        made.warm_up()
        before = _letters(made, "before", trial.patience)
        made.place.vendors.fault("delay", vendor="twilio", route="messages.create", seconds=60)
        made.town.owe([f"+1212557{n:04}" for n in range(QUIET)])
        time.sleep(1)
        meanwhile = _letters(made, "meanwhile", trial.patience)
        lost = 2 * QUIET - len(before) - len(meanwhile)
        return Verdict(
            name=trial.name,
            seed=seed,
            strikes=1,
            ours=Side(owed=2 * QUIET, lost=lost, doubled=0, seconds=_most(meanwhile)),
            note=(
                f"a letter, owed to taken: p50 {_p50(meanwhile):.2f} s, at most"
                f" {_most(meanwhile):.1f} s; before {_p50(before):.2f} s, at most"
                f" {_most(before):.1f} s"
            ),
        )


def _quiet(made: Stage, others: Iterable[UUID], first: int) -> dict[str, datetime]:
    """Have each of the quiet owe a text, a tenth of a second apart, on both sides."""
    owed: dict[str, datetime] = {}
    for number, user in enumerate(others, first):
        to = f"+1212557{number:04}"
        given = {"user": user, "rule": "confirmation", "later": "0 s", "numbers": [to]}
        made.place.connection.execute(OWE.encode(), given)
        made.publish([f"+1415{to[5:]}"])
        owed[to] = datetime.now(UTC)
        time.sleep(0.1)
    return owed


def _letters(made: Stage, name: str, patience: float) -> list[float]:
    """Owe letters, and return how long each was on its way to its vendor."""
    owed: dict[str, datetime] = {}
    for number in range(QUIET):
        to = f"{name}{number}@example.com"
        made.place.connection.execute(OWE_LETTER.encode(), (made.town.user, to, f"chaos {to}"))
        owed[to] = datetime.now(UTC)
        time.sleep(0.1)
    end, taken = time.time() + patience, dict[str, datetime]()
    while time.time() < end and not owed.keys() <= taken.keys():
        time.sleep(0.2)
        taken = {
            to: datetime.fromisoformat(line["at"])
            for line in made.place.effects("resend")
            for to in ([line["to"]] if isinstance(line["to"], str) else line["to"])
        }
    return [(taken[to] - at).total_seconds() for to, at in owed.items() if to in taken]


def _taken(made: Stage) -> dict[str, datetime]:
    return {line["to"]: datetime.fromisoformat(line["at"]) for line in made.place.effects("twilio")}


def _doubled(made: Stage) -> int:
    ours = [line["to"] for line in made.place.effects("twilio") if line["account"] != control.SID]
    return len(ours) - len(set(ours))


def _wait_for(made: Stage, owed: Mapping[str, Any], patience: float) -> None:
    """Wait for ours, and as long for theirs as is fair."""
    end = time.time() + patience
    while time.time() < end and not owed.keys() <= _taken(made).keys():
        time.sleep(0.2)
    theirs, end = {f"+1415{to[5:]}" for to in owed}, time.time() + patience
    while time.time() < end and not theirs <= _taken(made).keys():
        time.sleep(0.5)


def _waits(taken: Mapping[str, datetime], owed: Mapping[str, datetime]) -> list[float]:
    return [(taken[to] - at).total_seconds() for to, at in owed.items() if to in taken]


def _p50(waits: list[float]) -> float:
    return quantiles(waits, n=2)[0] if len(waits) > 1 else sum(waits)


def _most(waits: list[float]) -> float:
    return max(waits, default=0.0)

"""Score all tenants or one, follow what that gives cause for, and learn from what happened."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from domain.database import SYSTEM, Begin
from domain.health import alerts, outcomes, store

AT_ONCE: Final = 25_000
"""Tenants in one statement: a few seconds, far below its timeout also where the machine is busy.
One statement for a hundred thousand takes as long as four (docs/benchmarks.md)."""

FEW: Final = 2000
"""So few are not worth a second hand."""

HANDS: Final = 2
"""Statements at a time: each keeps one core of the database busy, most of it with JSON."""

log = structlog.get_logger("health")


def score(begin: Begin, *, at: datetime | None = None, at_once: int = AT_ONCE) -> int:
    """Score every tenant, follow what that gives cause for, and learn from what happened.

    It may run twice, at once, and begin anew: a period is written down once, and a score never
    gives way to an older one.
    """
    with begin(SYSTEM) as session:
        at = at or store.now(session)
    scored = score_all(begin, at=at, at_once=at_once)
    found = follow(begin, at=at)
    learn(begin, at=at)
    log.info("health.scored", tenants=scored, **found)
    return scored


def score_all(begin: Begin, *, at: datetime, at_once: int = AT_ONCE) -> int:
    """Score every tenant: one statement for each part of them, two at a time."""
    with begin(SYSTEM) as session:
        parts = store.parts(session, at=at, most=at_once, least=min(FEW, at_once), hands=HANDS)

    def score(part: tuple[UUID, UUID]) -> int:
        with begin(SYSTEM) as session:
            return store.score(session, at=at, after=part[0], last=part[1])

    if len(parts) == 1:
        return score(parts[0])
    with ThreadPoolExecutor(HANDS, thread_name_prefix="scoring") as hands:
        return sum(hands.map(score, parts))


def follow(begin: Begin, *, at: datetime) -> dict[str, int]:
    """Write down what became of old scores, and bring alerts in line with the new ones."""
    with begin(SYSTEM) as session:
        outcomes.settle(session, at=at)
    with begin(SYSTEM) as session:
        found = alerts.follow(session, at=at)
        alerts.tell(session, at=at)
    return found


def learn(begin: Begin, *, at: datetime) -> None:
    """Keep how often scores were right, as it is known today."""
    with begin(SYSTEM) as session:
        outcomes.keep(session, outcomes.learn(session, at=at), at=at)


def score_one(begin: Begin, user_id: UUID, *, at: datetime | None = None) -> bool:
    """Score one tenant now; tell whether there is one to score."""
    with begin(SYSTEM) as session:
        at = at or store.now(session)
        if not store.score_one(session, user_id, at=at):
            return False
        alerts.follow(session, at=at, user_id=user_id)
        alerts.tell(session, at=at)
    return True

"""From claimed rows to settled ones: looked at once more, handed out, gathered, written down.

One thread holds the database's end and many hands the vendor's. Rows are looked at in groups
right before they are handed out, and written in groups when they come back, so that the
vendor, not the database, is what a sweep waits for.
"""

import random
import time
from collections import deque
from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from domain.database import SYSTEM
from domain.work import claims, settling
from domain.work.attempts import Attempt, Outcome, call, ending_of, not_begun
from domain.work.claims import Lease
from domain.work.kinds import Kind
from domain.work.shop import Shop

log = structlog.get_logger("work")

LINGER: Final = 0.005
"""Seconds to wait for more answers before a group is written."""

LARGEST_GROUP: Final = 200
READY: Final = 1.25
"""Rows handed out for each hand: a hand that is free finds one that was just looked at."""

AHEAD: Final = 0.02
"""Seconds of work handed out at the pace of late: quick work is looked at in large groups."""

Thing = TypeVar("Thing", Attempt, Outcome)


class Flow:
    """The rows of one sweep that are in our hands."""

    def __init__(self, shop: Shop, kind: Kind[Any]) -> None:
        """Work rows of `kind` with the shop's hands."""
        self._shop = shop
        self._kind = kind
        self._waiting: deque[Attempt] = deque()
        self._answers: SimpleQueue[Outcome] = SimpleQueue()
        self._in_hand = 0
        self._pace = 0.0
        self._open: dict[UUID, int] = {}
        self.settled = 0

    @property
    def held(self) -> int:
        """How many rows are claimed and not yet written down."""
        return len(self._waiting) + self._in_hand

    def take(self, attempts: Sequence[Attempt]) -> None:
        """Take on claimed rows whose intent is written."""
        self._waiting.extend(attempts)
        for lease, group in _by_lease(attempts):
            self._open[lease.token] = self._open.get(lease.token, 0) + len(group)
            if any(attempt.is_keyless for attempt in group):
                left = max(0.0, lease.given_back - time.monotonic())
                self._shop.pulse.holds(lease.token, left)

    def turn(self, *, most: float | None = None) -> None:
        """Hand out what can be, and write down what has come back.

        It waits for an answer for `most` seconds, or as long as one takes.
        """
        began = time.monotonic()
        self._hand_out()
        if self._in_hand:
            answers = self._gather(most)
            self._pace = len(answers) / (time.monotonic() - began)
            for lease, group in _by_lease(answers):
                self._write(lease, group)

    def finish(self) -> None:
        """Turn until nothing is held."""
        while self.held:
            self.turn()

    def _hand_out(self) -> None:
        """Look at the next rows once more, and give those that still stand to the hands."""
        many = max(self._shop.hands.width * READY, min(self._pace * AHEAD, LARGEST_GROUP))
        room = min(int(many) - self._in_hand, len(self._waiting))
        group = [self._waiting.popleft() for _ in range(room)]
        for lease, attempts in _by_lease(group):
            looked_at = time.monotonic()
            standing = self._look(lease, attempts)
            for attempt in attempts:
                self._in_hand += 1
                void = standing.get(attempt.id)
                if attempt.id not in standing:
                    self._answers.put(not_begun(attempt, "no longer ours"))
                elif void is not None:
                    self._answers.put(not_begun(attempt, void, is_void=True))
                else:
                    self._submit(attempt, looked_at)

    def _submit(self, attempt: Attempt, looked_at: float) -> None:
        limit = self._kind.hard_limit
        self._shop.hands.submit(lambda: self._answers.put(call(attempt, limit, looked_at)))

    def _look(self, lease: Lease, attempts: Sequence[Attempt]) -> dict[UUID, str | None]:
        """Ask by token whether they are still ours, and still to be done. No look, no call."""
        try:
            with self._shop.begin(SYSTEM) as session:
                ids = [attempt.id for attempt in attempts]
                return claims.reread(session, self._kind, lease, ids)
        except DBAPIError as error:
            log.warning("work.no_look", error=type(error).__name__)
            return {}

    def _gather(self, most: float | None) -> list[Outcome]:
        """Wait for an answer, and a moment more for others, so that they are written together."""
        try:
            answers = [self._answers.get(timeout=most)]
        except Empty:
            return []  # the caller has other rows to look for meanwhile
        until = time.monotonic() + LINGER
        while len(answers) < min(LARGEST_GROUP, self._in_hand):
            try:
                answers.append(self._answers.get(timeout=max(0.0, until - time.monotonic())))
            except Empty:
                break
        self._in_hand -= len(answers)
        return answers

    def _write(self, lease: Lease, group: Sequence[Outcome]) -> None:
        """Write down what came of some rows of a lease; who has none left tells the supervisor."""
        endings = [ending_of(self._kind, one, chance=random.random()) for one in group]  # noqa: S311  # spread, not secrecy

        def write(session: Session) -> None:
            settling.write(session, self._kind, lease, endings)
            settling.write_words(session, self._kind, lease, group)

        settling.patiently(self._shop.begin, lease, write)
        self.settled += len(group)
        self._open[lease.token] -= len(group)
        if not self._open[lease.token]:
            del self._open[lease.token]
            self._shop.pulse.frees(lease.token)


def _by_lease(things: Sequence[Thing]) -> Iterator[tuple[Lease, list[Thing]]]:
    """Put things of one lease together: each is written under its own token."""
    groups: dict[Lease, list[Thing]] = {}
    for thing in things:
        lease = thing.lease if isinstance(thing, Attempt) else thing.attempt.lease
        groups.setdefault(lease, []).append(thing)
    yield from groups.items()

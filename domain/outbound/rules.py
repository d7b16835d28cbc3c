"""How many may be dialled, who is next, and what follows from how a call ended. Pure."""

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar, cast
from uuid import UUID

from domain.tables.outbound import AttemptState, QueueStatus

LIVE: Final = frozenset({AttemptState.DIALING, AttemptState.LIVE, AttemptState.UNKNOWN})
ENDED: Final = frozenset(AttemptState) - LIVE
"""Only a word of the vendor's takes an attempt from the first to the second."""

FRESH: Final = timedelta(seconds=60)
"""How long the vendor's own count of calls that are not ours is believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """What an account's row says, and how many attempts are live on it."""

    concurrency_limit: int
    learned_limit: int | None
    reserved_inbound: int
    others: int
    """Calls that the vendor counts and we did not begin."""

    live: int
    is_probing: bool = False
    """It was down: one call shows whether it is up again."""


def free(slots: Slots) -> int:
    """Return how many calls may be begun. What rings in takes its reserve before it takes more."""
    limit = slots.concurrency_limit
    if slots.learned_limit is not None:
        limit = min(limit, slots.learned_limit)
    left = max(0, limit - slots.live - max(slots.reserved_inbound, slots.others))
    return min(left, max(0, 1 - slots.live)) if slots.is_probing else left


@dataclass(frozen=True, slots=True)
class Pace:
    """When the next one may begin at so many a second: one moment says it all."""

    until: datetime | None
    per_second: float

    @property
    def interval(self) -> timedelta:
        """How far two of them lie apart."""
        return timedelta(seconds=1 / self.per_second)

    @property
    def burst(self) -> int:
        """How many may begin at once: a tenth of a second's, so that a vendor hardly sees it."""
        return max(1, math.floor(self.per_second / 10))

    def allows(self, now: datetime) -> int:
        """Return how many may begin now."""
        ahead = max(timedelta(), (self.until or now) - now)
        return max(0, math.floor(self.burst - ahead / self.interval + 1e-9))

    def after(self, now: datetime, many: int) -> datetime:
        """Return the moment to remember when `many` have begun."""
        return max(self.until or now, now) + self.interval * many

    def next(self, now: datetime) -> timedelta:
        """Return how long to wait until one may begin."""
        ahead = max(timedelta(), (self.until or now) - now)
        return max(timedelta(), ahead - self.interval * (self.burst - 1))


@dataclass(frozen=True, slots=True)
class Turn:
    """A tenant in line."""

    user_id: UUID
    virtual_time: float
    weight: float
    most: int
    """How many it may have now, by its own limits."""


def shares(turns: Iterable[Turn], many: int) -> dict[UUID, int]:
    """Return how many of `many` each would get if all had enough: who has had least is next."""
    line = [(turn.virtual_time, n, turn) for n, turn in enumerate(turns) if turn.most > 0]
    heapq.heapify(line)
    got: dict[UUID, int] = {}
    while line and many > 0:
        at, n, turn = heapq.heappop(line)
        got[turn.user_id] = got.get(turn.user_id, 0) + 1
        many -= 1
        if got[turn.user_id] < turn.most:
            heapq.heappush(line, (at + 1 / turn.weight, n, turn))
    return got


Thing = TypeVar("Thing")


class Line(Generic[Thing]):
    """Tenants in line, each with its calls in order; hands out the next call of all."""

    def __init__(self, turns: Sequence[Turn], calls: Mapping[UUID, Sequence[Thing]]) -> None:
        """Put those in line that have something to dial."""
        self._left = {key: list(reversed(mine)) for key, mine in calls.items()}
        self._turns = {turn.user_id: turn for turn in turns}
        self.times = {turn.user_id: turn.virtual_time for turn in turns}
        self.got: dict[UUID, int] = {}
        self._heap = [
            (turn.virtual_time, n, turn.user_id)
            for n, turn in enumerate(turns)
            if turn.most > 0 and self._left.get(turn.user_id)
        ]
        heapq.heapify(self._heap)

    def next(self) -> tuple[UUID, Thing] | None:
        """Return whose turn it is, and its first call; None when nobody has one."""
        while self._heap:
            _, _, user_id = self._heap[0]
            if self._left[user_id]:
                return user_id, self._left[user_id].pop()
            heapq.heappop(self._heap)
        return None

    def charge(self) -> None:
        """Count the call that was handed out: it is dialled, and the tenant goes behind others."""
        _, n, user_id = heapq.heappop(self._heap)
        turn = self._turns[user_id]
        self.times[user_id] += 1 / turn.weight
        self.got[user_id] = self.got.get(user_id, 0) + 1
        if self.got[user_id] < turn.most:
            heapq.heappush(self._heap, (self.times[user_id], n, user_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is known of a call when one attempt at it has ended."""

    retries: int
    """Dials that were made for it before this one."""

    today: int
    """Dials within a day, this one too."""

    most_attempts: int = 3
    most_attempts_a_day: int = 3
    overrides: Mapping[str, Any]
    """A campaign's own words: {"busy": {"after": 600, "most": 3}}."""

    expires_in: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What becomes of a call that is wanted."""

    status: QueueStatus
    why: str | None = None
    due_in: timedelta | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """How an outcome is tried again: after how long, and how often in all."""

    after: timedelta
    most: int
    grows: bool = False


RETRIES: Final[Mapping[AttemptState, Retry]] = {
    AttemptState.BUSY: Retry(timedelta(minutes=10), 100),
    AttemptState.NO_ANSWER: Retry(timedelta(hours=2), 100),
    AttemptState.VOICEMAIL: Retry(timedelta(hours=4), 1),
    AttemptState.FAILED: Retry(timedelta(minutes=1), 100, grows=True),
    AttemptState.CANCELED: Retry(timedelta(), 0),
}
"""All others are the last word: they spoke, or they never can."""

DAY: Final = timedelta(days=1)
LONGEST: Final = timedelta(hours=6)


def after_ending(outcome: AttemptState, call: Wanted) -> Next:
    """Say whether it is dialled again, and when. What has been tried often enough, has failed."""
    if outcome is AttemptState.COMPLETED:
        return Next(status=QueueStatus.COMPLETED, outcome=outcome.value)
    if outcome is AttemptState.CANCELED:
        return Next(status=QueueStatus.CANCELED, outcome=outcome.value)
    retry = _retry_of(outcome, call.overrides)
    # Whoever was reached by a machine was reached: no failure, whether it is tried again or not.
    spent = QueueStatus.COMPLETED if outcome is AttemptState.VOICEMAIL else QueueStatus.FAILED
    if retry is None or call.retries >= min(retry.most, call.most_attempts - 1):
        why = None if retry is None else f"tried {call.retries + 1} times, the last: {outcome}"
        return Next(status=spent, outcome=outcome.value, why=why)
    wait = retry.after * (2**call.retries if retry.grows else 1)
    wait = min(wait, max(LONGEST, retry.after))
    if call.today >= call.most_attempts_a_day:
        wait = max(wait, DAY)
    if call.expires_in is not None and wait >= call.expires_in:
        why = f"it would be tried again after it has expired; the last: {outcome}"
        return Next(status=spent, outcome="expired", why=why)
    return Next(status=QueueStatus.QUEUED, due_in=wait, why=f"{outcome}, tried again")


def _retry_of(outcome: AttemptState, overrides: Mapping[str, Any]) -> Retry | None:
    """Return how it is tried again; a campaign's words that make no sense are not followed."""
    known = RETRIES.get(outcome)
    said: Any = overrides.get(outcome.value)
    if known is None or not isinstance(said, Mapping):
        return known
    words = cast("Mapping[str, Any]", said)
    after, most = _count(words.get("after")), _count(words.get("most"))
    return Retry(
        known.after if after is None else timedelta(seconds=after),
        known.most if most is None else int(most),
        grows=known.grows,
    )


def _count(value: Any) -> float | None:  # noqa: ANN401  # whatever stands in a JSON
    is_count = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    return float(value) if is_count else None


SHRINKS: Final = 0.75


def lowered(slots: Slots) -> int:
    """Return what to keep to after a vendor said that it is full: less than it refused."""
    now = min(slots.concurrency_limit, slots.learned_limit or slots.concurrency_limit, slots.live)
    return max(1, math.floor(now * SHRINKS))


DEGRADED: Final = 2
DOWN: Final = 4
FIRST_REST: Final = timedelta(seconds=10)
LONGEST_REST: Final = timedelta(minutes=5)


def rest(failures: int) -> timedelta | None:
    """Return how long an account is left alone after so many failures in a row."""
    if failures < DOWN:
        return None
    return min(FIRST_REST * 2 ** min(failures - DOWN, 10), LONGEST_REST)

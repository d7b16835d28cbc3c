"""A vendor of calls in this process: it counts for itself how many are live, and remembers."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from domain.errors import OutcomeUnknown
from domain.outbound.ports import Account, Dial, Floor, Lines, OverCapacity, Progress
from domain.tables.outbound import AttemptState


@dataclass
class FakeLines:
    """Takes calls up to its limit; they end when they are told to."""

    vendor: str = "vapi"
    limit: int = 10_000
    faults: list[Exception] = field(default_factory=list[Exception])
    """What is answered to the next calls instead."""

    lose: int = 0
    """To how many of the next calls the answer is lost, though they are placed."""

    listed_since: list[datetime] = field(default_factory=list[datetime])
    calls: dict[str, Progress] = field(default_factory=dict[str, Progress])
    dials: list[Dial] = field(default_factory=list[Dial])
    hidden: set[str] = field(default_factory=set[str])
    """Calls that the list does not show, though they are live."""

    forgotten: set[str] = field(default_factory=set[str])
    meanwhile: list[Callable[[], object]] = field(default_factory=list[Callable[[], object]])
    """What happens while the list is made."""

    peak: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    @property
    def live_ids(self) -> list[str]:
        return [call_id for call_id, call in self.calls.items() if call.is_live]

    @property
    def times(self) -> Counter[str | None]:
        """How often each key was dialled."""
        return Counter(call.key for call in self.calls.values())

    def place(self, dial: Dial, *, key: str) -> Progress:
        with self._lock:
            if self.faults:
                raise self.faults.pop(0)
            if len(self.live_ids) >= self.limit:
                raise OverCapacity("no slot is free")
            call = Progress(call_id=uuid4().hex, key=key, started_at=datetime.now(UTC))
            self.calls[call.call_id] = call
            self.dials.append(dial)
            self.peak = max(self.peak, len(self.live_ids))
            if self.lose:
                self.lose -= 1
                raise OutcomeUnknown("the vendor did not say")
            return call

    def find(self, dial: Dial, *, key: str, since: datetime) -> Progress | None:
        del dial, since
        return next((call for call in self.calls.values() if call.key == key), None)

    def get(self, call_id: str) -> Progress | None:
        return None if call_id in self.forgotten else self.calls.get(call_id)

    def live(self, *, since: datetime) -> Floor:
        self.listed_since.append(since)
        while self.meanwhile:
            self.meanwhile.pop()()
        unseen = self.hidden | self.forgotten
        return Floor(calls=[self.calls[one] for one in self.live_ids if one not in unseen])

    def ended(self, start: datetime, end: datetime) -> Iterator[Progress]:
        for call in self.calls.values():
            if not call.is_live and call.started_at and start <= call.started_at < end:
                yield call

    def cancel(self, call_id: str) -> None:
        self.end(call_id, AttemptState.CANCELED)

    def end(self, call_id: str, outcome: AttemptState = AttemptState.COMPLETED) -> Progress:
        """Have a call end."""
        with self._lock:
            ended = replace(
                self.calls[call_id],
                outcome=outcome,
                reason=f"{outcome}, it says",
                ended_at=datetime.now(UTC),
                duration=timedelta(seconds=61),
            )
            self.calls[call_id] = ended
            return ended

    def end_all(self, outcome: AttemptState = AttemptState.COMPLETED) -> None:
        for call_id in self.live_ids:
            self.end(call_id, outcome)


@dataclass
class FakeExchange:
    """Knows fake lines by the vendor's name."""

    by_vendor: dict[str, Lines] = field(default_factory=dict[str, Lines])

    def lines(self, account: Account) -> Lines:
        return self.by_vendor[account.vendor]

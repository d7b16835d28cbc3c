"""The telephone network behind every vendor of calls: who answers, when, and for how long.

A call is dialled, rings, is answered or not, and ends by itself, each by the vendors' clock. What
becomes of it is drawn by the seed, the recipient and how often that one was called: the order in
which requests come in does not change it.
"""

import hashlib
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from sandbox.door import House, Visit
from sandbox.faults import Fault
from sandbox.habits import Habits, Way
from sandbox.phone_calls import PhoneCall, Station

VOICEMAIL_TAKES: Final = 8.0

Tell = Callable[[PhoneCall], Awaitable[None]]
"""Tell whoever listens at which station a call is now."""


class Exchange:
    """One vendor's lines. A call holds one of its account's from its dialling to its end."""

    def __init__(self, house: House, vendor: str, tell: Tell) -> None:
        self._house = house
        self._vendor = vendor
        self._tell = tell
        self.calls: dict[str, PhoneCall] = {}
        self._lists: defaultdict[tuple[str, str], list[PhoneCall]] = defaultdict(list)
        self._open: defaultdict[str, dict[str, PhoneCall]] = defaultdict(dict)
        self._live: Counter[str] = Counter()
        self._waiting: defaultdict[str, deque[PhoneCall]] = defaultdict(deque)
        self._times: Counter[str] = Counter()
        self._free_at: dict[str, datetime] = {}

    @property
    def habits(self) -> Habits:
        """How people and accounts behave now."""
        return self._house.habits

    def reset(self) -> None:
        """Forget every call."""
        self.calls.clear()
        self._lists.clear()
        self._open.clear()
        self._live.clear()
        self._waiting.clear()
        self._times.clear()
        self._free_at.clear()

    def live(self, account: str) -> int:
        """Return how many lines of an account are in use."""
        return self._live[account]

    def limit(self, account: str) -> int | None:
        """Return how many an account may use at once; None: any number."""
        return self.habits.limit(self._vendor, account)

    def is_full(self, account: str) -> bool:
        """Tell whether an account may begin no further call now."""
        limit = self.limit(account)
        return limit is not None and self._live[account] >= limit

    def refuse(self, account: str) -> None:
        """Count a call that was refused for want of a line."""
        self._house.ledger.refuse(f"{self._vendor} {account}")

    def take(  # noqa: PLR0913  # what every vendor has to say of a call
        self,
        *,
        account: str,
        key: str,
        to: str,
        sender: str,
        name: Callable[[int], str],
        own: Mapping[str, Any],
        reference: str | None,
    ) -> PhoneCall:
        """Write a call down. Nothing rings before `begin` or `line_up`."""
        now = self._house.clock.now()
        digest = hashlib.md5(f"{self._vendor} {len(self.calls)}".encode(), usedforsecurity=False)
        call = PhoneCall(
            vendor=self._vendor,
            account=account,
            key=key,
            id=name(int(digest.hexdigest(), 16)),
            to=to,
            sender=sender,
            created=now,
            updated=now,
            own=own,
            line={},
            **self._fate(to),
        )
        call.line = self._house.ledger.write(
            self._vendor,
            "call",
            now,
            id=call.id,
            account=account,
            to=to,
            reference=reference,
            wall=datetime.now(UTC).isoformat(),
            **{"from": sender},
        )
        self.calls[call.id] = call
        for listed in ("", f"to {to}", f"reference {reference}"):
            self._lists[account, listed].append(call)
        self._open[account][call.id] = call
        return call

    def _fate(self, to: str) -> dict[str, Any]:
        """Draw what will become of the next call to somebody."""
        self._times[to] += 1
        seed = f"{self._house.faults.seed} {self._vendor} {to} {self._times[to]}"
        dice, habits = Random(seed), self.habits  # noqa: S311  # has to repeat
        rule = self._house.faults.strikes(Fault.OUTCOME, self._vendor, "calls.create")
        said = rule.word if rule is not None else ""
        way = Way(said) if said in set(Way) else habits.way(to, dice)
        rings, talks = dice.uniform(*habits.rings), dice.uniform(*habits.talks)
        return {
            "way": way,
            "word": said if said and said not in set(Way) else None,
            "is_stuck": said == "stuck",
            "rings_for": habits.gives_up if way is Way.NO_ANSWER else rings,
            "talks_for": VOICEMAIL_TAKES if way is Way.VOICEMAIL else talks,
        }

    def begin(self, call: PhoneCall) -> None:
        """Use a line for a call, and let it ring."""
        call.station, call.began = Station.DIALING, self._house.clock.now()
        self._live[call.account] += 1
        self._house.ledger.rise(call.line, call.began)
        self._house.clock.after(self.habits.dials, lambda: self._ring(call))

    def wait(self, call: PhoneCall) -> None:
        """Let a call wait until a line of its account is free."""
        self._waiting[call.account].append(call)

    def line_up(self, call: PhoneCall) -> None:
        """Let a call wait for its turn at the account's pace."""
        pace = self.habits.paces.get(self._vendor)
        now = self._house.clock.now()
        at = max(now, self._free_at.get(call.account, now))
        if pace:
            self._free_at[call.account] = at + self.habits.between(pace)
        if at <= now:
            self.begin(call)
        else:
            self._house.clock.after((at - now).total_seconds(), lambda: self._have_turn(call))

    async def hang_up(self, call: PhoneCall, word: str) -> bool:
        """End a call by hand; False: it had ended before."""
        if call.station is Station.ENDED:
            return False
        call.word, call.is_stuck = word, False
        await self.end(call)
        return True

    async def end(self, call: PhoneCall) -> None:
        """Let a call end, and give its line to whoever waits for one."""
        if call.station is Station.ENDED or call.is_stuck:
            return
        was_live = call.began is not None
        call.station, call.ended = Station.ENDED, self._house.clock.now()
        call.updated = call.ended
        self._open[call.account].pop(call.id, None)
        if was_live:
            self._live[call.account] -= 1
            self._house.ledger.fall(call.line, call.ended)
        call.line["way"] = call.way.value if call.word is None else call.word
        call.is_forgotten = (
            self._house.faults.strikes(Fault.FORGET, self._vendor, "calls") is not None
        )
        waiting = self._waiting[call.account]
        while waiting and not self.is_full(call.account):
            await self._have_turn(waiting.popleft())
        await self._tell(call)

    def newest(
        self,
        visit: Visit,
        account: str,
        *,
        to: str | None = None,
        reference: str | None = None,
        is_open: bool = False,
    ) -> Iterator[PhoneCall]:
        """Return an account's calls as a list shows them now, the newest first."""
        lag = visit.strikes(Fault.LIST_LAG)
        until = self._house.clock.now() - timedelta(seconds=lag.seconds if lag else 0)
        name = f"to {to}" if to else f"reference {reference}" if reference else ""
        among = list(self._open[account].values()) if is_open else self._lists[account, name]
        return (call for call in reversed(among) if not call.is_forgotten and call.created <= until)

    def get(self, account: str, call_id: str) -> PhoneCall | None:
        """Return one call of an account."""
        call = self.calls.get(call_id)
        is_there = call is not None and call.account == account and not call.is_forgotten
        return call if is_there else None

    async def _have_turn(self, call: PhoneCall) -> None:
        if call.station is Station.WAITING:
            self.begin(call)

    async def _ring(self, call: PhoneCall) -> None:
        if call.station is not Station.DIALING:
            return
        if call.way in {Way.FAILED, Way.INVALID_NUMBER}:
            await self.end(call)
            return
        await self._move(call, Station.RINGING)
        call.rang = call.updated
        act = self._answer if call.way in {Way.ANSWERED, Way.VOICEMAIL} else self.end
        self._house.clock.after(call.rings_for, lambda: act(call))

    async def _answer(self, call: PhoneCall) -> None:
        if call.station is not Station.RINGING:
            return
        call.answered = self._house.clock.now()
        await self._move(call, Station.TALKING)
        self._house.clock.after(call.talks_for, lambda: self.end(call))

    async def _move(self, call: PhoneCall, station: Station) -> None:
        call.station, call.updated = station, self._house.clock.now()
        await self._tell(call)

"""Who is dialled next: one short transaction decides, for all accounts of a pool at once.

    accounts locked, live calls counted      free slots and pace            (accounts)
    tenants taken in the order of turns      their own limits               (turns)
    rows taken from the heads of their lanes campaigns' limits and pace     (lanes)
    each row judged                          may we call now?               (judge)
    attempts written                         a live row is the slot         (written)
    turns, campaigns, accounts charged

Nothing is dialled here: the attempts are rows, and whoever comes by dials them (service).
It looks at no more tenants and rows than it has slots, so it costs the same before a thousand
rows as before a million.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.consent import ranges
from domain.consent.jurisdictions import Table
from domain.consent.ranges import Range
from domain.database import SYSTEM, Begin
from domain.outbound import accounts, callers, judge, lanes, rules, turns, written
from domain.outbound.accounts import Locked, Open
from domain.outbound.bounds import AT_ONCE, Bound, bound_of
from domain.outbound.judge import Answer, Ruling
from domain.outbound.lanes import Campaign, Candidate
from domain.outbound.placing import Room
from domain.outbound.rules import Line, Turn
from domain.outbound.turns import Tenant
from domain.outbound.written import Placed
from domain.sealing import Keyring

# Every statement here goes by an index. Left to itself the planner reads whole tables, and keeps
# on doing so, where a statement was first prepared while they were small; and compiles what it
# then takes for dear.
_STEADY: Final = text(
    "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)"
)

MOST: Final = 50
"""Slots that one decision fills: the next fills the rest, and others may come between."""

ROUNDS: Final = 3
"""How often it looks further when those whose turn it was had nothing that may be dialled."""

SPARE: Final = 3
"""Tenants looked at beyond the free slots: some may have nothing that goes."""

SPARE_ROWS: Final = 1
"""Rows looked at for a tenant beyond its share; who has more that may not go has them seen next."""

QUIET: Final = frozenset({"", AT_ONCE})

SHORT: Final = timedelta(seconds=2)
"""How long a tenant sleeps whose rows all wait for something that is taken right now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided in one transaction."""

    dialled: int = 0
    judged: int = 0
    wait: timedelta | None = None
    """Slots are empty only because of the pace; until then."""

    goes_on: bool = False
    """There is more to decide at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What decisions are made with."""

    keyring: Keyring
    only_to: frozenset[str] = frozenset()
    """SEND_ONLY_TO: the numbers that may be dialled at all; none named: everybody."""

    hours: Table | None = None
    """Whose law; None: the shipped one."""

    most: int = MOST


def decide(begin: Begin, desk: Desk, pool: UUID | None = None) -> Decision:
    """Decide in a transaction of its own."""
    with begin(SYSTEM) as session:
        return decide_in(session, desk, pool)


def decide_in(session: Session, desk: Desk, pool: UUID | None = None) -> Decision:
    """Give the free slots of the platform's accounts, or of a tenant's own, to whose turn it is."""
    session.execute(_STEADY)
    locked = accounts.lock(session, pool)
    opened = locked.opened
    floor = max((one.virtual_time for one in opened), default=0.0)
    room = min(desk.most, sum(one.left for one in opened))
    if room <= 0:
        return Decision(wait=_wait(opened))
    turns.wake(session, floor=floor)
    played = Round(session, desk, pool, locked)
    for _ in range(ROUNDS):
        left = room - len(played.placed)
        if left <= 0 or not played.play(left):
            break
    played.write(floor)
    is_full = played.made >= room
    return Decision(
        dialled=played.made,
        judged=len(played.ruled),
        wait=_wait(opened),
        goes_on=room == desk.most if is_full else played.is_worth_another,
    )


def _wait(opened: Sequence[Open]) -> timedelta | None:
    """Return how long to wait until the pace lets one of the free slots be used."""
    waits = [wait for one in opened if (wait := one.waits_for_pace) is not None]
    return min(waits, default=None)


@dataclass(slots=True)
class Round:
    """What is known and given out while a decision is made; all of it is locked."""

    session: Session
    desk: Desk
    pool: UUID | None
    locked: Locked
    passed: list[UUID] = field(default_factory=list[UUID])
    placed: list[Placed] = field(default_factory=list[Placed])
    ruled: list[tuple[UUID, Ruling]] = field(default_factory=list[tuple[UUID, Ruling]])
    campaigns: dict[UUID, Campaign] = field(default_factory=dict[UUID, Campaign])
    times: dict[UUID, float] = field(default_factory=dict[UUID, float])
    got: dict[UUID, int] = field(default_factory=dict[UUID, int])
    recipients: set[str] = field(default_factory=set[str])
    strangers: dict[UUID, Range] = field(default_factory=dict[UUID, Range])
    has_more: bool = False
    """Somebody had more rows than were looked at."""

    made: int = 0
    reached: float = 0.0

    @property
    def opened(self) -> Sequence[Open]:
        """The accounts whose slots are given out."""
        return self.locked.opened

    @property
    def now(self) -> datetime:
        """The moment by the database's clock at which the accounts were locked."""
        return self.opened[0].now

    @property
    def is_worth_another(self) -> bool:
        """Whether slots are left and the next decision may fill them: it sees other rows."""
        return bool(self.ruled) or (self.made > 0 and self.has_more)

    def play(self, room: int) -> bool:
        """Give out up to so many slots to those whose turn it is; False when nobody is left."""
        tenants = turns.take(self.session, self.pool, room + SPARE, self.passed)
        if not tenants:
            return False
        bounds = {one.user_id: bound_of(one, self.now) for one in tenants}
        in_line = [
            Turn(one.user_id, one.virtual_time, one.weight, bounds[one.user_id].most)
            for one in tenants
        ]
        shares = rules.shares(in_line, room)
        self.passed += [key for key in bounds if key in shares or bounds[key].wait is not None]
        self._send_to_sleep(bounds)
        rows = self._rows(shares)
        if rows:
            self._hand_out(in_line, rows, {one.user_id: one for one in tenants}, room)
        return True

    def _send_to_sleep(self, bounds: Mapping[UUID, Bound]) -> None:
        naps = {key: bound.wait for key, bound in bounds.items() if bound.wait is not None}
        turns.sleep(self.session, naps)
        written.held(
            self.session,
            {key: (one.why, one.sentence) for key, one in bounds.items() if one.why not in QUIET},
        )

    def _rows(self, shares: Mapping[UUID, int]) -> dict[UUID, list[Candidate]]:
        """Take the first rows of those who are to get something; who has none goes to sleep."""
        if not shares:
            return {}
        spare = max(SPARE_ROWS, sum(shares.values()) // len(shares))  # some have less than theirs
        wants = {user_id: many + spare for user_id, many in shares.items()}
        self.campaigns |= lanes.campaigns(self.session, list(wants), self.now)
        named = self.locked.lanes()
        open_ones = [
            one
            for one in self.campaigns.values()
            if one.provider_id is None or one.provider_id in named
        ]
        rows = lanes.pick(self.session, wants, open_ones, named)
        self.has_more |= any(len(mine) >= wants[user_id] for user_id, mine in rows.items())
        idle = [user_id for user_id in wants if user_id not in rows]
        kept_back = turns.sleep_empty(self.session, idle)
        turns.sleep(self.session, dict.fromkeys(kept_back, SHORT))
        return rows

    def _not_listed(self, row: Candidate) -> Ruling | None:
        if not self.desk.only_to or row.recipient_number in self.desk.only_to:
            return None
        said = "not on the list of SEND_ONLY_TO"
        return Ruling(answer=Answer.HELD, why="not_listed", sentence=said, due_in=judge.HELD_FOR)

    def _hand_out(
        self,
        in_line: Sequence[Turn],
        rows: Mapping[UUID, Sequence[Candidate]],
        tenants: Mapping[UUID, Tenant],
        room: int,
    ) -> None:
        """Ask of each row whose turn comes whether it may be called, and find it a slot."""
        everyone = [row for mine in rows.values() for row in mine]
        keyring, hours = self.desk.keyring, self.desk.hours
        known = judge.know(self.session, keyring, everyone, self.campaigns, hours=hours)
        self.strangers |= judge.strangers(self.session, everyone, tenants)
        place = Room(self.opened, self.campaigns, callers.known(self.session, list(rows)))
        line = Line(in_line, rows)
        left = room
        while left and (turn := line.next()) is not None:
            user_id, row = turn
            ruling = self._not_listed(row) or judge.judge(
                row, tenants[user_id], self.campaigns, known, self.now
            )
            if ruling.answer is not Answer.GO:
                self.ruled.append((row.id, ruling))
            elif self._place(place, row, ruling):
                line.charge()
                self.reached = max(self.reached, line.times[user_id])
                left -= 1
        for user_id, many in line.got.items():
            self.got[user_id] = self.got.get(user_id, 0) + many
            self.times[user_id] = line.times[user_id]

    def _place(self, place: Room, row: Candidate, ruling: Ruling) -> bool:
        """Find a slot for a row that may be called; say on it what it waits for instead."""
        if row.recipient_number in self.recipients:
            said = "another call to this number is on its way"
            self.ruled.append((row.id, written.later("recipient", said, rules.FRESH)))
            return False
        its_range = self.strangers.get(row.id)
        found = judge.range_full(its_range) or place.find(row, ruling)
        if isinstance(found, Ruling):
            self.ruled.append((row.id, found))
        elif found is not None:
            self.placed.append(found)
            self.recipients.add(row.recipient_number)
            if its_range is not None:
                its_range.take()
            return True
        return False

    def write(self, floor: float) -> None:
        """Write all of it down."""
        made = written.attempts(self.session, self.placed, self.now)
        self.made = len(made)
        said = "another call to this number is on its way"
        taken = written.later("recipient", said, rules.FRESH)
        self.ruled += [(one.row.id, taken) for one in self.placed if one.row.id not in made]
        written.refusals(self.session, self.ruled)
        ranges.settle(self.session, judge.CALL, self.strangers.values())
        turns.charge(self.session, self.times, self.got)
        lanes.charge(self.session, list(self.campaigns.values()), self.now)
        accounts.charge(self.session, self.opened, virtual_time=max(floor, self.reached))

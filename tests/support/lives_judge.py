"""The judge of a life: it keeps its own account of what is owed, from what was done to the event.

It asks neither our tables nor our rules. Time is the test's, here and at the carrier.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

HOUR: Final = timedelta(hours=1)
LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
STEP: Final = timedelta(minutes=10)
"""How often the sweep comes, where there is anything to sweep."""

YORK: Final = "America/New_York"
PATIENCE: Final = 5
"""Sweeps for which a text may wait: it may be kept at the carrier for eight minutes, and an answer
that was lost is asked about twice."""

LEADS: Final = (24 * HOUR, 2 * HOUR)


@dataclass
class Debt:
    """One text that is owed, as the judge reckons."""

    rule: str
    due: datetime
    until: datetime
    is_known: bool = False
    """The person was told this last, but other news may have been on its way meanwhile."""

    waited: int = 0
    """Sweeps that might have sent it, and did not."""


@dataclass
class Judge:
    """Reckons what is owed, and holds the carrier's ledger against it."""

    start: datetime = LONG_AGO
    zone: str = YORK
    zones: set[str] = field(default_factory=lambda: {YORK})
    """Where the event was thought to be since it stands as it does: waits may be by any of them."""

    stands: bool = True
    stopped: bool = False
    stops: int = 0
    starts: int = 0
    told: dict[str, datetime] = field(default_factory=dict[str, datetime])
    """By rule, the start that the person was told last."""

    away: set[str] = field(default_factory=set[str])
    """Rules of which something else may have been said since."""

    owed: list[Debt] = field(default_factory=list[Debt])
    swept: datetime = LONG_AGO
    read: int = 0
    """Lines of the ledger."""

    texts: int = 0

    def change(self, now: datetime, start: datetime, *, stands: bool) -> None:
        """Hear that the event is on at `start`, or off, from now on."""
        if start != self.start:
            self.away.update(self.told)
        self.start, self.stands, self.zones = start, stands, {self.zone, YORK}
        wanted = [Debt("confirmation", now, start)] if now < start else []
        wanted += [
            Debt(f"reminder {lead}", start - lead, start - lead / 4)
            for lead in LEADS
            if start - lead > now
        ]
        for one in wanted:
            one.is_known = self.told.get(one.rule) == start
        self.owed = [
            one for one in wanted if stands and (one.rule in self.away or not one.is_known)
        ]

    def excuse(self) -> None:
        """Hear that something went wrong on the way: what is owed may take its time again."""
        for debt in self.owed:
            debt.waited = 0

    def before(self, now: datetime) -> None:
        """Hear that a sweep begins: what might go out has waited for one more, if it stays."""
        if now - self.swept < STEP / 2:
            return  # the same moment still: nothing can have come of waiting
        self.swept = now
        if not self.stopped and _is_day(now, self.zones):
            for debt in self.owed:
                debt.waited += debt.due <= now < debt.until

    def weigh(self, lines: list[dict[str, str]]) -> None:
        """Hold what the carrier took in a sweep against what was owed."""
        for line in lines:
            self.texts += 1
            self._weigh(datetime.fromisoformat(line["at"]), line["body"])
        late = [debt for debt in self.owed if debt.waited > PATIENCE and not debt.is_known]
        assert not late, f"lost: {late} for {self.start}"

    def _weigh(self, at: datetime, body: str) -> None:
        if "no more texts" in body:
            self.stops -= 1
            assert self.stops >= 0, "a stop was answered twice"
            return
        assert not self.stopped, f"after the stop: {body}"
        if "texts from" in body:
            self.starts -= 1
            assert self.starts >= 0, "a start was answered twice"
            return
        assert self.stands, f"though it is off: {body}"
        assert _is_day(at, {self.zone, YORK}), f"at night, {at}: {body}"
        local = self.start.astimezone(ZoneInfo(self.zone))
        when = f"{local:%A, %B} {local.day} at {local.hour % 12 or 12}"
        assert when in body, f"not {when} in {self.zone}: {body}"
        self._settle(at, body)

    def _settle(self, at: datetime, body: str) -> None:
        kind = "confirmation" if "is booked" in body else "reminder"
        meant = [debt for debt in self.owed if debt.rule.startswith(kind) and at < debt.until]
        assert meant, f"doubled, or not owed, at {at}: {body}"
        self.owed.remove(meant[0])
        self.told[meant[0].rule] = self.start
        self.away.discard(meant[0].rule)


def _is_day(at: datetime, zones: set[str]) -> bool:
    """Tell whether it is day everywhere where they may be; their number is New York's."""
    return all(8 <= at.astimezone(ZoneInfo(zone)).hour < 21 for zone in zones)

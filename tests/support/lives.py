"""One event, what may happen to it, and the carrier's own ledger as the judge of what we sent.

The judge keeps its own account of what is owed, from what was done to the event alone: it asks
neither our tables nor our rules. Time is the test's, on both sides: here and at the carrier.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.messages import recalling
from domain.messages import service as messages
from domain.messages.post import Post
from tests.support import vendors
from tests.support.message_desk import MessageDesk
from tests.support.slice import KEYS
from tests.support.stand_ins import StandIns

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
STEP = 10 * MINUTE
"""How often the sweep comes, where there is anything to sweep."""

YORK, STOCKHOLM, PHOENIX = "America/New_York", "Europe/Stockholm", "America/Phoenix"
ZONES = (YORK, STOCKHOLM, PHOENIX)
PATIENCE = 5
"""Sweeps for which a text may wait: it may be kept at the carrier for eight minutes, and an answer
that was lost is asked about twice."""

LEADS = (24 * HOUR, 2 * HOUR)
EMPTIED = ("messages", "events", "errands", "effects", "sms_opt_outs", "pace_buckets", "usage_sms")
TROUBLES = {
    "none": [],
    "one answer lost": [{"kind": "drop_reply", "times": 1}],
    "answers lost": [{"kind": "drop_reply", "rate": 0.4}],
    "gates that fail before": [{"kind": "status", "status": 503, "rate": 0.4}],
    "gates that fail behind": [{"kind": "status", "status": 500, "after": True, "rate": 0.4}],
    "too many": [{"kind": "status", "status": 429, "retry_after": "30", "rate": 0.3}],
}


class RealDesk(MessageDesk):
    """A desk whose texts go over Twilio's own SDK to the stand-in, both on one clock."""

    stand_ins: StandIns

    def open(self, stand_ins: StandIns, at: datetime, trouble: str, sender: str) -> None:
        for table in EMPTIED:
            self.connection.execute(f"DELETE FROM {table}".encode())
        self.stand_ins = stand_ins
        self.behind = timedelta()
        self.put(at)
        stand_ins.reset(still=False, at=at.isoformat())
        for rule in TROUBLES[trouble]:
            stand_ins.fault(vendor="twilio", route="messages.create", **rule)
        self.carrier = vendors.texts(stand_ins, sender=sender)

    @property
    def post(self) -> Post:
        return Post(begin=self.begin, keyring=KEYS, texts=self.carrier, mails=self.mails)

    def pass_by(self, span: timedelta) -> None:
        super().pass_by(span)
        self.behind += span

    def catch_up(self) -> None:
        """Let the carrier's clock come up with ours; what was to leave until now has left."""
        if self.behind:
            self.stand_ins.advance(self.behind.total_seconds())
            self.behind = timedelta()

    def work(self) -> None:
        """Sweep as the task does, and ask what became of texts."""
        self.catch_up()
        recalling.recall(self.post)
        super().work()
        messages.follow(self.post)
        recalling.recall(self.post)  # as the next sweep would, a few seconds later

    def is_due(self) -> bool:
        """Tell whether a sweep would find anything."""
        return self.one(
            "SELECT EXISTS (SELECT FROM messages WHERE status IN ('pending', 'unknown', 'sent')"
            " AND due_at <= clock_timestamp()) OR EXISTS (SELECT FROM errands"
            " WHERE state = 'pending' AND due_at <= clock_timestamp())"
        )


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


class Life:
    """An event from its booking to its start."""

    def __init__(
        self,
        desk: RealDesk,
        stand_ins: StandIns,
        at: datetime,
        trouble: str,
        sender: str = vendors.SENDER,
    ) -> None:
        self.desk = desk
        desk.open(stand_ins, at, trouble, sender)
        self.judge, self.struck, self.is_plain = Judge(), 0, trouble == "none"
        self.event = desk.event(at + 50 * HOUR, zone=YORK)
        self.judge.change(desk.now(), at + 50 * HOUR, stands=True)
        self.sweep()

    def live(self, deeds: list[tuple[str, int]]) -> None:
        """Let all of it happen, and then time pass until the event is over."""
        for deed, much in deeds:
            self.desk.catch_up()
            self.read()
            getattr(self, f"do_{deed}")(much)
            if deed != "down":
                self.sweep()
                self.desk.pass_by(MINUTE)  # what waits at the carrier is looked for and called off
                self.sweep()
        self.until(self.judge.start + HOUR)
        self.close()

    def close(self) -> None:
        """Hold what counts against the tenant's plan against what left the carrier."""
        used = self.desk.one(
            "SELECT count(*) FILTER (WHERE segments > 0)"
            " - count(*) FILTER (WHERE segments < 0) FROM usage_sms"
        )
        open_ = self.desk.one(
            "SELECT count(*) FROM messages WHERE status IN ('sending', 'unknown')"
        )
        texts = self.judge.texts
        assert texts - open_ <= used <= texts, f"{texts} left, {open_} unknown, {used} counted"

    def until(self, end: datetime) -> None:
        """Let time pass, with sweeps."""
        while self.desk.now() < end:
            self.desk.pass_by(STEP)
            if self.desk.is_due() or self.judge.owed:
                self.sweep()

    def sweep(self) -> None:
        """Sweep once, and have the judge read what was new in the ledger."""
        now = self.desk.now()
        self.judge.before(now)
        if self.desk.is_due():
            self.desk.work()
            struck = 0 if self.is_plain else self.desk.stand_ins.struck()
            if struck != self.struck:
                self.judge.excuse()
            self.struck = struck
        else:
            self.desk.catch_up()
            recalling.recall(self.desk.post)
        self.read()

    def read(self) -> None:
        """Have the judge read what is new in the ledger."""
        shown = self.desk.stand_ins.ledger("twilio", after=self.judge.read)["effects"]
        self.judge.read += len(shown)
        self.judge.weigh(shown)

    def do_pass(self, hours: int) -> None:
        self.until(self.desk.now() + hours * HOUR)

    def do_down(self, hours: int) -> None:
        self.desk.pass_by(hours * HOUR)

    def do_move(self, hours: int) -> None:
        self._change("start_time = start_time + %s, end_time = NULL", hours * HOUR)

    def do_cancel(self, _: int) -> None:
        self._change("status = %s", "cancelled")

    def do_revive(self, _: int) -> None:
        self._change("status = %s", "scheduled")

    def do_zone(self, which: int) -> None:
        self.judge.zone = ZONES[which]
        self.judge.zones.add(ZONES[which])
        self.desk.one("UPDATE events SET timezone = %s RETURNING id", ZONES[which])

    def do_stop(self, _: int) -> None:
        self.desk.hear("please stop texting me")
        self.judge.stopped, self.judge.stops = True, self.judge.stops + 1

    def do_start(self, _: int) -> None:
        self.desk.hear("START")
        self.judge.stopped, self.judge.starts = False, self.judge.starts + 1

    def _change(self, what: str, given: object) -> None:
        before = self.desk.one("SELECT generation FROM events")
        self.desk.connection.execute(f"UPDATE events SET {what}".encode(), [given])
        if self.desk.one("SELECT generation FROM events") != before:
            start, status = self.desk.all("SELECT start_time, status FROM events")[0]
            self.judge.change(self.desk.now(), start, stands=status == "scheduled")

"""One event, what may happen to it, and the carrier's own ledger as the judge of what we sent."""

from datetime import datetime, timedelta

from domain.messages import recalling
from domain.messages import service as messages
from domain.messages.post import Post
from tests.support import vendors
from tests.support.lives_judge import HOUR, STEP, YORK, Judge
from tests.support.message_desk import MessageDesk
from tests.support.slice import KEYS
from tests.support.stand_ins import StandIns

MINUTE = timedelta(minutes=1)
STOCKHOLM, PHOENIX = "Europe/Stockholm", "America/Phoenix"
ZONES = (YORK, STOCKHOLM, PHOENIX)
EMPTIED = (
    *("messages", "events", "errands", "effects", "sms_opt_outs"),
    *("pace_buckets", "number_ranges", "usage_sms"),
)
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

    def story(self) -> str:
        """Tell of each text what our rows say: what a complaint is to be understood by."""
        lines = self.all(
            "SELECT concat_ws(' ', m.rule, m.status, m.last_error, 'due', m.due_at, 'leaves',"
            " m.leaves_at, e.state, e.attempts || ' tries', e.lookups || ' look-ups',"
            " e.negatives || ' negatives', e.last_error)"
            " FROM messages m LEFT JOIN effects e ON e.row_id = m.id"
            " ORDER BY m.due_at, e.intended_at"
        )
        return "\n".join([f"at {self.now()}:", *(line for (line,) in lines)])

    def is_due(self) -> bool:
        """Tell whether a sweep would find anything."""
        return self.one(
            "SELECT EXISTS (SELECT FROM messages WHERE status IN ('pending', 'unknown', 'sent')"
            " AND due_at <= clock_timestamp()) OR EXISTS (SELECT FROM errands"
            " WHERE state = 'pending' AND due_at <= clock_timestamp())"
        )


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
        try:
            self.judge.weigh(shown)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.desk.story()}") from None

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

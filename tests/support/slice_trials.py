"""What is tried at every point with the vendors' stand-ins: texts at Twilio, reading at OpenAI."""

from collections import Counter
from typing import Any
from uuid import UUID

from domain.messages import service as messages
from domain.messages.service import Post
from domain.metering.usage import UNHEARD
from domain.transcripts import service as transcripts
from domain.transcripts.extraction import Readers
from domain.work import batch, resolve
from domain.work.attempts import Job
from domain.work.shop import Inline, Threads
from tests.support.enumeration import Case
from tests.support.ground import Ground
from tests.support.points import Fault
from tests.support.slice import KEYS, TALK, FakeMails, tomorrow_at_two
from tests.support.slice_ground import LAG, Slice, reader_of, texts_of

CLAIMED = (
    "after commit of UPDATE messages and INSERT INTO pace_buckets and UPDATE pace_buckets"
    " and INSERT INTO number_ranges and INSERT INTO effects"
)
"""The last point before the row is looked at once more."""

BILLED = "after bytes to 127.0.0.1"
UNWRITTEN = frozenset(
    {
        BILLED,
        "before INSERT INTO ai_usage_logs",
        "after INSERT INTO ai_usage_logs",
        "before commit of INSERT INTO ai_usage_logs",
    }
)
"""Points at which the vendor may have billed what stands nowhere here."""

LEFT = """
INSERT INTO events (user_id, title, status, start_time, end_time, owes_nothing)
SELECT %(user)s, 'Visit ' || n, 'confirmed', d, d + interval '1 hour', true
FROM generate_series(1, %(many)s) n,
     LATERAL (SELECT date_trunc('day', now()) + interval '2 days') t(d)
"""
OWED = """
INSERT INTO messages (user_id, event_id, to_number, body, rule, identity, event_start, due_at,
    answers_at)
SELECT user_id, id, '+1212555020' || right(title, 1), title || ' is confirmed.', 'confirmation',
       id::text, start_time, clock_timestamp(), clock_timestamp()
FROM events RETURNING id
"""


class Texts(Slice):
    """Texts through Twilio, which knows no key: by a bell (one) or by a sweep (three)."""

    table = "messages"
    emptied = ("messages", "events", "sms_opt_outs", "number_ranges")
    is_off = False
    """Whether what was called off must not be sent in any case."""

    def __init__(self, ground: Ground, *, many: bool) -> None:
        super().__init__(ground)
        self.many = many
        self.rows: list[UUID] = []
        texts_of(self.stand_ins.url, spare=True)
        texts_of(self.stand_ins.url, spare=False)

    @property
    def job(self) -> Job[Any]:
        texts = texts_of(self.stand_ins.url, spare=self.is_child)
        begin = self.ground.begin
        return messages.job(Post(begin=begin, keyring=KEYS, texts=texts, mails=FakeMails()))

    def reset(self) -> None:
        super().reset()
        self.stand_ins.fault("list_lag", "twilio", seconds=LAG)
        wanted = {"user": self.user, "many": 3 if self.many else 1}
        self.ground.connection.execute(LEFT, wanted)
        self.rows = [row[0] for row in self.ground.connection.execute(OWED)]

    def work(self) -> None:
        if self.many:
            batch.work(self.shop(Threads(3)), self.job)
        else:
            batch.work_one(self.shop(Inline()), self.job, self.rows[0])
        self.ground.ring()

    def resolve(self) -> None:
        shop = self.shop(Inline())
        resolve.resolve(shop, self.job)
        batch.work(shop, self.job)

    def is_through(self) -> bool:
        query = "SELECT 1 FROM messages WHERE status IN ('pending', 'sending', 'unknown')"
        return self.one(query) is None

    def judge(self, case: Case, names: list[str]) -> list[str]:  # noqa: ARG002  # of Trial
        wrong = self.ground.overwrites()
        taken = [(line["body"], line["id"]) for line in self.stand_ins.effects("twilio")]
        times = Counter(body for body, _ in taken)
        rows = self.ground.connection.execute(
            "SELECT m.body, m.status, m.last_error, m.provider, m.provider_message_id, m.sent_at,"
            " e.state FROM messages m LEFT JOIN effects e ON e.key = 'message:' || m.id"
        ).fetchall()
        for body, status, why, provider, reference, sent_at, effect in rows:
            facts = f"{body} is {status} ({why}), effect {effect}, {times[body]} times at Twilio"
            wrong += [f"doubled: {facts}"] if times[body] > 1 else []
            wrong += [f"lost: {facts}"] if not self._may_be(status, case) else []
            wrong += [f"without a reason: {facts}"] if status == "unknown" and not why else []
            if status == "sent" and ((body, reference) not in taken or effect != "done"):
                wrong.append(f"untrue: {facts}")
            if status == "sent" and not (provider == "twilio" and sent_at):
                wrong.append(f"sent by {provider} at {sent_at}: {facts}")
            if status == "void" and times[body]:
                wrong.append(f"sent, and said void: {facts}")
            if self.is_off and case.first.fault is Fault.MEDDLE and times[body]:
                wrong.append(f"sent, although called off: {facts}")
        return wrong

    def _may_be(self, status: str, case: Case) -> bool:
        if status == "void":
            return case.first.fault is Fault.MEDDLE
        return status == "sent" or (case.elsewhere and status == "unknown")


class StoppedTexts(Texts):
    """The person says stop meanwhile."""

    def meddle(self) -> None:
        self.one(
            "INSERT INTO sms_opt_outs (user_id, phone_number)"
            " SELECT user_id, to_number FROM messages RETURNING id"
        )


class CancelledTexts(Texts):
    """The event is cancelled meanwhile; whoever cancels waits for nobody."""

    def meddle(self) -> None:
        self.one("UPDATE events SET status = 'cancelled' RETURNING id")


class Calls(Slice):
    """One call read by OpenAI, by a bell; asked again, it costs its price again."""

    table = "calls"
    unwritten: frozenset[str] = UNWRITTEN
    emptied = (*("questions", "extraction_runs", "ai_usage_logs", "events", "calls", "customers"),)

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self.call = self.user
        reader_of(self.stand_ins.url, spare=True)
        reader_of(self.stand_ins.url, spare=False)

    @property
    def job(self) -> Job[Any]:
        reader = reader_of(self.stand_ins.url, spare=self.is_child)
        begin = self.ground.begin
        return transcripts.job(
            Readers(begin=begin, readers=[reader], resolve=tomorrow_at_two, keyring=KEYS)
        )

    def reset(self) -> None:
        super().reset()
        self.call = self.one(
            "INSERT INTO calls (user_id, phone_number, transcript)"
            " VALUES (%s, '+12125550200', %s) RETURNING id",
            self.user,
            TALK,
        )

    def work(self) -> None:
        batch.work_one(self.shop(Inline()), self.job, self.call)
        self.ground.ring()

    def resolve(self) -> None:
        shop = self.shop(Inline())
        resolve.resolve(shop, self.job)
        batch.work(shop, self.job)

    def is_through(self) -> bool:
        query = "SELECT 1 FROM calls WHERE ai_processing_status IN ('pending', 'processing')"
        return self.one(query) is None

    def judge(self, case: Case, names: list[str]) -> list[str]:
        wrong = self.ground.overwrites()
        row = self.ground.connection.execute(
            "SELECT ai_processing_status, last_error FROM calls"
        ).fetchone()
        wrong += [f"the call is {row}"] if row != ("completed", None) else []
        counted = {
            name: self.one(f"SELECT count(*) FROM {name}")
            for name in ("events", "customers", "extraction_runs", "questions")
        }
        if counted != {"events": 1, "customers": 1, "extraction_runs": 1, "questions": 0}:
            wrong.append(f"written: {counted}")
        owed = self.ground.connection.execute(
            "SELECT r.task, r.subject_id = e.id, r.generation, e.generation"
            " FROM errands r LEFT JOIN events e ON e.id = r.subject_id"
        ).fetchall()
        wrong += [f"owed: {owed}"] if owed != [("messages.plan", True, 0, 0)] else []
        return wrong + self._miscounted(case.first.fault, set(names))

    def _miscounted(self, fault: Fault, names: set[str]) -> list[str]:
        """Compare our bill with the vendor's: only who dies may owe a line.

        Who hears nothing writes a line without a figure, under the name that we gave it.
        """
        asked = self.stand_ins.effects("openai")
        billed = [line for line in asked if line["billed"]]
        rows = self.ground.connection.execute("SELECT request_id, outcome FROM ai_usage_logs")
        lines = rows.fetchall()
        logged = [name for name, outcome in lines if outcome != UNHEARD]
        unheard = {name for name, outcome in lines if outcome == UNHEARD}
        may_miss = bool(fault in {Fault.KILL, Fault.STOP_FENCED} and names & self.unwritten)
        facts = f"{len(billed)} billed, {len(logged)} written down, {len(unheard)} unheard"
        is_lie = set(logged) - {line["request"] for line in billed}
        wrong = [f"written down, not billed: {facts}"] if is_lie else []
        wrong += [f"written down twice: {facts}"] if len(set(logged)) < len(logged) else []
        known = [ln for ln in billed if ln["request"] in logged or ln["client"] in unheard]
        missing = len(billed) - len(known)
        wrong += [f"not written down: {facts}"] if missing > may_miss else []
        wrong += [f"asked too often: {facts}"] if len(billed) > 2 else []
        return wrong


def text_by_a_bell(ground: Ground) -> Texts:
    return Texts(ground, many=False)


def texts_by_a_sweep(ground: Ground) -> Texts:
    return Texts(ground, many=True)


def text_to_who_says_stop(ground: Ground) -> Texts:
    return StoppedTexts(ground, many=False)


def text_about_what_is_cancelled(ground: Ground) -> Texts:
    return CancelledTexts(ground, many=False)


def text_called_off_by_stop(ground: Ground) -> Texts:
    made = StoppedTexts(ground, many=False)
    made.is_off = True
    return made


def text_called_off_by_cancelling(ground: Ground) -> Texts:
    made = CancelledTexts(ground, many=False)
    made.is_off = True
    return made


def call_by_a_bell(ground: Ground) -> Calls:
    return Calls(ground)

"""Fakes behind our own ports that remember what was asked of them, and tools made of them."""

import base64
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.database import Begin
from domain.errors import Retryable
from domain.messages.ports import Delivery, Later, Mail, Taken
from domain.messages.service import Post
from domain.metering.usage import Usage
from domain.sealing import Keyring
from domain.transcripts.extraction import Readers
from domain.transcripts.ports import Answer, Diary, NoDiary, Request
from domain.transcripts.rules import Moment
from domain.transcripts.schema import (
    CallKind,
    EventType,
    Intent,
    Reading,
    Said,
    SaidEvent,
    Sentiment,
    Urgency,
)
from domain.work.effects import Receipt

KEYS = Keyring.parse(f"k1:{base64.b64encode(bytes(32)).decode()}")
TALK = "Agent: Hello, how can I help?\nCaller: A visit tomorrow at two, please.\nAgent: Done."


@dataclass
class FakeTexts:
    """A carrier that answers as it is told."""

    vendor: str = "fake"
    is_keyed: bool = False
    sender: str | None = None
    line: str = "fake"
    lag: timedelta = timedelta()
    per_minute: int | None = None
    later: Later | None = None
    answers: list[Exception] = field(default_factory=list[Exception])
    sent: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    listed: list[Taken] = field(default_factory=list[Taken])
    busy: bool = False

    def send(self, *, to: str, body: str, key: str) -> Receipt:
        del key
        if self.answers:
            raise self.answers.pop(0)
        self.sent.append((to, body))
        return Receipt(f"SM{len(self.sent)}")

    def find(
        self, *, to: str, body: str, since: datetime, besides: Collection[str] = ()
    ) -> Receipt | None:
        del since
        names = [f"SM{n}" for n, sent in enumerate(self.sent, 1) if sent == (to, body)]
        return next((Receipt(name) for name in names if name not in besides), None)

    def status(self, reference: str) -> Delivery:
        if self.busy:
            raise Retryable("busy")
        return Delivery(status="delivered", reference=reference, segments=1)

    def charged(self, start: datetime, end: datetime) -> Iterator[Taken]:
        yield from (one for one in self.listed if start <= one.at < end)

    def taken(self, since: datetime) -> Sequence[Taken]:
        if self.busy:
            raise Retryable("busy")
        return [one for one in self.listed if one.at >= since]


@dataclass
class FakeMails:
    """A post office that takes everything."""

    vendor: str = "fake mail"
    is_keyed: bool = True
    can_be_asked: bool = True
    line: str = "fake mail"
    lag: timedelta = timedelta()
    sent: list[Mail] = field(default_factory=list[Mail])

    def send(self, mail: Mail, *, key: str) -> Receipt:
        del key
        self.sent.append(mail)
        return Receipt(f"M{len(self.sent)}")

    def find(self, mail: Mail, *, since: datetime) -> Receipt | None:
        del since
        return Receipt("M1") if mail in self.sent else None

    def status(self, reference: str) -> Delivery:
        return Delivery(status="delivered", reference=reference)

    def taken(self, since: datetime) -> Sequence[Taken]:
        del since
        return []


@dataclass
class FakeReader:
    """A reader that says what it is told, and sends a bill."""

    answer: str
    vendor: str = "fake"
    model: str = "m-1"
    asked: list[Request] = field(default_factory=list[Request])

    def estimate(self, request: Request) -> Usage:
        name = request.reference
        return Usage(
            provider="fake",
            model=self.model,
            request_id=name,
            prompt_tokens=1000,
            completion_tokens=100,
        )

    def read(self, request: Request) -> Answer:
        self.asked.append(request)
        usage = Usage(
            provider="fake",
            model=self.model,
            request_id=f"req-{len(self.asked)}",
            prompt_tokens=1000,
            cached_tokens=200,
            completion_tokens=100,
            reasoning_tokens=0,
            latency=timedelta(seconds=1),
        )
        return Answer(text=self.answer, usage=usage, finish="stop")


def a_booking(*, when: str = "tomorrow at two", agreed: bool = True) -> Reading:
    said = Said(value=when, quote=when)
    nothing = dict.fromkeys(("customer_phone", "customer_email", "location", "duration", "price"))
    event = SaidEvent(
        intent=Intent.BOOK,
        event_type=EventType.SERVICE_CALL,
        title="A visit",
        when=said,
        is_agreed=agreed,
        customer_name=None,
        **nothing,
    )
    return Reading(
        kind=CallKind.BUSINESS,
        topic="a visit",
        summary="They want a visit.",
        sentiment=Sentiment.NEUTRAL,
        urgency=Urgency.MEDIUM,
        events=[event],
    )


def tomorrow_at_two(
    phrase: str, said_at: datetime, zone: ZoneInfo, language: str | None
) -> Sequence[Moment]:
    """Know one phrase only."""
    del language
    if phrase != "tomorrow at two":
        return []
    day = said_at.astimezone(zone) + timedelta(days=1)
    start = day.replace(hour=14, minute=0, second=0, microsecond=0)
    return [Moment(start, has_time=True, reading="tomorrow, 14:00")]


def readers(begin: Begin, *given: FakeReader, diary: Diary | None = None) -> Readers:
    return Readers(
        begin=begin,
        readers=given,
        resolve=tomorrow_at_two,
        keyring=KEYS,
        diary=diary or NoDiary(),
    )


def post(begin: Begin, texts: FakeTexts, *, only_to: frozenset[str] = frozenset()) -> Post:
    return Post(begin=begin, keyring=KEYS, texts=texts, mails=FakeMails(), only_to=only_to)

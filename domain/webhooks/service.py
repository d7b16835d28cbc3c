"""Understanding what was stored: each notice's news is taken once, by the areas it concerns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

import structlog
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from domain.database import SYSTEM, Begin
from domain.errors import Rejected, Retryable
from domain.tables.webhooks import WebhookResult
from domain.webhooks import intake, numbers, record, rules, store
from domain.webhooks.news import News
from domain.webhooks.ports import Arrival, token_of
from domain.webhooks.senders import Senders
from domain.webhooks.store import Stored
from domain.work import control
from domain.work.attempts import Chore, Job
from domain.work.changes import Change, Heard
from domain.work.names import TaskName

log = structlog.get_logger("webhooks")

NOT_OURS: Final = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError)
"""What reading a body raises that is not as the vendor describes it."""

UNREADABLE: Final = "this release cannot read it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known of a piece of news besides what it says."""

    user_id: UUID | None
    received_at: datetime
    age: timedelta
    """Since its notice came."""

    @property
    def is_young(self) -> bool:
        """Whether what it is about may still be on its way into our tables."""
        return self.age < rules.PATIENCE


Take: TypeAlias = Callable[[Session, Any, Context], Heard]
"""Take a piece of news into an area's own rows, inside the notice's transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """Who understands notices, and who takes what they tell."""

    begin: Begin
    senders: Senders
    takers: Mapping[type[Any], Take]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a notice."""

    result: WebhookResult
    event_type: str | None
    why: str | None = None
    user_id: UUID | None = None
    changes: tuple[Change, ...] = ()
    rings: tuple[TaskName, ...] = ()
    wait: str | None = None


@dataclass(slots=True)
class Caused:
    """Whom to ring when the work is done."""

    names: set[TaskName] = field(default_factory=set[TaskName])


def job(ears: Ears, caused: Caused, seen: Callable[[Outcome], object] | None = None) -> Job[UUID]:
    """Return how notices are worked; what becomes of each is shown to `seen`."""

    def work(webhook_id: UUID) -> None:
        outcome = take(ears, webhook_id)
        caused.names.update(outcome.rings)
        if seen is not None:
            seen(outcome)

    def describe(webhook_id: UUID) -> Chore:
        return Chore(lambda: work(webhook_id))

    return Job(kind=store.kind(), describe=describe)


def take(ears: Ears, webhook_id: UUID) -> Outcome:
    """Take a notice's news, once: it is closed in the transaction that takes it.

    Raises Retryable where it is about something that is not written down yet, and Rejected
    where this release cannot read it.
    """
    try:
        outcome = _take(ears, webhook_id)
    except DataError:
        raise Rejected(f"{UNREADABLE}: a value that no column holds") from None
    if outcome.wait is not None:
        raise Retryable(outcome.wait)
    log.debug("webhook.taken", webhook=str(webhook_id), result=outcome.result)
    return outcome


def _take(ears: Ears, webhook_id: UUID) -> Outcome:
    with ears.begin(SYSTEM) as session:
        row = store.hold(session, webhook_id)
        if row is None:
            return Outcome(result=WebhookResult.DONE, event_type=None, why="it was taken before")
        outcome = understand(ears, session, row)
        if outcome.wait is None:
            close(session, row, outcome)
    return outcome


def attach(begin: Begin, *, most: int = 100) -> None:
    """Have notices taken again whose number was nobody's and has found its tenant."""
    with begin(SYSTEM) as session:
        for webhook_id in numbers.claimed(session, most=most):
            if control.take_up_again(session, store.kind(), webhook_id):
                store.open_again(session, webhook_id, by="claimed")


def close(session: Session, row: Stored, outcome: Outcome) -> None:
    """Write down what became of a notice."""
    store.close(
        session,
        row.id,
        outcome.result,
        why=outcome.why,
        event_type=outcome.event_type,
        user_id=outcome.user_id,
    )


def arrival_of(ears: Ears, row: Stored) -> Arrival:
    """Return a stored notice as it came."""
    if row.body is None:
        raise Rejected("its payload is not kept any more")
    return Arrival(
        target=row.target,
        headers=row.headers,
        body=row.body,
        at=row.received_at,
        subject=ears.senders.subject(row.provider, token_of(row.target)),
    )


def understand(ears: Ears, session: Session, row: Stored) -> Outcome:
    """Have the areas take what a notice tells. Twice, it changes nothing more."""
    notices = ears.senders.of(row.provider, None)
    if notices is None:
        return Outcome(
            result=WebhookResult.IGNORED, event_type=row.event_type, why="no vendor of ours"
        )
    arrival = arrival_of(ears, row)
    event_type = row.event_type or intake.name(notices, arrival)[1]
    try:
        news = notices.read(arrival)
    except NOT_OURS as error:
        raise Rejected(f"{UNREADABLE}: {type(error).__name__}") from None
    if not news:
        why = f"{event_type} concerns no area"
        return Outcome(result=WebhookResult.IGNORED, event_type=event_type, why=why)
    heard: list[Heard] = []
    for number, one in enumerate(news):
        told = _tell(ears, session, row, one, event_type)
        heard.append(told)
        if told.user_id is not None and told.wait is None:
            named = record.Named(row=row, number=number, event_type=event_type)
            record.note(session, named, one, user_id=told.user_id)
    return _sum(event_type, heard)


def _tell(ears: Ears, session: Session, row: Stored, news: News, event_type: str) -> Heard:
    """Have its area take one piece of news."""
    take_it = ears.takers.get(type(news))
    if take_it is None:
        return Heard(ignored=f"no area takes {type(news).__name__} yet")
    ours: str | None = getattr(news, "ours", None)
    user_id: UUID | None = row.user_id or getattr(news, "user_id", None)
    if user_id is None and ours is not None:
        user_id = numbers.owner(session, ours)
    heard = take_it(
        session, news, Context(user_id=user_id, received_at=row.received_at, age=row.age)
    )
    if heard.is_nobodys and ours is not None:
        store.note_number(session, row.id, ours)
        numbers.leave(session, row, ours, event_type)
    return heard


def _sum(event_type: str, heard: Sequence[Heard]) -> Outcome:
    """Say what became of a notice from what became of its pieces."""
    whys = dict.fromkeys(one.ignored for one in heard if one.ignored)
    is_taken = any(one.ignored is None for one in heard)
    return Outcome(
        result=WebhookResult.DONE if is_taken else WebhookResult.IGNORED,
        event_type=event_type,
        why="; ".join(whys) or None,
        user_id=next((one.user_id for one in heard if one.user_id), None),
        changes=tuple(change for one in heard for change in one.changes),
        rings=tuple(dict.fromkeys(name for one in heard for name in one.rings)),
        wait=next((one.wait for one in heard if one.wait), None),
    )

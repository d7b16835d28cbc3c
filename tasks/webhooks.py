"""Webhooks: understand what vendors tell us, and tell tenants' systems what happened."""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from domain.billing import heard as billing
from domain.calendars import service as calendars
from domain.deliveries import service as deliveries
from domain.messages import heard as messages
from domain.messages.ports import Delivery
from domain.outbound import heard as outbound
from domain.transcripts import calls
from domain.webhooks import news, service
from domain.webhooks.service import Caused, Context, Ears, Take
from domain.work import batch, errands, resolve
from domain.work.changes import Heard
from domain.work.names import TaskName, called
from domain.work.shop import Threads
from tasks.contract import ring, task
from tasks.toolbox import Toolbox, toolbox

OWED: Final = {
    news.BookingChanged: "calendars.pull",
    news.CalendarChanged: "calendars.pull",
}
"""What follows from news that no area takes by itself, as soon as there is a task of this name."""

HANDS: Final = Threads(8)
"""Notices wait for the database and for no vendor: 8 hands carry twice what 64 do."""


def ears(box: Toolbox) -> Ears:
    """Return who understands notices, and which area takes what."""

    def move(session: Session, told: news.MessageMoved, context: Context) -> Heard:
        delivery = Delivery(
            status=told.status,
            reference=told.reference,
            error=told.error,
            segments=told.segments,
            cost=told.cost if told.currency else None,
            currency=told.currency if told.cost is not None else None,
        )
        young = context.is_young
        return messages.move(
            session,
            delivery,
            vendor=told.provider,
            key=told.key,
            is_young=young,
            only_of=context.user_id,
        )

    def receive(session: Session, told: news.MessageReceived, context: Context) -> Heard:
        text = messages.Incoming(
            vendor=told.provider,
            reference=told.reference,
            ours=told.ours,
            theirs=told.theirs,
            body=told.body,
            segments=told.segments,
        )
        return messages.receive(session, box.post.keyring, text, user_id=context.user_id)

    takers: dict[type[Any], Take] = {
        news.CallNews: _hear,
        news.MessageMoved: move,
        news.MessageReceived: receive,
        news.SubscriptionChanged: _ask,
        news.BookingChanged: _owe,
        news.CalendarChanged: _look,
    }
    return Ears(begin=box.begin, senders=box.notices, takers=takers)


def _hear(session: Session, told: news.CallNews, context: Context) -> Heard:
    facts = calls.CallFacts(
        provider=told.provider,
        call_id=told.call_id,
        status=told.status,
        is_outbound=told.is_outbound,
        phone_number=told.theirs,
        started_at=told.started_at,
        duration=told.duration,
        transcript=told.transcript,
        recording_url=told.recording_url,
        cost=told.cost,
        told_at=context.received_at,
    )
    ours = outbound.hear(session, _of_ours(told, context))
    if ours is None:
        return calls.hear(session, facts, user_id=context.user_id)
    heard = calls.hear(session, replace(facts, is_outbound=True), user_id=ours.user_id)
    rings = (*heard.rings, TaskName.OUTBOUND_DRAIN) if ours.has_ended else heard.rings
    return replace(heard, rings=rings)


def _of_ours(told: news.CallNews, context: Context) -> outbound.Told:
    """Say it as the line of calls takes it: it may be about one that we placed."""
    return outbound.Told(
        vendor=told.provider,
        call_id=told.call_id,
        key=told.key,
        status=told.status,
        outcome=told.outcome,
        reason=told.reason,
        told_at=context.received_at,
        started_at=told.started_at,
        duration=told.duration,
        cost=told.cost,
        transcript=told.transcript,
        recording_url=told.recording_url,
    )


def _ask(session: Session, told: news.SubscriptionChanged, context: Context) -> Heard:
    """Owe a look at how it stands: what a notice says of it may be old."""
    return billing.hear(
        session,
        customer=told.customer,
        subscription=told.subscription,
        payment=told.payment,
        user_id=context.user_id,
    )


def _look(session: Session, told: news.CalendarChanged, context: Context) -> Heard:
    """Owe a look at a calendar; who tells us of nothing more is asked to again."""
    if told.is_last:
        calendars.unwatched(session, told.integration_id)
    return _owe(session, told, context)


def _owe(session: Session, told: Any, context: Context) -> Heard:  # noqa: ANN401  # of those in OWED
    """Owe what follows; until its area is built the notice is kept, and can be replayed then."""
    name = OWED[type(told)]
    owed = called(name)
    if owed is None:
        return Heard(user_id=context.user_id, ignored=f"{name} is not built yet")
    subject: UUID | None = getattr(told, "integration_id", None) or context.user_id
    if subject is None:
        return Heard(ignored="it names no tenant of ours")
    errands.owe_anew(session, owed, subject, user_id=context.user_id)
    return Heard(user_id=context.user_id, rings=(owed,))


@task(TaskName.WEBHOOKS_PROCESS)
def process(webhook_id: str) -> None:
    """Understand one notice."""
    box, caused = toolbox(), Caused()
    batch.work_one(box.shop, service.job(ears(box), caused), UUID(webhook_id))
    _ring(caused)


@task(TaskName.WEBHOOKS_DELIVER)
def deliver(delivery_id: str) -> None:
    """Make one delivery, if its receiver has a slot free."""
    box = toolbox()
    batch.work_one(box.shop, deliveries.job(box.outbox), UUID(delivery_id))


@task(TaskName.WEBHOOKS_SWEEP)
def sweep() -> None:
    """Understand and deliver what is due, and take up what somebody left."""
    box, caused = toolbox(), Caused()
    job, shop = service.job(ears(box), caused), replace(box.shop, hands=HANDS)
    service.attach(box.begin)
    resolve.resolve(shop, job)
    more = batch.work(shop, job)
    _ring(caused)
    if deliveries.work(box.outbox, box.shop) or more:
        ring(TaskName.WEBHOOKS_SWEEP)


def _ring(caused: Caused) -> None:
    """Ring whom the news concerns, once it is committed."""
    for name in caused.names:
        ring(name)

"""Owing what an event gives cause for: planned twice, it is owed once.

Rows say what is owed, when, and until when it is of use. Nothing is decided here but that: who
may be written to at that moment is asked when the moment has come (judging).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from domain import zones
from domain.consent import hours
from domain.consent.jurisdictions import Contact
from domain.consent.places import Evidence
from domain.errors import Rejected
from domain.messages import ics, owing, rules, segments, wishes
from domain.messages.owing import EventRow, Owed
from domain.messages.phrasing import Occasion, wishes_of, words_for
from domain.messages.post import Post
from domain.messages.wishes import Wishes
from domain.sealing import Keyring, Place
from domain.tables.accounts import UserStatus
from domain.tables.events import EventStatus

REVIEW_AFTER: Final = timedelta(hours=24)
REVIEW_OF_USE: Final = timedelta(days=7)
NO_SHOW_OF_USE: Final = timedelta(days=3)
ON_MY_WAY_OF_USE: Final = timedelta(hours=1)
LOOK_BACK: Final = timedelta(hours=26)


def occasions(event: EventRow, wanted: Wishes) -> Iterator[Occasion]:
    """Yield the reasons to write about an event as it stands now."""
    if event.start_time is None or event.tenant_status != UserStatus.ACTIVE:
        return
    if event.status in rules.STANDS:
        yield from _before(event, event.start_time, wanted)
    elif event.status == EventStatus.COMPLETED and wanted.review_request:
        due = (event.completed_at or event.booked_at) + REVIEW_AFTER
        yield Occasion(rule=rules.REVIEW_REQUEST, due_at=due, useful_until=due + REVIEW_OF_USE)
    elif event.status == EventStatus.NO_SHOW and wanted.no_show:
        until = event.booked_at + NO_SHOW_OF_USE
        yield Occasion(rule=rules.NO_SHOW, due_at=event.now, useful_until=until)


def _before(event: EventRow, start: datetime, wanted: Wishes) -> Iterator[Occasion]:
    """Yield the reasons to write before it: a reminder whose moment was past is not owed."""
    if wanted.confirmation and event.now < start:
        yield Occasion(
            rule=rules.CONFIRMATION,
            due_at=event.now,
            useful_until=start,
            answers_at=event.called_at,
        )
    for lead in wanted.before:
        if start - lead > event.booked_at:
            yield Occasion(
                rule=rules.reminder(lead),
                due_at=start - lead,
                useful_until=start - lead / 4,
                template=rules.REMINDER,
            )
    out = event.on_my_way_at
    if out is not None:
        until = out + ON_MY_WAY_OF_USE
        yield Occasion(rule=rules.ON_MY_WAY, due_at=event.now, useful_until=until, answers_at=out)


def plan(post: Post, session: Session, event: EventRow) -> list[Owed]:
    """Return every message that is owed about an event, in words."""
    wanted = wishes_of(event)
    zone = zones.find(event.timezone)
    due = list(occasions(event, wanted))
    if due and zone is None:
        raise Rejected(f"unknown time zone: {event.timezone[:64]}")
    reached = recipients(post.keyring, event, wanted)
    return [
        one
        for occasion in due
        for channel, to in reached
        if zone is not None and (channel == "sms" or occasion.rule != rules.ON_MY_WAY)
        for one in owed(session, event, zone, occasion, channel=channel, to=to)
    ]


def recipients(keyring: Keyring, event: EventRow, wanted: Wishes) -> list[tuple[str, str]]:
    """Return by which channels the person is reached, and where; the other where the first lacks.

    The sealed number is the carrier's word for who called; see architecture, sentence 6.
    """
    there = {
        "sms": keyring.read(
            event.customer_phone_sealed,
            event.customer_phone,
            Place("events", "customer_phone", event.id),
        ),
        "email": keyring.read(
            event.customer_email_sealed,
            event.customer_email,
            Place("events", "customer_email", event.id),
        ),
    }
    found = [(channel, to) for channel in wanted.channels if (to := there[channel])]
    others = [(channel, to) for channel in wishes.CHANNELS if (to := there[channel])]
    return found or others[:1]


def owed(  # one message is all of these
    session: Session,
    event: EventRow,
    zone: ZoneInfo,
    occasion: Occasion,
    *,
    channel: str,
    to: str,
) -> Iterator[Owed]:
    """Yield the message of an occasion by one channel, unless it was said last."""
    identity = _identity(session, event, occasion, channel=channel, to=to)
    if identity is None:
        return
    due = occasion.due_at if channel == "email" else by_day(occasion, event, to)
    words = words_for(session, event, zone, occasion, channel=channel, said_at=due)
    yield Owed(
        identity=identity,
        rule=occasion.rule,
        channel=channel,
        to=to,
        due_at=due,
        body=words.body,
        subject=words.subject or None,
        html=words.html,
        calendar=ics.of(event) if channel == "email" and _is_for_calendars(occasion) else None,
        segments=segments.count(words.body).segments if channel == "sms" else None,
        event_id=event.id,
        event_start=event.start_time,
        customer_id=event.customer_id,
        useful_until=occasion.useful_until,
        answers_at=occasion.answers_at,
        worded_on=due.astimezone(zone).date() if _says_when(occasion) else None,
        worded_zone=zone.key if _says_when(occasion) else None,
    )


def _is_for_calendars(occasion: Occasion) -> bool:
    return occasion.rule == rules.CONFIRMATION


def _says_when(occasion: Occasion) -> bool:
    return occasion.rule == rules.CONFIRMATION or occasion.template == rules.REMINDER


def _identity(
    session: Session,
    event: EventRow,
    occasion: Occasion,
    *,
    channel: str,
    to: str,
) -> str | None:
    """Name the message; None where the person was told just this last.

    Moved away and back again, the same words are a new message: what was said in between is
    what the person believes.
    """
    start = event.start_time
    if start is None:
        return None
    said = owing.told_last(session, event_id=event.id, rule=occasion.rule, channel=channel, to=to)
    named = rules.identity(
        event_id=event.id, start=start, rule=occasion.rule, recipient=to, channel=channel
    )
    if said is None:
        return named
    told_id, told_start, told_identity = said
    if told_start == start or told_identity == named:
        return None
    return rules.again(named, after=told_id)


def by_day(occasion: Occasion, event: EventRow, to: str) -> datetime:
    """Return when to write: in the night before it would be, the evening before; never later.

    What answers somebody goes when it is due: whether it may is asked then.
    """
    due = occasion.due_at
    if occasion.answers_at is not None or occasion.template != rules.REMINDER:
        return due
    evidence = Evidence(number=to, zone=event.timezone)
    open_ = hours.spans(
        Contact.TRANSACTIONAL_TEXT,
        evidence,
        since=due - LOOK_BACK,
        until=due + timedelta(minutes=1),
    )
    last = max((min(end - timedelta(minutes=1), due) for _, end in open_), default=due)
    return last if event.now < last else due

"""From a transcript to what it says, in the closed form."""

import re
from collections.abc import Sequence

from domain.transcripts.reading import contacts, money, orders, people, places, topics
from domain.transcripts.reading.languages import speech_of
from domain.transcripts.reading.mentions import Mention, spoken
from domain.transcripts.reading.plan import Outcome, Plan
from domain.transcripts.reading.speech import Speech
from domain.transcripts.reading.talk import Talk
from domain.transcripts.reading.turns import Speaker, Turn, split
from domain.transcripts.schema import (
    SILENT,
    EventType,
    Intent,
    Reading,
    Said,
    SaidEvent,
    Urgency,
)

BARE = re.compile(r"\w+")


def read(transcript: str) -> Reading:
    """Return what the transcript says; every quote stands in it letter by letter."""
    turns = split(transcript)
    speech = speech_of(turns)
    turns = [orders.without(turn, speech.orders) for turn in turns]
    kind = topics.kind_of(turns, speech)
    urgency = topics.urgency_of(turns, speech)
    topic = topics.topic_of(turns, speech)
    events = [] if kind in SILENT else _events(transcript, turns, speech, urgency)
    agreed = [event.when.value for event in events if event.is_agreed and event.when]
    return Reading(
        kind=kind,
        topic=topic,
        summary=topics.summary_of(topic, agreed),
        sentiment=topics.sentiment_of(turns, speech),
        urgency=urgency,
        events=events,
    )


def _events(
    transcript: str, turns: Sequence[Turn], speech: Speech, urgency: Urgency
) -> list[SaidEvent]:
    talk = Talk(speech)
    heard = list(spoken(turns, speech))
    for said in heard:
        talk.hear(said)
    name = people.name_of(turns, speech)
    phone = contacts.phone_of(transcript, turns, speech)
    is_message = not any(turn.speaker is Speaker.AGENT for turn in turns[1:])
    theirs = places.own(turns)
    is_known = bool(name or phone or theirs)
    cries = urgency is Urgency.EMERGENCY and is_known
    plans = [plan for plan in talk.plans if _is_event(plan, is_message=is_message, cries=cries)]
    if not plans:
        return []
    email = contacts.email_of(turns)
    duration = money.duration_of(heard)
    price = money.price_of(turns)
    kind = topics.type_of(turns, urgency)
    return [
        SaidEvent(
            intent=plan.intent,
            event_type=kind,
            title=_title(plan, kind, name),
            when=_when(transcript, plan),
            is_agreed=plan.is_agreed,
            customer_name=name,
            customer_phone=phone,
            customer_email=email,
            location=places.place_of(turns, theirs, upto=max(plan.turns, default=len(turns))),
            duration=duration,
            price=price,
        )
        for plan in plans
    ]


def _is_event(plan: Plan, *, is_message: bool, cries: bool) -> bool:
    """Say whether something came of it.

    Who leaves a message with a time wishes for it; who cries for help, and can be found, needs
    no time.
    """
    if plan.outcome in {Outcome.REFUSED, Outcome.FAILED} or plan.is_left:
        return False
    if plan.outcome is Outcome.ARRANGED or plan.intent is Intent.CANCEL:
        return True
    if plan.has_failed and not (plan.is_accepted or plan.is_promised):
        return False
    is_wanted = plan.is_wanted or is_message or plan.is_agreed
    return cries or (is_wanted and not plan.slots.is_empty)


def _when(transcript: str, plan: Plan) -> Said | None:
    told = [each for each in (plan.slots.day, plan.slots.clock) if each]
    if not told:
        return None
    told.sort(key=lambda one: one.start)
    phrase = _phrase(told[0], told[-1], transcript)
    if told[-1] is plan.slots.clock is not told[0] and BARE.fullmatch(told[-1].text):
        phrase = f"{told[-1].text} {told[0].text}"  # an hour without "at" is one before its day
    if part := plan.part:
        phrase = f"{phrase} {part.text}"
        told = sorted([*told, part], key=lambda one: one.start)
    return Said(value=phrase, quote=transcript[told[0].start : told[-1].end])


def _phrase(first: Mention, last: Mention, transcript: str) -> str:
    """Return the words of both; those between them only where they stand side by side."""
    if first is last:
        return first.text
    if last.start - first.end <= len(" around about "):
        return transcript[first.start : last.end]
    return f"{first.text} {last.text}"


def _title(plan: Plan, kind: EventType, name: Said | None) -> str:
    words = kind.value.replace("_", " ").capitalize()
    prefix = "" if plan.intent is Intent.BOOK else f"{plan.intent.value.capitalize()}: "
    return f"{prefix}{words}{f' for {name.value}' if name else ''}"[: topics.LONGEST_TITLE]

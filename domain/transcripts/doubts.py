"""What the owner is asked about an event, and with which answers to choose from. Pure."""

from typing import Final

from domain.transcripts.facts import Case, Checked, tail, title_of
from domain.transcripts.rules import Doubt, NewEvent
from domain.transcripts.schema import Intent

ASKED_FOR: Final = {"customer_name": "name", "location": "place"}
"""Facts whose absence the owner is asked about, where words for them were made up."""

DIFFER: Final = "two readings differ"


def about(checked: Checked, event: NewEvent, case: Case, why: str | None) -> list[Doubt]:
    """Return all that is asked about an event."""
    moment = [_moment(checked, event, why)] if why else []
    return moment + _unsaid(checked, event) + _contacts(checked, event, case)


def _moment(checked: Checked, event: NewEvent, why: str | None) -> Doubt:
    """Ask for what is missing: the moment, or whether it was agreed."""
    moments, when = checked.moments, checked.facts.get("when")
    candidates = [
        {
            "start": one.start.isoformat(),
            "reading": one.reading,
            "quote": when.quote if when else "",
        }
        for one in moments
    ]
    if len(candidates) == 1 and moments[0].has_time:
        question = f"Was “{event.title}” agreed for this moment?"
        if why == DIFFER:
            question += " Two readings of the call differ."
    elif candidates:
        question = f"When is “{event.title}”?"
    else:
        question = f"No moment was said for “{event.title}”. When is it?"
    return Doubt(
        field="start_time",
        question=question,
        candidates=candidates,
        fingerprint=event.fingerprint,
    )


def _unsaid(checked: Checked, event: NewEvent) -> list[Doubt]:
    """Ask for facts that were made up: what was read for them does not stand in the call."""
    return [
        Doubt(
            field=name,
            question=f"The call does not say the {word} that was read for “{event.title}”."
            " What is it?",
            fingerprint=event.fingerprint,
            subject="fill",
        )
        for name, word in ASKED_FOR.items()
        if getattr(checked.said, name) is not None and name not in checked.facts
    ]


def _contacts(checked: Checked, event: NewEvent, case: Case) -> list[Doubt]:
    """Ask before anybody is written to at a number or an address that was only spoken."""
    doubts: list[Doubt] = []
    for name, word in (("customer_phone", "number"), ("customer_email", "address")):
        fact = checked.facts.get(name)
        is_known = name == "customer_phone" and fact and tail(fact.value) == tail(case.phone)
        if fact is None or is_known:
            continue
        question = f"For “{event.title}” the caller gave the {word} {fact.value}. Is it theirs?"
        doubts.append(
            Doubt(
                field=name,
                question=question,
                candidates=[{"value": fact.value, "quote": fact.quote}],
                fingerprint=event.fingerprint,
                subject="fill",
            )
        )
    return doubts


def which(checked: Checked) -> Doubt:
    """Ask which event is to be moved or cancelled: a caller is heard, not obeyed."""
    said = checked.said
    verb = "moved" if said.intent is Intent.MOVE else "cancelled"
    when = checked.facts.get("when")
    to = checked.moments[0].start.isoformat() if len(checked.moments) == 1 else None
    candidate = {"quote": when.quote if when else "", **({"start": to} if to else {})}
    return Doubt(
        field="event",
        question=f"The caller wants “{title_of(said)}” {verb}. Which event is it?",
        candidates=[candidate] if when else [],
        subject=said.intent.value,
    )

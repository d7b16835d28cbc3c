"""What of an event's facts stands in the call. Pure.

A quote must stand in exactly the text, and its value must be what the quote says. What is not in
`Checked` was not said, whatever the reader claims.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.transcripts.grounding import Spoken, fold, is_borne_out
from domain.transcripts.reading.turns import Speaker
from domain.transcripts.rules import Measure, Moment, Resolve
from domain.transcripts.schema import Reading, Said, SaidEvent
from domain.transcripts.trades import Trade

FACTS: Final = ("when", "customer_name", "customer_phone", "customer_email", "location", "duration")
SAME_TAIL: Final = 7
"""Digits that two spellings of one number have in common at their end."""

LONGEST_NAME: Final = 60
STRANGE: Final = re.compile(
    r"https?:|www\.|@|\b\w+\.(?:com|net|org|io|ru|cn)\b|\d{5}|[<>{}]", re.IGNORECASE
)
"""What no name and no title has, and what a text to a customer must not carry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A call, and all that is known beside it when its reading is decided on."""

    spoken: Spoken
    resolve: Resolve
    measure: Measure
    said_at: datetime
    trade: Trade
    phone: str | None = None
    """The number that the carrier says called."""

    second: Reading | None = None
    """What the reader without a model heard; None: it is the reading itself."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One event of a reading, with what of it stands in the call."""

    said: SaidEvent
    facts: dict[str, Said]
    moments: Sequence[Moment]
    told: int
    is_callers: bool

    def value(self, name: str) -> str | None:
        """Return a fact's value, where it was said."""
        fact = self.facts.get(name)
        return fact.value.strip() or None if fact else None


def ahead(phrase: str, case: Case) -> list[Moment]:
    """Return the moments that a phrase may mean and that had not passed when it was said."""
    return [one for one in case.resolve(phrase) if one.start > case.said_at]


def check(said: SaidEvent, case: Case) -> Checked:
    """Keep the facts whose quotes stand in the call and bear them out."""
    given = {name: fact for name in FACTS if (fact := getattr(said, name)) is not None}
    kept = {name: fact for name, fact in given.items() if _holds(name, fact, case)}
    when = kept.get("when")
    moments = ahead(when.value, case) if when else []
    passage = case.spoken.find(when) if when else None
    is_callers = passage is not None and passage.speaker is not Speaker.AGENT
    return Checked(said, kept, moments, len(given), is_callers)


def _holds(name: str, fact: Said, case: Case) -> bool:
    """Tell whether a fact was said: its quote stands there, and its value is what the quote says.

    What the reader without a model says the same of is borne out: it spells and counts aloud.
    """
    if not case.spoken.has(fact):
        return False
    if name == "customer_name" and (len(fact.value) > LONGEST_NAME or STRANGE.search(fact.value)):
        return False
    if case.second is None or is_borne_out(fact):
        return True
    others = [getattr(event, name) for event in case.second.events]
    if any(other is not None and _same(name, other.value, fact.value) for other in others):
        return True
    if name != "when":
        return False
    told = {one.start for one in case.resolve(fact.value)}
    return bool(told) and told == {one.start for one in case.resolve(fact.quote)}


def _same(name: str, one: str, other: str) -> bool:
    if name == "customer_phone":
        return tail(one) == tail(other) != ""
    return fold(one) == fold(other)


def tail(number: str | None) -> str:
    """Return the digits by which two spellings of a number are known for one."""
    return re.sub(r"\D", "", number or "")[-SAME_TAIL:]


def title_of(said: SaidEvent) -> str:
    """Return what an event is called; a title that could lead somebody astray is made anew."""
    title = " ".join(said.title.split())
    if title and not STRANGE.search(title):
        return said.title
    return said.event_type.value.replace("_", " ").capitalize()

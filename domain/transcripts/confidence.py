"""How sure a booking is, by twelve factors that code can see. Pure; no model is asked for it.

Completeness (who, when, where, what, of which kind), grounding (do the words stand in the call,
and whose are they), agreement (of both sides, and of two readings) and plausibility (ahead, in
opening hours, of a likely length). Each is between 0 and 1 and weighs by trade; weights add up
to 1. Where the weights began, and why there are these twelve: docs/decisions/0061.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from domain.transcripts.trades import Trade

FAR: Final = timedelta(days=400)
SHORTEST: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(hours=12)
NUMBER: Final = re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten)\b")


class Band(StrEnum):
    """What becomes of a booking that is this sure."""

    CONFIRM = "confirm"
    REVIEW = "review"
    ASK = "ask"


BANDS: Final = ((Decimal("0.70"), Band.CONFIRM), (Decimal("0.30"), Band.REVIEW))
"""From so much on; below all of them nothing is written that looks like a plan."""


class Factor(StrEnum):
    """What is looked at."""

    CONTACT = "contact"
    TIME = "time"
    PLACE = "place"
    DESCRIPTION = "description"
    KIND = "kind"
    GROUNDED = "grounded"
    CALLERS_WORDS = "callers_words"
    AGREED = "agreed"
    READ_TWICE = "read_twice"
    AHEAD = "ahead"
    OPEN = "open"
    LENGTH = "length"


_USUAL: Final = (15, 15, 10, 10, 5, 10, 5, 10, 10, 5, 3, 2)
_WEIGHTS: Final[Mapping[str, tuple[int, ...]]] = {
    "plumbing": (15, 14, 20, 8, 5, 9, 4, 9, 9, 4, 1, 2),
    "real_estate": (13, 13, 24, 8, 4, 9, 4, 9, 9, 4, 1, 2),
    "legal": (20, 15, 4, 14, 5, 10, 5, 10, 10, 4, 1, 2),
    "medical": (20, 15, 4, 14, 5, 10, 5, 10, 10, 4, 1, 2),
}
"""In hundredths, in the order of the factors."""


def weights(trade: str) -> dict[Factor, Decimal]:
    """Return what each factor counts for in a trade."""
    told = _WEIGHTS.get(trade, _USUAL)
    return {factor: Decimal(told[at]) / 100 for at, factor in enumerate(Factor)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of a booking."""

    event_type: str
    title: str
    has_name: bool
    has_phone: bool
    has_email: bool
    place: str | None
    start: datetime | None
    """The one moment that it can be, in the call's own zone."""

    has_time: bool
    said_at: datetime
    readings: int
    """How many moments its words may mean."""

    length: timedelta | None
    grounded: int
    told: int
    """Of so many facts, so many stand in the call."""

    is_callers: bool
    is_agreed: bool
    is_read_twice: bool


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure it is, and what made it so."""

    total: Decimal
    factors: Mapping[Factor, float]

    @property
    def band(self) -> Band:
        """What becomes of it."""
        return next((band for least, band in BANDS if self.total >= least), Band.ASK)


def of(seen: Seen, trade: Trade) -> Confidence:
    """Weigh what is known."""
    start = seen.start
    factors = {
        Factor.CONTACT: _contact(seen),
        Factor.TIME: _time(seen),
        Factor.PLACE: _place(seen.place) if seen.place or trade.needs_place else 1.0,
        Factor.DESCRIPTION: 1.0 if len(seen.title.split()) > 1 else 0.7,
        Factor.KIND: float(seen.event_type in trade.types),
        Factor.GROUNDED: seen.grounded / seen.told if seen.told else 0.0,
        Factor.CALLERS_WORDS: float(seen.is_callers),
        Factor.AGREED: float(seen.is_agreed),
        Factor.READ_TWICE: float(seen.is_read_twice),
        Factor.AHEAD: float(start is not None and seen.said_at < start < seen.said_at + FAR),
        Factor.OPEN: 1.0 if start is not None and trade.is_open_at(start) else 0.5,
        Factor.LENGTH: float(seen.length is None or SHORTEST <= seen.length <= LONGEST),
    }
    told = weights(trade.name)
    total = sum((told[name] * Decimal(str(score)) for name, score in factors.items()), Decimal())
    return Confidence(total.quantize(Decimal("0.01")), factors)


def _contact(seen: Seen) -> float:
    """Weigh the number that the carrier says called most: it can be written to."""
    return min(1.0, 0.6 * seen.has_phone + 0.4 * seen.has_name + 0.3 * seen.has_email)


def _time(seen: Seen) -> float:
    if seen.start is not None:
        return 1.0 if seen.has_time else 0.7
    return 0.5 if seen.readings > 1 else 0.0


def _place(place: str | None) -> float:
    if place is None:
        return 0.0
    return 1.0 if NUMBER.search(place.casefold()) else 0.6

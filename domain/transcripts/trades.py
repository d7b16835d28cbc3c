"""What a trade calls its events, how long they take and what it must know of them. Pure.

Terms, types, lengths and hours stand in `industry_configurations` and are the tenant's to change;
here stands what a row cannot hold: the words by which a caller says that it is urgent, and what
counts for how much in the confidence of a booking (confidence.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final, cast

from domain.transcripts.schema import EventType

USUAL: Final = timedelta(minutes=60)
DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One tenant's trade, as its rows say it."""

    name: str = "general"
    types: frozenset[str] = frozenset(each.value for each in EventType)
    terms: Mapping[str, str] = field(default_factory=dict[str, str])
    duration: timedelta = USUAL
    hours: Mapping[str, tuple[time, time]] = field(default_factory=dict[str, tuple[time, time]])
    """By weekday; a day that is not named is not known to be closed."""

    needs_place: bool = False
    confirms: bool = True
    """Whether what is sure enough is confirmed without asking the owner."""

    def is_open_at(self, moment: datetime) -> bool:
        """Tell whether the business is open then, as far as its hours say."""
        hours = self.hours.get(DAYS[moment.weekday()])
        return hours is None or hours[0] <= moment.time() < hours[1]


GENERAL: Final = Trade()

CUES: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "plumbing": {
        "emergency": ("burst pipe", "flood", "no heat", "sewage", "gas smell"),
        "medium": ("when you can", "no rush"),
    },
    "real_estate": {"high": ("pre-approved", "cash buyer", "closing this week")},
    "legal": {"high": ("court date", "deadline", "served with papers", "in custody")},
    "medical": {
        "emergency": ("chest pain", "cannot breathe", "bleeding"),
        "high": ("fever", "severe pain", "getting worse"),
    },
    "sales": {"high": ("budget approved", "ready to buy", "contract ends")},
}
"""What callers of a trade say when it is urgent, by how urgent that is."""


def trade_of(row: Mapping[str, Any] | None) -> Trade:
    """Read a row of `industry_configurations`; without one, the trade is not known.

    Only a tenant's own row says whether to confirm unasked: the house's rows say what a trade is.
    """
    if row is None:
        return GENERAL
    known = {each.value for each in EventType}
    given = row["event_types"]
    told = cast("list[object]", given) if isinstance(given, list) else []
    types = frozenset(str(one) for one in told) & known
    return Trade(
        name=str(row["industry_type"]),
        types=types or GENERAL.types,
        terms=_terms(row["terminology"]),
        duration=timedelta(minutes=row["default_duration_minutes"]),
        hours=_hours(row["business_hours"]),
        needs_place=bool(row["location_required"]),
        confirms=bool(row["auto_confirm_enabled"]) if row["user_id"] else True,
    )


def _terms(given: object) -> dict[str, str]:
    told = _pairs(given)
    return {ours: theirs for ours, theirs in told.items() if isinstance(theirs, str)}


def _hours(given: object) -> dict[str, tuple[time, time]]:
    """Read opening hours; a day whose hours are no hours says nothing."""
    hours: dict[str, tuple[time, time]] = {}
    for day, told in _pairs(given).items():
        pair = _pairs(told)
        try:
            since, until = (time.fromisoformat(str(pair[one])) for one in ("start", "end"))
        except (KeyError, ValueError):
            continue
        hours[day.lower()] = (since, until)
    return hours


def _pairs(given: object) -> dict[str, object]:
    return cast("dict[str, object]", given) if isinstance(given, dict) else {}

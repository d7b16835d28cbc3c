"""What a phrase comes to: one moment, several candidates, or none."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum


class Grain(StrEnum):
    """How exactly a phrase was said."""

    SECOND = "second"
    MINUTE = "minute"
    PART = "part"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One reading of a phrase, in the caller's own zone."""

    starts_at: datetime
    """Aware. Where only a date, or a part of the day, was said: where that begins."""

    ends_at: datetime | None = None
    """The end of a range, exclusive; None where only a beginning was said."""

    grain: Grain
    reading: str
    """How the words were understood, for the person who is asked."""

    @property
    def has_time(self) -> bool:
        """Say whether a time of day was said, not only a date or a part of the day."""
        return self.grain in {Grain.SECOND, Grain.MINUTE}

    @property
    def on(self) -> date:
        """Return the date on the caller's calendar."""
        return self.starts_at.date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Every moment that a phrase may mean, the likeliest first; none when it means none."""

    candidates: tuple[Moment, ...] = ()
    duration: timedelta | None = None
    """How long it is to take, where the phrase says so."""

    @property
    def only(self) -> Moment | None:
        """Return the moment when there is no doubt about it."""
        return self.candidates[0] if len(self.candidates) == 1 else None

    @property
    def is_ambiguous(self) -> bool:
        """Say whether a person has to be asked."""
        return len(self.candidates) > 1

"""One thing that may be arranged in a call, and what became of it."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from domain.transcripts.reading.mentions import Mention
from domain.transcripts.schema import Intent
from domain.transcripts.when import PhraseKind
from domain.transcripts.when.lexemes import fold


class Outcome(StrEnum):
    """What became of a plan."""

    OPEN = "open"
    ARRANGED = "arranged"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Slots:
    """The words for the moment so far."""

    day: Mention | None = None
    clock: Mention | None = None

    def put(self, mention: Mention) -> "Slots":
        """Return the slots with this one in its place; a part of a day never replaces an hour."""
        if mention.is_date:
            if mention.is_vague and self.day:
                return self
            return replace(self, day=mention)
        known = self.clock
        weaker = mention.kind is PhraseKind.PART and known and known.kind is PhraseKind.TIME
        shorter = known is not None and fold(known.text).startswith(f"{fold(mention.text)} ")
        return self if weaker or shorter else replace(self, clock=mention)

    def of(self, turn: int) -> "Slots":
        """Return what was said in this turn."""
        day = self.day if self.day and self.day.turn == turn else None
        return Slots(day, self.clock if self.clock and self.clock.turn == turn else None)

    @property
    def is_empty(self) -> bool:
        """Say whether nothing was said yet."""
        return self.day is None and self.clock is None


@dataclass(slots=True)
class Plan:
    """One thing that may be arranged."""

    slots: Slots = field(default_factory=Slots)
    offered: Slots = field(default_factory=Slots)
    """What the agent proposed and the caller has not answered."""

    outcome: Outcome = Outcome.OPEN
    intent: Intent = Intent.BOOK
    is_wanted: bool = False
    is_asked: bool = False
    """The agent asked whether to arrange it, and waits for the answer."""

    is_promised: bool = False
    """Said to be arranged next, so it may still fail."""

    is_accepted: bool = False
    options: list[Slots] = field(default_factory=list[Slots])
    """Several moments that the agent named last, to choose from."""

    turns: list[int] = field(default_factory=list[int])

    def settle(self, outcome: Outcome) -> None:
        """Write down what became of it."""
        self.outcome = outcome
        self.is_asked = False

"""One thing that may be arranged in a call, and what became of it."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from domain.transcripts.reading.mentions import Mention
from domain.transcripts.reading.turns import Speaker
from domain.transcripts.schema import Intent
from domain.transcripts.when import PhraseKind
from domain.transcripts.when.lexemes import fold

HOUR = 60
HOURS = {
    "morning": frozenset(range(7, 12)),
    "evening": frozenset(range(5, 12)),
    "night": frozenset(range(6, 12)),
}
"""The hours that a part of the day, said before, makes sure."""


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
        vaguer = known is not None and known.is_surer_than(mention)
        return self if weaker or shorter or vaguer else replace(self, clock=mention)

    def of(self, turn: int) -> "Slots":
        """Return what was said in this turn."""
        day = self.day if self.day and self.day.turn == turn else None
        return Slots(day, self.clock if self.clock and self.clock.turn == turn else None)

    def says_more_than(self, other: "Slots") -> bool:
        """Say whether this is another moment, or tells what the other left open."""
        return _is_new(self.day, other.day) or _is_new(self.clock, other.clock)

    def repeats(self, other: "Slots") -> bool:
        """Say whether all that is said here is said there, too."""
        pairs = [(self.day, other.day), (self.clock, other.clock)]
        told = [(ours, theirs) for ours, theirs in pairs if ours]
        return bool(told) and all(theirs and _is_same(ours, theirs) for ours, theirs in told)

    @property
    def is_whole(self) -> bool:
        """Say whether a day and a time of day are named."""
        return self.day is not None and self.clock is not None

    @property
    def is_empty(self) -> bool:
        """Say whether nothing was said yet."""
        return self.day is None and self.clock is None


def _is_same(one: Mention, other: Mention) -> bool:
    is_alike = one.kind is other.kind and fold(one.text) == fold(other.text)
    return is_alike or bool(one.marks & other.marks)


def _is_new(mention: Mention | None, known: Mention | None) -> bool:
    if mention is None or mention is known:
        return False
    if known is None:
        return True
    return mention.kind is not known.kind is PhraseKind.PART or mention.contradicts(known)


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
    """Who did not name this very moment has said yes to it."""

    is_left: bool = False
    """The caller turned the last offer down and has asked for nothing since."""

    has_failed: bool = False
    """The agent could not do it once; what is named after needs a yes."""

    said_by: Speaker = Speaker.CALLER
    """Who named the moment that stands."""

    options: list[Slots] = field(default_factory=list[Slots])
    """Several moments that the agent named last, to choose from."""

    turns: list[int] = field(default_factory=list[int])
    parts: list[Mention] = field(default_factory=list[Mention])
    """The words that named a part of the day."""

    def name(self, slots: Slots, by: Speaker) -> None:
        """Take these words for the moment; another moment needs another yes."""
        if slots.says_more_than(self.slots):
            self.is_accepted, self.said_by = False, by
        self.slots = slots
        clock = slots.clock
        self.parts += [one for one in (clock, clock and clock.beside) if one and one.part]

    def accept(self, by: Speaker) -> None:
        """Write down that this side takes the moment that stands."""
        if by is not self.said_by:
            self.is_accepted = True

    def settle(self, outcome: Outcome) -> None:
        """Write down what became of it."""
        self.outcome = outcome
        self.is_asked = False
        self.is_left = False

    @property
    def part(self) -> Mention | None:
        """Return the words that say which half of the day an unsure hour is of."""
        clock = self.slots.clock
        if clock is None or clock.kind is not PhraseKind.TIME or clock.is_sure or clock.beside:
            return None
        hours = {value // HOUR for name, value in clock.marks if name == "clock"}
        fits = [each for each in self.parts if hours <= HOURS.get(each.part, frozenset())]
        return fits[-1] if fits else None

    @property
    def is_agreed(self) -> bool:
        """Say whether both sides have said yes to this very moment."""
        is_sure = self.outcome is Outcome.ARRANGED or self.is_promised
        if is_sure and self.slots.is_empty:
            return True
        return self.is_accepted and (is_sure or self.is_wanted or self.slots.is_whole)

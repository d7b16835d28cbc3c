"""Patterns over kinds of lexemes, and what they found."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.transcripts.when.lexemes import Language, Lexeme
from domain.transcripts.when.moments import Grain

NOTHING = Lexeme("?", "", 0, 0)


@dataclass(frozen=True, slots=True)
class Context:
    """The moment and the language in which the words were said."""

    now: datetime
    language: Language

    @property
    def today(self) -> date:
        """Return the caller's own date."""
        return self.now.date()


@dataclass(frozen=True, slots=True)
class Found:
    """What a pattern found: a lexeme for each of its named places."""

    match: re.Match[str]
    lexemes: Sequence[Lexeme]

    def __getitem__(self, name: str) -> Lexeme:
        """Return the lexeme at a place, an empty one where the pattern has none."""
        if name not in self.match.re.groupindex or not self.match.group(name):
            return NOTHING
        return self.lexemes[self.match.start(name)]

    def has(self, name: str) -> bool:
        """Say whether there is a lexeme at this place."""
        return self[name] is not NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One reading of the words for a date."""

    on: date
    reading: str
    until: date | None = None
    grain: Grain = Grain.DAY
    part: str = ""
    at: datetime | None = None
    """The exact instant, where the words count from now in hours or minutes."""

    is_past: bool = False
    """The words themselves say that it is behind us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One reading of the words for a time of day."""

    hour: int
    minute: int = 0
    second: int | None = None
    is_sure: bool = False
    """Said on 24 hours, or with am, pm or a part of the day."""

    until: tuple[int, int] | None = None
    offset: int | None = None
    """Minutes east of Greenwich, where a zone was named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Words that count from another date: a week from, two days after."""

    count: int
    unit: str


Meaning = Day | Clock | Step | timedelta | str
Read = Callable[[Found, Context], Sequence[Meaning]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern over kinds, and how to read what it finds."""

    pattern: re.Pattern[str]
    read: Read
    letters: frozenset[str]
    """All that its pattern speaks of: it begins with none of the others."""


def rule(pattern: str) -> Callable[[Read], Rule]:
    """Make a function the reading of a pattern; single letters in angle brackets are places."""
    named = re.sub(r"<(\w+):([^>]+)>", r"(?P<\1>\2)", pattern)
    letters = frozenset(re.sub(r"<\w+:([^>]+)>", r"\1", pattern))

    def bind(read: Read) -> Rule:
        return Rule(re.compile(named), read, letters)

    return bind

"""Where a text speaks of time, and which words do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from domain.transcripts.when import clock, days, spans
from domain.transcripts.when.lexemes import Lexeme, kinds_of
from domain.transcripts.when.lexicon import Lexed, lex
from domain.transcripts.when.rules import Clock, Context, Day, Found, Meaning, Rule, Step

RULES: Sequence[Rule] = (*days.RULES, *spans.RULES, *clock.RULES)
NO_BEGINNING = frozenset("?_.racjiuUtz")
SOME_DAY = datetime(2024, 1, 1, 12, tzinfo=UTC)
"""A moment for asking where the words are: which words they are does not hang on it."""


class PhraseKind(StrEnum):
    """What a phrase tells."""

    DATE = "date"
    TIME = "time"
    PART = "part"
    STEP = "step"
    DURATION = "duration"


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that one rule has read."""

    first: int
    last: int
    """Lexemes from first up to, not including, last."""

    kind: PhraseKind
    meanings: Sequence[Meaning]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words of a text that speak of time."""

    kind: PhraseKind
    start: int
    end: int
    text: str


def find(text: str, *, language: str | None = None) -> list[Phrase]:
    """Return where the text speaks of time, in its order; phrases never overlap."""
    lexed = lex(text, language)
    found: list[Phrase] = []
    for piece in pieces(lexed, Context(SOME_DAY, lexed.language)):
        start = lexed.lexemes[piece.first].start
        end = lexed.lexemes[piece.last - 1].end
        found.append(Phrase(kind=piece.kind, start=start, end=end, text=text[start:end]))
    return found


def pieces(lexed: Lexed, context: Context) -> list[Piece]:
    """Return what the rules read, the longest first at each place."""
    return list(_pieces(lexed.lexemes, context))


def _pieces(lexemes: Sequence[Lexeme], context: Context) -> Iterator[Piece]:
    kinds = kinds_of(lexemes)
    place = 0
    while place < len(kinds):
        piece = None if kinds[place] in "?." else _longest(kinds, place, lexemes, context)
        if piece:
            yield piece
            place = piece.last
        else:
            place += 1


def _longest(kinds: str, place: int, lexemes: Sequence[Lexeme], context: Context) -> Piece | None:
    matches = [
        (match.end(), -order, match)
        for order, each in enumerate(RULES)
        if (match := each.pattern.match(kinds, place)) and match.end() > place
    ]
    for end, order, match in sorted(matches, key=lambda one: one[:2], reverse=True):
        meanings = RULES[-order].read(Found(match, lexemes), context)
        if meanings:
            return Piece(place, end, _kind_of(meanings[0]), meanings)
    return None


def _kind_of(meaning: Meaning) -> PhraseKind:
    match meaning:
        case Day():
            return PhraseKind.DATE
        case Clock():
            return PhraseKind.TIME
        case Step():
            return PhraseKind.STEP
        case timedelta():
            return PhraseKind.DURATION
        case _:
            return PhraseKind.PART

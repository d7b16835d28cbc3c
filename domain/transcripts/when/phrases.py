"""Where a text speaks of time, and which words do."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from string import ascii_letters
from typing import TypeAlias

from domain.transcripts.when import bare, clock, days, spans
from domain.transcripts.when.lexemes import Lexeme, kinds_of
from domain.transcripts.when.lexicon import LANGUAGES, Lexed, lex, may_tell
from domain.transcripts.when.moments import Grain
from domain.transcripts.when.rules import Clock, Context, Day, Found, Meaning, Rule, Step

RULES: Sequence[Rule] = (*days.RULES, *spans.RULES, *clock.RULES)
LETTERS: Mapping[str, Sequence[tuple[int, Rule]]] = {
    letter: [(order, each) for order, each in enumerate(RULES) if letter in each.letters]
    for letter in ascii_letters
}
"""For each kind of lexeme the rules that may begin with it, each with its rank."""

A_FEW_DAYS = timedelta(days=8)
VAGUE = frozenset({Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR})
WEEKLY = re.compile(r"(?i)(?:days|dagar|dagarna|sábados|domingos)$")
Mark: TypeAlias = tuple[str, int]
"""A sign by which two phrases can be told to mean the same, or not: the weekday, the hour."""

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
    is_vague: bool = False
    """Now, or a whole week, month or year: it names no day."""

    is_past: bool = False
    """The words themselves say that it is behind us."""

    is_weekly: bool = False
    """Every such day: Sundays."""

    marks: frozenset[Mark] = frozenset()

    part: str = ""
    """The part of the day that it names."""

    is_sure: bool = False
    """A time that can be no other half of the day."""


def find(
    text: str, *, language: str | None = None, is_answer: bool = False, is_expected: bool = False
) -> list[Phrase]:
    """Return where the text speaks of time, in its order; phrases never overlap.

    An answer to "at what time?" may be a bare number; where times are spoken of,
    so may be what stands where an hour would: make it ten.
    """
    if language in LANGUAGES and not may_tell(text, language):
        return []
    lexed = lex(text, language)
    context = Context(SOME_DAY, lexed.language)
    read = pieces(lexed, context)
    if is_expected and (told := bare.with_hours(lexed, text, [(p.first, p.last) for p in read])):
        lexed = told
        read = pieces(lexed, context)
    if is_answer and not read:
        lexed = bare.as_answer(lexed)
        read = pieces(lexed, context)
    return [_phrase(piece, lexed.lexemes, text) for piece in read]


def _phrase(piece: Piece, lexemes: Sequence[Lexeme], text: str) -> Phrase:
    inside = [each for each in lexemes[piece.first : piece.last] if each.end > each.start]
    start, end = inside[0].start, inside[-1].end
    days = [meaning for meaning in piece.meanings if isinstance(meaning, Day)]
    is_past = bool(days) and all(day.is_past for day in days)
    return Phrase(
        kind=piece.kind,
        start=start,
        end=end,
        text=text[start:end],
        is_past=is_past,
        is_vague=bool(days) and all(_is_vague(day) for day in days),
        is_weekly=len(inside) == 1
        and inside[0].kind == "W"
        and bool(WEEKLY.search(text[start:end])),
        marks=frozenset(_marks(piece, inside)),
        part=_part(piece),
        is_sure=any(isinstance(each, Clock) and each.is_sure for each in piece.meanings),
    )


def _marks(piece: Piece, inside: Sequence[Lexeme]) -> Iterator[Mark]:
    """Yield what two phrases for one moment have in common, whatever the day of the call."""
    for meaning in piece.meanings:
        if isinstance(meaning, Clock):
            yield ("clock", meaning.hour % 12 * 60 + meaning.minute)
    if piece.kind is not PhraseKind.DATE:
        return
    for lexeme in inside:
        if lexeme.kind == "W":
            yield ("weekday", lexeme.number)
        elif lexeme.kind in "OoD":
            yield ("near" if lexeme.kind == "D" else "date", lexeme.number)


def _part(piece: Piece) -> str:
    first = piece.meanings[0]
    return first if isinstance(first, str) else first.part if isinstance(first, Day) else ""


def _is_vague(day: Day) -> bool:
    until = day.until or day.on
    return day.grain in VAGUE or day.reading == "now" or until - day.on > A_FEW_DAYS


def pieces(lexed: Lexed, context: Context) -> list[Piece]:
    """Return what the rules read, the longest first at each place."""
    return list(_pieces(lexed.lexemes, context))


def _pieces(lexemes: Sequence[Lexeme], context: Context) -> Iterator[Piece]:
    kinds = kinds_of(lexemes)
    place = 0
    while place < len(kinds):
        piece = None if kinds[place] in "?." else _longest(kinds, place, lexemes, context)
        if piece:
            piece = _in_zone(piece, lexemes)
            yield piece
            place = piece.last
        else:
            place += 1


def _in_zone(piece: Piece, lexemes: Sequence[Lexeme]) -> Piece:
    """Take in the time zone that is named after a time of day."""
    follows = lexemes[piece.last] if piece.last < len(lexemes) else None
    if piece.kind is not PhraseKind.TIME or follows is None or follows.kind != "z":
        return piece
    clocks = [each for each in piece.meanings if isinstance(each, Clock)]
    zoned = [replace(each, offset=follows.number) for each in clocks]
    return Piece(piece.first, piece.last + 1, piece.kind, zoned)


def _longest(kinds: str, place: int, lexemes: Sequence[Lexeme], context: Context) -> Piece | None:
    matches = [
        (match.end(), -order, match)
        for order, each in LETTERS.get(kinds[place], ())
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

"""Turning a text into lexemes, in the language that knows most of its words."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from domain.transcripts.when import numbers
from domain.transcripts.when.english import ENGLISH
from domain.transcripts.when.lexemes import (
    LONG_ENOUGH,
    SILENT,
    TOKEN,
    Language,
    Lexeme,
    Value,
    fold,
    shortened,
)
from domain.transcripts.when.spanish import SPANISH
from domain.transcripts.when.swedish import SWEDISH

LANGUAGES = {"en": ENGLISH, "es": SPANISH, "sv": SWEDISH}
LONGEST_ABBREVIATION = 4
ARTICLE, LONGEST_MONTH = "article", 31


class Lexed(NamedTuple):
    """A text's lexemes, and the language in which they were understood."""

    lexemes: Sequence[Lexeme]
    language: Language


def lex(text: str, language: str | None) -> Lexed:
    """Return the lexemes of a text; without a language, of the one that knows most words."""
    code = (language or "").lower()[:2]
    if code in LANGUAGES:
        return Lexed(_lex(_folded(text, LANGUAGES[code]), LANGUAGES[code]), LANGUAGES[code])
    tried = [Lexed(_lex(_folded(text, known), known), known) for known in LANGUAGES.values()]
    return max(tried, key=_understood)


def _folded(text: str, language: Language) -> str:
    if language.mistakable:
        text = language.mistakable.sub(lambda match: "#" * len(match.group()), text)
    return fold(text)


def _understood(lexed: Lexed) -> int:
    return -sum(lexeme.kind == "?" for lexeme in lexed.lexemes)


def _lex(folded: str, language: Language) -> list[Lexeme]:
    tokens = list(TOKEN.finditer(folded))
    words = [token.group() if token.lastgroup == "word" else "" for token in tokens]
    lexemes: list[Lexeme] = []
    place = 0
    while place < len(tokens):
        lexeme, used = _phrase(tokens, words, place, language) or (
            _single(tokens[place], language),
            1,
        )
        lexemes.append(lexeme)
        place += used
    joined = numbers.join(_abbreviations(lexemes, folded), language.tens_join)
    return [lexeme for lexeme in _dated(joined) if lexeme.kind != SILENT]


def _phrase(
    tokens: Sequence[re.Match[str]], words: Sequence[str], place: int, language: Language
) -> tuple[Lexeme, int] | None:
    first = words[place]
    for entry, kind, value in language.index.get(first, ()):
        last = _end_of(entry, tokens, words, place)
        if last is not None:
            return Lexeme(kind, value, tokens[place].start(), tokens[last].end()), last + 1 - place
    return None


def _end_of(
    entry: tuple[str, ...], tokens: Sequence[re.Match[str]], words: Sequence[str], place: int
) -> int | None:
    """Return where the words of an entry end, dashes between them aside: Eid al-Fitr."""
    last = place - 1
    for word in entry:
        last += 1
        while place < last < len(tokens) and tokens[last].lastgroup == "dash":
            last += 1
        if last >= len(tokens) or words[last] != word:
            return None
    return last


def _single(token: re.Match[str], language: Language) -> Lexeme:
    text, kind = token.group(), token.lastgroup
    start, end = token.span()
    read = READERS.get(kind or "")
    if read:
        letter, value = read(text)
        return Lexeme(letter, value, start, end)
    stem = text.removesuffix("'s")
    if language.forgiving and len(text) >= LONG_ENOUGH:
        stem = stem.removesuffix("ish")
    for entry, letter, value in language.index.get(stem, ()):
        if entry == (stem,):
            return Lexeme(letter, value, start, end)
    if language.forgiving and len(text) >= LONG_ENOUGH:
        for near in shortened(text):
            if near in language.nearly:
                letter, value = language.nearly[near]
                return Lexeme(letter, value, start, end)
    return Lexeme("?", "", start, end)


def _integers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def _number(text: str) -> tuple[str, int]:
    return ("n", int(text)) if text.isdigit() and len(text) <= LONGEST_ABBREVIATION else ("?", 0)


READERS: dict[str, Callable[[str], tuple[str, Value]]] = {
    "iso": lambda text: ("I", _integers(text)),
    "slash": lambda text: ("S", _integers(text)),
    "clock": lambda text: ("C", (*_integers(text), *(["written"] if text[0] == "0" else []))),
    "ordinal": lambda text: ("O", _integers(text)[0]),
    "meridiem": lambda text: ("A", text.strip()[0]),
    "prime": lambda _: ("U", "minute"),
    "number": _number,
    "dash": lambda _: ("t", "dash"),
    "at": lambda _: ("K", "at"),
    "stop": lambda _: (".", ""),
    "ish": lambda _: (SILENT, ""),
}  # fmt: skip


def _dated(lexemes: Sequence[Lexeme]) -> list[Lexeme]:
    """Make a date of a number after its article: el 16, den 3."""
    kinds = [lexeme.kind for lexeme in lexemes] + [""]
    return [
        Lexeme("O", lexeme.value, lexeme.start, lexeme.end)
        if lexeme.kind == "n"
        and place
        and lexemes[place - 1].value == ARTICLE
        and lexeme.number <= LONGEST_MONTH
        and kinds[place + 1] not in {"U", "n", "A", "J"}
        else lexeme
        for place, lexeme in enumerate(lexemes)
    ]


def _abbreviations(lexemes: Sequence[Lexeme], folded: str) -> list[Lexeme]:
    """Drop the full stop that ends a short word: "thu.", "kl."."""
    kept: list[Lexeme] = []
    for lexeme in lexemes:
        before = kept[-1] if kept else None
        if (
            lexeme.kind == "."
            and before is not None
            and before.kind in "WMKU"
            and before.end == lexeme.start
            and before.end - before.start <= LONGEST_ABBREVIATION
            and folded[lexeme.start : lexeme.end] == "."
        ):
            continue
        kept.append(lexeme)
    return kept

"""Turning a text into lexemes, in the language that knows most of its words."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
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
NUMERAL, WORD = re.compile(r"\d"), re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
JOINING = frozenset("?_.KJAtfcamwjiEXLTxZqRrFGz")
"""Kinds of which alone no phrase is made."""


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


def may_tell(text: str, language: str) -> bool:
    """Say whether a text has any word of which a phrase of time is made; most turns have none."""
    folded = _folded(text, LANGUAGES[language])
    if NUMERAL.search(folded) is not None:
        return True
    words = set(WORD.findall(folded))
    return any(_is_telling(word, language) for word in words) or any(
        second is None or second in words
        for word in words
        for second in _seconds_of(word, language)
    )


@lru_cache(maxsize=4096)
def _is_telling(word: str, code: str) -> bool:
    """Say whether a word alone is more than what joins others."""
    entries = LANGUAGES[code].index.get(word, ())
    alone = any(kind not in JOINING for entry, kind, _ in entries if len(entry) == 1)
    return alone or _word(word, code)[0] not in JOINING


@lru_cache(maxsize=4096)
def _seconds_of(word: str, code: str) -> tuple[str | None, ...]:
    """Return what may follow a word to be more with it; None where that is no plain word."""
    entries = LANGUAGES[code].index.get(word, ())
    seconds = {entry[1] for entry, kind, _ in entries if len(entry) > 1 and kind not in JOINING}
    return tuple(each if WORD.fullmatch(each) else None for each in seconds)


def _folded(text: str, language: Language) -> str:
    if language.mistakable:
        text = language.mistakable.sub(lambda match: "#" * len(match.group()), text)
    return fold(text)


def _understood(lexed: Lexed) -> int:
    return -sum(lexeme.kind == "?" for lexeme in lexed.lexemes)


def _lex(folded: str, language: Language) -> list[Lexeme]:
    tokens = list(TOKEN.finditer(folded))
    words = [token.group() if token.lastgroup == "word" else "" for token in tokens]
    index = language.index
    lexemes: list[Lexeme] = []
    place = 0
    while place < len(tokens):
        several = _phrase(tokens, words, place, language) if words[place] in index else None
        lexeme, used = several or (_single(tokens[place], language), 1)
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
    letter, value = _word(text, language.code)
    return Lexeme(letter, value, start, end)


@lru_cache(maxsize=4096)
def _word(text: str, code: str) -> tuple[str, Value]:
    """Return what one word is; the same few thousand words are most of what is ever said."""
    language = LANGUAGES[code]
    is_long = language.forgiving and len(text) >= LONG_ENOUGH
    stem = text.removesuffix("'s")
    if is_long:
        stem = stem.removesuffix("ish")
    for entry, letter, value in language.index.get(stem, ()):
        if entry == (stem,):
            return letter, value
    known = (language.nearly.get(near) for near in shortened(text) if is_long)
    return next((each for each in known if each), ("?", ""))


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

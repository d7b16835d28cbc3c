"""A phrase as a row of lexemes: each word's kind is one letter, so that rules are patterns.

n number      O 5th         o fifth      W weekday     M month       U unit of time
P part of day D tomorrow    d tonight    X next        L last        T this
A am, pm      C 3:15        I 2026-03-01 S 3/1         K at          H half
Q quarter     R past        F from now   G ago         E in          V holiday
N noon        J o'clock     t to, until  f from        k weekend     b beginning
e end         Y 2026        c of         a and         m minus       w for (so long)
x after next  j or          i a, an      u a length    s season      z time zone
r correction  Z before      q at the latest            . full stop   ? any other word
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

Value = int | str | tuple[int | str, ...]
SILENT = "_"
"""Words that may stand anywhere and say nothing: on, about, please."""


class Lexeme(NamedTuple):
    """One word, or several that are one, and where it stands."""

    kind: str
    value: Value
    start: int
    end: int

    @property
    def number(self) -> int:
        """Return the value as the number that it is."""
        return self.value if isinstance(self.value, int) else 0

    @property
    def name(self) -> str:
        """Return the value as the name that it is."""
        return self.value if isinstance(self.value, str) else ""

    @property
    def parts(self) -> tuple[int, ...]:
        """Return the numbers of a value that has several."""
        whole = self.value if isinstance(self.value, tuple) else (self.value,)
        return tuple(part for part in whole if isinstance(part, int))

    @property
    def label(self) -> str:
        """Return the name of a value that has numbers and a name."""
        whole = self.value if isinstance(self.value, tuple) else (self.value,)
        return next((part for part in whole if isinstance(part, str)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """How one language speaks of time, as data."""

    code: str
    month_first: bool
    """3/4 may be the fourth of March."""

    half_is_before: bool
    """Half three is half past two (Swedish)."""

    tens_join: str = ""
    """The word between thirty and one, where there is one."""

    words: Mapping[str, tuple[str, Value]]
    forgiving: bool = False
    """Weekdays with one letter wrong are understood."""

    mistakable: re.Pattern[str] | None = None
    """A word that without its dots would be another: to be, and a year."""

    before_hour: re.Pattern[str] | None = None
    """The words after which a bare number is an hour: make it ten."""

    after_hour: re.Pattern[str] | None = None
    """The words before which it may be one: ten works, ten instead."""

    index: dict[str, list[tuple[tuple[str, ...], str, Value]]] = field(
        init=False, default_factory=dict[str, list[tuple[tuple[str, ...], str, Value]]]
    )
    nearly: dict[str, tuple[str, Value]] = field(
        init=False, default_factory=dict[str, tuple[str, Value]]
    )

    def __post_init__(self) -> None:
        for phrase, (kind, value) in self.words.items():
            words = tuple(fold(phrase).split())
            self.index.setdefault(words[0], []).append((words, kind, value))
            if self.forgiving and len(phrase) >= LONG_ENOUGH and kind in "WD":
                for near in shortened(phrase):
                    self.nearly.setdefault(near, (kind, value))
        for entries in self.index.values():
            entries.sort(key=lambda entry: -len(entry[0]))


LONG_ENOUGH = 6
FOLDING = {
    ord(char): plain
    for plain, chars in {
        "a": "áàâäãåÁÀÂÄÃÅ", "e": "éèêëÉÈÊË", "i": "íìîïÍÌÎÏ", "o": "óòôöõÓÒÔÖÕ",
        "u": "úùûüÚÙÛÜ", "n": "ñÑ", "c": "çÇ", "'": "\u2019\u2018`\u00b4", '"': "\u201c\u201d",
        "-": "\u2013\u2014\u2212\u2010\u2011",
    }.items()
    for char in chars
} | {upper: chr(upper + 32) for upper in range(ord("A"), ord("Z") + 1)}  # fmt: skip

TOKEN = re.compile(
    r"""(?P<iso>\b\d{4}-\d{1,2}-\d{1,2}\b(?!-))
    |(?P<slash>\b\d{1,2}(?P<sep>[/.-])\d{1,2}(?P=sep)(?:\d{4}|\d{2})\b|\b\d{1,2}/\d{1,2}\b(?!/))
    |(?P<clock>\b\d{1,2}:\d{2}(?::\d{2})?(?!\d)|\b\d{1,2}h(?:\d{2})?\b
        |\b\d{1,2}[.,]\d{2}(?=\s?[ap]\.?\s?m\b)
        |(?:(?<=\bklockan\s)|(?<=\bkl\s)|(?<=\bkl\.\s)|(?<=\blas\s)|(?<=\bvid\s)|(?<=\bat\s))
            \d{1,2}\.\d{2}(?!\d|\.\d))
    |(?P<ordinal>\b\d{1,2}(?:st|nd|rd|th|:?e|:a|\xba|\xaa|er)(?![a-z0-9]))
    |(?P<ish>-?ish\b)
    |(?P<meridiem>(?<![a-z])[ap]\.\s?m\b\.?|(?<![a-z])[ap]\s?m\b|(?<=\d)[ap](?![a-z]))
    |(?P<prime>(?<=\d)'(?!\w))
    |(?P<number>\d+(?:[.,]\d+)*)
    |(?P<word>o[\'"]\s?clock|[^\W\d_]+(?:['][^\W\d_]+)?)
    |(?P<dash>-)|(?P<at>@)|(?P<stop>[.!?;\n]+)""",
    re.VERBOSE,
)


def fold(text: str) -> str:
    """Return the text without capitals and accents, each letter in its old place."""
    if text.isascii():  # most are, and it is ten times as fast
        return text.lower().replace("`", "'")
    return text.translate(FOLDING)


def shortened(word: str) -> Iterator[str]:
    """Yield the word, and the word with each letter but the first left out."""
    yield word
    for place in range(1, len(word)):
        yield word[:place] + word[place + 1 :]


def kinds_of(lexemes: Sequence[Lexeme]) -> str:
    """Return the row of kinds, one letter a lexeme."""
    return "".join(lexeme.kind for lexeme in lexemes)

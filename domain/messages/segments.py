"""How many segments a text takes, and so what it costs; counted as the carriers count.

A segment holds 140 octets: 160 characters of GSM-7, or 70 units of UCS-2. One character that GSM-7
lacks makes the whole text UCS-2. A text that does not fit in one segment gives six octets of each
to a header, which leaves 153 or 67. Nothing is cut in two: no escaped character, no pair of
surrogates, and no emoji that is joined of several.

Counted is the GSM-7 alphabet of 3GPP TS 23.038 with its extension table. Its national tables
(Spanish, Portuguese, Turkish) are known here but not counted: neither Twilio nor Telnyx sends with
them, both fall back to UCS-2.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final


class Encoding(StrEnum):
    """How the characters travel."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alphabet:
    """What a carrier can send in seven bits: characters of one septet, and of two."""

    name: str
    plain: frozenset[str]
    escaped: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What a text takes."""

    encoding: Encoding
    units: int
    """Septets, or units of sixteen bits."""

    segments: int
    odd: str
    """The characters for which it is UCS-2, each once."""


GSM7: Final = Alphabet(
    name="GSM-7",
    plain=frozenset(
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
        "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
    ),
    escaped=frozenset("\f^{}\\[~]|€"),
)
"""3GPP TS 23.038, the default alphabet and its extension; what Twilio counts with."""

TELNYX: Final = Alphabet(
    name="Telnyx",
    plain=GSM7.plain - frozenset("ΔΦΓΛΩΠΨΣΘΞÇ¤§"),
    escaped=frozenset("^{}\\[~]|"),
)
"""What Telnyx sends in seven bits: no Greek capitals, no Ç, §, ¤ or €."""

NATIONAL: Final = {
    "spanish": frozenset("çÁÍÓÚáíóú"),
    "portuguese": frozenset("êçÔÁáÍÚãÕÂÓôÃóÊíÀâúõ"),
    "turkish": frozenset("ğĞıİşŞç"),
}
"""What the national tables would add, if a carrier used them."""


def of_carrier(vendor: str | None) -> Alphabet:
    """Return what a carrier sends in seven bits."""
    return TELNYX if vendor == "telnyx" else GSM7


OCTETS: Final = 140
HEADER: Final = 6
SINGLE: Final = {Encoding.GSM7: OCTETS * 8 // 7, Encoding.UCS2: OCTETS // 2}
PART: Final = {Encoding.GSM7: (OCTETS - HEADER) * 8 // 7, Encoding.UCS2: (OCTETS - HEADER) // 2}

_JOINER: Final = "\u200d"
_SKIN: Final = range(0x1F3FB, 0x1F3FF + 1)
_FLAG: Final = range(0x1F1E6, 0x1F1FF + 1)


def count(text: str, alphabet: Alphabet = GSM7) -> Count:
    """Count the segments of a text, as it stands."""
    odd = "".join(dict.fromkeys(c for c in text if not _fits(c, alphabet)))
    encoding = Encoding.UCS2 if odd else Encoding.GSM7
    if odd:
        sizes = [sum(_utf16(c) for c in cluster) for cluster in _clusters(text)]
    else:
        sizes = [2 if c in alphabet.escaped else 1 for c in text]
    return Count(encoding=encoding, units=sum(sizes), segments=_parts(sizes, encoding), odd=odd)


def _fits(char: str, alphabet: Alphabet) -> bool:
    return char in alphabet.plain or char in alphabet.escaped


def _utf16(char: str) -> int:
    return 2 if ord(char) > 0xFFFF else 1  # noqa: PLR2004 - beyond it, UTF-16 takes a pair


def _parts(sizes: list[int], encoding: Encoding) -> int:
    """Return how many segments hold pieces of these sizes, none of them cut unless it must be."""
    if sum(sizes) <= SINGLE[encoding]:
        return 1
    parts, free = 1, PART[encoding]
    for size in sizes:
        if size > free:
            parts, free = parts + 1, PART[encoding]
        while size > free:
            size, parts = size - free, parts + 1  # noqa: PLW2901 - what is left of the piece
        free -= size
    return parts


def _clusters(text: str) -> Iterator[str]:
    """Yield a text, which is not empty, in pieces that are seen as one character."""
    cluster = text[0]
    for before, char in pairwise(text):
        if _joins(cluster, before, char):
            cluster += char
        else:
            yield cluster
            cluster = char
    yield cluster


def _joins(cluster: str, before: str, char: str) -> bool:
    if ord(char) in _FLAG:
        return ord(before) in _FLAG and len(cluster) % 2 == 1
    is_mark = unicodedata.category(char) in {"Mn", "Me", "Mc"}
    return is_mark or _JOINER in {char, before} or ord(char) in _SKIN


def national(text: str) -> str | None:
    """Name the national table that would hold the text in seven bits; None where none would."""
    odd = set(count(text).odd)
    for name, more in NATIONAL.items():
        if odd and odd <= more:
            return name
    return None


def _of(characters: str, instead: str) -> dict[str, str]:
    return dict.fromkeys(characters, instead)


REPAIRS: Final = str.maketrans(
    _of("\u2018\u2019\u201a\u201b\u2032\u02bc\u02b9\uff07", "'")
    | _of("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02", '"')
    | _of("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\uff0d", "-")
    | _of(
        "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f", " "
    )
    | _of("\u3000\t", " ")
    | _of("\u2028\u2029\u0085\u000b", "\n")
    | _of("\u200b\u2060\ufeff\u00ad", "")
    | {"\u2026": "...", "\u2024": ".", "\u2025": "..", "\u2044": "/", "\u00b4": "'", "`": "'"}
    | {"\u2022": "-", "\u00b7": "-", "\u2039": "<", "\u203a": ">", "\ufb01": "fi", "\ufb02": "fl"}
)
"""Typography that says the same in plain characters.

Not repaired, because the word would be another: accents (á is not a), other alphabets, currency
signs, emoji. Nor what joins emoji or orders letters.
"""


def repair(text: str, alphabet: Alphabet = GSM7) -> str:
    """Return the text in plain typography where that makes it cheaper; else as it is.

    Never dearer than it was, and repaired again it is the same.
    """
    plain = unicodedata.normalize("NFC", text).translate(REPAIRS)
    is_cheaper = count(plain, alphabet).segments < count(text, alphabet).segments
    return plain if is_cheaper else text

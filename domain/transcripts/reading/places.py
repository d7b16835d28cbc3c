"""Where it is to happen: an address or a place that was named."""

import re
from collections.abc import Iterator, Sequence

from domain.transcripts.reading.turns import Speaker, Turn
from domain.transcripts.schema import Said

STREET = (
    r"street|st|avenue|ave|road|rd|boulevard|blvd|drive|dr|lane|ln|way|court|ct|place|pl|square|"
    r"terrace|highway|hwy|parkway|circle|alley|row|close|crescent|real|common|mall|plaza|loop|"
    r"expressway|freeway|trail|walk|broadway"
)
TAIL = r"(?:,?\s(?:#\s?\w+|(?:apt|apartment|suite|ste|unit|no)\.?\s?#?\s?\w+))?"
NUMERAL = re.compile(r"\d")
ENGLISH = re.compile(
    rf"\b\d{{1,5}}(?:-\d+)?\s(?:[^\W\d_][\w'.-]*\s|\d+(?:st|nd|rd|th)\s){{1,4}}?(?:{STREET})\b\.?"
    rf"(?:\s(?:north|south|east|west|n|s|e|w)\b)?{TAIL}",
    re.IGNORECASE,
)
NAMED_FIRST = re.compile(
    r"\b(?:calle|avenida|avda|paseo|plaza|carrera|camino|ronda|c/)\s(?:de\s|del\s|la\s|los\s|las\s)*"
    r"[^\W\d_]+(?:\s[^\W\d_]+){0,3}?,?\s(?:n[uú]mero\s)?\d{1,4}\b",
    re.IGNORECASE,
)
SWEDISH = re.compile(
    r"\b[A-ZÅÄÖ][^\W\d_]*(?:\s[^\W\d_]+)?(?:gatan|v[aä]gen|gr[aä]nd|torget|all[eé]n|stigen|backen|"
    r"platsen|gata|v[aä]g|plan)\s\d{1,4}(?:\s?[A-Z])?\b"
)
NAMED = r"((?:[A-ZÅÄÖÉ][\w'\u2019-]+)(?:\s(?:[A-ZÅÄÖ][\w'\u2019-]+|of))*)"
CITY = re.compile(rf"\b(?:in|i|en)\s(?:the\s)?{NAMED}")
PLACE = re.compile(rf"\b(?:at|from|near|på|vid|from)\s(?:the\s)?{NAMED}")
CALENDAR = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|I|AM|PM)\b"
)


def place_of(turns: Sequence[Turn], theirs: Sequence[Said], *, upto: int) -> Said | None:
    """Return the caller's own address, else the last one named, else the last place."""
    if theirs:
        return theirs[-1]
    heard = turns[: upto + 1]
    told = [said for turn in heard for said in _addresses(turn)]
    if told:
        return told[-1]
    for pattern in (CITY, PLACE):
        named = [said for turn in heard for said in _names(turn, pattern)]
        if named:
            return named[-1]
    return None


def own(turns: Sequence[Turn]) -> list[Said]:
    """Return the addresses that the caller gave, wherever in the call."""
    callers = [turn for turn in turns if turn.speaker is Speaker.CALLER]
    return [said for turn in callers for said in _addresses(turn)]


def _addresses(turn: Turn) -> Iterator[Said]:
    if not NUMERAL.search(turn.text):  # each of them has one
        return
    for pattern in (ENGLISH, NAMED_FIRST, SWEDISH):
        for match in pattern.finditer(turn.text):
            yield Said(value=match.group().rstrip("., "), quote=match.group())


def _names(turn: Turn, pattern: re.Pattern[str]) -> Iterator[Said]:
    for match in pattern.finditer(turn.text):
        name = match.group(1).rstrip("., ")
        if name and not CALENDAR.search(name):
            yield Said(value=name, quote=name)

"""Ways to write a language's words down shortly."""

import re
from collections.abc import Mapping

from domain.transcripts.when.lexemes import Value


def gather(**kinds: Mapping[str, Value]) -> dict[str, tuple[str, Value]]:
    """Return each phrase with its kind and value; a phrase with two kinds is a mistake."""
    words: dict[str, tuple[str, Value]] = {}
    for kind, phrases in kinds.items():
        for phrase, value in phrases.items():
            if phrase in words:
                raise ValueError(f"{phrase!r} is both {words[phrase][0]} and {kind}")
            words[phrase] = (kind, value)
    return words


def each(phrases: str, value: Value) -> dict[str, Value]:
    """Return phrases, divided by strokes, that all mean the same."""
    return {phrase.strip(): value for phrase in phrases.split("/")}


def counted(groups: str, *, first: int = 0) -> dict[str, Value]:
    """Return groups, divided by spaces, that mean one number after the other."""
    return {
        phrase: number
        for number, group in enumerate(groups.split(), first)
        for phrase in group.split("/")
    }


def holidays(**named: str) -> dict[str, Value]:
    """Return the phrases for each holiday."""
    return {
        phrase.strip(): name for name, phrases in named.items() for phrase in phrases.split("/")
    }


def ending(*leads: str, openings: str) -> re.Pattern[str]:
    """Return a pattern for a text that ends with one of the leads, or has only openings."""
    return re.compile(
        rf"(?:(?<![^\W_])(?:{'|'.join(leads)})|(?:^|[.!?,;:]\s*)(?:(?:{openings})[\s,.]+)*)\s*$"
    )


def following(*words: str) -> re.Pattern[str]:
    """Return a pattern for a text that is over, or goes on with one of the words."""
    return re.compile(rf"\s*(?:$|[.!?,;]|(?:{'|'.join(words)})(?![^\W_]))")

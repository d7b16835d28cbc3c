"""What a language's words for consent are, and how a message is folded before it is read."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """One language: single words, and phrases (regular expressions over folded text)."""

    code: str
    stop: frozenset[str]
    """Means stop, alone or as the first word of a message."""

    stop_alone: frozenset[str]
    """Means stop only where it is the whole message: in a sentence it is an everyday word."""

    perhaps: frozenset[str]
    """Alone, it may mean the appointment or the messages: a stop, and a person looks."""

    start: frozenset[str]
    help: frozenset[str]
    confirm: frozenset[str]
    cancel: frozenset[str]
    decline: frozenset[str]
    polite: frozenset[str]
    """Says nothing: taken off both ends."""

    leave_alone: re.Pattern[str]
    """Free text that means: do not write or call any more."""

    annoyed: re.Pattern[str]
    """May mean it: a stop, and a person looks."""

    everyday: re.Pattern[str]
    """A word for stop that means something else here; or somebody who does not want to stop."""

    call_off: re.Pattern[str]
    """The appointment is not to be, or not then."""

    asks: re.Pattern[str]
    """Begins like a question."""


_MARKS: Final = str.maketrans({"\u2019": "'", "\u2018": "'", "\u00b4": "'", "`": "'"})
_MARKING: Final = re.compile(r"[^\w\s?'/@&+*-]")
_REACTION: Final = re.compile(
    r"^\s*(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned|reacted .{1,12} to|"
    r"removed an? .{1,20} from|gillade|älskade|ogillade|reagerade .{1,12} på|"
    r"le gustó|le encantó|reaccionó .{1,12} a)\s*[\"\u201c\u201d\u00ab].*$",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED: Final = re.compile(r"^\s*>.*$|^-+ ?original message ?-+.*\Z", re.MULTILINE | re.IGNORECASE)


def is_reaction(body: str) -> bool:
    """Tell whether a phone only reports a thumb on our own text, which may hold the word STOP."""
    return _REACTION.match(body) is not None


def fold(body: str) -> str:
    """Return a message in small letters, without what it quotes, on one line."""
    plain = unicodedata.normalize("NFKC", _QUOTED.sub(" ", body)).translate(_MARKS)
    shown = "".join(
        c for c in plain if unicodedata.category(c) not in {"Cf", "Mn", "Cc"} or c.isspace()
    )
    return " ".join(_MARKING.sub(" ", shown.casefold()).split())


def words_of(text: str) -> list[str]:
    """Return the words of folded text, without what stands around them."""
    return re.findall(r"[^\W_]+(?:['-][^\W_]+)*|\?", text)


def phrases(*patterns: str) -> re.Pattern[str]:
    """Return one pattern of several, each between the ends of words."""
    return re.compile("|".join(rf"(?<!\w)(?:{each})(?!\w)" for each in patterns))


def words(line: str) -> frozenset[str]:
    """Return single words, or short runs of words parted by `/`."""
    return frozenset(
        each.strip() for part in line.split("\n") for each in part.split("/") if each.strip()
    )

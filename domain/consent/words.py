"""What somebody means who wrote back: stop, start, help, yes, no, a question, or none of these.

Two mistakes are possible, and they are not alike. A stop that is overlooked is one more message
to somebody who forbade it; a stop that was none is a person who hears no more of an appointment.
So what is plain is read plainly, and what is in doubt counts as stop and goes to a person.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.consent.english import ENGLISH
from domain.consent.spanish import SPANISH
from domain.consent.swedish import SWEDISH
from domain.consent.vocabulary import Vocabulary, fold, is_reaction, words_of

LANGUAGES: Final = (ENGLISH, SWEDISH, SPANISH)
"""All are tried on every message: people answer in their own language, not in their file's."""

SHORT: Final = 4
"""Up to so many words, one of them a word for stop, a message is about little else."""

CARRIERS: Final = {
    "twilio": frozenset(
        {"stop", "stopall", "unsubscribe", "end", "quit", "revoke", "optout", "cancel"}
    ),
    "telnyx": frozenset({"stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit"}),
}
"""What a carrier in the US and Canada acts on by itself, as the whole message: it blocks the number
and, unless told otherwise, answers."""


class Meaning(StrEnum):
    """What a message means."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    QUESTION = "question"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A meaning and its reason; where it is not sure, a person looks."""

    meaning: Meaning
    reason: str
    is_sure: bool = True
    carriers: frozenset[str] = frozenset()
    """Which carriers have acted on this message already."""


def read(body: str) -> Reading:
    """Say what a message means, in whichever of our languages it is written."""
    if is_reaction(body):
        return Reading(meaning=Meaning.OTHER, reason="a reaction to a text of ours")
    text = fold(body)
    said = _spelt(_without_polite(words_of(text)))
    if not said:
        return _thumb(body)
    carriers = frozenset(name for name, kept in CARRIERS.items() if text in kept)
    found = _whole(said) or _stop(said) or _reply(text, said)
    return Reading(
        meaning=found.meaning, reason=found.reason, is_sure=found.is_sure, carriers=carriers
    )


def _spelt(said: list[str]) -> list[str]:
    """Put together what is spelt out, letter by letter."""
    is_spelt = len(said) > 2 and all(len(word) == 1 and word.isalpha() for word in said)  # noqa: PLR2004 - s t o p
    return ["".join(said)] if is_spelt else said


def _thumb(body: str) -> Reading:
    if "\N{THUMBS UP SIGN}" in body:
        return Reading(meaning=Meaning.CONFIRM, reason="a thumb up")
    if "\N{THUMBS DOWN SIGN}" in body:
        return Reading(meaning=Meaning.CANCEL, reason="a thumb down", is_sure=False)
    return Reading(meaning=Meaning.OTHER, reason="no words")


def _whole(said: list[str]) -> Reading | None:
    """Read a message that is one of our words and nothing else, politeness aside."""
    bare, plain = " ".join(_without_polite(said)), " ".join(said)
    for word in (plain, bare):
        for meaning, is_sure, kept in _WHOLE:
            if word in kept:
                return Reading(meaning=meaning, reason=f"the word {word!r}", is_sure=is_sure)
    return None


def _every(field: str) -> frozenset[str]:
    kept: list[frozenset[str]] = [getattr(language, field) for language in LANGUAGES]
    return frozenset(word for each in kept for word in each)


_WHOLE: Final = (
    (Meaning.STOP, True, _every("stop") | _every("stop_alone")),
    (Meaning.STOP, False, _every("perhaps")),
    (Meaning.CONFIRM, True, _every("confirm")),
    (Meaning.START, True, _every("start")),
    (Meaning.HELP, True, _every("help")),
    (Meaning.CANCEL, True, _every("cancel")),
    (Meaning.CANCEL, False, _every("decline")),
)
_POLITE: Final = _every("polite")
_STOP_WORDS: Final = _every("stop")


def _without_polite(said: list[str]) -> list[str]:
    """Take what says nothing off both ends; a message that is only polite is left as it is."""
    rest = list(said)
    for run in (3, 2, 1):
        while len(rest) > run and " ".join(rest[:run]) in _POLITE:
            rest = rest[run:]
        while len(rest) > run and " ".join(rest[-run:]) in _POLITE:
            rest = rest[:-run]
    return rest


def _stop(said: list[str]) -> Reading | None:
    """Read a stop that is not the whole message."""
    bare = _without_polite(said)
    text = " ".join(bare)
    for language in LANGUAGES:
        found = language.leave_alone.search(text)
        if found and not _is_denied(text, language):
            is_sure = _TIMED.match(text, found.end()) is None
            return Reading(meaning=Meaning.STOP, reason=_wrote(found), is_sure=is_sure)
    if any(language.everyday.search(text) for language in LANGUAGES):
        return None
    if bare[0] in _STOP_WORDS:
        reason = f"it begins with {bare[0]!r}"
        return Reading(meaning=Meaning.STOP, reason=reason, is_sure="?" not in text)
    return _perhaps_stop(text, bare)


def _perhaps_stop(text: str, said: list[str]) -> Reading | None:
    for language in LANGUAGES:
        if found := language.annoyed.search(text):
            return Reading(meaning=Meaning.STOP, reason=_wrote(found), is_sure=False)
    there = _STOP_WORDS.intersection(said)
    if len(said) > SHORT or not there:
        return None
    reason = f"a short message with {min(there)!r}"
    return Reading(meaning=Meaning.STOP, reason=reason, is_sure=False)


_TIMED: Final = re.compile(
    r"\s*(?:before|after|until|till|between|at|on|during|today|tomorrow|this|"
    r"före|innan|efter|mellan|idag|i ?morgon|på|antes|después|hasta|entre|hoy|mañana)\b"
)
"""Don't call me before five: perhaps only not before five."""


def _wrote(found: re.Match[str]) -> str:
    return f"they wrote {found[0].strip()!r}"


def _is_denied(text: str, language: Vocabulary) -> bool:
    """Tell whether what looks like a stop is only what they do not want: don't unsubscribe me."""
    rest = language.everyday.sub(" ", text)
    return rest != text and language.leave_alone.search(rest) is None


def _reply(text: str, said: list[str]) -> Reading:
    """Read an answer about an appointment."""
    is_asked = _asks(text, " ".join(_without_polite(said)))
    for language in LANGUAGES:
        if found := language.call_off.search(text):
            meaning = Meaning.QUESTION if is_asked else Meaning.CANCEL
            return Reading(meaning=meaning, reason=_wrote(found), is_sure=False)
    if is_asked:
        return Reading(meaning=Meaning.QUESTION, reason="it asks")
    for start in _beginnings(said):
        if start in _CONFIRM:
            return Reading(meaning=Meaning.CONFIRM, reason=f"it begins with {start!r}")
    return Reading(meaning=Meaning.OTHER, reason="nothing that we know", is_sure=False)


_CONFIRM: Final = frozenset(word for word in _every("confirm") if len(word) > 1)


def _beginnings(said: list[str]) -> Iterator[str]:
    rest = _without_polite(said)
    if not _BUT & set(rest):
        yield from (" ".join(rest[:run]) for run in (4, 3, 2, 1) if len(rest) >= run)


_BUT: Final = frozenset({"but", "except", "no", "not", "men", "inte", "nej", "pero", "excepto"})


def _asks(text: str, bare: str) -> bool:
    return "?" in text or any(language.asks.search(bare) for language in LANGUAGES)

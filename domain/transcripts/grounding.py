"""Where a quote stands in a transcript, and who said it. Pure.

White space and typography are folded, and nothing fuzzier: a quote that does not stand in exactly
the text that was sent was not said.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from domain.transcripts.reading.turns import Speaker, Turn, split
from domain.transcripts.schema import Said

FOLDED: Final = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"})  # noqa: RUF001  # typography
CLUSTER: Final = re.compile(r"\s+|\S[̀-ͯ]*")
"""White space as one, and each letter with the marks that stand on it."""

WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a transcript, by its characters, and whose words it is made of."""

    start: int
    end: int
    speaker: Speaker | None
    """None where it goes over from one side to the other."""


class Spoken:
    """A transcript in which quotes are looked up."""

    def __init__(self, transcript: str) -> None:
        """Take the text as it was sent."""
        self.text = transcript
        self._folded = fold(transcript)

    @cached_property
    def turns(self) -> list[Turn]:
        """Who said what."""
        return split(self.text)

    @cached_property
    def _places(self) -> list[tuple[int, int]]:
        """Return, for each folded character, where it comes from."""
        places: list[tuple[int, int]] = []
        for match in CLUSTER.finditer(self.text):
            length = 1 if match.group().isspace() else len(fold(match.group()))
            places += [match.span()] * length
        return places[1:] if self.text[:1].isspace() else places

    def has(self, said: Said) -> bool:
        """Tell whether the quote stands in exactly this text, white space and typography aside."""
        quote = fold(said.quote)
        return bool(quote) and quote in self._folded

    def find(self, said: Said) -> Passage | None:
        """Return where the quote stands first."""
        quote = fold(said.quote)
        at = self._folded.find(quote) if quote else -1
        if at < 0:
            return None
        start, end = self._places[at][0], self._places[at + len(quote) - 1][1]
        sides = {turn.speaker for turn in self.turns if turn.start < end and start < turn.end}
        return Passage(start, end, sides.pop() if len(sides) == 1 else None)


def fold(text: str) -> str:
    """Return a text without what says nothing: white space, typography, capitals."""
    plain = unicodedata.normalize("NFKC", text).translate(FOLDED)
    return " ".join(plain.split()).casefold()


def is_borne_out(said: Said) -> bool:
    """Tell whether a value is made of its own quote's words, or of letters spelled out in it."""
    value, quote = fold(said.value), fold(said.quote)
    if set(WORD.findall(value)) <= set(WORD.findall(quote)):
        return True
    return _letters(value) in _letters(quote)


def _letters(text: str) -> str:
    return "".join(WORD.findall(text))

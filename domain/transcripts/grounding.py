"""Where a quote stands in a transcript, and who said it. Pure.

White space and typography are folded, and nothing fuzzier: a quote that does not stand in exactly
the text that was sent was not said.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Final

from domain.transcripts.reading.turns import Speaker, Turn, split
from domain.transcripts.schema import Said

FOLDED: Final = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"})  # noqa: RUF001  # typography
CLUSTER: Final = re.compile(r"\S[̀-ͯ]*")
"""Each letter with the marks that stand on it."""

NOT_WHITE: Final = re.compile(r"\S+")
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
    def _words(self) -> tuple[list[int], list[re.Match[str]]]:
        """Return where each word begins in the folded text, and in the text itself."""
        words = list(NOT_WHITE.finditer(self.text))
        lengths = (_length(word.group()) + 1 for word in words)
        return list(accumulate(lengths, initial=0))[:-1], words

    def _place(self, at: int) -> tuple[int, int]:
        """Return where a folded character comes from."""
        starts, words = self._words
        number = bisect_right(starts, at) - 1
        left, start = at - starts[number], words[number].start()
        if words[number].group().isascii() and left < words[number].end() - start:
            return start + left, start + left + 1
        for cluster in CLUSTER.finditer(words[number].group()):
            left -= len(fold(cluster.group()))
            if left < 0:
                break
        else:  # the space after it
            return words[number].end(), words[number + 1].start()
        return start + cluster.start(), start + cluster.end()

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
        start, end = self._place(at)[0], self._place(at + len(quote) - 1)[1]
        sides = {turn.speaker for turn in self.turns if turn.start < end and start < turn.end}
        return Passage(start, end, sides.pop() if len(sides) == 1 else None)


def _length(word: str) -> int:
    """Return how long a word is when it is folded: as it is, but for typography."""
    return len(word) if word.isascii() else len(fold(word))


def fold(text: str) -> str:
    """Return a text without what says nothing: white space, typography, capitals."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text).translate(FOLDED)
    return " ".join(plain.split()).casefold()


def is_borne_out(said: Said) -> bool:
    """Tell whether a value is made of its own quote's words, or of letters spelled out in it."""
    value, quote = fold(said.value), fold(said.quote)
    if set(WORD.findall(value)) <= set(WORD.findall(quote)):
        return True
    return _letters(value) in _letters(quote)


def _letters(text: str) -> str:
    return "".join(WORD.findall(text))

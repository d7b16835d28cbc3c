"""Which language is spoken."""

import re
from collections import Counter
from collections.abc import Sequence

from domain.transcripts.reading.english import ENGLISH
from domain.transcripts.reading.spanish import SPANISH
from domain.transcripts.reading.speech import Speech
from domain.transcripts.reading.swedish import SWEDISH
from domain.transcripts.reading.turns import Turn, split

WORD = re.compile(r"[^\W\d_]+")
LANGUAGES: Sequence[Speech] = (ENGLISH, SPANISH, SWEDISH)


def speech_of(turns: Sequence[Turn]) -> Speech:
    """Return the language most of whose commonest words are heard."""
    heard = Counter(WORD.findall("\n".join(turn.folded for turn in turns)))
    return max(LANGUAGES, key=lambda speech: sum(heard[word] for word in speech.common))


def language_of(transcript: str) -> str:
    """Return the code of the language of a call."""
    return speech_of(split(transcript)).code

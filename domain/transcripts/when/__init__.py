"""What moment a phrase means, said at a given moment in a given place.

Code does the arithmetic, and never guesses: two readings are two candidates.
"""

from domain.transcripts.when.moments import Grain, Moment, Moments
from domain.transcripts.when.phrases import Mark, Phrase, PhraseKind, find
from domain.transcripts.when.resolve import resolve

__all__ = ["Grain", "Mark", "Moment", "Moments", "Phrase", "PhraseKind", "find", "resolve"]

"""A reader of transcripts without a model: by turns, offers, answers and corrections."""

from domain.transcripts.reading.languages import language_of, speech_of
from domain.transcripts.reading.read import read

__all__ = ["language_of", "read", "speech_of"]

"""Whether a call is worth a reader's money: is there a conversation, and is it business? Pure.

Each outcome has a name. Who speaks of the trade's own emergencies is never turned away, whatever
else was said.
"""

from typing import Final

from domain.transcripts.schema import SILENT, CallKind, Reading
from domain.transcripts.trades import CUES, Trade

SHORTEST: Final = 20
"""Characters; a shorter transcript says nothing that could be booked."""

LONGEST: Final = 400_000
"""Characters; a phone call of ten hours. What is longer is no call."""


def unreadable(transcript: str) -> str | None:
    """Say why a transcript is not worth a reader's time; None: it is."""
    if len(transcript.strip()) < SHORTEST:
        return "too short to say anything"
    if len(transcript) > LONGEST:
        return "longer than any call"
    return None


def turned_away(first: Reading, transcript: str, trade: Trade) -> str | None:
    """Say why no model need be asked, by what a reading without one heard; None: ask.

    A message on the machine is read wherever somebody left one.
    """
    if first.events or speaks_of_trade(transcript, trade):
        return None
    if first.kind in SILENT:
        return first.kind.value
    if first.kind is CallKind.VOICEMAIL and not first.topic.strip():
        return first.kind.value
    return None


def speaks_of_trade(transcript: str, trade: Trade) -> bool:
    """Tell whether the trade's own urgent words are said."""
    said = transcript.casefold()
    return any(cue in said for cues in CUES.get(trade.name, {}).values() for cue in cues)

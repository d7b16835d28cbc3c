"""Twilio's words for how a call ended."""

from collections.abc import Mapping
from typing import Final

from domain.tables.outbound import AttemptState

GOING: Final = ("queued", "ringing", "in-progress")
BEGINNINGS: Final = frozenset({*GOING, "initiated", "answered", ""})
ENDINGS: Final[Mapping[str, AttemptState]] = {
    "completed": AttemptState.COMPLETED,
    "busy": AttemptState.BUSY,
    "no-answer": AttemptState.NO_ANSWER,
    "canceled": AttemptState.CANCELED,
}
ENDED: Final = frozenset({*ENDINGS, "failed"})


def outcome_of(status: str, answered_by: str) -> AttemptState | None:
    """Say how a call that we placed ended; None: it has not. What is not known has failed."""
    if status in BEGINNINGS:
        return None
    if status == "completed" and answered_by.startswith("machine"):
        return AttemptState.VOICEMAIL
    return ENDINGS.get(status, AttemptState.FAILED)

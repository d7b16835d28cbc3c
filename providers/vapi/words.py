"""Vapi's words for how a call ended. There are over six hundred, and new ones come: by pattern."""

import re
from typing import Final

from domain.tables.outbound import AttemptState

BUSY: Final = re.compile(r"customer-busy|(^|[^0-9])486([^0-9]|$)")
NO_ANSWER: Final = re.compile(
    r"did-not-answer|hungup-before-call-connect|(^|[^0-9])(408|480)([^0-9]|$)"
)
CANCELLED: Final = re.compile(r"^(manually-canceled|scheduled-call-deleted|call-deleted)$")
COMPLETED: Final = re.compile(
    r"^(customer-ended-call|assistant-ended-call|assistant-said-end-call-phrase"
    r"|assistant-forwarded-call|exceeded-max-duration|silence-timed-out|voicemail)"
    r"|completed-call|^vonage-completed$|hook-executed|^call\.forwarding\.(operator-busy|no-answer)$"
)


def ending(reason: str) -> str:
    """Say how a call ended in the words of `calls.status`; what is not known has failed."""
    for pattern, status in (
        (BUSY, "busy"),
        (NO_ANSWER, "no_answer"),
        (CANCELLED, "cancelled"),
        (COMPLETED, "completed"),
    ):
        if pattern.search(reason):
            return status
    return "failed"


FULL: Final = re.compile(r"concurrency-limit-reached")
VOICEMAIL: Final = re.compile(r"^voicemail")
NO_NUMBER: Final = re.compile(r"misdialed|outbound-sip-(404|484|604)([^0-9]|$)")
REJECTED: Final = re.compile(r"vapi-number-international|outbound-sip-403|fraud|^vonage-rejected$")
ENDINGS: Final = {
    "busy": AttemptState.BUSY,
    "no_answer": AttemptState.NO_ANSWER,
    "cancelled": AttemptState.CANCELED,
    "completed": AttemptState.COMPLETED,
    "failed": AttemptState.FAILED,
}


def is_full(reason: str | None) -> bool:
    """Tell whether a call ended because the account had no line for it: nobody was called."""
    return FULL.search(reason or "") is not None


def is_undialled(reason: str | None, *, is_answered: bool) -> bool:
    """Tell whether nobody was called: there was no line, or it was taken back for want of one."""
    taken_back = reason in {"call-deleted", "scheduled-call-deleted"}
    return is_full(reason) or (taken_back and not is_answered)


def outcome(reason: str | None) -> AttemptState:
    """Say how a call that we placed ended; what is not known has failed."""
    said = reason or ""
    for pattern, state in (
        (VOICEMAIL, AttemptState.VOICEMAIL),
        (NO_NUMBER, AttemptState.INVALID_NUMBER),
        (REJECTED, AttemptState.REJECTED),
    ):
        if pattern.search(said):
            return state
    return ENDINGS[ending(said)]

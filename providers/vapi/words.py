"""Vapi's words for how a call ended. There are over six hundred, and new ones come: by pattern."""

import re
from typing import Final

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

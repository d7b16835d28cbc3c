"""Retell's words for how a call ended."""

from typing import Final

from domain.tables.outbound import AttemptState

ENDINGS: Final = {
    "dial_busy": "busy",
    "dial_no_answer": "no_answer",
    "user_declined": "no_answer",
    "manual_stopped": "cancelled",
    "user_hangup": "completed",
    "agent_hangup": "completed",
    "call_transfer": "completed",
    "transfer_bridged": "completed",
    "inactivity": "completed",
    "max_duration_reached": "completed",
    "user_requested_callback": "completed",
    "user_requested_dnc": "completed",
    "voicemail_reached": "completed",
    "ivr_reached": "completed",
    "transfer_cancelled": "completed",
}
"""In the words of `calls.status`. All other reasons are failures."""

OWN: Final = {
    "voicemail_reached": AttemptState.VOICEMAIL,
    "invalid_destination": AttemptState.INVALID_NUMBER,
    "telephony_provider_permission_denied": AttemptState.REJECTED,
    "marked_as_spam": AttemptState.REJECTED,
    "scam_detected": AttemptState.REJECTED,
}
"""What the words of `calls.status` cannot tell."""

STATES: Final = {
    "busy": AttemptState.BUSY,
    "no_answer": AttemptState.NO_ANSWER,
    "cancelled": AttemptState.CANCELED,
    "completed": AttemptState.COMPLETED,
}
FULL: Final = frozenset({"concurrency_limit_reached", "no_concurrency_fallback"})
"""Nobody was called: the account had no line."""


def outcome(reason: str | None) -> AttemptState:
    """Say how a call that we placed ended; what is not known has failed."""
    said = reason or ""
    return OWN.get(said) or STATES.get(ENDINGS.get(said, ""), AttemptState.FAILED)

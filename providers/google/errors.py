"""What Google Calendar's answers mean, in our words. Its statuses alone say too little."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, cast

from domain.calendars.ports import CalendarGone, CursorLost, EtagChanged, ItemGone
from domain.errors import OutcomeUnknown, ProviderError, Rejected, Retryable
from providers.api import Answer, Unheard
from providers.telling import Facts, part, text

BUSY: Final = frozenset(
    {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"}
)
PAUSE: Final = timedelta(seconds=30)
LOST: Final = frozenset({"fullSyncRequired", "updatedMinTooLongAgo"})

MENDED_AFTER: Final = timedelta(minutes=5)
SAFE: Final = frozenset({"GET"})
"""What only asks: unheard, it is simply asked again."""

BAD_REQUEST: Final = 400
UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
CONFLICT: Final = 409
GONE: Final = 410
FAILED: Final = 412
TOO_MANY: Final = 429
SERVER_ERROR: Final = 500
UNAVAILABLE: Final = 503


def unheard(error: Unheard, method: str) -> ProviderError:
    """Return the word for an answer that did not come, or cannot be read."""
    if method in SAFE or not error.has_left:
        return Retryable(f"Google could not be heard: {error}")
    return OutcomeUnknown(f"Google gave no answer: {error}")


def trouble(answer: Answer, method: str) -> None:
    """Raise for too many requests, for an error of Google's own, and for a gate before it."""
    if answer.status == TOO_MANY:
        raise Retryable("Google asks us to slow down", after=answer.wait)
    if answer.status >= SERVER_ERROR:
        words = f"Google has an error: {answer.status}"
        if method in SAFE or answer.status == UNAVAILABLE:
            raise Retryable(words, after=answer.wait)
        raise OutcomeUnknown(words)
    if not answer.is_good and not answer.facts:  # Google says in JSON what it refuses
        words = f"a gate before Google answered {answer.status}"
        raise Retryable(words, after=MENDED_AFTER)


def reason(answer: Answer) -> str:
    """Return Google's own word for what is wrong."""
    found: object = part(answer.facts, "error").get("errors")
    if isinstance(found, list) and found and isinstance(found[0], dict):
        first = cast("Sequence[Facts]", found)[0]
        return text(first, "reason") or ""
    return text(part(answer.facts, "error"), "status") or ""


def translate(answer: Answer, *, is_listing: bool = False) -> None:
    """Raise what an answer that is not fine means."""
    why, status = reason(answer), answer.status
    if status == FORBIDDEN and why in BUSY:
        raise Retryable("Google asks us to slow down", after=PAUSE)
    if is_listing and (status == GONE or why in LOST or (status == BAD_REQUEST and "oken" in why)):
        raise CursorLost("Google no longer knows since when we want changes")
    if status == FAILED:
        raise EtagChanged("the event was changed at Google since we read it")
    if status in {NOT_FOUND, GONE}:
        if is_listing:
            raise CalendarGone("Google knows no such calendar, or we may not see it")
        raise ItemGone("Google knows no such event any more")
    if status == UNAUTHORIZED:
        raise Rejected("Google takes no token of this owner")
    raise Rejected(f"Google refused: {status} {why}")

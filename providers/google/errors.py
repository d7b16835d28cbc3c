"""What Google Calendar's answers mean, in our words. Its statuses alone say too little."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, cast

from domain.calendars.ports import CalendarGone, CursorLost, EtagChanged, ItemGone
from domain.errors import Rejected, Retryable
from providers.telling import Facts, part, text
from providers.web import Answer

BUSY: Final = frozenset(
    {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"}
)
PAUSE: Final = timedelta(seconds=30)
LOST: Final = frozenset({"fullSyncRequired", "updatedMinTooLongAgo"})

BAD_REQUEST: Final = 400
UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
CONFLICT: Final = 409
GONE: Final = 410
FAILED: Final = 412


def reason(answer: Answer) -> str:
    """Return Google's own word for what is wrong."""
    found: object = part(answer.facts(), "error").get("errors")
    if isinstance(found, list) and found and isinstance(found[0], dict):
        first = cast("Sequence[Facts]", found)[0]
        return text(first, "reason") or ""
    return text(part(answer.facts(), "error"), "status") or ""


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

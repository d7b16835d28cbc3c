"""What Twilio's answers mean in the three words of the domain.

Twilio knows no idempotency key: what may have arrived is unknown, never tried again. No message
here repeats what Twilio says, because Twilio repeats the number and sometimes the text.
"""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Final, cast

from twilio.base.exceptions import (
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)

from domain.errors import OutcomeUnknown, ProviderError, Rejected, Retryable
from domain.messages.ports import OptedOut
from providers.requesting import never_left

UNSUBSCRIBED: Final = 21610
SLOW_DOWN: Final = frozenset({20429, 14107, 30001, 30022})
FULL: Final = frozenset({10004, 22005, 86008})
TOO_NEAR: Final = 35114
"""It was to leave within five minutes, and the carrier does not keep such texts."""

STRANGERS: Final = frozenset({20003, 20005, 20006})
"""Wrong or closed credentials: nothing is wrong with the text, and somebody has to mend them."""

MENDED_AFTER: Final = timedelta(minutes=5)
FULL_FOR: Final = timedelta(seconds=30)


ByCode = Callable[[int | None, int], ProviderError | None]
"""What a code means, and HTTP's status where there is none; None: nothing in particular."""


def translate(
    error: Exception, *, is_question: bool = False, by_code: ByCode | None = None
) -> ProviderError:
    """Return the word for what came back; a question may always be asked again."""
    if isinstance(error, ProviderError):
        return error
    status, code = status_and_code(error)
    if status is None:
        return _unheard(error, is_question=is_question)
    known = (by_code or of_texts)(code, status)
    if known is not None:
        return known
    if status == HTTPStatus.REQUEST_TIMEOUT or not 400 <= status < 500:  # noqa: PLR2004  # 4xx
        return _doubtful(f"Twilio answered {status}", is_question=is_question)
    if code is None or code == status:  # not in Twilio's form: some gate in between, as it seems
        return Retryable(f"a gate before Twilio answered {status}", after=MENDED_AFTER)
    return Rejected(f"Twilio refused: code {code}")


def of_texts(code: int | None, status: int) -> ProviderError | None:
    """Say what a code means for a text."""
    if code == UNSUBSCRIBED:
        return OptedOut(f"this person has told Twilio to stop: code {code}")
    if code in SLOW_DOWN or status == HTTPStatus.TOO_MANY_REQUESTS:
        return Retryable("Twilio asks us to slow down", is_crowded=True)
    if code == TOO_NEAR:
        return Retryable("Twilio keeps no text that leaves so soon")
    if code in FULL:
        return Retryable(f"Twilio has no room now: code {code}", after=FULL_FOR)
    if code in STRANGERS or status == HTTPStatus.UNAUTHORIZED:
        return Retryable(f"Twilio does not take our credentials: code {code}", after=MENDED_AFTER)
    return None


def _unheard(error: Exception, *, is_question: bool) -> ProviderError:
    """Return the word for what brought no answer, or one that nobody can read."""
    if never_left(error):
        return Retryable("Twilio could not be reached")
    kind = type(error).__name__
    return _doubtful(f"Twilio gave no answer that can be read: {kind}", is_question=is_question)


def _doubtful(words: str, *, is_question: bool) -> ProviderError:
    return Retryable(words) if is_question else OutcomeUnknown(words)


def status_and_code(error: Exception) -> tuple[int | None, int | None]:
    """Return HTTP's status and Twilio's code; a list's page has its error in another place."""
    if isinstance(error, TwilioRestException | TwilioServiceException):
        code = cast("object", error.code)
        return error.status, code if isinstance(code, int) else None
    if isinstance(error, TwilioException) and len(error.args) > 1:
        status = getattr(error.args[1], "status_code", None)
        return (status, status) if isinstance(status, int) else (None, None)
    return None, None

"""What Telnyx's answers to a text mean in the three words of the domain.

Telnyx knows no idempotency key for texts: what may have arrived is unknown, never tried again.
No message here repeats what Telnyx says, because it repeats the number.
"""

from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final, cast

from domain.errors import OutcomeUnknown, ProviderError, Rejected, Retryable
from domain.messages.ports import OptedOut
from providers.api import Answer, Unheard

STOPPED: Final = frozenset({"40300"})
"""They have told Telnyx to stop."""

SLOW_DOWN: Final = frozenset({"10011", "40011", "40318"})
"""Too many requests; too many for the carrier; its queue is full."""

STOPPING: Final = frozenset({"10009", "10010", "20002", "20006", "20012", "20100"})
"""A wrong key, an account that is not active or not paid: nothing is wrong with the text."""

MENDED_AFTER: Final = timedelta(minutes=5)


def unheard(error: Exception, *, is_question: bool) -> ProviderError:
    """Return the word for an answer that did not come, or that nobody can read."""
    if isinstance(error, ProviderError):
        return error
    if isinstance(error, Unheard) and not error.has_left:
        return Retryable("Telnyx could not be reached")
    kind = str(error) if isinstance(error, Unheard) else type(error).__name__
    return _doubtful(f"Telnyx gave no answer that can be read: {kind}", is_question=is_question)


def translate(answer: Answer, *, is_question: bool = False) -> ProviderError:
    """Return the word for what Telnyx answered; a question may always be asked again."""
    status, code = answer.status, _code(answer)
    if code in STOPPED:
        return OptedOut(f"this person has told Telnyx to stop: code {code}")
    if code in SLOW_DOWN or status == HTTPStatus.TOO_MANY_REQUESTS:
        return Retryable("Telnyx asks us to slow down", after=answer.wait, is_crowded=True)
    if code in STOPPING or status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED}:
        return Retryable(f"Telnyx does not serve our account: code {code}", after=MENDED_AFTER)
    if status == HTTPStatus.REQUEST_TIMEOUT or not 400 <= status < 500:  # noqa: PLR2004  # 4xx
        return _doubtful(f"Telnyx answered {status}", is_question=is_question)
    if code is None:  # not in Telnyx's form: some gate in between, as it seems
        return Retryable(f"a gate before Telnyx answered {status}", after=MENDED_AFTER)
    return Rejected(f"Telnyx refused: code {code}")


def _doubtful(words: str, *, is_question: bool) -> ProviderError:
    return Retryable(words) if is_question else OutcomeUnknown(words)


def _code(answer: Answer) -> str | None:
    """Return the first error's code, if it is one of Telnyx's: digits and nothing else."""
    several: object = answer.facts.get("errors")
    first: object = cast("list[object]", several)[0] if isinstance(several, list) and several else 0
    code: Any = cast("dict[str, object]", first).get("code") if isinstance(first, dict) else None
    return str(code) if code is not None and str(code).isdecimal() else None

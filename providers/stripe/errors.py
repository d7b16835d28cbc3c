"""What Stripe's SDK raises, in the three words."""

from typing import Final

import stripe

from domain.errors import OutcomeUnknown, ProviderError, Rejected, Retryable
from providers.requesting import asked_to_wait, never_left

TOO_MANY: Final = 429
CONFLICT: Final = 409
SERVER_ERROR: Final = 500
ALREADY: Final = "already exists with identifier"
"""What Stripe says of a meter event whose name it has heard within a day."""


def translate(error: Exception, *, is_question: bool = False) -> ProviderError:
    """Say what Stripe's answer means.

    A question may be asked again whatever became of it. After a request that may have been
    taken, a 5xx or a broken line is unknown: the same key again tells, for a day.
    """
    if isinstance(error, stripe.APIConnectionError):
        left = error.__cause__ is None or not never_left(error.__cause__)
        return _doubtful("Stripe could not be heard", is_open=left and not is_question)
    if not isinstance(error, stripe.StripeError):
        words = f"an answer of Stripe's that cannot be read: {type(error).__name__}"
        return _doubtful(words, is_open=not is_question)
    return _refusal(error, is_question=is_question)


def _refusal(error: stripe.StripeError, *, is_question: bool) -> ProviderError:
    status = error.http_status or SERVER_ERROR
    if status in {TOO_MANY, CONFLICT}:
        wait = asked_to_wait(dict(error.headers or {}).get("retry-after"))
        return Retryable("Stripe asks us to slow down", after=wait)
    if status >= SERVER_ERROR:
        return _doubtful(f"Stripe failed with {status}", is_open=not is_question)
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        return Retryable("Stripe does not take STRIPE_API_KEY")
    return Rejected(f"Stripe refused: {error.code or type(error).__name__}")


def _doubtful(words: str, *, is_open: bool) -> ProviderError:
    return OutcomeUnknown(words) if is_open else Retryable(words)


def was_told_before(error: Exception) -> bool:
    """Tell whether Stripe refused a meter event because it has it already."""
    return isinstance(error, stripe.InvalidRequestError) and ALREADY in str(error)

"""What a language model's failures mean in the three words of the domain.

Reading a transcript twice harms nobody but the purse, and nobody can be asked whether a request
was read. So what may have happened is Retryable here, not OutcomeUnknown: an unknown reading
would wait for a person, who could only say "again". `may_cost` says where the vendor's bill may
have what we never heard of: then our books have a line for it, without a figure.

No message here repeats what the vendor says: it repeats parts of the key and of the request.
"""

from datetime import timedelta
from http import HTTPStatus
from typing import Final

import httpx2
from openai import APIConnectionError, APIStatusError, APITimeoutError

from domain.errors import ProviderError, Rejected, Retryable
from providers.requesting import asked_to_wait

MENDED_AFTER: Final = timedelta(minutes=5)
QUOTA_AFTER: Final = timedelta(minutes=15)
AGAIN: Final = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}
)
UNBILLED: Final = frozenset({HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS})
STRANGERS: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
NEVER_LEFT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
NO_MONEY: Final = HTTPStatus.PAYMENT_REQUIRED  # OpenRouter's word for it

CODES: Final = frozenset(
    {
        *("context_length_exceeded", "invalid_json_schema", "invalid_request_error"),
        *("model_not_found", "unsupported_parameter", "unsupported_value", "invalid_value"),
        *("missing_required_parameter", "content_policy_violation", "content_filter"),
        *("string_above_max_length", "invalid_type"),
    }
)
"""Codes that may be repeated in our words; another could be anything."""


def translate(error: Exception) -> ProviderError:
    """Return the word for what came back."""
    if isinstance(error, ProviderError):
        return error
    if isinstance(error, APIStatusError):
        return _by_status(error)
    may_cost = not isinstance(error.__cause__, NEVER_LEFT)
    if isinstance(error, APITimeoutError):
        words = "the model did not answer in time; it may have been billed"
        return Retryable(words, may_cost=may_cost)
    if isinstance(error, APIConnectionError):
        words = f"the model could not be heard: {type(error.__cause__).__name__}"
        return Retryable(words, may_cost=may_cost)
    words = "the model gave no answer that can be read; it may have been billed"
    return Retryable(f"{words}: {type(error).__name__}", may_cost=True)


def _by_status(error: APIStatusError) -> ProviderError:
    status, code = error.status_code, error.code
    wait = _wait(error)
    if code == "insufficient_quota" or status == NO_MONEY:
        return Retryable("the model's quota is used up", after=wait or QUOTA_AFTER)
    if status in STRANGERS:
        return Retryable(f"the model's vendor does not take our key: {status}", after=MENDED_AFTER)
    if status in AGAIN or not 400 <= status < 500:  # noqa: PLR2004  # 4xx
        # A refusal costs nothing; whoever breaks down in mid-answer may have written it down.
        return Retryable(
            f"the model's vendor answered {status}",
            after=wait,
            may_cost=status not in UNBILLED,
            is_crowded=status != HTTPStatus.CONFLICT,
        )
    if not isinstance(error.body, dict):  # not in the vendor's form: some gate in between
        return Retryable(f"a gate before the model answered {status}", after=MENDED_AFTER)
    return Rejected(
        f"the model refused the request: {status} {code if code in CODES else ''}".rstrip()
    )


def _wait(error: APIStatusError) -> timedelta | None:
    """Return how long we are asked to wait; in milliseconds where the vendor is that exact."""
    exact = error.response.headers.get("retry-after-ms")
    if exact is not None and exact.replace(".", "", 1).isdigit():
        return asked_to_wait(str(float(exact) / 1000))
    return asked_to_wait(error.response.headers.get("retry-after"))

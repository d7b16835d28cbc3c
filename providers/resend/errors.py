"""What Resend's answers mean in the three words of the domain.

Resend knows a repeat by our key, so what may have happened is asked about with the same key.
No message here repeats what Resend says: it repeats addresses.
"""

from datetime import timedelta
from http import HTTPStatus
from typing import Final

from resend.exceptions import ResendError

from domain.errors import OutcomeUnknown, ProviderError, Rejected, Retryable
from providers.requesting import asked_to_wait, never_left

MENDED_AFTER: Final = timedelta(minutes=5)
QUOTA_AFTER: Final = timedelta(hours=1)
QUOTAS: Final = frozenset({"daily_quota_exceeded", "monthly_quota_exceeded"})
STRANGERS: Final = frozenset({"missing_api_key", "invalid_api_key", "restricted_api_key"})
IN_PROGRESS: Final = "concurrent_idempotent_requests"
GATE: Final = "application_error"
"""What the SDK calls a body that is not Resend's, whatever the status."""

WIRE: Final = "HttpClientError"
"""What the SDK calls an answer that did not come."""

NAMES: Final = frozenset(
    {
        *("validation_error", "missing_required_field", "missing_required_fields", "not_found"),
        *("invalid_idempotency_key", "invalid_idempotent_request", "invalid_attachment"),
        *("invalid_from_address", "invalid_parameter", "invalid_region", "method_not_allowed"),
        *("security_error", "invalid_access", "invalid_to_address"),
    }
)
"""Names that may be repeated in our words; another could be anything."""


def translate(
    error: Exception, broke: Exception | None, *, is_question: bool = False
) -> ProviderError:
    """Return the word for what came back; `broke` is what cut the line, if anything did."""
    if isinstance(error, ProviderError):
        return error
    if broke is not None and never_left(broke):
        return Retryable("Resend could not be reached")
    if broke is not None or not isinstance(error, ResendError) or error.error_type == WIRE:
        kind = type(broke or error).__name__
        words = f"Resend gave no answer that can be read: {kind}"
        return Retryable(words) if is_question else OutcomeUnknown(words)
    return _by_name(error, is_question=is_question)


def _by_name(error: ResendError, *, is_question: bool) -> ProviderError:
    status, name = int(error.code), error.error_type
    wait = asked_to_wait(_retry_after(error))
    if name in QUOTAS:
        return Retryable("Resend's quota is used up", after=max(wait or QUOTA_AFTER, QUOTA_AFTER))
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Retryable("Resend asks us to slow down", after=wait, is_crowded=True)
    if name in STRANGERS or status == HTTPStatus.UNAUTHORIZED:
        return Retryable("Resend does not take our key", after=MENDED_AFTER)
    is_client = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    if name == IN_PROGRESS or status == HTTPStatus.REQUEST_TIMEOUT or not is_client:
        words = f"Resend answered {status}"
        return Retryable(words) if is_question else OutcomeUnknown(words)
    if name == GATE:
        return Retryable(f"a gate before Resend answered {status}", after=MENDED_AFTER)
    return Rejected(f"Resend refused: {status} {name if name in NAMES else ''}".rstrip())


def _retry_after(error: ResendError) -> str | None:
    found = {name.lower(): value for name, value in error.headers.items()}
    return found.get("retry-after")

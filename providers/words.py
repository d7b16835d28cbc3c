"""What a vendor of calls may answer to a request for one, in the words of `domain.outbound`.

Such a vendor knows no idempotency key: what may have arrived is unknown, and never asked for a
second time. No message here repeats what the vendor says, because it repeats numbers.
"""

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from domain.errors import OutcomeUnknown, ProviderError, Retryable
from domain.outbound.ports import AccountStopped, OverCapacity
from providers.api import Answer, Unheard

MENDED_AFTER: Final = timedelta(minutes=5)
STRANGERS: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor by its name, for sentences."""

    name: str

    def unheard(self, error: Unheard, *, is_question: bool) -> ProviderError:
        """Return the word for an answer that did not come."""
        if not error.has_left:
            return Retryable(f"{self.name} could not be reached")
        words = f"{self.name} gave no answer that can be read: {error}"
        return Retryable(words) if is_question else OutcomeUnknown(words)

    def unreadable(self, error: Exception, *, is_question: bool) -> ProviderError:
        """Return the word for an answer that lacks what it has to have."""
        words = f"{self.name} gave an answer that makes no sense: {type(error).__name__}"
        return Retryable(words) if is_question else OutcomeUnknown(words)

    def common(self, answer: Answer, *, is_question: bool) -> ProviderError | None:
        """Return the word for what every vendor answers alike; None: it is the vendor's own."""
        name, status = self.name, answer.status
        if status in STRANGERS:
            return AccountStopped(f"{name} does not take our key: {status}", after=MENDED_AFTER)
        if status == HTTPStatus.PAYMENT_REQUIRED:
            return AccountStopped(f"{name} wants to be paid first", after=MENDED_AFTER)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            too_fast = Retryable if is_question else OverCapacity
            return too_fast(f"{name} asks us to slow down", after=answer.wait)
        if status == HTTPStatus.REQUEST_TIMEOUT or not 400 <= status < 500:  # noqa: PLR2004  # 4xx
            words = f"{name} answered {status}"
            return Retryable(words, after=answer.wait) if is_question else OutcomeUnknown(words)
        if not answer.facts:  # not in the vendor's form: some gate in between, as it seems
            return Retryable(f"a gate before {name} answered {status}", after=MENDED_AFTER)
        return None

"""What Retell's refusals mean in our words. Its sentences are matched, and never repeated."""

import re
from typing import Final

from domain.errors import ProviderError, Rejected
from domain.outbound.ports import AccountStopped, OverCapacity, Refused
from domain.tables.outbound import AttemptState
from providers.api import Answer
from providers.words import MENDED_AFTER, Vendor

RETELL: Final = Vendor("Retell")
FULL: Final = re.compile(r"concurren", re.IGNORECASE)
UNPAID: Final = re.compile(r"payment|credit|balance|trial", re.IGNORECASE)
NO_NUMBER: Final = re.compile(r"to_number|e\.?164", re.IGNORECASE)


def refusal(answer: Answer, *, is_question: bool = False) -> ProviderError:
    """Return the word for an answer that did not do what was asked."""
    known = RETELL.common(answer, is_question=is_question)
    if known is not None:
        return known
    if is_question:
        return Rejected(f"Retell answered {answer.status} to a question")
    said = str(answer.facts.get("message") or "")
    for pattern, word in (
        (FULL, OverCapacity("Retell has no line free on this account", after=answer.wait)),
        (UNPAID, AccountStopped("Retell wants to be paid first", after=MENDED_AFTER)),
        (
            NO_NUMBER,
            Refused("Retell takes it for no number", outcome=AttemptState.INVALID_NUMBER),
        ),
    ):
        if pattern.search(said):
            return word
    return Refused(f"Retell refused the call: {answer.status}")

"""What Vapi's refusals mean in our words. Its sentences are matched, and never repeated."""

import re
from datetime import timedelta
from typing import Final

from domain.errors import ProviderError, Rejected, Retryable
from domain.outbound.ports import AccountStopped, OverCapacity, Refused
from domain.tables.outbound import AttemptState
from providers.api import Answer
from providers.words import MENDED_AFTER, Vendor

VAPI: Final = Vendor("Vapi")
TOMORROW: Final = timedelta(hours=1)
"""When it is worth asking again after a limit of a day."""

FULL: Final = re.compile(r"concurren", re.IGNORECASE)
UNPAID: Final = re.compile(r"credit|wallet|balance|billing|subscription|frozen", re.IGNORECASE)
A_DAY: Final = re.compile(r"daily", re.IGNORECASE)
NO_NUMBER: Final = re.compile(r"customer\.number|e\.?164", re.IGNORECASE)
NOT_OURS: Final = re.compile(r"phone ?number|international", re.IGNORECASE)


def refusal(answer: Answer, *, is_question: bool = False) -> ProviderError:
    """Return the word for an answer that did not do what was asked."""
    known = VAPI.common(answer, is_question=is_question)
    if known is not None:
        return known
    if is_question:
        return Rejected(f"Vapi answered {answer.status} to a question")
    said = str(answer.facts.get("message") or "")
    for pattern, word in (
        (FULL, OverCapacity("Vapi has no line free on this account", after=answer.wait)),
        (UNPAID, AccountStopped("Vapi wants to be paid first", after=MENDED_AFTER)),
        (A_DAY, Retryable("Vapi lets this number call no more today", after=TOMORROW)),
        (
            NO_NUMBER,
            Refused("Vapi takes it for no number", outcome=AttemptState.INVALID_NUMBER),
        ),
        (NOT_OURS, Refused("Vapi does not let this number call there")),
    ):
        if pattern.search(said):
            return word
    return Refused(f"Vapi refused the call: {answer.status}")

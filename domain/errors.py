"""What can go wrong, in words that decide what happens next.

ProviderError     an outside party did not do what we asked: three words, and no fourth
  Retryable       it did not happen; the same request may be made again
  Rejected        it did not happen, and never will for this request
  OutcomeUnknown  it may have happened; ask before asking again

Refusal           we cannot do what a person asked: one sentence, with what to do next
"""

from datetime import timedelta


class ProviderError(Exception):
    """An outside party did not do what we asked."""

    facts: object = None
    """What the area will write down with it, in the transaction that settles the row."""


class Retryable(ProviderError):
    """It did not happen; the same request may be made again."""

    def __init__(
        self,
        message: str,
        *,
        after: timedelta | None = None,
        may_cost: bool = False,
        is_crowded: bool = False,
    ) -> None:
        """Remember how long we are asked to wait, whether it may be billed, and why it was.

        `is_crowded`: the vendor has too much to do, so all workers should ask less of it.
        """
        super().__init__(message)
        self.after = after
        self.may_cost = may_cost
        self.is_crowded = is_crowded


class Rejected(ProviderError):
    """It did not happen, and never will for this request."""


class OutcomeUnknown(ProviderError):
    """It may have happened; ask before asking again."""


class Refusal(Exception):
    """We cannot do what a person asked: one sentence, with what to do next.

    The command line prints it without a traceback and ends with `exit_code`: 2 for
    wrong usage or settings, 1 where what was asked about is not well.
    """

    def __init__(self, sentence: str, *, exit_code: int = 2) -> None:
        """Say `sentence`."""
        super().__init__(sentence)
        self.exit_code = exit_code

"""Asking models, one after the other, until one gives a reading.

    no form          the same model once more, told what was wrong; then the next
    cut short        a long call in two halves; else the next model
    refusal, filter  the next model: the same one would say the same
    too many, down   the vendor's pace is lowered for all workers; the next model
    not heard        the next model; where all failed for a while, all of it again later
    no money         the next, cheaper model

Every request has its line in the ledger before its answer is read, and a call is asked about at
most so often, whatever goes wrong and whoever died in between.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from pydantic import ValidationError

from domain.database import SYSTEM, Begin
from domain.errors import OutcomeUnknown, ProviderError, Rejected, Retryable
from domain.metering import service as metering
from domain.metering.usage import Account, Refused
from domain.transcripts import long
from domain.transcripts.ports import Answer, Reader, Request
from domain.transcripts.schema import Reading
from domain.work import pace

MOST_PAID: Final = 8
"""Requests for one call, or for one part of a long one, that may be on the bill."""

BEGUN_WITHIN: Final = timedelta(seconds=130)
"""After so long no further request is begun: the lease must outlast the longest answer."""

STOP: Final = "stop"
LENGTH: Final = "length"


@dataclass(frozen=True, slots=True)
class Found:
    """A reading, who gave it, and by which model."""

    reader: Reader
    model: str | None
    reading: Reading


@dataclass
class Asking:
    """What is asked about one call: for whose money, how often already, and what went wrong."""

    begin: Begin
    account: Account
    paid: int = 0
    """Requests that may have been billed for this call before, by whoever had it then."""

    most: int = MOST_PAID
    ends: float = field(
        default_factory=lambda: time.monotonic() + BEGUN_WITHIN.total_seconds(), init=False
    )
    refused: list[Refused] = field(default_factory=list[Refused], init=False)
    passing: Retryable | None = field(default=None, init=False)
    """The last trouble that may be over later."""

    lasting: ProviderError | None = field(default=None, init=False)
    """The last trouble that would come again."""

    def read(self, readers: Sequence[Reader], request: Request) -> Found | None:
        """Ask the readers in order; None: none of them gave a reading, and here stands why."""
        pieces = long.parts(request.transcript)
        self.most = MOST_PAID * len(pieces)
        for reader in readers:
            told: list[Found] = []
            for piece in pieces:
                found = self._one(reader, replace(request, transcript=piece))
                if found is None:
                    break
                told.append(found)
            else:
                return _together(told)
        return None

    def _one(self, reader: Reader, request: Request, *, may_halve: bool = True) -> Found | None:
        """Ask one reader about one part; asked again at most once, with what was wrong."""
        answer = self._ask(reader, request)
        if answer is None:
            return None
        reading, complaint = form_of(answer)
        if answer.finish == STOP and reading is None:
            answer = self._ask(reader, replace(request, complaint=complaint)) or answer
            reading, _ = form_of(answer)
        if reading is not None:
            return Found(reader, answer.usage.model if answer.usage else None, reading)
        if answer.finish == LENGTH and may_halve and len(request.transcript) > long.HALVED_FROM:
            return self._in_halves(reader, request)
        self.lasting = Retryable(f"{reader.vendor} gave no reading: {answer.finish}")
        return None

    def _in_halves(self, reader: Reader, request: Request) -> Found | None:
        told = [
            self._one(reader, replace(request, transcript=half), may_halve=False)
            for half in long.halves(request.transcript)
        ]
        found = [one for one in told if one is not None]
        if len(found) < len(told):
            return None
        return _together(found)

    def _ask(self, reader: Reader, request: Request) -> Answer | None:
        """Make one request, within the budget; None: it brought nothing, and here stands why."""
        estimate = reader.estimate(request)
        if estimate is None:
            return reader.read(request)
        if self.paid >= self.most:
            self.lasting = Rejected(f"models were asked {self.paid} times about this call")
            return None
        if time.monotonic() > self.ends:
            self.passing = Retryable("the models took too long")
            return None
        try:
            answer = metering.ask(
                self.begin,
                self.account,
                estimate,
                lambda key: reader.read(replace(request, reference=key)),
                outcome_of,
            )
        except ProviderError as error:
            self._note(reader, error)
            return None
        if isinstance(answer, Refused):
            self.refused.append(answer)
            return None
        self.paid += 1
        return answer

    def _note(self, reader: Reader, error: ProviderError) -> None:
        """Remember a trouble, and ask less of a vendor that has too much to do."""
        if metering.may_have_cost(error):
            self.paid += 1
        if isinstance(error, Rejected):
            self.lasting = error
            return
        # Not heard: asked again, it costs its price again and harms nobody.
        if isinstance(error, OutcomeUnknown) or not isinstance(error, Retryable):
            self.passing = Retryable(str(error))
            return
        self.passing = error
        if error.is_crowded:
            with self.begin(SYSTEM) as session:
                pace.slow(session, reader.vendor, after=error.after)


def _together(found: Sequence[Found]) -> Found:
    if len(found) == 1:
        return found[0]
    return replace(found[0], reading=long.together([one.reading for one in found]))


def form_of(answer: Answer) -> tuple[Reading | None, str]:
    """Read an answer as the form; whatever else it is, is none, and what is wrong with it.

    What is wrong is told by its place in the form and its kind, to the model alone.
    """
    if answer.finish != STOP:
        return None, answer.finish
    try:
        return Reading.model_validate_json(answer.text), ""
    except ValidationError as error:
        wrong = [
            f"{'.'.join(str(part) for part in one['loc']) or 'all of it'}: {one['type']}"
            for one in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        return None, "; ".join(wrong[:5])


def outcome_of(answer: Answer) -> str:
    """Say in a word what an answer came to."""
    if answer.finish != STOP:
        return answer.finish
    return "corrupt" if form_of(answer)[0] is None else "read"

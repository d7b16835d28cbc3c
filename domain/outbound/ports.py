"""What outbound calls need from a vendor of calls. Adapters raise only the three words.

    place   may go wrong in five ways   OverCapacity    no slot: it goes back, uncounted
                                        AccountStopped  this account cannot; another may
                                        Retryable       it never left; another account may
                                        Refused         never to this number, or with these words
                                        OutcomeUnknown  it may ring: looked for by our key

What is found later to have ended for want of a slot was no call either: `never_dialled`.

A call is known by two names: ours, which the vendor carries for us, and the vendor's own. How
it ended is said in the words of `call_attempts.state`, and the vendor's own word stands beside.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Protocol
from uuid import UUID

from domain.errors import Rejected, Retryable
from domain.tables.outbound import AttemptState

NEVER_DIALLED: Final = "never_dialled"
"""What a notice says in place of how a call ended, where nobody's telephone was dialled."""


class OverCapacity(Retryable):
    """It did not happen: the account has no slot left, or is asked too fast (429)."""


class AccountStopped(Retryable):
    """It did not happen, nor will anything else on this account: its key, or its balance."""


class Refused(Rejected):
    """It did not happen, and never will: the number, its country, or what was to be said."""

    def __init__(self, message: str, *, outcome: AttemptState = AttemptState.REJECTED) -> None:
        """Remember how the attempt ends: rejected, invalid_number or failed."""
        super().__init__(message)
        self.outcome = outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A vendor's account, as its row tells: whoever makes `Lines` opens what is sealed."""

    id: UUID
    user_id: UUID | None
    """Nobody's is the platform's."""

    vendor: str
    """vapi, retell or twilio."""

    integration_id: UUID | None = None
    api_credentials: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """One call that is to be placed."""

    to: str = field(repr=False)
    user_id: UUID
    """The tenant; vendors that carry facts for us carry it too, so that news finds its way."""

    caller: str | None = field(default=None, repr=False)
    """Our number, E.164."""

    caller_id: str | None = None
    """What the vendor calls our number, where it goes by that."""

    assistant_id: str | None = None
    """What the vendor calls who speaks."""

    voice_id: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    leaves_voicemail: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How a call stands at its vendor."""

    call_id: str
    key: str | None = None
    """Our name for it, where the vendor gives it back."""

    outcome: AttemptState | None = None
    """How it ended: one of the ended states; None while it is on its way or speaking."""

    reason: str | None = None
    """The vendor's own word for how it ended."""

    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    duration: timedelta | None = None
    cost: Decimal | None = None
    currency: str | None = None
    transcript: str | None = field(default=None, repr=False)
    recording_url: str | None = field(default=None, repr=False)
    is_outbound: bool = True
    never_dialled: bool = False
    """It ended without anybody's telephone having been dialled: for want of a slot."""

    @property
    def is_live(self) -> bool:
        """Whether it still takes a slot."""
        return self.outcome is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """All calls that an account has going, whoever began them."""

    calls: Sequence[Progress]
    """Live ones only, in both directions."""

    count: int | None = None
    """How many the vendor says it counts, where it says so without naming them."""

    limit: int | None = None
    """How many it would let us have, where it says so."""


class Lines(Protocol):
    """Places calls on one account of a vendor, and tells how they stand."""

    vendor: str

    def place(self, dial: Dial, *, key: str) -> Progress:
        """Begin a call that carries our key (at most 40 letters); it may not have ended yet.

        What is answered at once as blocked for want of a slot is OverCapacity, whatever the
        status of the answer.
        """
        ...

    def find(self, dial: Dial, *, key: str, since: datetime) -> Progress | None:
        """Look for the call that carries our key among those begun since a moment.

        None: the vendor does not list it now. Ended ones are found too.
        """
        ...

    def get(self, call_id: str) -> Progress | None:
        """Ask how one call stands; None where the vendor knows no such call."""
        ...

    def live(self, *, since: datetime) -> Floor:
        """List what is going on; nothing of ours that is still live began before `since`."""
        ...

    def ended(self, start: datetime, end: datetime) -> Iterator[Progress]:
        """Yield the calls begun from one moment to before another that have ended.

        Whoever began them, in both directions. Asks page by page.
        """
        ...

    def cancel(self, call_id: str) -> None:
        """Hang up, or take back what has not rung; one that has ended is no error."""
        ...


class Exchange(Protocol):
    """Knows how each account is reached."""

    def lines(self, account: Account) -> Lines:
        """Return the account's lines; AccountStopped where its vendor or key is missing."""
        ...

"""What billing needs from the house that takes the money. Adapters raise only the three words.

Everything is asked for as it stands now: a notice is a reason to ask, never the answer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from domain.metering.use import What
from domain.work.effects import Receipt

Row_co = TypeVar("Row_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row_co]):
    """Part of a list, newest first; `after` is where the rest begins, None at its end."""

    rows: Sequence[Row_co]
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What is charged, as far as an owner recognises it."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionFacts:
    """A subscription as it stands."""

    id: str
    customer: str
    status: str
    price: str
    period_start: datetime
    period_end: datetime
    started_at: datetime
    trial_end: datetime | None = None
    cancel_at_period_end: bool = False
    canceled_at: datetime | None = None
    card: Card | None = None
    user_id: UUID | None = None
    """The tenant, where we wrote it into the metadata of the subscription or its customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Something that was bought once, and what of the money has been taken back since."""

    id: str
    customer: str
    prices: Sequence[tuple[str, int]]
    """Which, and how many of each."""

    amount: Decimal
    withdrawn: Decimal
    """Refunded, or held back in a dispute that is not won."""

    currency: str
    paid_at: datetime
    user_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFacts:
    """A customer; one that was deleted is no more than its id."""

    id: str
    user_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFacts:
    """A bill, and how much of it is open."""

    id: str
    customer: str
    subscription: str | None
    status: str
    open_amount: Decimal
    currency: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """So many units more, to be told to a meter under a name of ours."""

    meter: str
    customer: str
    units: int
    happened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """All that the house knows of one tenant, asked for at one moment."""

    asked_at: datetime
    subscriptions: Sequence[SubscriptionFacts] = field(default=())
    payments: Sequence[Payment] = field(default=())
    invoices: Sequence[InvoiceFacts] = field(default=())


class Books(Protocol):
    """The books of the house that takes the money."""

    vendor: str

    def subscriptions(
        self, *, customer: str | None = None, after: str | None = None
    ) -> Page[SubscriptionFacts]:
        """Return subscriptions in every state, of everybody or of one customer."""
        ...

    def payments(
        self, *, since: datetime | None, customer: str | None = None, after: str | None = None
    ) -> Page[Payment]:
        """Return what was bought and paid at a checkout, begun since then."""
        ...

    def customers(self, *, after: str | None = None) -> Page[CustomerFacts]:
        """Return customers."""
        ...

    def invoices(
        self, *, since: datetime, customer: str | None = None, after: str | None = None
    ) -> Page[InvoiceFacts]:
        """Return bills made since then."""
        ...

    def tell_meter(self, reading: Reading, *, key: str) -> Receipt:
        """Add units to a meter; the same key within a day adds nothing."""
        ...

    def metered(self, *, meter: str, customer: str, start: datetime, end: datetime) -> Decimal:
        """Return the units that a meter counted for a customer between two whole minutes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A call or text in its vendor's own log."""

    id: str
    at: datetime
    amount: int | None
    """Seconds, or segments; None: it does not say."""

    cost: Decimal | None = None
    currency: str | None = None
    is_outbound: bool = True


class Log(Protocol):
    """A vendor's own log of what one account did. Raises the three words.

    Rejected: this account cannot be asked, and the others can.
    """

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def vendor(self) -> str:
        """Whose log it is."""
        ...

    @property
    def what(self) -> What:
        """Of calls or of texts."""
        ...

    @property
    def user_id(self) -> UUID | None:
        """Whose account it is; nobody's is the platform's."""
        ...

    def between(self, start: datetime, end: datetime) -> Iterable[Logged]:
        """Yield what was charged from one moment to before another. Asks page by page."""
        ...

    def has(self, name: str) -> bool:
        """Ask whether the vendor knows this one."""
        ...


class Logs(Protocol):
    """Knows the logs that can be read now."""

    def __call__(self) -> Sequence[Log]:
        """Return them."""
        ...


def none() -> Sequence[Log]:
    """Return no logs: nobody has set up a vendor."""
    return ()

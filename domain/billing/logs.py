"""Vendors' own logs of calls and texts against our ledgers, both ways, a span at a time.

What a vendor charged and our ledger has not is noted, where a row of ours says whose it was; else
it is nobody's, and a person's to look at. What our ledger has and a vendor's log has not is asked
about once more, by its name: days do not end at the same moment there and here. Amounts that
differ are never written over: a tenant was told the one, and we are billed for the other.

A tenant's own account may do more than work for us: of what it alone knows nothing is said.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeAlias
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.billing.compare import Class, Difference, Found
from domain.billing.ports import Log, Logged
from domain.database import SYSTEM, Begin
from domain.errors import Rejected
from domain.metering import use
from domain.metering.use import CallUse, TextUse, What

MOST_ASKED: Final = 100
"""Lines of a span's ledger that are asked about one by one; a log that lacks more is not whole."""

log = structlog.get_logger("billing")

Row: TypeAlias = Any
"""A line of a ledger, or what says whose a call is."""

Note: TypeAlias = Callable[[Session, Sequence[Found]], None]
"""Write down what was found, in the transaction that did something about it."""


@dataclass(frozen=True, slots=True)
class Span:
    """The span that is compared."""

    start: datetime
    end: datetime


_LEDGER: Final = {
    What.CALL: "SELECT provider_call_id AS name, user_id, seconds AS amount, cost, currency"
    " FROM usage_calls WHERE provider = :vendor AND provider_call_id",
    What.TEXT: "SELECT provider_message_id AS name, user_id, segments AS amount, cost, currency"
    " FROM usage_sms WHERE provider = :vendor AND provider_message_id",
}
_NAMED: Final = {
    what: text(f"{words} = ANY(CAST(:names AS text[]))") for what, words in _LEDGER.items()
}
# What was called off before it left stands in no vendor's log, and its two lines are nothing.
_DURING: Final = {
    what: text(
        f"WITH line AS ({words} IS NOT NULL AND created_at >= :start AND created_at < :end)"  # noqa: S608  # _LEDGER's own words, and nothing given
        " SELECT * FROM line WHERE amount >= 0"
        " AND NOT EXISTS (SELECT FROM line o WHERE o.name = line.name || ' called off')"
    )
    for what, words in _LEDGER.items()
}
_OWNERS: Final = {
    What.CALL: text(
        "SELECT provider_call_id AS name, user_id, phone_number AS phone FROM calls"
        " WHERE provider = :vendor AND provider_call_id = ANY(CAST(:names AS text[]))"
        " UNION ALL SELECT a.provider_call_id, a.user_id, a.recipient_number FROM call_attempts a"
        " JOIN call_service_providers p ON p.id = a.provider_id WHERE"
        " lower(coalesce(nullif(p.provider, ''), p.name)) = :vendor"
        " AND a.provider_call_id = ANY(CAST(:names AS text[]))"
    ),
    What.TEXT: text(
        "SELECT provider_message_id AS name, user_id, to_number AS phone FROM messages"
        " WHERE provider = :vendor AND provider_message_id = ANY(CAST(:names AS text[]))"
    ),
}
_PRICES: Final = text(
    "SELECT DISTINCT ON (s.user_id) s.user_id, p.overage_minute_price AS call,"
    " p.overage_sms_price AS text, p.currency FROM subscriptions s"
    " JOIN subscription_plans p ON p.id = s.plan_id WHERE s.user_id = ANY(CAST(:ids AS uuid[]))"
    " ORDER BY s.user_id, s.status IN ('trialing', 'active', 'past_due') DESC, s.created_at DESC"
)


def compare(begin: Begin, logs: Sequence[Log], span: Span, note: Note, *, heal: bool) -> int:
    """Compare a span's logs of all vendors with our ledgers; note the use that only we forgot.

    Return how many calls and texts were read.
    """
    kinds: dict[tuple[str, What], list[Log]] = defaultdict(list)
    for each in logs:
        kinds[each.vendor, each.what].append(each)
    return sum(
        _Reading(
            begin=begin, vendor=vendor, what=what, logs=some, span=span, note=note, heal=heal
        ).compare()
        for (vendor, what), some in kinds.items()
    )


@dataclass(kw_only=True)
class _Reading:
    """One vendor's accounts in one span."""

    begin: Begin
    vendor: str
    what: What
    logs: Sequence[Log]
    span: Span
    note: Note
    heal: bool
    seen: set[str] = field(default_factory=set[str])
    """What any of the logs has."""

    silent: list[Log] = field(default_factory=list[Log])

    def compare(self) -> int:
        for each in self.logs:
            try:
                theirs = {one.id: one for one in each.between(self.span.start, self.span.end)}
            except Rejected as error:
                self.silent.append(each)
                unread = [(each.user_id, self._unread(each, str(error)))]
                with self.begin(SYSTEM) as session:
                    self.note(session, unread)
                continue
            self.seen |= theirs.keys()
            with self.begin(SYSTEM) as session:
                self.note(session, list(self._theirs(session, each, theirs)))
        ours = self._ours()
        with self.begin(SYSTEM) as session:
            self.note(session, ours)
        return len(self.seen)

    def _theirs(self, session: Session, log_: Log, theirs: Mapping[str, Logged]) -> Iterator[Found]:
        """Go through what a vendor charged, with what stands here."""
        bound = {"vendor": self.vendor, "names": list(theirs)}
        ours = {row.name: row for row in session.execute(_NAMED[self.what], bound)}
        bound["names"] = [name for name in theirs if name not in ours]
        owners = {row.name: row for row in session.execute(_OWNERS[self.what], bound)}
        ids = [row.user_id for row in (*ours.values(), *owners.values())]
        prices = _prices(session, ids)
        for name, one in theirs.items():
            row = ours.get(name)
            if row is not None:
                if one.amount is not None and row.amount != one.amount:
                    yield self._differs(row, one, prices)
            elif one.amount or one.cost:
                owner = owners.get(name)
                if owner is not None and one.amount:
                    yield self._forgotten(session, owner, one, prices)
                elif owner is not None or log_.user_id is None:
                    whose = owner.user_id if owner else None
                    yield whose, self._difference(Class.UNLEDGERED, name, None, one, one.cost)

    def _ours(self) -> list[Found]:
        """Go through our ledger of that span, for what no log has."""
        bound = {"vendor": self.vendor, "start": self.span.start, "end": self.span.end}
        with self.begin(SYSTEM) as session:
            rows: Sequence[Any] = session.execute(_DURING[self.what], bound).all()
            absent = [row for row in rows if row.name not in self.seen and self._is_whole(row)]
            prices = _prices(session, [row.user_id for row in absent])
        if len(absent) > MOST_ASKED:
            log.warning("billing.log_not_whole", vendor=self.vendor, lines=len(absent))
        return [
            (row.user_id, self._unlogged(row, prices))
            for row in absent[:MOST_ASKED]
            if not any(each.has(row.name) for each in self._of(row.user_id))
        ]

    def _of(self, user_id: UUID) -> list[Log]:
        """Return the accounts that may have done this for a tenant."""
        return [each for each in self.logs if each.user_id in {None, user_id}]

    def _is_whole(self, row: Row) -> bool:
        """Tell whether each account that may know a line was read."""
        accounts = self._of(row.user_id)
        return bool(accounts) and not any(each in self.silent for each in accounts)

    def _forgotten(self, session: Session, owner: Row, one: Logged, prices: "_Prices") -> Found:
        """Note the use of what a row of ours stands for, and no ledger has."""
        if self.heal:
            self._use(session, owner, one)
        worth, currency = self._worth(one, one.amount, owner.user_id, prices)
        return owner.user_id, self._difference(
            Class.USAGE_MISSING, one.id, None, one, worth, currency
        )

    def _use(self, session: Session, owner: Row, one: Logged) -> None:
        amount = one.amount or 0
        if self.what is What.TEXT:
            used = TextUse(
                user_id=owner.user_id,
                provider=self.vendor,
                message_id=one.id,
                segments=amount,
                phone_number=owner.phone,
            )
            use.note_texts(session, [used])
            return
        call = CallUse(
            user_id=owner.user_id,
            provider=self.vendor,
            call_id=one.id,
            seconds=amount,
            ended_at=one.at + timedelta(seconds=amount),
            is_outbound=one.is_outbound,
            phone_number=owner.phone,
            cost=one.cost if one.currency == "USD" else None,
        )
        use.note_call(session, call)

    def _differs(self, row: Row, one: Logged, prices: "_Prices") -> Found:
        units = abs((one.amount or 0) - row.amount)
        worth, currency = self._worth(one, units, row.user_id, prices)
        return row.user_id, self._difference(
            Class.USAGE_DIFFERS, one.id, row.amount, one, worth, currency
        )

    def _unlogged(self, row: Row, prices: "_Prices") -> Difference:
        worth, currency = row.cost, row.currency
        if worth is None:
            worth, currency = prices.of(row.user_id, self.what, row.amount)
        return self._difference(Class.UNLOGGED, row.name, row.amount, None, worth, currency)

    def _worth(
        self, one: Logged, units: int | None, user_id: UUID, prices: "_Prices"
    ) -> tuple[Decimal | None, str | None]:
        """Say what so many units are worth: by what the vendor charged, else by the plan."""
        if one.cost is not None and one.amount:
            return one.cost * (units or 0) / one.amount, one.currency
        return prices.of(user_id, self.what, units or 0)

    def _difference(
        self,
        kind: Class,
        name: str,
        ours: int | None,
        theirs: Logged | None,
        worth: Decimal | None,
        currency: str | None = None,
    ) -> Difference:
        return Difference(
            kind=kind,
            subject=f"{self.vendor}:{name}",
            ours=None if ours is None else {"amount": ours},
            theirs=None
            if theirs is None
            else {"amount": theirs.amount, "at": theirs.at, "cost": theirs.cost},
            worth=worth,
            currency=currency or (theirs.currency if theirs and worth is not None else None),
        )

    def _unread(self, log_: Log, why: str) -> Difference:
        return Difference(kind=Class.UNREAD, subject=log_.name, ours=None, theirs={"why": why})


@dataclass(frozen=True, slots=True)
class _Prices:
    """What tenants' plans ask for a minute or a text that is over."""

    rows: Mapping[UUID, Any]

    def of(self, user_id: UUID, what: What, units: int) -> tuple[Decimal | None, str | None]:
        """Return what so many seconds or segments cost a tenant."""
        row = self.rows.get(user_id)
        price: Decimal | None = getattr(row, what.value, None)
        if row is None or price is None:
            return None, None
        return price * (-(-units // 60) if what is What.CALL else units), row.currency


def _prices(session: Session, user_ids: Sequence[UUID]) -> _Prices:
    if not user_ids:
        return _Prices({})
    rows = session.execute(_PRICES, {"ids": list(dict.fromkeys(user_ids))})
    return _Prices({row.user_id: row for row in rows})

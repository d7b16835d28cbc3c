"""Ours against theirs, for everybody: lists name who differs, and who differs is asked fresh.

A list is old when its last page comes, and notices keep coming meanwhile. So a page only
nominates: a tenant whose row is not what the page says is compared again by itself (sync.py), and
that comparison is what is written down. The cursor moves in the transaction that wrote what a
page brought; a crash costs that page, read again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.billing import meter, reading, recount, runs, store, sync, usage, views
from domain.billing.compare import Class, Difference, Found
from domain.billing.logs import Span
from domain.billing.ports import (
    CustomerFacts,
    InvoiceFacts,
    Logs,
    Page,
    Payment,
    SubscriptionFacts,
    none,
)
from domain.billing.runs import Run
from domain.billing.sync import Desk
from domain.database import SYSTEM
from domain.work.attempts import Chore, Job

log = structlog.get_logger("billing")

USED_SINCE: Final = timedelta(days=40)
"""How far back use is compared: a longest month, and a weekend."""

PARTS: Final = ("subscriptions", "customers", "payments", "invoices")

_STAND: Final = text(
    "SELECT s.stripe_subscription_id AS id, s.user_id, s.status, s.stripe_price_id AS price,"
    " s.current_period_start AS period_start, s.current_period_end AS period_end, s.trial_end,"
    " s.cancel_at_period_end, s.canceled_at, s.started_at, l.period_start AS limit_start,"
    " CASE WHEN s.status IN ('trialing', 'active', 'past_due')"
    "  THEN l.stopped_for IS NULL AND (l.tier, l.call_cap_seconds, l.sms_cap, l.grace_seconds,"
    "   l.soft_percent, l.hard_percent) IS NOT DISTINCT FROM (p.tier, p.minutes_limit * 60,"
    "   p.sms_limit, p.grace_seconds, p.soft_percent, p.hard_percent)"
    "  ELSE l.stopped_for IS NOT NULL OR EXISTS (SELECT 1 FROM subscriptions o"
    "   WHERE o.user_id = s.user_id AND o.status IN ('trialing', 'active', 'past_due'))"
    "  END AS is_given"
    " FROM subscriptions s LEFT JOIN usage_limits l USING (user_id)"
    " LEFT JOIN subscription_plans p ON p.id = s.plan_id"
    " WHERE s.stripe_subscription_id = ANY(CAST(:ids AS text[]))"
)
"""`is_given`: limits are the plan's. Not so in a period that two plans share: it is asked about."""

_PAID: Final = text(
    "SELECT split_part(provider_reference, ':', 1) AS payment, sum(amount) AS amount"
    " FROM usage_credits WHERE provider = :vendor"
    " AND split_part(provider_reference, ':', 1) = ANY(CAST(:ids AS text[])) GROUP BY 1"
)
_SEEN: Final = text(
    "UPDATE subscriptions SET synced_at = clock_timestamp()"
    " WHERE stripe_subscription_id = ANY(CAST(:ids AS text[]))"
)
_UNSEEN: Final = text(
    "SELECT DISTINCT user_id FROM subscriptions WHERE stripe_subscription_id IS NOT NULL"
    " AND status IN ('trialing', 'active', 'past_due')"
    " AND coalesce(synced_at, '-infinity') < :since LIMIT :n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a reconcile is done with."""

    desk: Desk
    logs: Logs = none
    """Which logs of vendors can be read: asked anew for each reconcile."""

    back: timedelta = USED_SINCE
    """How far back they are read."""

    unsettled: timedelta = timedelta(hours=1)
    """What is younger may not be written down here, or not be charged there."""


_Read: TypeAlias = Callable[[str | None], Page[Any]]


def job(bench: Bench) -> Job[Run]:
    """Return how reconciles are worked."""
    return Job(kind=runs.kind(), describe=lambda run: Chore(lambda: work(bench, run)))


def work(bench: Bench, run: Run) -> None:
    """Compare, from where the run has come to. Raises the three words; then it goes on later."""
    begin = bench.desk.begin
    if run.user_id is not None:
        one(bench.desk, run, run.user_id)
    else:
        _everybody(bench.desk, run)
    metered = meter.differing(begin, bench.desk.books, run.started_at - USED_SINCE, run.user_id)
    with begin(SYSTEM) as session:
        since = run.started_at - USED_SINCE
        _note(session, run, metered)
        heal = not run.is_dry_run
        _note(session, run, usage.missing(session, since, run.user_id, heal=heal))
        _note(session, run, usage.longer(session, since, run.user_id))
    if run.user_id is None:
        wrong = recount.recompute(begin, dry_run=run.is_dry_run)
        with begin(SYSTEM) as session:
            _note(session, run, [(one.user_id, recount.difference(one)) for one in wrong])
        views.watch(begin)
        span = Span(run.started_at - bench.back, run.started_at - bench.unsettled)
        reading.read(begin, bench.logs(), run, span, _note)
    with begin(SYSTEM) as session:
        runs.end(session, run)


def one(desk: Desk, run: Run, user_id: UUID) -> None:
    """Compare one tenant, and write down what differs."""
    found = sync.sync(desk, user_id, dry_run=run.is_dry_run)
    with desk.begin(SYSTEM) as session:
        runs.find(session, run, user_id, found)


def _note(session: Session, run: Run, found: Sequence[Found]) -> None:
    for user_id, difference in found:
        runs.find(session, run, user_id, [difference])


def _lists(desk: Desk, run: Run) -> Mapping[str, tuple[_Read, Any]]:
    """Return the house's lists, each with who looks through a page of it.

    A look names the tenants that a page gives cause to ask about, and who is nobody's.
    """
    books, since = desk.books, run.started_at - sync.RECENT
    used_since = run.started_at - USED_SINCE
    return {
        "subscriptions": (lambda after: books.subscriptions(after=after), _subscriptions),
        "customers": (lambda after: books.customers(after=after), _customers),
        "payments": (lambda after: books.payments(since=since, after=after), _payments),
        "invoices": (lambda after: books.invoices(since=used_since, after=after), _invoices),
    }


def _everybody(desk: Desk, run: Run) -> None:
    """Read the lists, one after the other; a run that was broken off goes on."""
    lists = _lists(desk, run)
    with desk.begin(SYSTEM) as session:
        place = runs.cursor(session, run)
    if place.get("part") == reading.PART:
        return
    for part in PARTS[PARTS.index(place.get("part", PARTS[0])) :]:
        read, look = lists[part]
        after: str | None = place.get("after") if place.get("part") == part else None
        while True:
            page = read(after)
            with desk.begin(SYSTEM) as session:
                named, strangers = look(session, desk.books.vendor, page.rows)
            for user_id in dict.fromkeys(named):
                one(desk, run, user_id)
            after = page.after
            with desk.begin(SYSTEM) as session:
                runs.find(session, run, None, strangers)
                runs.move(session, run, {"part": part, "after": after}, checked=len(page.rows))
            if after is None:
                break
    _unseen(desk, run)


def _subscriptions(
    session: Session, vendor: str, rows: Sequence[SubscriptionFacts]
) -> tuple[list[UUID], list[Difference]]:
    del vendor
    ours = {row.id: row for row in session.execute(_STAND, {"ids": [one.id for one in rows]})}
    owners = store.owners(session, [one.customer for one in rows])
    known = {mine.user_id for mine in ours.values()} | set(owners.values())
    named: list[UUID] = []
    strangers: list[Difference] = []
    for row in rows:
        mine = ours.get(row.id)
        owner = mine.user_id if mine else owners.get(row.customer) or row.user_id
        is_named = row.customer in owners and owner in known
        if owner is None or not (is_named or _is_tenant(session, owner, row.customer)):
            strangers.append(_stranger(row.id, {"customer": row.customer, "status": row.status}))
        elif mine is None or not _is_same(mine, row):
            named.append(owner)
    session.execute(_SEEN, {"ids": [row.id for row in rows]})
    return named, strangers


def _is_same(mine: Any, theirs: SubscriptionFacts) -> bool:  # noqa: ANN401  # a row of _STAND
    names = ("status", "price", "period_start", "period_end", "trial_end", "canceled_at")
    return (
        all(getattr(mine, name) == getattr(theirs, name) for name in names)
        and mine.cancel_at_period_end == theirs.cancel_at_period_end
        and mine.limit_start is not None
        and mine.is_given
    )


def _is_tenant(session: Session, user_id: UUID, customer: str) -> bool:
    """Tell whether there is such a tenant; note its customer, where none was noted."""
    there = store.hold(session, user_id)
    if there:
        store.name_customer(session, user_id, customer)
    return there


def _customers(
    session: Session, vendor: str, rows: Sequence[CustomerFacts]
) -> tuple[list[UUID], list[Difference]]:
    """Note which customer is whose; one that names no tenant of ours may be another shop's."""
    del vendor
    owners = store.owners(session, [one.id for one in rows])
    named: list[UUID] = []
    for row in rows:
        is_new = row.id not in owners and row.user_id is not None
        if is_new and row.user_id and _is_tenant(session, row.user_id, row.id):
            named.append(row.user_id)
    return named, []


def _payments(
    session: Session, vendor: str, rows: Sequence[Payment]
) -> tuple[list[UUID], list[Difference]]:
    bound = {"vendor": vendor, "ids": [one.id for one in rows]}
    ours = {row.payment: row.amount for row in session.execute(_PAID, bound)}
    owners = store.owners(session, [one.customer for one in rows])
    named: list[UUID] = []
    strangers: list[Difference] = []
    for row in rows:
        owner = owners.get(row.customer) or row.user_id
        if owner is None:
            strangers.append(_stranger(row.id, {"customer": row.customer}))
        elif ours.get(row.id, 0) != row.amount - row.withdrawn:
            named.append(owner)
    return named, strangers


def _invoices(
    session: Session, vendor: str, rows: Sequence[InvoiceFacts]
) -> tuple[list[UUID], list[Difference]]:
    """Name whose bill was made after we last asked: what it was made for was not told us."""
    del vendor
    owners = store.owners(session, [one.customer for one in rows])
    asked = store.asked_at(session, list(owners.values()))
    return [
        owner
        for row in rows
        if (owner := owners.get(row.customer)) and owner in asked and asked[owner] < row.created_at
    ], []


def _stranger(subject: str, theirs: Mapping[str, Any]) -> Difference:
    return Difference(kind=Class.STRANGER, subject=subject, ours=None, theirs=theirs)


def _unseen(desk: Desk, run: Run) -> None:
    """Ask about those whose subscription lives here and was in no list of this run."""
    with desk.begin(SYSTEM) as session:
        bound = {"since": run.started_at, "n": usage.MOST}
        named = list(session.scalars(_UNSEEN, bound))
    for user_id in named:
        one(desk, run, user_id)

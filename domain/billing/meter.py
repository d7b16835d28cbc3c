"""Overage is told to the house's meter as it grows, each part once, under a name of ours.

A line says how much is over by now; what of it was told stands in its meter events, and the next
event is for the rest. Its name is the line's and how much was told before it: whoever else makes
one for the same rest makes the same name. After a day, when the house has forgotten the name,
its own sum says whether the event arrived.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.billing.compare import Class, Difference, Found
from domain.billing.ports import Books, Reading
from domain.database import SYSTEM, Begin
from domain.tables.metering import MeterState
from domain.work.attempts import Job
from domain.work.effects import Effect, Receipt
from domain.work.kinds import Kind, States
from domain.work.names import Area

INSTANT: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Something to be told to a meter."""

    reading: Reading
    identifier: str


# Of the period that is: over what was bought, in minutes begun and in messages.
_LINES: Final = text(
    "INSERT INTO billing_line_items AS b (user_id, tier_snapshot_id, period_start, period_end,"
    " kind, units, unit_price, amount, currency)"
    " SELECT x.user_id, x.tier, x.period_start, x.period_end, x.kind, x.units, x.price,"
    "  round(x.units * x.price, 2), x.currency FROM ("
    "  SELECT l.user_id, l.period_start, l.period_end, p.currency, v.kind, v.price, v.units,"
    "   (SELECT t.id FROM tier_snapshots t WHERE t.user_id = l.user_id"
    "    AND t.effective_from < l.period_end ORDER BY t.effective_from DESC LIMIT 1) AS tier"
    "  FROM usage_limits l JOIN subscriptions s ON s.user_id = l.user_id"
    "   AND s.current_period_start = l.period_start AND s.status IN ('active', 'past_due')"
    "  JOIN subscription_plans p ON p.id = s.plan_id,"
    "  LATERAL (VALUES ('overage_minutes', p.overage_minute_price,"
    "    ceil(greatest(0, l.call_used_seconds - app_call_included(l)) / 60.0)),"
    "   ('overage_sms', p.overage_sms_price,"
    "    greatest(0, l.sms_used - app_sms_included(l))::numeric)) AS v(kind, price, units)"
    "  WHERE v.price IS NOT NULL AND v.units > 0 AND l.period_end IS NOT NULL"
    "   AND (CAST(:user AS uuid) IS NULL OR l.user_id = :user)) x"
    " ON CONFLICT (user_id, period_start, kind) DO UPDATE SET units = excluded.units,"
    " amount = excluded.amount, unit_price = excluded.unit_price"
    " WHERE b.units < excluded.units"
)
# Whole units only; a line that shrank owes nothing, and a reconcile says that too much was told.
_OWE: Final = text(
    "INSERT INTO meter_events (user_id, line_item_id, meter, customer, units, told_before,"
    " identifier, happened_at)"
    " SELECT b.user_id, b.id, m.meter, s.stripe_customer_id, floor(b.units) - m.told, m.told,"
    "  b.id || '-' || m.told::bigint,"
    "  greatest(b.period_start, least(clock_timestamp(), b.period_end - interval '1 second'))"
    " FROM billing_line_items b"
    " JOIN LATERAL (SELECT * FROM subscriptions s WHERE s.user_id = b.user_id"
    "  AND s.stripe_customer_id IS NOT NULL ORDER BY s.started_at DESC NULLS LAST LIMIT 1) s"
    "  ON true JOIN subscription_plans p ON p.id = s.plan_id,"
    " LATERAL (SELECT coalesce(sum(e.units), 0) AS told,"
    "   CASE b.kind WHEN 'overage_minutes' THEN p.minutes_meter ELSE p.sms_meter END AS meter"
    "  FROM meter_events e WHERE e.user_id = b.user_id AND e.line_item_id = b.id) m"
    " WHERE b.kind IN ('overage_minutes', 'overage_sms') AND m.meter IS NOT NULL"
    " AND b.period_end > clock_timestamp() - interval '34 days' AND floor(b.units) > m.told"
    " AND (CAST(:user AS uuid) IS NULL OR b.user_id = :user)"
    " ON CONFLICT (identifier) DO NOTHING"
)
_DONE: Final = text(
    "UPDATE billing_line_items b SET metered_units = e.told, metered_at = clock_timestamp(),"
    " meter_identifier = e.identifier FROM ("
    "  SELECT line_item_id, sum(units) FILTER (WHERE state = 'done') AS told,"
    "   max(identifier) AS identifier FROM meter_events"
    "  WHERE line_item_id IN (SELECT line_item_id FROM meter_events"
    "   WHERE id = ANY(CAST(:ids AS uuid[]))) GROUP BY line_item_id) e"
    " WHERE b.id = e.line_item_id"
)
_TOLD: Final = text(
    "SELECT b.id, b.user_id, b.period_start, b.period_end, b.currency,"
    " coalesce(b.unit_price, 0) AS price, min(e.meter) AS meter, min(e.customer) AS customer,"
    " sum(e.units) AS told FROM billing_line_items b"
    " JOIN meter_events e ON e.line_item_id = b.id AND e.user_id = b.user_id"
    " WHERE b.period_end > :since AND b.metered_at < clock_timestamp() - interval '1 hour'"
    " AND (CAST(:user AS uuid) IS NULL OR b.user_id = :user)"
    " GROUP BY b.id, b.user_id, b.period_start, b.period_end, b.currency, b.unit_price"
    " HAVING bool_and(e.state = 'done')"
    "  AND count(DISTINCT (e.meter, e.customer)) = 1"
)


def kind() -> Kind[Told]:
    """Return what is to be told, as claims see it."""
    return Kind(
        name="meter",
        table="meter_events",
        area=Area.BILLING,
        read=_read,
        columns=("meter", "customer", "units", "identifier", "happened_at"),
        states=States(
            waiting=MeterState.PENDING.value,
            working=MeterState.WORKING.value,
            done=MeterState.DONE.value,
            failed=MeterState.FAILED.value,
            unknown=MeterState.UNKNOWN.value,
        ),
        also=lambda session, rows: _note(session, [row.id for row in rows]),
    )


def _read(row: Mapping[str, Any]) -> Told:
    at: datetime = row["happened_at"]
    reading = Reading(
        meter=row["meter"], customer=row["customer"], units=int(row["units"]), happened_at=at
    )
    return Told(reading=reading, identifier=row["identifier"])


def _note(session: Session, ids: list[UUID]) -> None:
    session.execute(_DONE, {"ids": ids})


def owe(begin: Begin, user_id: UUID | None = None) -> None:
    """Add overage up, and owe the meter what it was not told: owed twice, it is told once."""
    with begin(SYSTEM) as session:
        session.execute(_LINES, {"user": user_id})
        session.execute(_OWE, {"user": user_id})


def job(books: Books) -> Job[Told]:
    """Return how meters are told."""

    def describe(told: Told) -> Effect:
        return Effect(
            key=f"meter:{told.identifier}",
            vendor=books.vendor,
            act=lambda _: books.tell_meter(told.reading, key=told.identifier),
            look_up=_looking(books, told),
            is_keyed=True,
        )

    return Job(kind=kind(), describe=describe)


def _looking(books: Books, told: Told) -> Callable[[str], Receipt | None]:
    """Look in the house's own sum of that minute: each event of ours has a minute of its own.

    (An hour lies between two events of a line; only one told late shares another's.)
    """

    def look_up(_: str) -> Receipt | None:
        at = told.reading.happened_at
        counted = books.metered(
            meter=told.reading.meter, customer=told.reading.customer, start=at, end=at + INSTANT
        )
        return Receipt(told.identifier) if counted >= told.reading.units else None

    return look_up


def differing(begin: Begin, books: Books, since: datetime, user_id: UUID | None) -> list[Found]:
    """Hold what the house's meters counted against what we told them, line by line.

    A line is left alone while something of it is under way, and for an hour after: meters add up
    with a delay of their own. Raises the three words.
    """
    with begin(SYSTEM) as session:
        lines = session.execute(_TOLD, {"since": since, "user": user_id}).all()
    found: list[Found] = []
    for line in lines:
        counted = books.metered(
            meter=line.meter, customer=line.customer, start=line.period_start, end=line.period_end
        )
        if counted != line.told:
            difference = Difference(
                kind=Class.METERED,
                subject=str(line.id),
                ours={"units": line.told, "meter": line.meter},
                theirs={"units": counted},
                worth=abs(counted - line.told) * line.price,
                currency=line.currency,
            )
            found.append((line.user_id, difference))
    return found

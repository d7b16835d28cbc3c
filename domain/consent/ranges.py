"""How many texts or calls went to strangers of one range of numbers, and when the next may go.

A range is a number without its last four digits. Who earns by being written to or called has
ranges, not customers: so what is counted is what goes to strangers, numbers that have never
written to the tenant or called it and that it has not known for a day. Who answers a person, or
writes to its customers, is kept back by none of this, however small the town.

Counted in the claim, under the lock that the tenant's other counts are kept by (its bucket for
texts, its turn for calls): what goes out is never one more than may.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.database import SYSTEM, Begin
from domain.tables.ops import Severity
from domain.work import alerts, owner_notices

LAST: Final = 4
PERIODS: Final = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
RANGE_FULL: Final = "range_full"
STRANGERS: Final = "strangers"

# Each look is a subquery of its own that ends with the first row it finds, and goes by its index:
# as joins they were planned while these tables were small, and read them whole ever after.
_STRANGERS: Final = text("""
SELECT x.id, r.minute_began, r.minute_count, r.hour_began, r.hour_count, r.day_began, r.day_count,
       clock_timestamp() AS now
FROM unnest(CAST(:ids AS uuid[]), CAST(:users AS uuid[]), CAST(:numbers AS text[]),
  CAST(:prefixes AS text[])) AS x(id, user_id, number, prefix)
LEFT JOIN LATERAL (SELECT * FROM number_ranges r WHERE r.user_id = x.user_id
  AND r.channel = :channel AND r.prefix = x.prefix LIMIT 1) r ON true
WHERE (SELECT true FROM messages m WHERE m.user_id = x.user_id
    AND m.from_number = x.number AND m.direction = 'inbound' LIMIT 1) IS NULL
  AND (SELECT true FROM calls c WHERE c.user_id = x.user_id AND c.phone_number = x.number
    AND (c.call_type = 'inbound' OR c.created_at < clock_timestamp() - interval '1 day')
    LIMIT 1) IS NULL
  AND (SELECT true FROM messages m WHERE m.user_id = x.user_id AND m.to_number = x.number
    AND m.direction = 'outbound' AND m.sent_at < clock_timestamp() - interval '1 day'
    LIMIT 1) IS NULL
""")
_RUNS: Final = {
    f"{name}_runs": f"abs(extract(epoch FROM excluded.{name}_began - r.{name}_began))"
    f" < {period.total_seconds()}"
    for name, period in PERIODS.items()
}
"""What began in times to come, by a clock that was set back since, runs no longer than another."""

_COUNT: Final = text(
    """
INSERT INTO number_ranges AS r (user_id, channel, prefix, minute_began, minute_count, hour_began,
  hour_count, day_began, day_count, stopped_at)
SELECT x.user_id, :channel, x.prefix, now.t, x.n, now.t, x.n, now.t, x.n,
  CASE WHEN x.is_full THEN now.t END
FROM (SELECT clock_timestamp() AS t) now,
  unnest(CAST(:users AS uuid[]), CAST(:prefixes AS text[]), CAST(:ns AS int[]),
  CAST(:fulls AS bool[])) AS x(user_id, prefix, n, is_full)
ORDER BY x.user_id, x.prefix
ON CONFLICT (user_id, channel, prefix) DO UPDATE SET
  minute_count = excluded.minute_count + CASE WHEN {minute_runs} THEN r.minute_count ELSE 0 END,
  minute_began = CASE WHEN {minute_runs} THEN r.minute_began ELSE excluded.minute_began END,
  hour_count = excluded.hour_count + CASE WHEN {hour_runs} THEN r.hour_count ELSE 0 END,
  hour_began = CASE WHEN {hour_runs} THEN r.hour_began ELSE excluded.hour_began END,
  day_count = excluded.day_count + CASE WHEN {day_runs} THEN r.day_count ELSE 0 END,
  day_began = CASE WHEN {day_runs} THEN r.day_began ELSE excluded.day_began END,
  stopped_at = coalesce(excluded.stopped_at, r.stopped_at)
""".format(**_RUNS)
)
_FULL: Final = text(
    "SELECT user_id, channel, count(*) AS ranges, max(stopped_at) AS stopped_at"
    " FROM number_ranges WHERE stopped_at > clock_timestamp() - interval '1 day'"
    " GROUP BY user_id, channel ORDER BY user_id, channel"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Most:
    """How many may go to strangers of one range of ten thousand numbers."""

    minute: int = 30
    hour: int = 100
    day: int = 300


def most_of(said: object) -> Most:
    """Return what a tenant wants instead: {"minute": 60, "hour": 500, "day": 2000}.

    What cannot be a count is passed over, and what is not said is as for everybody.
    """
    given = cast("Mapping[str, object]", said if isinstance(said, Mapping) else {})
    counts = {
        name: value
        for name in PERIODS
        if isinstance(value := given.get(name), int) and not isinstance(value, bool) and value > 0
    }
    return Most(**counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A text or a call that would go to this number now."""

    id: UUID
    user_id: UUID
    number: str
    most: Most = field(default_factory=Most)


@dataclass(slots=True)
class Range:
    """What has gone to the strangers of one range, in the period that runs of each kind."""

    user_id: UUID
    prefix: str
    most: Most
    now: datetime
    began: dict[str, datetime]
    counts: dict[str, int]
    used: int = 0
    late: int = 0
    is_full: bool = False
    """Something had to wait for longer than the pace of a minute."""

    def take(self) -> None:
        """Count one that goes."""
        self.used += 1
        for name in PERIODS:
            self.counts[name] += 1

    def wait(self) -> tuple[datetime, str] | None:
        """Return when the next may go, and why not now; None: now.

        Who waits is spread over the periods to come, as many to each as may go in it.
        """
        waits = [found for name in PERIODS if (found := self._wait(name))]
        if not any(count >= getattr(self.most, name) for name, count in self.counts.items()):
            return None
        self.late += 1
        until, name = max(waits)
        self.is_full |= name != "minute"
        many = getattr(self.most, name)
        return until, f"{many} in a {name} may go to strangers of one range of numbers"

    def _wait(self, name: str) -> tuple[datetime, str] | None:
        periods = (self.counts[name] + self.late) // getattr(self.most, name)
        return (self.began[name] + PERIODS[name] * periods, name) if periods else None


def prefix_of(number: str) -> str:
    """Return the range that a number is of."""
    return number[:-LAST]


def of(session: Session, channel: str, asked: Sequence[Asked]) -> dict[UUID, Range]:
    """Return the ranges of those that would go to strangers; the others are not counted.

    The caller holds what makes a tenant's claims come one after the other.
    """
    by_number: dict[tuple[UUID, str], Asked] = {}
    for one in asked:
        by_number.setdefault((one.user_id, one.number), one)
    if not by_number:
        return {}
    bound = {
        "channel": channel,
        "ids": [one.id for one in by_number.values()],
        "users": [user_id for user_id, _ in by_number],
        "numbers": [number for _, number in by_number],
        "prefixes": [prefix_of(number) for _, number in by_number],
    }
    found = {row.id: row for row in session.execute(_STRANGERS, bound)}
    ranges: dict[tuple[UUID, str], Range] = {}
    strangers: dict[UUID, Range] = {}
    for one in asked:
        row = found.get(by_number[one.user_id, one.number].id)
        if row is not None:
            key = (one.user_id, prefix_of(one.number))
            if key not in ranges:
                ranges[key] = _range(row, one, key[1])
            strangers[one.id] = ranges[key]
    return strangers


def _range(row: Any, one: Asked, prefix: str) -> Range:  # noqa: ANN401  # a row of _STRANGERS
    began: dict[str, datetime] = {}
    counts: dict[str, int] = {}
    for name, period in PERIODS.items():
        since: datetime | None = getattr(row, f"{name}_began")
        if since is not None and abs(row.now - since) < period:
            began[name], counts[name] = since, getattr(row, f"{name}_count")
        else:
            began[name], counts[name] = row.now, 0
    return Range(one.user_id, prefix, one.most, row.now, began, counts)


def settle(session: Session, channel: str, ranges: Iterable[Range]) -> None:
    """Write down what went, and what is full."""
    touched = {id(one): one for one in ranges if one.used or one.is_full}.values()
    if touched:
        session.execute(
            _COUNT,
            {
                "channel": channel,
                "users": [one.user_id for one in touched],
                "prefixes": [one.prefix for one in touched],
                "ns": [one.used for one in touched],
                "fulls": [one.is_full for one in touched],
            },
        )


def notice(begin: Begin) -> None:
    """Tell operators of tenants of whom a range is full, and their owners once a day."""
    with begin(SYSTEM) as session:
        found = session.execute(_FULL).all()
        for row in found:
            what = "texts" if row.channel == "sms" else "calls"
            alerts.tell(
                session,
                RANGE_FULL,
                subject=f"{what} {row.user_id}",
                message=f"More {what} of tenant {row.user_id} are for strangers of one range of"
                f" numbers than may go in an hour or a day; ranges: {row.ranges}. The rest waits.",
                severity=Severity.WARNING,
            )
            _tell_owner(session, row, row.stopped_at.date())
        still = [f"{'texts' if row.channel == 'sms' else 'calls'} {row.user_id}" for row in found]
        alerts.settle_others(session, RANGE_FULL, still=still)


def _tell_owner(session: Session, row: Any, day: date) -> None:  # noqa: ANN401  # a row of _FULL
    what = "text" if row.channel == "sms" else "calls"
    key = f"{what}:{day.isoformat()}"
    owner_notices.tell(session, row.user_id, STRANGERS, key, {"what": what})

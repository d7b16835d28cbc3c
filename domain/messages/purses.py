"""What a tenant may still send now: by its pace, by its plan, and by what it wants to spend.

The tenants' buckets are taken first, and in one order: so two sweeps count one tenant's texts
one after the other, and no cap is passed by both at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.messages import wishes

# In the order of their names, or two sweeps would wait for each other.
_TAKE: Final = text(
    "INSERT INTO pace_buckets AS b (bucket, rate, burst, tokens)"
    " SELECT x.bucket, x.rate, x.burst, x.burst FROM unnest(CAST(:buckets AS text[]),"
    "  CAST(:rates AS float8[]), CAST(:bursts AS float8[])) AS x(bucket, rate, burst)"
    " ORDER BY x.bucket ON CONFLICT (bucket) DO UPDATE SET rate = excluded.rate,"
    "  burst = excluded.burst, refilled_at = clock_timestamp(),"
    "  tokens = least(excluded.burst, b.tokens + b.rate * greatest(0, extract(epoch FROM"
    "   clock_timestamp() - b.refilled_at))) RETURNING bucket, tokens"
)
_USE: Final = text(
    "UPDATE pace_buckets b SET tokens = greatest(0, b.tokens - x.used)"
    " FROM unnest(CAST(:buckets AS text[]), CAST(:used AS float8[])) AS x(bucket, used)"
    " WHERE b.bucket = x.bucket"
)
# In one look, after the bucket was taken: what was sent meanwhile counts once, here or there.
_LEFT: Final = text(
    "SELECT l.user_id, l.sms_cap + l.sms_credit - l.sms_used - (SELECT"
    " coalesce(sum(coalesce(s.segments, 1)), 0) FROM messages s WHERE s.user_id = l.user_id"
    " AND s.channel = 'sms' AND s.status IN ('sending', 'unknown')"
    " AND s.id <> ALL(CAST(:ids AS uuid[]))) FROM usage_limits l"
    " WHERE l.user_id = ANY(CAST(:users AS uuid[])) AND l.sms_cap IS NOT NULL"
)
# The carrier's word on a price comes late: what has none yet is counted as the dearest segment of
# the last few, so that one cheap text does not open the cap to dear ones.
_SPENT: Final = text(
    "SELECT u.id AS user_id, p.price, (SELECT coalesce(sum(coalesce(m.cost,"
    "  coalesce(m.segments, 1) * p.price)), 0) FROM messages m WHERE m.user_id = u.id"
    "  AND m.channel = 'sms' AND m.direction = 'outbound' AND m.id <> ALL(CAST(:ids AS uuid[]))"
    "  AND (m.status IN ('sending', 'unknown') OR m.sent_at >= coalesce(l.period_start,"
    "   date_trunc('month', clock_timestamp())))) AS spent"
    " FROM users u LEFT JOIN usage_limits l ON l.user_id = u.id,"
    " LATERAL (SELECT coalesce(max(c.price), :unpriced) AS price FROM (SELECT m.cost"
    "  / greatest(m.segments, 1) AS price FROM messages m WHERE m.user_id = u.id"
    "  AND m.channel = 'sms' AND m.cost IS NOT NULL ORDER BY m.sent_at DESC NULLS LAST LIMIT :few"
    "  ) c) p"
    " WHERE u.id = ANY(CAST(:users AS uuid[]))"
)

LAST_FEW: Final = 20
UNPRICED: Final = Decimal("0.10")
"""What a segment is taken to cost while no carrier has told a price: a cap holds from the first."""


@dataclass(slots=True)
class Purse:
    """What one tenant may still send now."""

    bucket: str
    rate: float
    cap: Decimal | None = None
    tokens: float = 0.0
    used: float = 0.0
    texts_left: int | None = None
    spend_left: Decimal | None = None
    price: Decimal = Decimal(0)
    """What a segment is taken to cost: the dearest of the last few, or what we assume."""

    late: int = 0

    def free_at(self, now: datetime) -> datetime | None:
        """Return when the next text may go; None: now."""
        missing = 1.0 - (self.tokens - self.used)
        if missing <= 0:
            return None
        self.late += 1
        return now + timedelta(seconds=(missing + self.late - 1) / self.rate)

    def pay(self, segments: int) -> None:
        """Note a text that goes out."""
        self.used += 1
        if self.texts_left is not None:
            self.texts_left -= segments
        if self.spend_left is not None:
            self.spend_left -= segments * self.price


def of(session: Session, facts: Sequence[Any]) -> dict[UUID, Purse]:
    """Take the buckets of the tenants that send texts, and count what is on its way."""
    purses: dict[UUID, Purse] = {}
    for row in facts:
        if row.channel == "sms" and row.user_id not in purses:
            wanted = wishes.of(None, row.settings)
            rate = wanted.per_minute / 60
            purses[row.user_id] = Purse(f"sms:{row.user_id}", rate, cap=wanted.spend_cap)
    if not purses:
        return purses
    named = {purse.bucket: purse for purse in purses.values()}
    wanted = {name: (purse.rate, max(1.0, purse.rate * 60)) for name, purse in named.items()}
    for bucket, tokens in open_buckets(session, wanted).items():
        named[bucket].tokens = tokens
    _count(session, purses, [row.id for row in facts])
    return purses


def _count(session: Session, purses: Mapping[UUID, Purse], ids: list[UUID]) -> None:
    for user_id, many in session.execute(_LEFT, {"users": list(purses), "ids": ids}):
        purses[user_id].texts_left = int(many)
    capped = [user_id for user_id, purse in purses.items() if purse.cap is not None]
    if not capped:
        return
    bound = {"users": capped, "ids": ids, "few": LAST_FEW, "unpriced": UNPRICED}
    for row in session.execute(_SPENT, bound):
        purse = purses[row.user_id]
        purse.price = Decimal(row.price)
        purse.spend_left = (purse.cap or Decimal(0)) - Decimal(row.spent)


def settle(session: Session, purses: Sequence[Purse]) -> None:
    """Write down what was taken out."""
    use(session, {purse.bucket: purse.used for purse in purses if purse.used})


def open_buckets(
    session: Session, wanted: Mapping[str, tuple[float, float]]
) -> Mapping[str, float]:
    """Lock buckets of this rate a second and this burst, and return what is in each."""
    bound = {
        "buckets": list(wanted),
        "rates": [rate for rate, _ in wanted.values()],
        "bursts": [burst for _, burst in wanted.values()],
    }
    return {bucket: float(tokens) for bucket, tokens in session.execute(_TAKE, bound)}


def use(session: Session, used: Mapping[str, float]) -> None:
    """Take out of buckets what was used of them."""
    if used:
        session.execute(_USE, {"buckets": list(used), "used": list(used.values())})

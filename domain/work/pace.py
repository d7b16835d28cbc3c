"""A vendor's pace, kept by all workers together: lowered when it has too much to do.

Without a row there is no limit. A row begins when a vendor says "too many", asks all workers to
wait as long as it said, and lets a few a second through; from then on it grows until it is gone.
One statement each, under the row's lock, so that no two workers take the same turn.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

BEGIN: Final = 4
"""Requests a second after the first complaint; each further one halves them."""

LEAST: Final = 0.25
FREE: Final = 64
"""So many a second are no limit any more: the row goes."""

GROWTH: Final = 1.05
"""By how much a second without a complaint raises the pace."""

LONGEST: Final = 600
"""Seconds of growth after which any pace is none: a power of more is no number of PostgreSQL's."""

# Sixteen workers hear the same complaint at once: it is one.
_SLOW: Final = text(
    "INSERT INTO pace_buckets AS p (bucket, rate, burst, tokens, refilled_at)"
    " VALUES (:bucket, :begin, greatest(:begin, 1), 0,"
    "  clock_timestamp() + CAST(:after AS interval))"
    " ON CONFLICT (bucket) DO UPDATE SET tokens = 0,"
    " rate = CASE WHEN p.refilled_at < clock_timestamp() - interval '1 second'"
    "  THEN greatest(p.rate / 2, :least) ELSE p.rate END,"
    " burst = greatest(p.rate, 1), refilled_at = greatest(p.refilled_at, excluded.refilled_at)"
)
_TAKE: Final = text(
    "WITH now AS (SELECT clock_timestamp() AS t), b AS (SELECT p.bucket, p.refilled_at,"
    "  greatest(extract(epoch FROM t - p.refilled_at), 0) AS rested,"
    "  p.rate * power(:growth,"
    "   least(greatest(extract(epoch FROM t - p.refilled_at), 0), :longest)) AS rate,"
    "  p.tokens, t FROM pace_buckets p, now WHERE p.bucket = :bucket FOR UPDATE OF p),"
    " has AS (SELECT *, CASE WHEN refilled_at > t THEN 0"
    "  ELSE least(greatest(rate, 1), tokens + rate * rested) END AS have FROM b),"
    " given AS (SELECT *, least(:n, floor(have)) AS granted FROM has),"
    " gone AS (DELETE FROM pace_buckets p USING given g"
    "  WHERE p.bucket = g.bucket AND g.rate >= :free RETURNING 1),"
    " kept AS (UPDATE pace_buckets p SET rate = g.rate, burst = greatest(g.rate, 1),"
    "  tokens = g.have - g.granted, refilled_at = greatest(g.refilled_at, g.t) FROM given g"
    "  WHERE p.bucket = g.bucket AND g.rate < :free RETURNING 1)"
    " SELECT CASE WHEN rate >= :free THEN :n ELSE granted END AS granted, rate,"
    "  greatest(extract(epoch FROM refilled_at - t), 0) + (1 - (have - granted)) / rate AS wait"
    " FROM given"
)


@dataclass(frozen=True, slots=True)
class Turn:
    """How many may go now, when the next one may, and at which distance those after it."""

    granted: int
    wait: timedelta
    apart: timedelta


def slow(session: Session, bucket: str, *, after: timedelta | None) -> None:
    """Ask less of a vendor, and nothing before it said we may."""
    session.execute(
        _SLOW,
        {"bucket": bucket, "begin": BEGIN, "least": LEAST, "after": after or timedelta(seconds=1)},
    )


def take(session: Session, bucket: str, many: int) -> Turn:
    """Take turns for so many requests, as many as there are."""
    row = session.execute(
        _TAKE,
        {"bucket": bucket, "n": many, "growth": GROWTH, "free": FREE, "longest": LONGEST},
    ).one_or_none()
    if row is None:
        return Turn(many, timedelta(), timedelta())
    return Turn(
        int(row.granted),
        timedelta(seconds=float(row.wait)),
        timedelta(seconds=1 / float(row.rate)),
    )

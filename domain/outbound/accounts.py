"""Accounts that have slots: locked while slots are given out, and what is learnt of them.

A live attempt is the slot. It is counted from rows, in a statement of its own after the lock
was got, so that it sees whatever those who held the lock before had begun. Accounts are locked
in the order of their ids: of two who want several, neither waits for the other for ever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.outbound import rules
from domain.outbound.ports import Account
from domain.outbound.rules import Pace, Slots

_LOCK: Final = text("""
SELECT a.id, a.user_id, coalesce(nullif(a.provider, ''), a.name) AS vendor, a.priority,
       a.integration_id, a.api_credentials, a.concurrency_limit, a.learned_limit,
       a.reserved_inbound, a.calls_per_second, a.paced_until, a.virtual_time, a.countries,
       a.health = 'down' AS is_probing, clock_timestamp() AS now,
       CASE WHEN a.observed_at > clock_timestamp() - CAST(:fresh AS interval)
            THEN coalesce(a.observed_others, 0) ELSE 0 END AS others
FROM call_service_providers a
WHERE a.is_active AND (a.closed_until IS NULL OR a.closed_until <= clock_timestamp())
  AND a.user_id IS NOT DISTINCT FROM :pool
  AND NOT EXISTS (SELECT FROM pauses p WHERE p.kind = 'account' AND p.subject = a.id::text)
ORDER BY a.id FOR NO KEY UPDATE OF a
""")
# A row that names its account waits while that one is full; it goes elsewhere when that one is
# down, switched off, or none of the tenant's.
_AROUND: Final = text("""
SELECT a.id, a.is_active AND a.health <> 'down' AS is_waited_for,
       (SELECT count(*) FROM call_attempts l WHERE l.provider_id = a.id
        AND l.state IN ('dialing', 'live', 'unknown')) AS live
FROM call_service_providers a WHERE a.user_id IS NULL OR a.user_id = :pool
""")
_CHARGE: Final = text("""
UPDATE call_service_providers a SET paced_until = x.until, virtual_time = x.virtual_time
FROM unnest(CAST(:ids AS uuid[]), CAST(:untils AS timestamptz[]), CAST(:times AS float8[]))
  AS x(id, until, virtual_time)
WHERE a.id = x.id
""")
_POOLS: Final = text("""
SELECT DISTINCT a.user_id FROM call_service_providers a
JOIN tenant_turns t ON t.user_id = a.user_id
WHERE a.is_active AND (t.is_waiting OR t.due_at <= (SELECT clock_timestamp()))
""")
_ONE: Final = text("""
SELECT id, user_id, coalesce(nullif(provider, ''), name) AS vendor, integration_id,
       api_credentials FROM call_service_providers WHERE id = ANY(CAST(:ids AS uuid[]))
""")
_OWN: Final = text("""
SELECT id, user_id, coalesce(nullif(provider, ''), name) AS vendor, integration_id,
       api_credentials FROM call_service_providers
WHERE is_active AND (api_credentials IS NOT NULL OR integration_id IS NOT NULL) ORDER BY id
""")

# Taken: what was learnt is let go of step by step, and a row of failures is over.
_TOOK: Final = text("""
UPDATE call_service_providers a SET
  learned_limit = CASE WHEN a.learned_limit + 1 >= a.concurrency_limit THEN NULL
    WHEN a.learned_at < clock_timestamp() - CAST(:step AS interval) THEN a.learned_limit + 1
    ELSE a.learned_limit END,
  learned_at = CASE WHEN a.learned_at < clock_timestamp() - CAST(:step AS interval)
    THEN clock_timestamp() ELSE a.learned_at END,
  failures = 0, health = 'healthy', closed_until = NULL,
  health_changed_at = CASE WHEN a.health = 'healthy' THEN a.health_changed_at
    ELSE clock_timestamp() END
WHERE a.id = ANY(CAST(:ids AS uuid[]))
  AND (a.failures > 0 OR a.health <> 'healthy' OR a.learned_limit IS NOT NULL)
""")
_HOLD: Final = text("""
SELECT a.concurrency_limit, a.learned_limit, a.reserved_inbound, a.failures,
       (SELECT count(*) FROM call_attempts l WHERE l.provider_id = a.id
        AND l.state IN ('dialing', 'live', 'unknown')) AS live,
       coalesce(a.learned_at > clock_timestamp() - CAST(:step AS interval), false) AS just_now
FROM call_service_providers a WHERE a.id = :id FOR NO KEY UPDATE
""")
_LOWER: Final = text("""
UPDATE call_service_providers SET learned_limit = :limit, learned_at = clock_timestamp(),
  closed_until = greatest(closed_until, clock_timestamp() + CAST(:rest AS interval)),
  last_error = :why WHERE id = :id
""")
_FAILED: Final = text("""
UPDATE call_service_providers SET failures = :failures, health = :health, last_error = :why,
  closed_until = CASE WHEN CAST(:rest AS interval) IS NULL THEN closed_until
    ELSE greatest(closed_until, clock_timestamp() + CAST(:rest AS interval)) END,
  health_changed_at = CASE WHEN health = :health THEN health_changed_at
    ELSE clock_timestamp() END
WHERE id = :id
""")

STEP: Final = timedelta(seconds=10)
"""A limit that was lowered is raised by one so often, and lowered once in so long."""

FULL_FOR: Final = timedelta(seconds=2)
STOPPED_FOR: Final = timedelta(minutes=10)


@dataclass(slots=True)
class Open:
    """An account with its lock held, and what is given out of it."""

    account: Account
    priority: int
    slots: Slots
    pace: Pace
    virtual_time: float
    countries: frozenset[str] | None
    now: datetime
    given: int = 0
    left: int = field(init=False)

    def __post_init__(self) -> None:
        """Work out how many may be begun now."""
        self.left = min(rules.free(self.slots), self.pace.allows(self.now))

    @property
    def waits_for_pace(self) -> timedelta | None:
        """How long to wait where only the pace keeps slots empty."""
        has_slots = rules.free(self.slots) > self.given
        return self.pace_after.next(self.now) if has_slots and not self.left else None

    @property
    def pace_after(self) -> Pace:
        """The pace as it is when those given out have begun."""
        return Pace(self.pace.after(self.now, self.given), self.pace.per_second)

    def give(self) -> None:
        """Give one slot out."""
        self.left -= 1
        self.given += 1


@dataclass(frozen=True, slots=True)
class Locked:
    """The accounts of a pool with their locks held, and those around them."""

    opened: Sequence[Open]
    waited_for: Mapping[UUID, bool]
    """Of each account that rows may name: whether they wait while it has no slot."""

    def lanes(self) -> list[UUID]:
        """Return the accounts whose own rows may go now: with slots, or those that are down."""
        has_slots = {one.account.id for one in self.opened if one.left > 0}
        return [key for key, waits in self.waited_for.items() if key in has_slots or not waits]


def lock(session: Session, pool: UUID | None) -> Locked:
    """Lock the accounts of a tenant, or the platform's; best first."""
    found = session.execute(_LOCK, {"pool": pool, "fresh": rules.FRESH}).all()
    if not found:
        return Locked((), {})
    around = {row.id: row for row in session.execute(_AROUND, {"pool": pool})}
    live = {key: row.live for key, row in around.items()}
    opened = [_open(row, live.get(row.id, 0)) for row in found]
    return Locked(
        sorted(opened, key=lambda one: (one.priority, str(one.account.id))),
        {key: row.is_waited_for for key, row in around.items()},
    )


def _open(row: Any, live: int) -> Open:  # noqa: ANN401  # a row of the statement above
    return Open(
        account=_account(row),
        priority=row.priority,
        slots=Slots(
            concurrency_limit=row.concurrency_limit,
            learned_limit=row.learned_limit,
            reserved_inbound=row.reserved_inbound,
            others=row.others,
            live=live,
            is_probing=row.is_probing,
        ),
        pace=Pace(row.paced_until, float(row.calls_per_second)),
        virtual_time=row.virtual_time,
        countries=None if row.countries is None else frozenset(row.countries),
        now=row.now,
    )


def _account(row: Any) -> Account:  # noqa: ANN401  # a row of the statements above
    return Account(
        id=row.id,
        user_id=row.user_id,
        vendor=row.vendor.casefold(),
        integration_id=row.integration_id,
        api_credentials=row.api_credentials,
    )


def named(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, Account]:
    """Return accounts by their ids; one that was deleted is not among them."""
    found = session.execute(_ONE, {"ids": list(ids)})
    return {row.id: _account(row) for row in found}


def own_pools(session: Session) -> list[UUID]:
    """Return tenants that have accounts of their own and something to dial."""
    return list(session.scalars(_POOLS))


def charge(session: Session, opened: Sequence[Open], *, virtual_time: float) -> None:
    """Write down what was given out of accounts that are locked."""
    used = [one for one in opened if one.given]
    if used:
        session.execute(
            _CHARGE,
            {
                "ids": [one.account.id for one in used],
                "untils": [one.pace_after.until for one in used],
                "times": [virtual_time for _ in used],
            },
        )


def took(session: Session, ids: Sequence[UUID]) -> None:
    """Write down that accounts took calls: they are well, and may be given a little more."""
    if ids:
        session.execute(_TOOK, {"ids": sorted(set(ids)), "step": STEP})


def was_full(session: Session, account_id: UUID, *, why: str, after: timedelta | None) -> None:
    """Lower an account's limit below what it refused, once for all that were refused together."""
    row = session.execute(_HOLD, {"id": account_id, "step": STEP}).one_or_none()
    if row is None:
        return
    slots = Slots(
        concurrency_limit=row.concurrency_limit,
        learned_limit=row.learned_limit,
        reserved_inbound=row.reserved_inbound,
        others=0,
        live=row.live,
    )
    limit = row.learned_limit if row.just_now and row.learned_limit else rules.lowered(slots)
    rest = max(after or timedelta(), FULL_FOR)
    session.execute(_LOWER, {"id": account_id, "limit": limit, "rest": rest, "why": why})


def failed(session: Session, account_id: UUID, *, why: str, is_stopped: bool = False) -> bool:
    """Count a failure; after several in a row the account rests. Tell whether it is down."""
    row = session.execute(_HOLD, {"id": account_id, "step": STEP}).one_or_none()
    if row is None:
        return False
    failures = max(row.failures + 1, rules.DOWN if is_stopped else 0)
    health = "down" if failures >= rules.DOWN else "degraded"
    if failures < rules.DEGRADED:
        health = "healthy"
    rest = STOPPED_FOR if is_stopped else rules.rest(failures)
    bound = {"id": account_id, "failures": failures, "health": health, "rest": rest, "why": why}
    session.execute(_FAILED, bound)
    return health == "down"


def with_credentials(session: Session) -> list[Account]:
    """Return the accounts that have credentials of their own, and so a log of their own."""
    return [_account(row) for row in session.execute(_OWN)]

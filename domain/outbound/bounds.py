"""How many calls a tenant may have now by its own bounds, and for how long it may have none."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.outbound.turns import NAP, Tenant
from domain.tables.accounts import UserStatus

NO_BOUND: Final = 10_000
SPENT_FOR: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Bound:
    """How many, or how long none and why."""

    most: int
    wait: timedelta | None = None
    why: str | None = None


def bound_of(tenant: Tenant, now: datetime) -> Bound:
    """Weigh a tenant's bounds: what a person must change first, then what time settles."""
    facts = tenant.facts
    if facts.is_paused or facts.status != UserStatus.ACTIVE:
        return Bound(0, NAP, "it is paused")
    if facts.is_stopped:
        return Bound(0, NAP, "its usage has reached the limit")
    if facts.spend_left is not None and facts.spend_left <= 0:
        return Bound(0, SPENT_FOR, "its calls have cost what they may in a day")
    limits = [(tenant.concurrency_limit, tenant.live, NAP, "its own limit of calls at once")]
    hour, day = timedelta(hours=1), timedelta(days=1)
    limits.append((facts.calls_per_hour, tenant.hour_calls, tenant.hour_began + hour - now, "hour"))
    limits.append((facts.calls_per_day, tenant.day_calls, tenant.day_began + day - now, "day"))
    most = NO_BOUND
    for limit, used, wait, why in limits:
        if limit is None:
            continue
        if limit - used <= 0:
            return Bound(0, max(wait, timedelta(seconds=1)), why)
        most = min(most, limit - used)
    return Bound(most)

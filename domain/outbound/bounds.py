"""How many calls a tenant may have now by its own bounds, and for how long it may have none."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.outbound.turns import NAP, Tenant
from domain.tables.accounts import UserStatus

NO_BOUND: Final = 10_000
SPENT_FOR: Final = timedelta(minutes=10)
AT_ONCE: Final = "at_once"
"""The bound that every call's end may lift: nobody writes it on rows."""


@dataclass(frozen=True, slots=True)
class Bound:
    """How many; or how long none, by which bound, and in an operator's words."""

    most: int
    wait: timedelta | None = None
    why: str = ""
    sentence: str = ""


def bound_of(tenant: Tenant, now: datetime) -> Bound:
    """Weigh a tenant's bounds: what a person must change first, then what time settles."""
    facts = tenant.facts
    if facts.is_paused or facts.status != UserStatus.ACTIVE:
        return Bound(0, NAP, "paused", "its tenant is paused")
    if tenant.stopped is not None:
        return Bound(0, NAP, "stopped", f"its tenant may use no more calls: {tenant.stopped}")
    if facts.spend_left is not None and facts.spend_left <= 0:
        return Bound(0, SPENT_FOR, "spend", "its tenant's calls have cost what they may in a day")
    return _counted(tenant, now)


def _counted(tenant: Tenant, now: datetime) -> Bound:
    facts = tenant.facts
    hour_ends = tenant.hour_began + timedelta(hours=1) - now
    day_ends = tenant.day_began + timedelta(days=1) - now
    limits = (
        (tenant.concurrency_limit, tenant.live, NAP, AT_ONCE, "at once"),
        (facts.calls_per_hour, tenant.hour_calls, hour_ends, "hour", "in an hour"),
        (facts.calls_per_day, tenant.day_calls, day_ends, "day", "in a day"),
    )
    most = NO_BOUND
    for limit, used, wait, why, when in limits:
        if limit is None:
            continue
        if limit - used <= 0:
            sentence = f"its tenant has had the {limit} calls that it may have {when}"
            return Bound(0, max(wait, timedelta(seconds=1)), why, sentence)
        most = min(most, limit - used)
    return Bound(most)

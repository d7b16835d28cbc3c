"""What comes due by itself: periods that should have rolled, and a house that does not answer.

A period that has ended is asked about. While nobody answers, the tenant goes on: against what
is left of the old period, and a quarter of its cap as a bridge. That is all that an outage of
Stripe's can cost, and nobody is locked out by it.
"""

from typing import Final

from sqlalchemy import text

from domain.billing import rules
from domain.database import SYSTEM, Begin
from domain.work import errands
from domain.work.names import TaskName

# Asked about once an hour, until the house says that a new period has begun, or none.
_ENDED: Final = text(
    "SELECT l.user_id FROM usage_limits l WHERE l.period_end < clock_timestamp()"
    " AND l.stopped_for IS NULL AND NOT EXISTS (SELECT 1 FROM errands e"
    "  WHERE e.task = 'billing.reconcile' AND e.subject_id = l.user_id"
    "  AND e.generation = extract(epoch FROM date_trunc('hour', clock_timestamp()))::bigint / 3600)"
    " AND EXISTS (SELECT 1 FROM subscriptions s WHERE s.user_id = l.user_id"
    "  AND s.stripe_subscription_id IS NOT NULL) LIMIT :n"
)
_HOUR: Final = text("SELECT extract(epoch FROM clock_timestamp())::bigint / 3600")
_BRIDGE: Final = text(
    "UPDATE usage_limits SET bridge_percent = :percent WHERE period_end < clock_timestamp()"
    " AND stopped_for IS NULL AND bridge_percent = 0 AND call_cap_seconds IS NOT NULL"
)


def owe(begin: Begin, *, most: int = 500) -> None:
    """Owe a look at every tenant whose period has ended, and bridge the time until it is had."""
    with begin(SYSTEM) as session:
        hour = int(session.execute(_HOUR).scalar_one())
        for user_id in list(session.scalars(_ENDED, {"n": most})):
            errands.owe(
                session, TaskName.BILLING_RECONCILE, user_id, user_id=user_id, generation=hour
            )
        session.execute(_BRIDGE, {"percent": rules.BRIDGE_PERCENT})

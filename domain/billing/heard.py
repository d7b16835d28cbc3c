"""What is heard from the house that takes the money: a reason to ask, and whom to ask about."""

from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.billing import store
from domain.work import errands
from domain.work.changes import Heard
from domain.work.names import TaskName

_OF_SUBSCRIPTION: Final = text(
    "SELECT user_id FROM subscriptions WHERE stripe_subscription_id = :name"
)
_OF_PAYMENT: Final = text(
    "SELECT user_id FROM usage_credits WHERE provider = 'stripe' AND provider_reference = :name"
)
_IS_THERE: Final = text("SELECT id FROM users WHERE id = :id")


def hear(
    session: Session,
    *,
    customer: str | None,
    subscription: str | None,
    user_id: UUID | None,
    payment: str | None = None,
) -> Heard:
    """Owe a look at the tenant that a notice is about, known by any of its names."""
    owner: UUID | None = None
    if subscription is not None:
        owner = session.scalar(_OF_SUBSCRIPTION, {"name": subscription})
    if owner is None and customer is not None:
        owner = store.owners(session, [customer]).get(customer)
    if owner is None and payment is not None:
        owner = session.scalar(_OF_PAYMENT, {"name": payment})
    if owner is None and user_id is not None:
        owner = session.scalar(_IS_THERE, {"id": user_id})
    if owner is None:
        return Heard(ignored="it names no tenant of ours")
    if customer is not None:
        store.name_customer(session, owner, customer)
    errands.owe_anew(session, TaskName.BILLING_RECONCILE, owner, user_id=owner)
    return Heard(user_id=owner, rings=(TaskName.BILLING_SWEEP,))

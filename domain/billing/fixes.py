"""What a person may say is to be fixed, though it is not safe."""

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.billing import rules
from domain.billing.compare import SAFE, Class, Difference

_END: Final = text(
    "UPDATE subscriptions SET status = 'canceled', canceled_at = clock_timestamp()"
    " WHERE stripe_subscription_id = :name"
)
_STOP: Final = text(
    "UPDATE usage_limits l SET stopped_for = :why FROM subscriptions s"
    " WHERE s.stripe_subscription_id = :name AND l.user_id = s.user_id AND NOT EXISTS ("
    "  SELECT 1 FROM subscriptions o WHERE o.user_id = l.user_id"
    "  AND o.status IN ('trialing', 'active', 'past_due'))"
)


def _end(session: Session, found: Difference) -> str:
    """End a subscription that lives here only."""
    bound = {"name": found.subject}
    session.execute(_END, bound)
    session.execute(_STOP, {**bound, "why": rules.STOPS["canceled"]})
    return "it was ended here"


FIXES: Final[Mapping[Class, Callable[[Session, Difference], str]]] = {Class.GONE: _end}
FIXABLE: Final = sorted({*SAFE, *FIXES})


def done(session: Session, found: Difference, *, fix: str | None, dry_run: bool) -> str | None:
    """Do what is to be done about a difference; say what that was, None where it waits."""
    if dry_run:
        return None
    if found.is_safe:
        return "theirs was taken over"
    if found.kind == fix and found.kind in FIXES:
        return FIXES[found.kind](session, found)
    return None

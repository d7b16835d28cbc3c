"""Writing down that somebody agreed to be asked for a review, and asking what waited for that."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.errors import Refusal

LONGEST: Final = 200

_AGREE: Final = text(
    "UPDATE customers SET marketing_consent_at = clock_timestamp(),"
    " marketing_consent_source = :source WHERE id = ANY(CAST(:ids AS uuid[])) RETURNING id"
)
_RELEASE: Final = text(
    "UPDATE messages SET status = 'pending', due_at = clock_timestamp(), last_error = NULL,"
    " verdict = NULL WHERE id = ANY(CAST(:ids AS uuid[])) AND status = 'held'"
    " AND verdict ->> 'why' = 'no_consent' RETURNING id"
)


def agree(
    session: Session, *, customers: Sequence[UUID], messages: Sequence[UUID], source: str
) -> int:
    """Write down that these customers agreed, and where; return how many messages go on.

    Raises Refusal where nobody is there to have agreed.
    """
    # Before the customer's own row: what is for them by name goes on by itself then.
    released = session.scalars(_RELEASE, {"ids": list(messages)}).all()
    bound = {"ids": list(customers), "source": source[:LONGEST]}
    if not session.scalars(_AGREE, bound).all():
        raise Refusal("No customer has this number or address.")
    return len(released)

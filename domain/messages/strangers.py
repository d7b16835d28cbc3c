"""Which texts of a group go to strangers, and what of their ranges of numbers is left."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from domain.consent import ranges
from domain.consent.ranges import Asked, Most, Range
from domain.messages import rules, wishes
from domain.messages.store import MessageRow
from domain.work.kinds import Claimed

CHANNEL: Final = "sms"


def of(
    session: Session, facts: Sequence[Any], rows: Mapping[UUID, Claimed[MessageRow]]
) -> dict[UUID, Range]:
    """Return the range of each text that counts; asked after the tenants' buckets were taken.

    A second try was counted at its first. Whoever the house knows as a customer for a day is no
    stranger, and what answers a stop or tells the owner is bounded by what it answers.
    """
    most: dict[UUID, Most] = {}
    for row in facts:
        if row.user_id not in most:
            most[row.user_id] = wishes.of(None, row.settings).per_range
    asked = [
        Asked(
            id=row.id,
            user_id=row.user_id,
            number=rows[row.id].row.to,
            most=most[row.user_id],
        )
        for row in facts
        if row.channel == CHANNEL
        and rows[row.id].attempts <= 1
        and not row.is_old_customer
        and not is_exempt(row.rule)
    ]
    return ranges.of(session, CHANNEL, asked)


def is_exempt(rule: str | None) -> bool:
    """Tell whether no count of the tenant's holds it back: a stop's answer, an owner's news."""
    return rule == rules.STOPPED or (rule or "").startswith(rules.OWNER)

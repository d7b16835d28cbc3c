"""Which of our numbers calls: the row's own, else its campaign's, else one that fits.

Asked in the claim, under the tenant's lock: what a number may have at once and in a day is
counted from the attempts it made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.consent.jurisdictions import shipped
from domain.outbound import presence
from domain.outbound.lanes import Campaign, Candidate

_OWN: Final = text("""
SELECT n.id, n.user_id, n.full_number, n.provider_id, n.is_default, n.concurrency_limit,
       n.daily_cap,
       CASE WHEN n.concurrency_limit IS NULL THEN 0 ELSE (
         SELECT count(*) FROM call_attempts a WHERE a.caller_number_id = n.id
           AND a.state IN ('dialing', 'live', 'unknown')) END AS live,
       CASE WHEN n.daily_cap IS NULL THEN 0 ELSE (
         SELECT count(*) FROM call_attempts a WHERE a.caller_number_id = n.id
           AND a.created_at > (SELECT clock_timestamp()) - interval '1 day') END AS today
FROM user_phone_numbers n
WHERE n.user_id = ANY(CAST(:ids AS uuid[])) AND n.is_active AND n.flagged_at IS NULL
ORDER BY n.is_default DESC, n.id
""")


@dataclass(slots=True)
class Number:
    """A number of a tenant's that may call, and how many calls it may still make now."""

    id: UUID
    full_number: str
    provider_id: UUID | None
    is_default: bool
    left: int
    given: int = 0

    @classmethod
    def read(cls, row: Any) -> "Number":  # noqa: ANN401  # a row of the statement above
        """Read a number, and what its caps leave."""
        at_once = 10_000 if row.concurrency_limit is None else row.concurrency_limit - row.live
        today = 10_000 if row.daily_cap is None else row.daily_cap - row.today
        return cls(
            row.id, row.full_number, row.provider_id, row.is_default, max(0, min(at_once, today))
        )


def known(session: Session, user_ids: Sequence[UUID]) -> dict[UUID, list[Number]]:
    """Return the numbers by which tenants may call."""
    found: dict[UUID, list[Number]] = {}
    for row in session.execute(_OWN, {"ids": list(user_ids)}):
        found.setdefault(row.user_id, []).append(Number.read(row))
    return found


def choose(
    row: Candidate, campaigns: Mapping[UUID, Campaign], numbers: Sequence[Number], account_id: UUID
) -> Number | str | None:
    """Return the number that calls; a reason where it has to wait; None: the account's own.

    A number that stands at one account cannot call over another.
    """
    campaign = campaigns.get(row.campaign_id) if row.campaign_id else None
    wanted = row.caller_number_id or (campaign.row.caller_number_id if campaign else None)
    if wanted is not None:
        found = next((number for number in numbers if number.id == wanted), None)
        if found is not None:
            if found.provider_id not in {None, account_id}:
                return "its caller number stands at another account"
            return found if found.left > 0 else "its caller number has made its calls for now"
    fit = [number for number in numbers if number.provider_id in {None, account_id}]
    if not fit:
        return None
    free = [number for number in fit if number.left > 0]
    if not free:
        return "all caller numbers have made their calls for now"
    return presence.choose(free, row.recipient_number, shipped())

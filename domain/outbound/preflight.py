"""What would become of a campaign's calls if it began now: asked of every row, changing none.

By the same judge as the line itself, so that what is said here is what happens then.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.consent.jurisdictions import Table
from domain.database import SYSTEM, Begin
from domain.errors import Refusal
from domain.metering import use
from domain.metering.use import What
from domain.outbound import judge
from domain.outbound.judge import Answer, Ruling
from domain.outbound.lanes import NIL, Campaign, Candidate
from domain.outbound.turns import Tenant
from domain.sealing import Keyring

AT_ONCE: Final = 2000

_CAMPAIGN: Final = text("""
SELECT c.id, c.user_id, c.provider_id, c.template_id, c.voice_id, c.caller_number_id,
       c.custom_variables, c.timezone, c.window_start, c.window_end, c.window_days, c.expires_at,
       c.consent_source, clock_timestamp() AS now
FROM call_campaigns c WHERE c.id = :id
""")
_BOUNDS: Final = text("""
SELECT u.id, r.countries, r.consent_source, r.timezone AS rules_timezone, r.window_start,
       r.window_end, r.window_days
FROM users u LEFT JOIN calling_rules r ON r.user_id = u.id WHERE u.id = :user
""")
_ROWS: Final = text("""
SELECT q.id, q.user_id, q.campaign_id, q.recipient_number, q.caller_number_id, q.timezone,
       q.priority, q.due_at, q.provider_id, q.template_id, q.voice_id, q.custom_variables,
       q.expires_at, q.retry_count, q.consent_source, q.scheduled_time, q.created_at
FROM call_queue q
WHERE q.campaign_id = :campaign AND q.status = 'queued' AND q.id > :after
ORDER BY q.id LIMIT :n
""")


@dataclass(slots=True)
class Group:
    """Rows of which the same is to be said."""

    answer: Answer
    why: str
    sentence: str
    """Of one of them."""

    count: int = 0
    first: datetime | None = None
    """When the first of those that wait may be called, and the last."""

    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would become of a campaign's calls."""

    at: datetime
    groups: Sequence[Group]

    def count(self, *answers: Answer) -> int:
        """Return of how many one of these is to be said."""
        return sum(group.count for group in self.groups if group.answer in answers)


def look(
    begin: Begin,
    keyring: Keyring,
    campaign_id: UUID,
    *,
    at: datetime | None = None,
    hours: Table | None = None,
) -> Outlook:
    """Judge every call that waits in a campaign, as if it began now, or at a moment."""
    with begin(SYSTEM) as session:
        row = session.execute(_CAMPAIGN, {"id": campaign_id}).one_or_none()
        if row is None:
            raise Refusal(f"There is no campaign {campaign_id}.", exit_code=1)
        tenant = _tenant(session, row.user_id, row.now)
    campaigns = {row.id: Campaign(row.id, row.user_id, row.provider_id, row, 0, None)}
    moment = at or row.now
    groups: dict[tuple[Answer, str], Group] = {}
    for ruling in _rulings(begin, keyring, campaigns, tenant, moment, hours):
        _count(groups, ruling, moment)
    order = list(Answer)
    found = sorted(groups.values(), key=lambda one: (order.index(one.answer), -one.count))
    return Outlook(moment, found)


def _rulings(  # what the judge is asked with
    begin: Begin,
    keyring: Keyring,
    campaigns: Mapping[UUID, Campaign],
    tenant: Tenant,
    at: datetime,
    hours: Table | None,
) -> Iterator[Ruling]:
    """Judge rows a batch at a time, each in a short transaction of its own."""
    after = NIL
    [campaign_id] = campaigns
    while True:
        with begin(SYSTEM) as session:
            bound = {"campaign": campaign_id, "after": after, "n": AT_ONCE}
            rows = [Candidate(**row) for row in session.execute(_ROWS, bound).mappings()]
            if not rows:
                return
            known = judge.know(session, keyring, rows, campaigns, hours=hours)
        yield from (judge.judge(row, tenant, campaigns, known, at) for row in rows)
        after = rows[-1].id


def _count(groups: dict[tuple[Answer, str], Group], ruling: Ruling, at: datetime) -> None:
    fresh = Group(ruling.answer, ruling.why, ruling.sentence)
    group = groups.setdefault((ruling.answer, ruling.why), fresh)
    group.count += 1
    if ruling.answer is Answer.LATER:
        moment = at + ruling.due_in
        group.first = min(group.first or moment, moment)
        group.last = max(group.last or moment, moment)


def _tenant(session: Session, user_id: UUID, now: datetime) -> Tenant:
    """Return whose campaign it is, with the bounds that a row is judged by."""
    facts: Any = session.execute(_BOUNDS, {"user": user_id}).one()
    return Tenant(
        user_id=user_id,
        virtual_time=0,
        weight=1,
        live=0,
        concurrency_limit=None,
        hour_calls=0,
        day_calls=0,
        hour_began=now,
        day_began=now,
        facts=facts,
        stopped=use.stopped(session, [user_id], What.CALL).get(user_id),
    )

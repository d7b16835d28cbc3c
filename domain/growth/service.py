"""Read reviews, sum up weeks of them, call leads to mind, and offer more to who needs it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import text

from domain import zones
from domain.database import SYSTEM, Begin
from domain.growth import rules, store
from domain.growth.ports import Answer, Critic
from domain.metering import service as metering
from domain.metering.usage import Account, Purpose, Refused
from domain.work import owner_notices

WEEKS: Final = 2
"""Whole weeks that are summed up again: a late review, or one that was edited, still counts."""

BEFORE: Final = timedelta(weeks=4)
"""What a week's mood is held against."""

AT_ONCE: Final = 500
LEADS_NAMED: Final = 50
LEADS_WAIT: Final = "leads_wait"

log = structlog.get_logger("growth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Critics:
    """Who reads reviews: a model where there is one and money for it, and one by rules."""

    begin: Begin
    critic: Critic
    spare: Critic


def review(tools: Critics, review_id: UUID) -> None:
    """Read one review: how it is meant, and what it speaks of. Read again, it costs again."""
    with tools.begin(SYSTEM) as session:
        user_id = store.owner(session, review_id)
    if user_id is None:
        log.info("growth.no_such_review", review_id=str(review_id))
        return
    with tools.begin(user_id) as session:
        row = store.review(session, review_id)
    if row is None or (row.rating is None and not row.comment.strip()):
        return
    verdict = _judge(tools, user_id, row)
    with tools.begin(user_id) as session:
        store.write(session, row, verdict)


def _judge(tools: Critics, user_id: UUID, row: store.ReviewRow) -> rules.Verdict:
    if not row.comment.strip():
        return rules.Verdict(rules.by_rating(row.rating or 0))
    estimate = tools.critic.estimate(row.comment)
    if estimate is None:
        answer: Answer | Refused = tools.critic.read(row.comment, row.rating)
    else:
        answer = metering.ask(
            tools.begin,
            Account(user_id=user_id, purpose=Purpose.REVIEW),
            estimate,
            lambda _key: tools.critic.read(row.comment, row.rating),
            lambda given: "read" if given.verdict.mentions else "nothing_found",
        )
    if isinstance(answer, Refused):
        answer = tools.spare.read(row.comment, row.rating)
    return rules.checked(answer.verdict, row.comment)


def insights(tools: Critics, user_id: UUID | None = None) -> None:
    """Sum up the last whole weeks of every tenant's reviews, in the tenant's own zone."""
    with tools.begin(SYSTEM) as session:
        tenants = store.reviewed(session, user_id)
        now: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    for tenant, zone in tenants:
        _sum_up(tools, tenant, zones.find(zone) or ZoneInfo("UTC"), now)


def _sum_up(tools: Critics, tenant: UUID, zone: ZoneInfo, now: datetime) -> None:
    for week in rules.weeks(now.astimezone(zone).date(), WEEKS):
        since = datetime.combine(week[0], time(), tzinfo=zone).astimezone(UTC)
        till = datetime.combine(week[1] + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)
        with tools.begin(tenant) as session:
            found = store.read(session, since - BEFORE, till)
            before = [rules.WORTH[one.sentiment] for at, one in found if at < since]
            here = [one for at, one in found if at >= since]
            if here:
                mood = sum(before) / len(before) if before else None
                insight = rules.sum_up(here, mood)
                store.keep(session, week, insight, model=tools.critic.model)


def nudge(begin: Begin) -> bool:
    """Call waiting leads to mind, and offer more to who is near a limit; tell if more is due."""
    with begin(SYSTEM) as session:
        store.prompt(session)
    with begin(SYSTEM) as session:
        due = store.follow_up(session, most=AT_ONCE)
        today = session.execute(text("SELECT current_date")).scalar_one()
        by_tenant: dict[UUID, list[UUID]] = defaultdict(list)
        for one in due:
            by_tenant[one.user_id].append(one.lead_id)
        for tenant, leads in by_tenant.items():
            owner_notices.tell(
                session,
                tenant,
                LEADS_WAIT,
                f"{today}:{leads[0]}",
                {
                    "leads": len(leads),
                    "lead_ids": [str(key) for key in leads[:LEADS_NAMED]],
                },
            )
    return len(due) == AT_ONCE

"""Read reviews, sum up weeks of them, call leads to mind, and offer more to who needs it."""

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import text

from domain import zones
from domain.database import SYSTEM, Begin
from domain.growth import rules, store
from domain.metering.usage import Purpose
from domain.texts import service as texts
from domain.texts.service import Classifiers
from domain.work import owner_notices

WEEKS: Final = 2
"""Whole weeks that are summed up again: a late review, or one that was edited, still counts."""

BEFORE: Final = timedelta(weeks=4)
"""What a week's mood is held against."""

AT_ONCE: Final = 500
LEADS_NAMED: Final = 50
LEADS_WAIT: Final = "leads_wait"

log = structlog.get_logger("growth")


def review(tools: Classifiers, review_id: UUID) -> None:
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
    found = texts.classify(tools, user_id, row.comment, Purpose.REVIEW)
    with tools.begin(user_id) as session:
        store.write(session, row, rules.by_stars(found.reading, row.rating))


def insights(tools: Classifiers, user_id: UUID | None = None) -> None:
    """Sum up the last whole weeks of every tenant's reviews, in the tenant's own zone."""
    with tools.begin(SYSTEM) as session:
        tenants = store.reviewed(session, user_id)
        now: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    for tenant, zone in tenants:
        _sum_up(tools, tenant, zones.find(zone) or ZoneInfo("UTC"), now)


def _sum_up(tools: Classifiers, tenant: UUID, zone: ZoneInfo, now: datetime) -> None:
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
                store.keep(session, week, insight, model=tools.vendor)


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

"""What a tenant has in line: a lane for each campaign, and within it for each account asked for.

A campaign that is paused, full or out of its pace is a lane that nobody looks into, and so is
an account without slots: however many rows wait there, they keep no other row waiting. Within
a lane the first priority comes first, and then who has waited longest; a retry waits from when
it is due, so it is ahead of fresh calls only where its campaign wants that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.outbound.rules import Pace

NIL: Final = UUID(int=0)

_CAMPAIGNS: Final = text("""
SELECT c.id, c.user_id, c.concurrency_limit, c.calls_per_minute, c.paced_until, c.provider_id,
       c.template_id, c.voice_id, c.caller_number_id, c.custom_variables, c.timezone,
       c.window_start, c.window_end, c.window_days, c.expires_at, c.consent_source,
       (SELECT count(*) FROM call_attempts a WHERE a.user_id = c.user_id
        AND a.campaign_id = c.id AND a.state IN ('dialing', 'live', 'unknown')) AS live
FROM call_campaigns c
WHERE c.user_id = ANY(CAST(:ids AS uuid[])) AND c.status = 'running'
  AND NOT EXISTS (SELECT FROM pauses p WHERE p.kind = 'campaign' AND p.subject = c.id::text)
ORDER BY c.id
""")
# Behind row security the planner does not take an equal coalesce() for one value: without these
# two in its order it read and sorted a tenant's whole lane.
_PICK: Final = text("""
SELECT q.* FROM unnest(CAST(:users AS uuid[]), CAST(:campaigns AS uuid[]), CAST(:ns AS int[]))
  AS w(user_id, campaign_id, n)
CROSS JOIN unnest(CAST(:accounts AS uuid[])) AS v(provider_id)
CROSS JOIN LATERAL (
  SELECT q.id, q.user_id, q.campaign_id, q.recipient_number, q.caller_number_id, q.timezone,
         q.priority, q.due_at, q.provider_id, q.template_id, q.voice_id, q.custom_variables,
         q.expires_at, q.retry_count, q.consent_source, q.scheduled_time, q.created_at,
         CASE WHEN q.retry_count > 0 THEN (
           SELECT a.provider_id FROM call_attempts a WHERE a.call_queue_id = q.id
             AND a.state = 'failed' ORDER BY a.number DESC LIMIT 1) END AS avoid
  FROM call_queue q
  WHERE q.status = 'queued' AND q.is_ready AND q.user_id = w.user_id
    AND coalesce(q.campaign_id, '00000000-0000-0000-0000-000000000000'::uuid) = w.campaign_id
    AND coalesce(q.provider_id, '00000000-0000-0000-0000-000000000000'::uuid) = v.provider_id
  ORDER BY coalesce(q.campaign_id, '00000000-0000-0000-0000-000000000000'::uuid),
    coalesce(q.provider_id, '00000000-0000-0000-0000-000000000000'::uuid),
    q.priority, q.due_at LIMIT w.n FOR UPDATE OF q SKIP LOCKED) q
""")
_PACE: Final = text("""
UPDATE call_campaigns c SET paced_until = x.until
FROM unnest(CAST(:ids AS uuid[]), CAST(:untils AS timestamptz[])) AS x(id, until)
WHERE c.id = x.id
""")


@dataclass(slots=True)
class Campaign:
    """A running campaign, and how many it may still have now."""

    id: UUID
    user_id: UUID
    provider_id: UUID | None
    row: Any
    left: int
    pace: Pace | None
    given: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A row whose turn it may be, locked so that nobody calls it off meanwhile."""

    id: UUID
    user_id: UUID
    campaign_id: UUID | None
    recipient_number: str
    caller_number_id: UUID | None
    timezone: str | None
    priority: int
    due_at: datetime
    provider_id: UUID | None
    template_id: UUID | None
    voice_id: UUID | None
    custom_variables: Mapping[str, Any] | None
    expires_at: datetime | None
    retry_count: int
    consent_source: str | None
    scheduled_time: datetime | None
    created_at: datetime
    avoid: UUID | None = None
    """The account over which it failed last: another is better."""


@dataclass(frozen=True, slots=True)
class Window:
    """Hours that a tenant or a campaign keeps of its own; without a zone, in the person's."""

    name: str
    start: time
    end: time
    days: tuple[int, ...]
    zone: str | None


def window_of(name: str, row: Any, zone: str | None) -> Window | None:  # noqa: ANN401  # a row
    """Return the hours that a row says, where it says any."""
    if row.window_start is None:
        return None
    return Window(name, row.window_start, row.window_end, tuple(row.window_days), zone)


def campaigns(session: Session, user_ids: Sequence[UUID], now: datetime) -> dict[UUID, Campaign]:
    """Return the running campaigns of tenants, and how many each may still have now."""
    found: dict[UUID, Campaign] = {}
    for row in session.execute(_CAMPAIGNS, {"ids": list(user_ids)}):
        per_minute = row.calls_per_minute
        pace = Pace(row.paced_until, float(per_minute) / 60) if per_minute else None
        left = 10_000 if row.concurrency_limit is None else row.concurrency_limit - row.live
        if pace is not None:
            left = min(left, pace.allows(now))
        found[row.id] = Campaign(row.id, row.user_id, row.provider_id, row, left, pace)
    return found


def pick(
    session: Session,
    wants: Mapping[UUID, int],
    open_campaigns: Sequence[Campaign],
    account_ids: Sequence[UUID],
) -> dict[UUID, list[Candidate]]:
    """Lock the first rows of each tenant's lanes, so many for each tenant, in their order."""
    lanes = [
        (user_id, name, many)
        for user_id, many in wants.items()
        for name in (
            NIL,
            *(one.id for one in open_campaigns if one.user_id == user_id and one.left > 0),
        )
    ]
    if not lanes:
        return {}
    users, names, ns = zip(*lanes, strict=True)
    found = session.execute(
        _PICK,
        {
            "users": list(users),
            "campaigns": list(names),
            "ns": list(ns),
            "accounts": [NIL, *account_ids],
        },
    )
    picked: dict[UUID, list[Candidate]] = {}
    for row in found.mappings():
        picked.setdefault(row["user_id"], []).append(Candidate(**row))
    return {
        user_id: sorted(rows, key=lambda row: (row.priority, row.due_at))[: wants[user_id]]
        for user_id, rows in picked.items()
    }


def charge(session: Session, given: Sequence[Campaign], now: datetime) -> None:
    """Write down when campaigns with a pace may go on."""
    paced = [(one.id, one.pace.after(now, one.given)) for one in given if one.pace and one.given]
    if paced:
        ids, untils = zip(*sorted(paced), strict=True)
        session.execute(_PACE, {"ids": list(ids), "untils": list(untils)})

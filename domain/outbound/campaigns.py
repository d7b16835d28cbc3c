"""Campaigns and what stands still: started, paused, gone on with, called off."""

from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.errors import Refusal
from domain.outbound import turns
from domain.tables.outbound import CampaignStatus

_STATUS: Final = text("SELECT status, user_id FROM call_campaigns WHERE id = :id FOR UPDATE")
_MOVE: Final = text("""
UPDATE call_campaigns SET status = CAST(:status AS text),
  started_at = CASE WHEN :status = 'running' THEN coalesce(started_at, clock_timestamp())
    ELSE started_at END,
  ended_at = CASE WHEN :status = 'canceled' THEN clock_timestamp() ELSE ended_at END
WHERE id = :id
""")
_CALL_OFF: Final = text("""
WITH batch AS MATERIALIZED (
  SELECT id FROM call_queue WHERE campaign_id = :id AND status = 'queued'
  LIMIT :n FOR UPDATE SKIP LOCKED)
UPDATE call_queue q SET status = 'canceled', outcome = 'canceled',
  last_error = 'its campaign was called off'
FROM batch WHERE q.id = batch.id
""")
_LEFT: Final = text(
    "SELECT count(*) FROM call_queue WHERE campaign_id = :id AND status = 'in-progress'"
)
_TENANTS_OF: Final = {
    "account": text("SELECT user_id FROM tenant_turns WHERE NOT is_waiting LIMIT 10000"),
    "queue": text("SELECT user_id FROM tenant_turns WHERE NOT is_waiting LIMIT 10000"),
    "campaign": text("SELECT user_id FROM call_campaigns WHERE id::text = :subject"),
    "tenant": text("SELECT user_id FROM tenant_turns WHERE user_id::text = :subject"),
}

A_BATCH: Final = 5000

ALLOWED: Final = {
    CampaignStatus.RUNNING: {CampaignStatus.DRAFT, CampaignStatus.PAUSED},
    CampaignStatus.PAUSED: {CampaignStatus.RUNNING},
    CampaignStatus.CANCELED: {CampaignStatus.DRAFT, CampaignStatus.RUNNING, CampaignStatus.PAUSED},
}


def move(session: Session, campaign_id: UUID, to: CampaignStatus) -> None:
    """Start, pause, go on with or call off a campaign; calls under way are ended by themselves.

    Raises Refusal where it cannot be moved there.
    """
    row = session.execute(_STATUS, {"id": campaign_id}).one_or_none()
    if row is None:
        raise Refusal(f"There is no campaign {campaign_id}.", exit_code=1)
    if row.status == to.value:
        return
    if row.status not in {state.value for state in ALLOWED[to]}:
        raise Refusal(f"This campaign is {row.status}: it cannot become {to.value} any more.")
    session.execute(_MOVE, {"id": campaign_id, "status": to.value})
    turns.rouse(session, [row.user_id])


def call_off(session: Session, campaign_id: UUID) -> bool:
    """Cancel some of the calls that wait in a campaign that was called off; tell if more wait."""
    return session.execute(_CALL_OFF, {"id": campaign_id, "n": A_BATCH}).rowcount == A_BATCH  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]  # of an UPDATE's result


def under_way(session: Session, campaign_id: UUID) -> int:
    """Return how many calls of a campaign are being made."""
    return int(session.scalar(_LEFT, {"id": campaign_id}) or 0)


def looked_at_again(session: Session, kind: str, subject: str) -> None:
    """Have tenants looked at at once that something was kept from, which goes on now."""
    query = _TENANTS_OF.get(kind)
    if query is not None:
        bound = {"subject": subject} if kind in {"campaign", "tenant"} else {}
        turns.rouse(session, list(session.scalars(query, bound)))

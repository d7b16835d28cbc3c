"""What is heard of calls themselves: that they rang, ended, and what was said on them.

One row a call, by the vendor's name for it; every fact is taken in whatever order it comes, and
only forward, so that all orders end in the same row. A row with a transcript is work (store.py).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.database import within
from domain.metering import use
from domain.work.changes import Change, Heard
from domain.work.names import TaskName

ORDER: Final = (
    "ringing",
    "in_progress",
    "completed",
    "failed",
    "cancelled",
    "no_answer",
    "busy",
)
"""From the first to the last: no two are level, so contradicting news ends the same in any order.

Some vendors say that a call is over before they say how, so the special endings come last.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """What one notice says of a call; None where it says nothing."""

    provider: str
    call_id: str
    status: str | None
    is_outbound: bool | None
    phone_number: str | None
    started_at: datetime | None
    duration: timedelta | None
    transcript: str | None
    recording_url: str | None
    cost: Decimal | None
    told_at: datetime
    """When the notice came: the call had begun by then."""

    @property
    def reached(self) -> str:
        """How far the call has come at least: what was recorded had been answered."""
        return self.status or (ORDER[1] if self.transcript or self.recording_url else ORDER[0])


_OWNER: Final = text(
    "SELECT user_id FROM calls WHERE provider = :provider AND provider_call_id = :call LIMIT 1"
)
# Locked before it is compared, so that two notices of one call come one after the other.
_BEFORE: Final = text(
    "SELECT id, status, duration, started_at, transcript IS NOT NULL AS transcript,"
    " recording_url IS NOT NULL AS recording, cost FROM calls WHERE user_id = :user"
    " AND provider = :provider AND provider_call_id = :call FOR UPDATE"
)
_AFTER: Final = text(
    "SELECT id, status, duration, started_at, transcript IS NOT NULL AS transcript,"
    " recording_url IS NOT NULL AS recording, cost FROM calls WHERE user_id = :user"
    " AND provider = :provider AND provider_call_id = :call"
)
# A transcript that is there stays: it may be read at this moment.
_HEAR: Final = text(
    "INSERT INTO calls AS c (user_id, provider, provider_call_id, phone_number, call_type, status,"
    " duration, transcript, recording_url, started_at, cost)"
    " VALUES (:user, :provider, :call, :phone, coalesce(:type, 'inbound'),"
    "  CAST(:status AS text), :duration, :transcript, :recording, :started, :cost)"
    " ON CONFLICT (user_id, provider, provider_call_id) WHERE provider_call_id IS NOT NULL"
    " DO UPDATE SET"
    " phone_number = coalesce(c.phone_number, excluded.phone_number),"
    " call_type = coalesce(:type, c.call_type),"
    " status = CASE WHEN array_position(CAST(:order AS text[]), excluded.status)"
    "   > array_position(CAST(:order AS text[]), c.status) THEN excluded.status ELSE c.status END,"
    " duration = greatest(c.duration, excluded.duration),"
    " transcript = coalesce(c.transcript, excluded.transcript),"
    " recording_url = coalesce(c.recording_url, excluded.recording_url),"
    " started_at = least(c.started_at, excluded.started_at),"
    " cost = greatest(c.cost, excluded.cost)"
)
SHOWN: Final = ("status", "duration", "started_at", "transcript", "recording", "cost")
"""What is told of a change: of words and recordings, only that they are there."""

USED: Final = ("status", "duration")
"""A change of these may have ended the call, and so made its use known."""


def hear(session: Session, facts: CallFacts, *, user_id: UUID | None) -> Heard:
    """Take what a notice says of a call into the row of the tenant whose number it is about."""
    name = {"provider": facts.provider, "call": facts.call_id}
    owner = user_id or session.scalar(_OWNER, name)
    if owner is None:
        return Heard(ignored="the number belongs to nobody", is_nobodys=True)
    with within(session, owner):
        changes = _write(session, facts, {"user": owner, **name})
    if any(change.what in USED for change in changes):
        use.note_heard(session, user_id=owner, provider=facts.provider, call_id=facts.call_id)
    is_readable = any(change.what == "transcript" for change in changes)
    rings = (TaskName.TRANSCRIPTS_SWEEP,) if is_readable else ()
    return Heard(user_id=owner, changes=changes, rings=rings)


def _write(session: Session, facts: CallFacts, name: dict[str, object]) -> tuple[Change, ...]:
    before = session.execute(_BEFORE, name).mappings().one_or_none()
    kinds = {True: "outbound", False: "inbound", None: None}
    session.execute(
        _HEAR,
        {
            **name,
            "phone": facts.phone_number,
            "type": kinds[facts.is_outbound],
            "status": facts.reached,
            "duration": None if facts.duration is None else round(facts.duration.total_seconds()),
            "transcript": facts.transcript,
            "recording": facts.recording_url,
            "started": facts.started_at or facts.told_at,
            "cost": facts.cost,
            "order": list(ORDER),
        },
    )
    after = session.execute(_AFTER, name).mappings().one()
    was = dict(before) if before is not None else {}
    return tuple(
        Change(f"call {after['id']}", what, _said(was.get(what)), _said(after[what]))
        for what in SHOWN
        if _said(was.get(what)) != _said(after[what])
    )


def _said(value: object) -> str | None:
    if isinstance(value, bool):
        return "there" if value else None
    return None if value is None else str(value)

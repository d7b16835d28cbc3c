"""What vendors tell us of calls that we placed: taken in whatever order it comes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.outbound import endings, rules, service, store
from domain.outbound.history import Ended
from domain.outbound.ports import NEVER_DIALLED
from domain.tables.outbound import AttemptState
from domain.tables.telephony import CallStatus

# Locked, so that two pieces of news of one call come one after the other.
_BY_KEY: Final = text("SELECT id, user_id, state FROM call_attempts WHERE id = :id FOR UPDATE")
_BY_NAME: Final = text("""
SELECT id, user_id, state FROM call_attempts
WHERE provider_id = ANY(ARRAY(SELECT p.id FROM call_service_providers p
    WHERE lower(coalesce(nullif(p.provider, ''), p.name)) = :vendor))
  AND provider_call_id = :call_id FOR UPDATE
""")
_ANSWERED: Final = text(
    "UPDATE call_attempts SET answered_at = coalesce(answered_at, :at) WHERE id = :id"
)

OUTCOMES: Final = {
    CallStatus.COMPLETED.value: AttemptState.COMPLETED,
    CallStatus.BUSY.value: AttemptState.BUSY,
    CallStatus.NO_ANSWER.value: AttemptState.NO_ANSWER,
    CallStatus.FAILED.value: AttemptState.FAILED,
    CallStatus.CANCELLED.value: AttemptState.CANCELED,
}
"""How a call ended, where the vendor's news does not say it more closely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one notice says of a call; None where it says nothing."""

    vendor: str
    call_id: str
    key: str | None
    status: str | None
    outcome: str | None
    reason: str | None
    told_at: datetime
    started_at: datetime | None = None
    duration: timedelta | None = None
    cost: Decimal | None = None
    transcript: str | None = None
    recording_url: str | None = None


@dataclass(frozen=True, slots=True)
class Whose:
    """The attempt that the news is about."""

    user_id: UUID
    has_ended: bool


def hear(session: Session, told: Told) -> Whose | None:
    """Take what a notice says of a call of ours; None where we placed no such call."""
    row = _find(session, told)
    if row is None:
        return None
    store.note_name(session, row.id, told.call_id)
    never_dialled = told.outcome == NEVER_DIALLED
    outcome = AttemptState.FAILED if never_dialled else outcome_of(told)
    if outcome is None:
        if told.status == CallStatus.IN_PROGRESS:
            session.execute(_ANSWERED, {"id": row.id, "at": told.told_at})
        return Whose(row.user_id, has_ended=False)
    ended = Ended(
        attempt_id=row.id,
        outcome=outcome,
        reason=told.reason,
        call_id=told.call_id,
        started_at=told.started_at,
        ended_at=told.told_at,
        duration=told.duration,
        cost=told.cost,
        transcript=told.transcript,
        recording_url=told.recording_url,
        never_dialled=never_dialled,
    )
    return Whose(row.user_id, has_ended=endings.end(session, ended))


def outcome_of(told: Told) -> AttemptState | None:
    """Say how the call ended; None while it has not, or in a word of a newer release."""
    ended = {state.value: state for state in rules.ENDED}
    if told.outcome is not None and told.outcome in ended:
        return ended[told.outcome]
    return OUTCOMES.get(told.status or "")


def _find(session: Session, told: Told) -> Any:  # noqa: ANN401  # a row, or None
    attempt_id = service.attempt_of(told.key)
    row = None
    if attempt_id is not None:
        row = session.execute(_BY_KEY, {"id": attempt_id}).one_or_none()
    if row is None:
        bound = {"vendor": told.vendor, "call_id": told.call_id}
        row = session.execute(_BY_NAME, bound).one_or_none()
    return row

"""What stays of a call that was dialled: its row in `calls`, and what it used."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.metering import use
from domain.outbound.ports import Progress
from domain.tables.outbound import AttemptState
from domain.tables.telephony import CallStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What is known of how an attempt ended."""

    attempt_id: UUID
    outcome: AttemptState
    reason: str | None = None
    """The vendor's own word; None where it only said that it is over."""

    call_id: str | None = None
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    duration: timedelta | None = None
    cost: Decimal | None = None
    currency: str | None = None
    transcript: str | None = None
    recording_url: str | None = None
    never_dialled: bool = False

    @classmethod
    def of(cls, attempt_id: UUID, progress: Progress) -> "Ended":
        """Read it off how a call stands at its vendor."""
        return cls(
            attempt_id=attempt_id,
            outcome=progress.outcome or AttemptState.FAILED,
            reason=progress.reason,
            call_id=progress.call_id,
            started_at=progress.started_at,
            answered_at=progress.answered_at,
            ended_at=progress.ended_at,
            duration=progress.duration,
            cost=progress.cost,
            currency=progress.currency,
            transcript=progress.transcript,
            recording_url=progress.recording_url,
            never_dialled=progress.never_dialled,
        )


# Notices write this row too, in whatever order: nothing that is there is taken away.
_WRITE: Final = text("""
INSERT INTO calls AS c (user_id, provider, provider_call_id, provider_id, phone_number, call_type,
  status, started_at, answered_at, ended_at, duration, cost, currency, transcript, recording_url,
  disconnect_reason, call_queue_id, user_phone_number_id, voice_id)
SELECT :user, coalesce(nullif(lower(p.provider), ''), lower(p.name)), :call, p.id, :recipient,
  'outbound', :status, coalesce(:started, :dialed, clock_timestamp()), :answered, :ended,
  :duration, :cost, coalesce(CAST(:currency AS text), 'USD'), :transcript, :recording, :reason,
  :row, :caller, (SELECT voice_id FROM call_queue WHERE id = :row)
FROM call_service_providers p WHERE p.id = :account
ON CONFLICT (user_id, provider, provider_call_id) WHERE provider_call_id IS NOT NULL
DO UPDATE SET call_queue_id = excluded.call_queue_id, provider_id = excluded.provider_id,
  call_type = 'outbound', phone_number = coalesce(c.phone_number, excluded.phone_number),
  status = CASE WHEN c.status IN ('ringing', 'in_progress') OR c.status = 'completed'
    THEN excluded.status ELSE c.status END,
  answered_at = coalesce(c.answered_at, excluded.answered_at),
  ended_at = coalesce(c.ended_at, excluded.ended_at),
  duration = greatest(c.duration, excluded.duration), cost = greatest(c.cost, excluded.cost),
  transcript = coalesce(c.transcript, excluded.transcript),
  recording_url = coalesce(c.recording_url, excluded.recording_url),
  disconnect_reason = coalesce(excluded.disconnect_reason, c.disconnect_reason),
  user_phone_number_id = coalesce(c.user_phone_number_id, excluded.user_phone_number_id),
  voice_id = coalesce(c.voice_id, excluded.voice_id)
RETURNING c.provider
""")

STATUSES: Final = {
    AttemptState.COMPLETED: CallStatus.COMPLETED,
    AttemptState.VOICEMAIL: CallStatus.COMPLETED,
    AttemptState.BUSY: CallStatus.BUSY,
    AttemptState.NO_ANSWER: CallStatus.NO_ANSWER,
    AttemptState.CANCELED: CallStatus.CANCELLED,
}
"""All others have failed."""


def write(session: Session, attempt: Any, ended: Ended) -> None:  # noqa: ANN401  # a row of it
    """Write the call down, and what it used; what never reached the vendor was none."""
    if attempt.provider_call_id is None or attempt.provider_id is None:
        return
    provider = session.scalar(
        _WRITE,
        {
            "user": attempt.user_id,
            "account": attempt.provider_id,
            "call": attempt.provider_call_id,
            "recipient": attempt.recipient_number,
            "status": STATUSES.get(ended.outcome, CallStatus.FAILED).value,
            "started": ended.started_at,
            "dialed": attempt.dialed_at,
            "answered": attempt.answered_at,
            "ended": attempt.ended_at,
            "duration": attempt.duration,
            "cost": attempt.cost,
            "currency": attempt.currency,
            "transcript": ended.transcript,
            "recording": ended.recording_url,
            "reason": ended.reason,
            "row": attempt.call_queue_id,
            "caller": attempt.caller_number_id,
        },
    )
    if provider is not None:  # else its account was removed this instant, and who it was with
        user_id, call_id = attempt.user_id, attempt.provider_call_id
        use.note_heard(session, user_id=user_id, provider=provider, call_id=call_id)

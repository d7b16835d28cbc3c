"""Every query on attempts: what a worker claims, dials and follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.tables.outbound import AttemptState, QueueStatus
from domain.work.kinds import Also, Kind, States
from domain.work.names import Area


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """An attempt as whoever dials it needs it."""

    id: UUID
    user_id: UUID
    provider_id: UUID | None
    recipient_number: str
    caller_number: str | None
    provider_call_id: str | None
    """The vendor's name for it, where a notice told it before we could write it down."""

    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is said on a call, and from where: read anew when it is dialled."""

    attempt_id: UUID
    campaign_id: UUID | None
    template_id: UUID | None
    assistant_id: str | None
    params: Mapping[str, Any] | None
    params_order: Sequence[str] | None
    voice_id: str | None
    own_variables: Mapping[str, Any] | None
    campaign_variables: Mapping[str, Any] | None
    leaves_voicemail: bool
    caller_id: str | None
    account_caller: str | None


NAME: Final = "call_attempt"
"""What effects call an attempt."""

# Right before the call, for a whole group at once: whatever was changed since it was decided. What
# outlived its worker may be taken up at any hour, so it goes back and is decided on anew.
VOID_WHEN: Final = """
CASE
  WHEN NOT EXISTS (SELECT FROM call_queue q
    WHERE q.id = w.call_queue_id AND q.status = 'in-progress') THEN 'it was called off'
  WHEN w.campaign_id IS NOT NULL AND NOT EXISTS (SELECT FROM call_campaigns c
    WHERE c.id = w.campaign_id AND c.status = 'running') THEN 'its campaign does not run'
  WHEN EXISTS (SELECT FROM pauses p WHERE (p.kind = 'account' AND p.subject = w.provider_id::text)
    OR (p.kind = 'campaign' AND p.subject = w.campaign_id::text)) THEN 'it was paused'
  WHEN EXISTS (SELECT FROM sms_opt_outs o WHERE o.user_id = w.user_id
    AND o.phone_number = w.recipient_number
    AND (o.opted_in_at IS NULL OR o.opted_in_at < o.opted_out_at)) THEN 'they said stop'
  WHEN EXISTS (SELECT FROM voice_consents v WHERE v.user_id = w.user_id
    AND v.phone_number = w.recipient_number AND v.forbidden_at IS NOT NULL
    AND (v.consented_at IS NULL OR v.consented_at < v.forbidden_at)) THEN 'they forbade calls'
  WHEN w.created_at < clock_timestamp() - interval '10 seconds' THEN 'judged too long ago'
END
"""

_DUE: Final = text(
    "SELECT id FROM call_attempts WHERE state = 'dialing' AND lease_expires_at IS NULL"
    " AND due_at <= (SELECT clock_timestamp()) ORDER BY due_at LIMIT :n"
)
_SCRIPTS: Final = text("""
SELECT a.id AS attempt_id, a.campaign_id, t.id AS template_id, t.assistant_id, t.params,
       t.params_order, v.voice_id, q.custom_variables AS own_variables,
       c.custom_variables AS campaign_variables,
       coalesce(c.leaves_voicemail, false) AS leaves_voicemail,
       coalesce(n.phone_id, p.phone_id) AS caller_id, p.full_number AS account_caller
FROM call_attempts a JOIN call_queue q ON q.id = a.call_queue_id
LEFT JOIN call_campaigns c ON c.id = a.campaign_id
LEFT JOIN call_templates t ON t.id = coalesce(q.template_id, c.template_id)
LEFT JOIN voice_options v ON v.id = coalesce(q.voice_id, c.voice_id, t.voice_id)
LEFT JOIN user_phone_numbers n ON n.id = a.caller_number_id
LEFT JOIN LATERAL (
  SELECT p.phone_id, p.full_number FROM provider_phone_numbers p
  WHERE p.provider_id = a.provider_id AND p.is_active
    AND (a.caller_number IS NULL OR p.full_number = a.caller_number)
  ORDER BY left(p.full_number, 5) = left(a.recipient_number, 5) DESC, p.id LIMIT 1) p ON true
WHERE a.id = ANY(CAST(:ids AS uuid[]))
""")
_ANSWERED: Final = text("""
UPDATE call_attempts a SET dialed_at = coalesce(a.dialed_at, clock_timestamp()),
  answered_at = coalesce(a.answered_at, x.answered_at)
FROM unnest(CAST(:ids AS uuid[]), CAST(:answered AS timestamptz[])) AS x(id, answered_at)
WHERE a.id = x.id RETURNING a.id, a.user_id, a.provider_id, a.call_queue_id,
  a.provider_call_id
""")
_NAME: Final = text(
    "UPDATE call_queue q SET call_id = x.call_id FROM unnest(CAST(:rows AS uuid[]),"
    " CAST(:calls AS text[])) AS x(id, call_id) WHERE q.id = x.id AND q.status = 'in-progress'"
)
_PROVIDERS: Final = text(
    "SELECT id, provider_id FROM call_attempts WHERE id = ANY(CAST(:ids AS uuid[]))"
)
_LIVE: Final = text(
    "SELECT id, provider_id, provider_call_id FROM call_attempts"
    " WHERE id = :id AND state IN ('live', 'unknown', 'dialing')"
)
_SEEN: Final = text("""
UPDATE call_attempts a SET asked_at = clock_timestamp(), gone_at = NULL,
  answered_at = coalesce(a.answered_at, x.answered_at)
FROM unnest(CAST(:ids AS uuid[]), CAST(:answered AS timestamptz[])) AS x(id, answered_at)
WHERE a.id = x.id AND a.state IN ('live', 'unknown', 'dialing')
""")
_NAMED: Final = text(
    "UPDATE call_attempts SET provider_call_id = :call_id,"
    " due_at = CASE WHEN state = 'unknown' THEN clock_timestamp() ELSE due_at END"
    " WHERE id = :id AND provider_call_id IS NULL"
)


def kind(also: Also | None = None) -> Kind[AttemptRow]:
    """Return attempts, as claims see them. Waiting to be dialled they hold their slot already."""
    return Kind(
        name=NAME,
        table="call_attempts",
        area=Area.OUTBOUND,
        read=_read,
        columns=(
            *("provider_id", "recipient_number", "caller_number", "provider_call_id"),
            "created_at",
        ),
        states=States(
            waiting=AttemptState.DIALING.value,
            working=AttemptState.DIALING.value,
            done=AttemptState.LIVE.value,
            failed=AttemptState.FAILED.value,
            unknown=AttemptState.UNKNOWN.value,
            void=AttemptState.CANCELED.value,
        ),
        where="w.lease_expires_at IS NULL",
        void_when=VOID_WHEN,
        reference="provider_call_id",
        hard_limit=timedelta(seconds=20),
        also=also,
    )


def wanted() -> Kind[UUID]:
    """Return calls that are wanted, as a person sees them who looks at one or retries it."""
    return Kind(
        name="queued_call",
        table="call_queue",
        area=Area.OUTBOUND,
        read=lambda row: row["id"],
        state="status",
        states=States(
            waiting=QueueStatus.QUEUED.value,
            working=QueueStatus.IN_PROGRESS.value,
            done=QueueStatus.COMPLETED.value,
            failed=QueueStatus.FAILED.value,
            void=QueueStatus.CANCELED.value,
        ),
    )


def _read(row: Mapping[str, Any]) -> AttemptRow:
    return AttemptRow(
        id=row["id"],
        user_id=row["user_id"],
        provider_id=row["provider_id"],
        recipient_number=row["recipient_number"],
        caller_number=row["caller_number"],
        provider_call_id=row["provider_call_id"],
        created_at=row["created_at"],
    )


def due(session: Session, most: int) -> list[UUID]:
    """Name attempts that are decided and in nobody's hands."""
    return list(session.scalars(_DUE, {"n": most}))


def scripts(session: Session, ids: Sequence[UUID]) -> dict[UUID, Script]:
    """Return what is said on each call, and from where."""
    found = session.execute(_SCRIPTS, {"ids": list(ids)}).mappings()
    return {row["attempt_id"]: Script(**row) for row in found}


def note_taken(
    session: Session, answered: Mapping[UUID, datetime | None]
) -> list[tuple[UUID, UUID | None]]:
    """Write down that vendors took calls; return them with their accounts, tenant by tenant."""
    bound = {"ids": list(answered), "answered": list(answered.values())}
    rows = session.execute(_ANSWERED, bound).all()
    named = {"rows": [row.call_queue_id for row in rows]}
    session.execute(_NAME, {**named, "calls": [row.provider_call_id for row in rows]})
    return [(row.id, row.provider_id) for row in sorted(rows, key=lambda row: row.user_id)]


def accounts_of(session: Session, ids: Sequence[UUID]) -> dict[UUID, UUID | None]:
    """Return the account of each attempt; None where it was removed."""
    return {row.id: row.provider_id for row in session.execute(_PROVIDERS, {"ids": list(ids)})}


def live(session: Session, attempt_id: UUID) -> Any | None:  # noqa: ANN401  # id, account, call
    """Return an attempt that has not ended, by its account and its vendor's name for it."""
    return session.execute(_LIVE, {"id": attempt_id}).one_or_none()


def note_seen(
    session: Session, ids: Sequence[UUID], answered: Mapping[UUID, datetime | None]
) -> None:
    """Write down that the vendor still has these calls going."""
    if ids:
        session.execute(_SEEN, {"ids": list(ids), "answered": [answered.get(key) for key in ids]})


def note_name(session: Session, attempt_id: UUID, call_id: str) -> None:
    """Write down the vendor's name for a call that may have been placed."""
    session.execute(_NAMED, {"id": attempt_id, "call_id": call_id})

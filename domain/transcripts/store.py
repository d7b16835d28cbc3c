"""Every query on calls that are to be read, and on readings that can be used again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.tables.telephony import ReadingState
from domain.transcripts.prompts import OwnPrompt
from domain.transcripts.rules import Decision
from domain.transcripts.schema import Reading
from domain.transcripts.trades import GENERAL, Trade, trade_of
from domain.work.kinds import Also, Kind, States
from domain.work.names import Area

WAITING: Final = States().waiting


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call as the claim sees it: when, and not what was said."""

    id: UUID
    user_id: UUID
    started_at: datetime
    transcribed_at: datetime
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Heard:
    """A call as its own tenant sees it."""

    transcript: str
    started_at: datetime
    phone_number: str | None
    timezone: str | None
    tenant_timezone: str
    business_name: str | None
    language: str | None
    has_budget: bool = False
    """What is spent on its tenant's behalf is limited, this month or since another."""

    paid: int = 0
    """Requests about this transcript that may have been billed."""

    trade: Trade = GENERAL
    own_prompt: OwnPrompt | None = None


@dataclass(frozen=True, slots=True)
class Extraction:
    """What was read from a call and decided, to be written with its row."""

    reader: str
    model: str | None
    reading: Reading | None
    decision: Decision
    timezone: str
    phone_number: str | None
    prompt_version: str = ""
    input_hash: str | None = None
    """By which this reading may be used again; None: it may not."""

    confidence: Decimal | None = None


def kind(also: Also) -> Kind[CallRow]:
    """Return calls with a transcript, as claims see them."""
    return Kind(
        name="call",
        table="calls",
        area=Area.TRANSCRIPTS,
        read=_read,
        columns=("started_at", "transcribed_at"),
        state="ai_processing_status",
        states=States(
            working=ReadingState.PROCESSING.value,
            done=ReadingState.COMPLETED.value,
            void=ReadingState.SKIPPED.value,
        ),
        where="w.transcript IS NOT NULL",
        hard_limit=timedelta(seconds=200),
        most_attempts=8,
        also=also,
        is_for_its_facts=True,
    )


def _read(row: Mapping[str, Any]) -> CallRow:
    return CallRow(
        *(row[name] for name in ("id", "user_id", "started_at", "transcribed_at", "attempts"))
    )


_HEARD: Final = text(
    "SELECT c.transcript, c.started_at, c.phone_number, c.timezone, u.timezone AS tenant_timezone,"
    " u.business_name, p.language,"
    " EXISTS (SELECT 1 FROM ai_budgets b WHERE b.user_id = c.user_id) AS has_budget,"
    " (SELECT count(*) FROM ai_usage_logs l WHERE l.user_id = c.user_id AND l.call_id = c.id"
    "  AND l.created_at >= c.transcribed_at) AS paid,"
    " to_jsonb(i) AS trade, s.system_prompt, s.prompt_version"
    " FROM calls c JOIN users u ON u.id = c.user_id"
    " LEFT JOIN customers p ON p.id = c.customer_id"
    " LEFT JOIN LATERAL (SELECT * FROM industry_configurations"
    "  WHERE industry_type = lower(u.industry) OR (u.industry IS NULL AND user_id = u.id)"
    "  ORDER BY user_id LIMIT 1) i ON true"
    " LEFT JOIN LATERAL (SELECT system_prompt, prompt_version FROM system_prompts"
    "  WHERE user_id = u.id AND prompt_type = 'voice' AND is_active"
    "  ORDER BY updated_at DESC LIMIT 1) s ON true"
    " WHERE c.id = :id AND (c.customer_id IS NULL OR p.id IS NOT NULL)"
)
_READ_BEFORE: Final = text(
    "SELECT reader, model, reading FROM extraction_runs WHERE user_id = app_current_user()"
    " AND input_hash = :hash AND reading IS NOT NULL ORDER BY created_at DESC LIMIT 1"
)


def heard(session: Session, call_id: UUID) -> Heard | None:
    """Return what was said on a call, in its tenant's own scope."""
    row = session.execute(_HEARD, {"id": call_id}).one_or_none()
    if row is None:
        return None
    own = OwnPrompt(row.system_prompt, row.prompt_version) if row.system_prompt else None
    return Heard(*row[:9], trade=trade_of(row.trade), own_prompt=own)


def read_before(session: Session, input_hash: str) -> tuple[str, str | None, Reading] | None:
    """Return what was read from exactly this before, by whom and by which model."""
    row = session.execute(_READ_BEFORE, {"hash": input_hash}).one_or_none()
    if row is None:
        return None
    try:
        return row.reader, row.model, Reading.model_validate(row.reading)
    except ValueError:  # an older release's form
        return None

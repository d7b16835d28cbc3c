"""How calls are worked: in turn, by a reader, and written down in one transaction."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from domain.database import within
from domain.tables.ops import Severity
from domain.tables.telephony import ReadingState
from domain.transcripts import rules, store, writing
from domain.transcripts.extraction import FAILED, Readers, extract
from domain.transcripts.store import CallRow, Extraction
from domain.work import alerts, pace
from domain.work.attempts import Job, Leave
from domain.work.effects import Effect, Receipt
from domain.work.kinds import Claimed, Settled

FAILING: Final = "ai_models_fail"


def job(tools: Readers) -> Job[CallRow]:
    """Return how calls are worked."""
    vendor = tools.readers[0].vendor

    def write(session: Session, settled: Sequence[Settled]) -> None:
        for row in settled:
            if isinstance(row.facts, Extraction) and row.user_id is not None:
                with within(session, row.user_id):
                    writing.write(session, tools, row.facts, user_id=row.user_id, call_id=row.id)
                _tell(session, vendor, row.facts)

    def describe(call: CallRow) -> Effect:
        return Effect(
            key=f"read:{call.id}:{call.transcribed_at.isoformat()}",
            vendor=vendor,
            act=lambda _key: Receipt(
                facts=extract(tools, call.user_id, call.id, attempts=call.attempts)
            ),
            look_up=None,
            is_keyed=True,  # asked again, it costs its price again and harms nobody
        )

    def decide(session: Session, rows: Sequence[Claimed[CallRow]]) -> Mapping[UUID, Leave]:
        late = _too_old(rows)
        return {**late, **_in_turn(session, vendor, [row for row in rows if row.id not in late])}

    return Job(kind=store.kind(write), describe=describe, decide=decide)


def _too_old(rows: Sequence[Claimed[CallRow]]) -> dict[UUID, Leave]:
    """Skip calls that are history: an import must not write to anybody."""
    why = "the call began more than a day before its transcript came"
    return {
        row.id: Leave(state=ReadingState.SKIPPED.value, why=why)
        for row in rows
        if row.row.transcribed_at - row.row.started_at > rules.LATE
    }


def _in_turn(session: Session, vendor: str, rows: Sequence[Claimed[CallRow]]) -> dict[UUID, Leave]:
    """Let as many go as the vendor's pace allows; the others wait, one behind the other."""
    if not rows:
        return {}
    turn = pace.take(session, vendor, len(rows))
    return {
        row.id: Leave(
            state=store.WAITING,
            why=f"waits for its turn: {vendor} has too much to do",
            due_in=turn.wait + turn.apart * place,
            uncounted=True,
        )
        for place, row in enumerate(rows[turn.granted :])
    }


def _tell(session: Session, vendor: str, extraction: Extraction) -> None:
    """Alert while rules read because models fail; it is over with the first that does not."""
    causes = {note["rule"] for note in extraction.decision.notes}
    if FAILED in causes:
        alerts.tell(
            session,
            FAILING,
            subject=vendor,
            message=f"{vendor} gives no readings: rules read the calls, and owners review them.",
            severity=Severity.WARNING,
        )
    elif extraction.reader == vendor and extraction.model is not None:
        alerts.settle(session, FAILING, subject=vendor)

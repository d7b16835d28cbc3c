"""A reconcile as a row: what it compares, how far it has come, and what it found."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.billing import fixes
from domain.billing.compare import Difference
from domain.tables.ledgers import ReconciliationStatus
from domain.work.kinds import Kind, States
from domain.work.names import Area


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One comparison, of everybody or of one tenant."""

    id: UUID
    user_id: UUID | None
    is_dry_run: bool
    fixes: str | None
    """The class that a person has said is to be fixed, besides the safe ones."""

    started_at: datetime


_BEGIN: Final = text(
    "INSERT INTO reconciliation_runs (user_id, run_type, is_dry_run, triggered_by,"
    " discrepancy_details) VALUES (:user, :type, :dry, :by, CAST(:details AS jsonb)) RETURNING id"
)
# One at a time for everybody: a second would ask the same again.
_BEGIN_NIGHTLY: Final = text(
    "INSERT INTO reconciliation_runs (run_type, triggered_by)"
    " SELECT 'nightly', 'timetable' WHERE NOT EXISTS (SELECT 1 FROM reconciliation_runs"
    "  WHERE user_id IS NULL AND status IN ('running', 'working') AND NOT is_dry_run"
    "  AND run_type = 'nightly')"
)
_CURSOR: Final = text("SELECT cursor FROM reconciliation_runs WHERE id = :id")
_MOVE: Final = text(
    "UPDATE reconciliation_runs SET cursor = CAST(:cursor AS jsonb),"
    " records_checked = records_checked + :checked WHERE id = :id"
)
_FIND: Final = text(
    "INSERT INTO reconciliation_findings (run_id, user_id, class, subject, ours, theirs, worth,"
    " currency, state, done, settled_at, settled_by)"
    " VALUES (:run, :user, :class, :subject, CAST(:ours AS jsonb), CAST(:theirs AS jsonb), :worth,"
    "  :currency, :state, :done, CASE WHEN :state = 'healed' THEN clock_timestamp() END,"
    "  CASE WHEN :state = 'healed' THEN 'reconcile' END)"
    " ON CONFLICT (run_id, class, subject) DO NOTHING"
)
_COUNT: Final = text(
    "UPDATE reconciliation_runs r SET completed_at = clock_timestamp(),"
    " discrepancies_found = (SELECT count(*) FROM reconciliation_findings f WHERE f.run_id = r.id)"
    " WHERE r.id = :id"
)
# What an earlier run left open and this one did not find again is settled, however it was.
_SETTLE_OLD: Final = text(
    "UPDATE reconciliation_findings f SET state = 'healed', settled_at = clock_timestamp(),"
    " settled_by = 'reconcile', done = 'it is not there any more'"
    " FROM reconciliation_runs r WHERE f.run_id = r.id AND f.state = 'open'"
    " AND f.run_id <> :id AND (f.user_id = ANY(CAST(:users AS uuid[])) OR :all)"
)
_FOUND: Final = text(
    "SELECT class, subject, user_id, ours, theirs, worth, currency, state, done"
    " FROM reconciliation_findings WHERE run_id = :id ORDER BY class, subject"
)
_ENDED: Final = text("SELECT status, last_error FROM reconciliation_runs WHERE id = :id")


def kind() -> Kind[Run]:
    """Return reconciles, as claims see them."""
    return Kind(
        name="reconcile",
        table="reconciliation_runs",
        area=Area.BILLING,
        read=_read,
        columns=("is_dry_run", "discrepancy_details", "started_at"),
        state="status",
        states=States(
            waiting=ReconciliationStatus.RUNNING.value,
            working=ReconciliationStatus.WORKING.value,
            done=ReconciliationStatus.COMPLETED.value,
            failed=ReconciliationStatus.FAILED.value,
        ),
        hard_limit=timedelta(minutes=4),
        most_attempts=40,
        leaves_the_building=False,
    )


def _read(row: Mapping[str, Any]) -> Run:
    details: dict[str, Any] = row["discrepancy_details"] or {}
    return Run(
        id=row["id"],
        user_id=row["user_id"],
        is_dry_run=row["is_dry_run"],
        fixes=details.get("fix"),
        started_at=row["started_at"],
    )


def begin(
    session: Session, *, user_id: UUID | None, dry_run: bool, by: str, fix: str | None = None
) -> UUID:
    """Write a reconcile down that a person or a notice asked for."""
    return session.execute(
        _BEGIN,
        {
            "user": user_id,
            "type": "manual",
            "dry": dry_run,
            "by": by,
            "details": json.dumps({"fix": fix}) if fix else None,
        },
    ).scalar_one()


def begin_nightly(session: Session) -> None:
    """Write the night's reconcile down, unless one is under way."""
    session.execute(_BEGIN_NIGHTLY)


def cursor(session: Session, run: Run) -> dict[str, Any]:
    """Return how far a reconcile has come."""
    return dict(session.scalar(_CURSOR, {"id": run.id}) or {})


def move(session: Session, run: Run, place: Mapping[str, Any], *, checked: int) -> None:
    """Note how far a reconcile has come, in the transaction that wrote what was found there."""
    bound = {"id": run.id, "cursor": json.dumps(dict(place)), "checked": checked}
    session.execute(_MOVE, bound)


def find(session: Session, run: Run, user_id: UUID | None, found: Sequence[Difference]) -> None:
    """Write down what differs, once a run, and what was done about it."""
    for one in found:
        done = fixes.done(session, one, fix=run.fixes, dry_run=run.is_dry_run)
        session.execute(
            _FIND,
            {
                "run": run.id,
                "user": user_id,
                "class": one.kind.value,
                "subject": one.subject,
                "ours": _json(one.ours),
                "theirs": _json(one.theirs),
                "worth": one.worth,
                "currency": one.currency,
                "state": "healed" if done else "open",
                "done": done,
            },
        )


def end(session: Session, run: Run) -> None:
    """Count what was found, and settle what earlier runs left open and is not there any more."""
    session.execute(_COUNT, {"id": run.id})
    if not run.is_dry_run:
        users = [run.user_id] if run.user_id else []
        session.execute(_SETTLE_OLD, {"id": run.id, "users": users, "all": run.user_id is None})


def found(session: Session, run_id: UUID) -> list[dict[str, Any]]:
    """Return what a run has found."""
    rows = session.execute(_FOUND, {"id": run_id}).mappings()
    return [{str(name): row[name] for name in row} for row in rows]


def ended(session: Session, run_id: UUID) -> tuple[str, str | None]:
    """Return how a run stands, and the latest reason."""
    row = session.execute(_ENDED, {"id": run_id}).one()
    return row.status, row.last_error


def _json(facts: Mapping[str, Any] | None) -> str | None:
    if facts is None:
        return None
    return json.dumps(
        {
            name: str(v) if isinstance(v, datetime | Decimal | UUID) else v
            for name, v in facts.items()
        }
    )

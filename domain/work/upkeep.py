"""What the house does for itself: notice what is late or silent, throw away what is old."""

from datetime import timedelta
from typing import Final

from domain.database import SYSTEM, Begin
from domain.tables.ops import Severity
from domain.work import alerts, errands, presence, runs, tenants

SILENT: Final = timedelta(seconds=60)
LATE: Final = timedelta(minutes=5)
FORGOTTEN: Final = timedelta(days=1)
KEEP_RUNS: Final = timedelta(days=14)
KEEP_ERRANDS: Final = timedelta(days=30)
KEEP_SUPERVISORS: Final = timedelta(days=30)
KEEP_ALERTS: Final = timedelta(days=180)


def notice_silence(begin: Begin) -> None:
    """Alert on supervisors that stopped reporting without saying goodbye."""
    with begin(SYSTEM) as session:
        missing = presence.silent(session, after=SILENT)
        for supervisor_id, hostname in missing.items():
            alerts.tell(
                session,
                "supervisor_silent",
                subject=str(supervisor_id),
                message=f"The worker on {hostname} has not reported for a minute.",
                severity=Severity.CRITICAL,
            )
        alerts.settle_others(session, "supervisor_silent", still=[str(key) for key in missing])


def hold_suspended(begin: Begin) -> None:
    """Pause the work of tenants whom another service suspended."""
    with begin(SYSTEM) as session:
        tenants.hold_suspended(session)


def notice_late_runs(begin: Begin) -> None:
    """Alert on slots of the timetable that nobody finished in five minutes."""
    with begin(SYSTEM) as session:
        late = sorted({slot.name for slot in runs.late(session, after=LATE)})
        for name in late:
            alerts.tell(
                session,
                "run_late",
                subject=name,
                message=f"{name} was due more than five minutes ago and has not finished.",
                severity=Severity.WARNING,
            )
        alerts.settle_others(session, "run_late", still=late)


def throw_away(begin: Begin) -> None:
    """Delete what is past keeping, in batches, each its own transaction."""
    for prune, keep in ((runs.prune, KEEP_RUNS), (errands.prune, KEEP_ERRANDS)):
        more = True
        while more:
            with begin(SYSTEM) as session:
                more = prune(session, keep=keep) > 0
    with begin(SYSTEM) as session:
        presence.forget(session, after=FORGOTTEN, keep=KEEP_SUPERVISORS)
        alerts.prune(session, keep=KEEP_ALERTS)

"""What the house does for itself: notice what is late or silent, throw away what is old."""

from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import text

from domain.database import SYSTEM, Begin
from domain.tables.ops import Severity
from domain.work import alerts, partitions, presence, retention, runs, tenants
from domain.work.lifetimes import LINES
from domain.work.names import TaskName

SILENT: Final = timedelta(seconds=60)
LATE: Final = timedelta(minutes=5)
FORGOTTEN: Final = timedelta(days=1)
NO_BEAT: Final = timedelta(minutes=3)
REMEMBERED: Final = timedelta(minutes=15)
EVERY_MINUTE: Final = TaskName.UPKEEP_OVERDUE.value
"""An entry of the timetable by which is seen whether beats ring at all."""

A_FEW: Final = 3
"""Refusals below which nothing is told."""

# Reasons are in our own words; the most frequent one stands for all.
_REFUSING: Final = text(
    "SELECT vendor, count(*) FILTER (WHERE state = 'rejected') AS refused,"
    " count(*) FILTER (WHERE state = 'done') AS done,"
    " coalesce(mode() WITHIN GROUP (ORDER BY last_error) FILTER (WHERE state = 'rejected'),"
    "  'no reason was given') AS reason,"
    " max(kind || ' ' || row_id) FILTER (WHERE state = 'rejected') AS example"
    " FROM effects WHERE intended_at > clock_timestamp() - interval '15 minutes'"
    " GROUP BY vendor HAVING count(*) FILTER (WHERE state = 'rejected')"
    "  >= greatest(:few, count(*) FILTER (WHERE state = 'done'))"
)

log = structlog.get_logger("upkeep")


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


def notice_no_beat(begin: Begin) -> None:
    """Alert when no beat takes slots any more; sweeps go on, for `listen` rings them as well."""
    with begin(SYSTEM) as session:
        slot = runs.newest(session, [EVERY_MINUTE])[EVERY_MINUTE]
        now = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        if slot is None or now - slot < NO_BEAT:
            alerts.settle(session, "beat_silent", subject="timetable")
            return
        alerts.tell(
            session,
            "beat_silent",
            subject="timetable",
            message=f"No beat has taken a slot since {slot:%Y-%m-%d %H:%M} UTC.",
            severity=Severity.CRITICAL,
        )


def notice_missed_slots(begin: Begin) -> None:
    """Tell for a quarter of an hour that the timetable stood still, and from when to when."""
    with begin(SYSTEM) as session:
        still = runs.stood_still(session, EVERY_MINUTE, gap=NO_BEAT, within=REMEMBERED)
        if still is None:
            alerts.settle(session, "slots_missed", subject="timetable")
            return
        since, until = still
        alerts.tell(
            session,
            "slots_missed",
            subject="timetable",
            message=f"The timetable stood still from {since:%H:%M} to {until:%H:%M} UTC:"
            " what was due in between has been made up once.",
            severity=Severity.WARNING,
        )


def notice_refusals(begin: Begin) -> None:
    """Alert on a vendor that refuses more than it does: one bad number is none, a wrong key is."""
    with begin(SYSTEM) as session:
        found = session.execute(_REFUSING, {"few": A_FEW}).all()
        for row in found:
            alerts.tell(
                session,
                "vendor_refuses",
                subject=row.vendor,
                message=f"{row.vendor} refused {row.refused} of {row.refused + row.done} in a"
                f" quarter of an hour, most of them so: {row.reason}.",
                severity=Severity.CRITICAL,
                details={"rows": [{"what": row.example, "why": row.reason}]},
            )
        still = [row.vendor for row in found]
        alerts.settle_others(session, "vendor_refuses", still=still)


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


def keep_months(begin: Begin) -> None:
    """Make the months to come, drop those past keeping, and alert where the newest is near."""
    for line in LINES:
        if line.months:
            gone = 0
            for step in partitions.keep_up(begin, line.table, keep=retention.longest(begin, line)):
                log.info("months.kept", step=step.what, partition=step.partition, rows=step.rows)
                gone += step.rows if step.what != "made" else 0
            retention.note_months(begin, line, rows=gone)
    partitions.notice_few_months(begin)


def throw_away(begin: Begin) -> bool:
    """Throw away what is past keeping; tell whether there is more than there was time for."""
    with begin(SYSTEM) as session:
        presence.forget(session, after=FORGOTTEN)
    return retention.work(begin)


def notice_fallen_behind(begin: Begin) -> None:
    """Alert on what should have been thrown away and was not."""
    with begin(SYSTEM) as session:
        behind = [one.rule for one in retention.standing(session) if one.is_behind]
        for rule in behind:
            alerts.tell(
                session,
                "retention_behind",
                subject=rule,
                message=f"No whole round of throwing away {rule} has ended in two days.",
                severity=Severity.WARNING,
            )
        alerts.settle_others(session, "retention_behind", still=behind)

"""Whether the clock of a host is right: tokens, signatures and a bell's age depend on it."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.tables.ops import Severity
from domain.work import alerts

MOST_SKEW: Final = timedelta(seconds=5)
OFF: Final = "clock_off"


def compare(session: Session, *, here: str, shown: datetime, now: datetime | None = None) -> None:
    """Tell when what a host's clock has shown is off from the database's, which says `now`."""
    right: datetime = now or session.scalars(text("SELECT clock_timestamp()")).one()
    skew = abs(shown - right)
    if skew <= MOST_SKEW:
        alerts.settle(session, OFF, subject=here)
        return
    alerts.tell(
        session,
        OFF,
        subject=here,
        message=f"The clock of {here} differs from the database's by"
        f" {skew.total_seconds():.0f} s: check its time service.",
        severity=Severity.WARNING,
    )

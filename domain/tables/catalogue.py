"""Every table of ours, in one place: loaded whole, so that the metadata is."""

from typing import Final

from domain.tables.accounts import User
from domain.tables.base import Table
from domain.tables.effects import Effect, Errand, Pause
from domain.tables.ops import OpsAlert
from domain.tables.work import PeriodicRun, Supervisor

TABLES: Final[tuple[type[Table], ...]] = (
    User,
    PeriodicRun,
    Supervisor,
    OpsAlert,
    Effect,
    Errand,
    Pause,
)
METADATA: Final = Table.metadata

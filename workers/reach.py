"""What is at hand: the database, for whoever needs no vendor, or all that tasks work with."""

from importlib import import_module
from typing import TYPE_CHECKING

from config.settings import Settings
from domain.database import Begin, connect, sessions

if TYPE_CHECKING:
    from tasks.toolbox import Toolbox


def reach(settings: Settings, *, name: str) -> Begin:
    """Return `begin` over the operator's database; `name` shows in its list of connections."""
    engine = connect(
        settings.worker_database,
        name=name,
        pooled_outside=settings.database_pooler == "transaction",
    )
    return sessions(engine, actor=name)


def toolbox(settings: Settings, *, name: str) -> "Toolbox":
    """Return all that tasks work with.

    Every vendor's SDK comes with it, a second of loading that most commands do without.
    """
    made: Toolbox = import_module("workers.compose").compose(settings, name=name)
    return made

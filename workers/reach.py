"""The database at hand, for whoever needs no vendor: commands that look, beat, the supervisor."""

from config.settings import Settings
from domain.database import Begin, connect, sessions


def reach(settings: Settings, *, name: str) -> Begin:
    """Return `begin` over the operator's database; `name` shows in its list of connections."""
    engine = connect(
        settings.worker_database,
        name=name,
        pooled_outside=settings.database_pooler == "transaction",
    )
    return sessions(engine, actor=name)

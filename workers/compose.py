"""Settings in, toolbox out: the only place that knows every provider."""

from config.settings import Settings
from domain.database import connect, sessions
from domain.work.shop import Shop
from tasks.toolbox import Toolbox
from workers.pulse import PipePulse


def compose(settings: Settings, *, name: str = "frontdesk") -> Toolbox:
    """Build what tasks work with from what the operator set."""
    engine = connect(
        settings.worker_database,
        name=name,
        pooled_outside=settings.database_pooler == "transaction",
    )
    begin, pulse = sessions(engine), PipePulse()
    shop = Shop(begin=begin, pulse=pulse, holds_back=settings.frontdesk_hold)
    return Toolbox(begin=begin, shop=shop, canary=pulse)

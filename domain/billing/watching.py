"""Whether counters are what their ledgers add up to, asked every minute of whoever moved."""

from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.billing import recount
from domain.database import SYSTEM, Begin
from domain.work import invariants
from domain.work.invariants import Breach

NAME: Final = "counters"
SENTENCE: Final = "a counter is not what its ledger adds up to"

# Of many, some each minute: the nightly comparison asks for all. Who was told of is asked for
# until it is right again.
_MOVED: Final = text(
    "(SELECT user_id FROM usage_limits WHERE updated_at > clock_timestamp() - interval '10 minutes'"
    " ORDER BY random() LIMIT 100)"
    " UNION SELECT split_part(row ->> 'what', ' ', 2)::uuid FROM ops_alerts,"
    " jsonb_array_elements(details -> 'rows') row"
    " WHERE alert_type = :type AND subject = :subject AND resolved_at IS NULL"
)


def watch(begin: Begin) -> None:
    """Tell of counters that are wrong; `frontdesk billing recompute` sets them right."""
    with begin(SYSTEM) as session:
        user_ids = _moved(session)
        found = recount.find(session, user_ids) if user_ids else []
        breaches = [
            Breach(f"tenant {one.user_id}", f"{one.what} stands at {one.stood}, not {one.is_right}")
            for one in found[: invariants.SHOWN]
        ]
        invariants.judge(session, NAME, SENTENCE, breaches)


def _moved(session: Session) -> list[UUID]:
    bound = {"type": invariants.BROKEN, "subject": NAME}
    return list(session.scalars(_MOVED, bound))

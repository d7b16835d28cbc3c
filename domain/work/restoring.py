"""After an old backup was brought back: what it says is still to be done may be done already.

Between the backup and its return, texts went out that the backup knows nothing of. So before
anything leaves the building again, every row that is due is doubted: it is marked as one whose
call may have happened, and `resolve` asks the vendor, as it does after any lost answer. What
the vendor knows is done; what it does not know, twice, waits again.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text

from domain.database import SYSTEM
from domain.tables.effects import EffectState
from domain.work import batch, claims, effects, owners, settling
from domain.work.attempts import Job
from domain.work.claims import Ending, Lease
from domain.work.effects import Effect, Intent
from domain.work.shop import Shop

WHY: Final = "a backup was restored: it may have been done before"

# Asked about as of the backup: no key that is older than a day is simply used again.
_AS_OF: Final = text("UPDATE effects SET intended_at = :since WHERE token = :token")


def doubt(shop: Shop, job: Job[Any], *, since: datetime) -> int:
    """Doubt every row of a kind that is due; return how many. `since`: when the backup was made.

    Only for kinds whose vendor can be asked. Several transactions; it may be run again.
    """
    total = 0
    while True:
        done = _doubt_some(shop, job, since)
        total += done
        if not done:
            return total


def _doubt_some(shop: Shop, job: Job[Any], since: datetime) -> int:
    kind = job.kind
    unknown = kind.states.unknown
    if unknown is None:
        raise ValueError(f"a {kind.name} cannot be doubted: it touches nothing outside")
    lease = Lease.ask(kind)
    with shop.begin(SYSTEM) as session:
        rows = claims.claim(session, kind, lease, most=shop.size)
        if not rows:
            return 0
        legible, endings = batch.read(kind, rows)
        described, broken = batch.describe(job, legible)
        endings += broken
        actions = [(row, action) for row, action in described if isinstance(action, Effect)]
        intents = [Intent(row.id, row.user_id, action) for row, action in actions]
        effects.intend(session, kind.name, lease.token, owners.me(), intents)
        words = [(action.key, EffectState.UNKNOWN, None, WHY) for _, action in actions]
        effects.settle(session, lease.token, words)
        session.execute(_AS_OF, {"since": since, "token": lease.token})
        endings += [
            Ending(
                id=row.id,
                user_id=row.user_id,
                state=unknown,
                why=WHY,
                due_in=timedelta(),
                uncounted=True,
            )
            for row, _ in actions
        ]
        settling.write(session, kind, lease, endings)
    return len(rows)

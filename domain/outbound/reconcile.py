"""Three truths compared: our live attempts, what notices said, what the vendor has going.

A notice that was lost costs a slot until the next look: whoever is not on the vendor's list is
asked about by name, and what the vendor says has ended is ended. The list is of the last minutes
only: one call that speaks for hours, or that nobody knows of, must not make it longer than can
be read; so the few that are older are asked about by name, each once a minute.

That a call is on no list proves nothing by itself: only twice, half a minute apart, for one that
is old enough to be listed, and where the vendor knows nothing of it when asked. One that speaks
keeps its slot, however long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import SimpleQueue
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.database import SYSTEM
from domain.errors import ProviderError
from domain.outbound import endings, service, store
from domain.outbound.endings import GONE, REMOVED
from domain.outbound.history import Ended
from domain.outbound.ports import Floor, Lines, Progress
from domain.outbound.service import BEFORE, Switchboard
from domain.tables.outbound import AttemptState
from domain.work.shop import Shop

log = structlog.get_logger("outbound")

_ACCOUNTS: Final = text("""
SELECT p.id FROM call_service_providers p
WHERE p.is_active OR EXISTS (SELECT FROM call_attempts a WHERE a.provider_id = p.id
  AND a.state IN ('dialing', 'live', 'unknown')) ORDER BY p.id
""")
_LIVE: Final = text("""
SELECT a.id, a.state, a.provider_call_id, a.created_at, a.gone_at, clock_timestamp() AS now,
  a.asked_at > clock_timestamp() - CAST(:again AS interval) AS is_asked
FROM call_attempts a WHERE a.provider_id = :account AND a.state IN ('dialing', 'live', 'unknown')
""")
_GONE: Final = text("""
UPDATE call_attempts SET asked_at = clock_timestamp(),
  gone_at = coalesce(gone_at, clock_timestamp()) WHERE id = :id AND state IN ('live', 'unknown')
""")
_OBSERVE: Final = text("""
UPDATE call_service_providers SET observed_live = :count, observed_others = :others,
  observed_at = clock_timestamp(),
  learned_limit = CASE WHEN CAST(:limit AS int) < concurrency_limit
    THEN least(coalesce(learned_limit, CAST(:limit AS int)), CAST(:limit AS int))
    ELSE learned_limit END,
  learned_at = CASE WHEN CAST(:limit AS int) < concurrency_limit THEN clock_timestamp()
    ELSE learned_at END
WHERE id = :id
""")
# Begun, or ended, while the vendor was asked: on its list and not on ours, and no other's.
_SINCE: Final = text("""
SELECT count(*) FROM call_attempts a
WHERE (a.id = ANY(CAST(:ids AS uuid[]))
    OR (a.provider_id = :account AND a.provider_call_id = ANY(CAST(:names AS text[]))))
  AND (a.state IN ('dialing', 'live', 'unknown') OR a.ended_at >= :asked)
""")
_ORPHANS: Final = text(
    "SELECT id FROM call_attempts WHERE provider_id IS NULL"
    " AND state IN ('dialing', 'live', 'unknown') ORDER BY user_id LIMIT 200"
)
# Decided on, and then paused before anybody dialled: the slot is others' until it goes on.
_KEPT_BACK: Final = text("""
SELECT a.id FROM call_attempts a WHERE a.state = 'dialing' AND a.lease_expires_at IS NULL
  AND EXISTS (SELECT FROM pauses p WHERE (p.kind = 'tenant' AND p.subject = a.user_id::text)
    OR (p.kind = 'queue' AND p.subject = 'outbound')) LIMIT 200
""")

_COMPLETE: Final = text("""
UPDATE call_campaigns c SET status = 'completed', ended_at = clock_timestamp()
WHERE c.status = 'running'
  AND EXISTS (SELECT FROM call_queue q WHERE q.campaign_id = c.id)
  AND NOT EXISTS (SELECT FROM call_queue q WHERE q.campaign_id = c.id
    AND q.status IN ('queued', 'in-progress'))
""")

LISTED_AFTER: Final = timedelta(seconds=60)
"""An attempt that is younger may not be on the vendor's list yet."""

LISTED_FOR: Final = timedelta(minutes=10)
"""How far back the vendor's list is read."""

AGAIN: Final = timedelta(minutes=1)
"""How often an older one is asked about by name."""

APART: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Missing:
    """A live call of ours that is not on its vendor's list."""

    attempt_id: UUID
    call_id: str
    created_at: datetime
    gone_at: datetime | None
    now: datetime


def reconcile(board: Switchboard, shop: Shop) -> int:
    """Compare all accounts with their vendors; return how many calls had ended unheard."""
    with board.begin(SYSTEM) as session:
        account_ids = list(session.scalars(_ACCOUNTS))
        for attempt_id in session.scalars(_ORPHANS).all():
            endings.end(
                session,
                Ended(attempt_id=attempt_id, outcome=AttemptState.FAILED, reason=REMOVED),
            )
        kept_back = session.scalars(_KEPT_BACK).all()
        endings.release(session, kept_back, why="it was paused before it was dialled")
    ended = 0
    for account_id in account_ids:
        try:
            ended += _account(board, shop, account_id)
        except ProviderError as error:
            log.info("account.not_asked", account=str(account_id), why=str(error))
    with board.begin(SYSTEM) as session:
        session.execute(_COMPLETE)
    return ended


def _account(board: Switchboard, shop: Shop, account_id: UUID) -> int:
    """Compare one account with its vendor."""
    with board.begin(SYSTEM) as session:
        ours = session.execute(_LIVE, {"account": account_id, "again": AGAIN}).all()
        now: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    oldest = min((row.created_at for row in ours), default=now)
    since = max(oldest, now - LISTED_FOR) - BEFORE
    lines = service.lines_of(board, account_id)
    floor = lines.live(since=since)
    missing = _note(board, account_id, ours, floor, asked=now, since=since)
    return sum(_settle(board, one, found) for one, found in _ask(shop, lines, missing))


def _note(
    board: Switchboard,
    account_id: UUID,
    ours: Sequence[Any],
    floor: Floor,
    *,
    asked: datetime,
    since: datetime,
) -> list[Missing]:
    """Write down what the list shows; return those of ours that it does not show."""
    by_id = {call.call_id: call for call in floor.calls}
    by_key = {call.key: call for call in floor.calls if call.key is not None}
    seen: dict[UUID, datetime | None] = {}
    found: set[str] = set()
    missing: list[Missing] = []
    older = 0
    with board.begin(SYSTEM) as session:
        for row in ours:
            call = by_id.get(row.provider_call_id or "") or by_key.get(service.key_of(row.id))
            if call is not None:
                seen[row.id] = call.answered_at
                found.add(call.call_id)
                if row.provider_call_id is None:
                    store.note_name(session, row.id, call.call_id)
            elif row.provider_call_id is not None and row.state != AttemptState.DIALING:
                is_older = row.created_at < since
                older += is_older
                if not (is_older and row.is_asked):
                    missing.append(
                        Missing(row.id, row.provider_call_id, row.created_at, row.gone_at, row.now)
                    )
        store.note_seen(session, list(seen), seen)
        strays = [call for call in floor.calls if call.call_id not in found]
        lately = _begun_or_ended_since(session, account_id, strays, asked)
        _observe(session, account_id, floor, len(found) + lately, older=older)
    return missing


def _begun_or_ended_since(
    session: Session, account_id: UUID, strays: Sequence[Progress], asked: datetime
) -> int:
    """Count listed calls that are ours, though they were not live when we looked at our own."""
    if not strays:
        return 0
    ids = [key for call in strays if (key := service.attempt_of(call.key)) is not None]
    names = [call.call_id for call in strays]
    bound = {"account": account_id, "ids": ids, "names": names, "asked": asked}
    return session.scalar(_SINCE, bound) or 0


def _observe(session: Session, account_id: UUID, floor: Floor, ours: int, *, older: int) -> None:
    """Write down how many calls there are; those of ours that are too old to be listed count."""
    count = max(floor.count or 0, len(floor.calls) + older)
    others = max(0, count - ours - older)
    bound = {"id": account_id, "count": count, "others": others, "limit": floor.limit}
    session.execute(_OBSERVE, bound)


Answer = tuple[Missing, Progress | ProviderError | None]


def _ask(shop: Shop, lines: Lines, missing: Sequence[Missing]) -> list[Answer]:
    """Ask about each by name, with as many hands as there are."""
    answers: SimpleQueue[Answer] = SimpleQueue()

    def ask(one: Missing) -> None:
        try:
            answers.put((one, lines.get(one.call_id)))
        except ProviderError as error:
            answers.put((one, error))
        except Exception:
            log.exception("work.bug", row=str(one.attempt_id))
            answers.put((one, ProviderError("a bug of ours")))

    for one in missing:
        shop.hands.submit(lambda one=one: ask(one))
    return [answers.get() for _ in missing]


def _settle(board: Switchboard, one: Missing, found: Progress | ProviderError | None) -> bool:
    """Write down what the vendor says of a call that it does not list; tell whether it ended."""
    if isinstance(found, ProviderError):
        return False
    if found is not None:
        return service.write_progress(board.begin, one.attempt_id, found)
    with board.begin(SYSTEM) as session:
        if not is_evidence(one):
            if one.now - one.created_at >= LISTED_AFTER:
                session.execute(_GONE, {"id": one.attempt_id})
            return False
        ended = Ended(attempt_id=one.attempt_id, outcome=AttemptState.FAILED, reason=GONE)
        return endings.end(session, ended)


def is_evidence(one: Missing) -> bool:
    """Tell whether it has been gone for long enough to be believed gone."""
    return one.gone_at is not None and one.now - one.gone_at >= APART

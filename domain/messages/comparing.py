"""Comparing what carriers list with what we wrote down, both ways, as a number.

A text that a carrier lists and we do not know was sent by somebody else on the account, or twice
by us; one that we know and it does not list was never sent. Neither happens in a good week, so
each is an alert with its number, which `frontdesk status` shows until a comparison finds none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.database import SYSTEM
from domain.errors import ProviderError
from domain.messages import pacing, sending
from domain.messages.ports import Mails, Taken, Texts
from domain.messages.post import Post
from domain.tables.ops import Severity
from domain.work import alerts

log = structlog.get_logger("messages")

DIFFERS: Final = "messages_differ"
UNSETTLED: Final = timedelta(minutes=20)
"""What is younger may not be written down here, or not be listed there."""

EARLIER: Final = timedelta(hours=1)
"""So much further back the list is read than our rows: clocks part, and queues hold."""

_SENDERS: Final = text(
    "SELECT DISTINCT user_id, channel, clock_timestamp() AS now FROM messages"
    " WHERE direction = 'outbound' AND channel IN ('sms', 'email')"
    " AND provider_message_id IS NOT NULL"
    " AND sent_at >= (SELECT clock_timestamp()) - CAST(:span AS interval)"
)
_OURS: Final = text(
    "SELECT provider_message_id FROM messages WHERE provider = :vendor AND direction = 'outbound'"
    " AND user_id = ANY(CAST(:users AS uuid[])) AND provider_message_id IS NOT NULL"
    " AND sent_at BETWEEN :since AND :until"
)
_KNOWN: Final = text(
    "SELECT provider_message_id FROM messages WHERE provider = :vendor"
    " AND provider_message_id = ANY(CAST(:names AS text[]))"
)


@dataclass(frozen=True, slots=True)
class Window:
    """What is compared: sent after the one and before the other."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """What stands on one side only."""

    unknown_to_us: int
    unknown_to_them: int

    @property
    def all(self) -> int:
        """How many in all."""
        return self.unknown_to_us + self.unknown_to_them


def compare(post: Post, span: timedelta) -> dict[str, Difference]:
    """Compare the lines that sent in a span with their carriers' lists; tell of what differs."""
    found: dict[str, Difference] = {}
    with post.begin(SYSTEM) as session:
        rows = session.execute(_SENDERS, {"span": span}).all()
    if not rows:
        return found
    window = Window(rows[0].now - span, rows[0].now - UNSETTLED)
    for carrier, users in _lines([(row.user_id, row.channel) for row in rows], post):
        name = pacing.bucket(carrier)
        try:
            taken = carrier.taken(window.since - EARLIER)
        except ProviderError as error:
            log.warning("messages.not_compared", line=carrier.vendor, why=str(error))
            continue
        with post.begin(SYSTEM) as session:
            found[name] = _differ(session, carrier.vendor, users, taken, window)
            _tell(session, name, found[name], carrier.vendor)
    return found


def _lines(
    senders: Sequence[tuple[UUID, str]], post: Post
) -> Sequence[tuple[Texts | Mails, list[UUID]]]:
    """Return who carried for whom; each account once."""
    lines: dict[int, tuple[Texts | Mails, list[UUID]]] = {}
    for user_id, channel in senders:
        carrier: Texts | Mails
        if channel == "sms":
            carrier = sending.texts_of(post, user_id)
        else:
            mails = sending.mails_of(post, user_id)
            if not mails.can_be_asked:
                continue
            carrier = mails
        lines.setdefault(id(carrier), (carrier, []))[1].append(user_id)
    return list(lines.values())


def _differ(
    session: Session, vendor: str, users: Sequence[UUID], taken: Sequence[Taken], window: Window
) -> Difference:
    bound: Mapping[str, object] = {
        "vendor": vendor,
        "users": list(users),
        "since": window.since,
        "until": window.until,
    }
    ours = set(session.scalars(_OURS, bound))
    theirs = {one.reference for one in taken}
    settled = [one.reference for one in taken if window.since <= one.at <= window.until]
    known = set(session.scalars(_KNOWN, {"vendor": vendor, "names": settled}))
    return Difference(len(set(settled) - known), len(ours - theirs))


def _tell(session: Session, name: str, found: Difference, vendor: str) -> None:
    if not found.all:
        alerts.settle(session, DIFFERS, subject=name)
        return
    alerts.tell(
        session,
        DIFFERS,
        subject=name,
        message=f"{found.unknown_to_us} messages stand at {vendor} that we do not know, and"
        f" {found.unknown_to_them} with us that {vendor} does not list.",
        severity=Severity.WARNING,
    )

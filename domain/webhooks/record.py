"""What vendors told of calls and texts, as a tenant may read it: a row for each piece, only added.

The row is named after its notice, so that one taken again adds nothing. What was said, and what
was written, stands with the call and the message, and not a second time here.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid5

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.database import within
from domain.webhooks.news import CallNews, MessageMoved, MessageReceived, News
from domain.webhooks.store import Stored

Signal: TypeAlias = CallNews | MessageMoved | MessageReceived
"""News of telephony: what else vendors tell is no event of a call or a text."""

_NOTE: Final = text(
    "INSERT INTO telephony_events (id, created_at, user_id, webhook_id, provider,"
    " provider_event_id, provider_call_id, provider_message_id, event_type, direction,"
    " from_number, to_number, status, event_timestamp, duration_seconds, billed_units,"
    " recording_url, cost_usd, cost_local, currency)"
    " VALUES (:id, :at, :user, :webhook, :provider, :key, :call, :message, :type, :direction,"
    " :from_number, :to_number, :status, :at, :seconds, :units, :recording, :usd, :local,"
    " :currency) ON CONFLICT (id, created_at) DO NOTHING"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Of which notice a piece of news is, and which piece."""

    row: Stored
    number: int
    event_type: str

    @property
    def id(self) -> UUID:
        """The row's name: the notice's own for its first piece."""
        return self.row.id if self.number == 0 else uuid5(self.row.id, str(self.number))


def note(session: Session, named: Named, news: News, *, user_id: UUID) -> None:
    """Add what was told to its tenant's record, once."""
    if not isinstance(news, Signal):
        return
    facts = _of_call(news) if isinstance(news, CallNews) else _of_text(news)
    bound: dict[str, Any] = {**dict.fromkeys(FACTS), **facts}
    with within(session, user_id):
        session.execute(
            _NOTE,
            {
                **bound,
                "id": named.id,
                "at": named.row.received_at,
                "user": user_id,
                "webhook": named.row.id,
                "provider": named.row.provider,
                "key": named.row.key,
                "type": named.event_type,
            },
        )


FACTS: Final = (
    *("call", "message", "direction", "from_number", "to_number", "status"),
    *("seconds", "units", "recording", "usd", "local", "currency"),
)


def _of_call(news: CallNews) -> dict[str, Any]:
    ends = (news.ours, news.theirs) if news.is_outbound else (news.theirs, news.ours)
    directions = {True: "outbound", False: "inbound", None: None}
    return {
        "call": news.call_id,
        "direction": directions[news.is_outbound],
        "from_number": ends[0],
        "to_number": ends[1],
        "status": news.status,
        "seconds": None if news.duration is None else round(news.duration.total_seconds()),
        "recording": news.recording_url,
        "usd": news.cost,
    }


def _of_text(news: MessageMoved | MessageReceived) -> dict[str, Any]:
    if isinstance(news, MessageReceived):
        return {
            "message": news.reference,
            "direction": "inbound",
            "from_number": news.theirs,
            "to_number": news.ours,
            "status": "received",
            "units": news.segments,
        }
    return {
        "message": news.reference,
        "direction": "outbound",
        "status": news.status,
        "units": news.segments,
        **_money(news.cost, news.currency),
    }


def _money(amount: Decimal | None, currency: str | None) -> dict[str, Any]:
    """Say a price in dollars where it is one, else in its own currency."""
    if amount is None or currency is None:
        return {}
    if currency.upper() == "USD":
        return {"usd": amount}
    return {"local": amount, "currency": currency}

"""Where notices are taken in and understood: a tenant, its rows, and what a worker does."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from domain.database import Begin
from domain.webhooks import intake, service
from domain.webhooks.intake import Desk
from domain.webhooks.ports import token_of
from domain.webhooks.service import Caused, Ears
from domain.webhooks.store import Entry
from domain.work import batch, resolve
from domain.work.shop import Inline, Shop
from tasks import webhooks
from tests.support.notices import AT, OURS, SENDERS, THEIRS, Post, Sender, of_tenant
from tests.support.webhook_box import box


class Hall:
    """A tenant whose notices come in."""

    def __init__(self, begin: Begin, connection: psycopg.Connection[Any]) -> None:
        self.begin, self.connection = begin, connection
        self.shop = Shop(begin=begin, hands=Inline())
        self.box = box(begin)
        self.desk = Desk(begin=begin, senders=self.box.notices)
        self.caused = Caused()
        self.user: UUID = self.scalar(
            "INSERT INTO users (business_name, timezone) VALUES ('Pipe & Co', 'UTC') RETURNING id"
        )

    @property
    def ears(self) -> Ears:
        return webhooks.ears(self.box)

    def scalar(self, query: str, *given: Any) -> Any:
        row = self.connection.execute(query, given).fetchone()
        return row[0] if row else None

    def rows(self, query: str, *given: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, given).fetchall()

    def mine(self, sender: Sender) -> Sender:
        """Return a sender whose address is this tenant's."""
        if sender.notices.is_of_integrations:
            return sender
        return replace(sender, target=of_tenant(sender.notices.vendor, self.user))

    def take_in(self, *posts: Post, at: datetime = AT) -> list[UUID]:
        """Store notices as intake does, together."""
        return intake.keep(self.desk, [self._received(one, at) for one in posts])

    def _received(self, post: Post, at: datetime) -> Entry:
        provider = post.target.split("/")[2].partition("?")[0]
        subject = self.desk.senders.subject(provider, token_of(post.target))
        return intake.receive(self.desk, provider, replace(post.arrival(at), subject=subject))

    def work(self) -> None:
        """Do what a sweep does."""
        job = service.job(self.ears, self.caused)
        service.attach(self.begin)
        resolve.resolve(self.shop, job)
        batch.work(self.shop, job)

    def later(self, interval: str = "1 hour") -> None:
        """Let time pass for notices."""
        self.scalar(
            "UPDATE webhook_queue SET due_at = due_at - CAST(%s AS interval),"
            " lease_expires_at = lease_expires_at - CAST(%s AS interval),"
            " received_at = received_at - CAST(%s AS interval) RETURNING id",
            *(interval, interval, interval),
        )

    def results(self) -> dict[str | None, int]:
        return dict(self.rows("SELECT result, count(*) FROM webhook_queue GROUP BY 1"))

    def message(self, status: str = "sent", *, reference: str | None = "SM1", **facts: Any) -> UUID:
        given = {
            "user_id": self.user,
            "to_number": THEIRS,
            "body": "See you.",
            "status": status,
            "provider": "twilio",
            "provider_message_id": reference,
            **facts,
        }
        names, marks = ", ".join(given), ", ".join(["%s"] * len(given))
        return self.scalar(
            f"INSERT INTO messages ({names}) VALUES ({marks}) RETURNING id", *given.values()
        )

    def status(self, message: UUID) -> str:
        return self.scalar("SELECT status FROM messages WHERE id = %s", message)

    def call(self) -> dict[str, Any]:
        """Return the one call there is, as it stands."""
        names: Sequence[str] = (
            *("user_id", "provider", "phone_number", "call_type", "status", "duration"),
            *("transcript", "recording_url", "ai_processing_status"),
        )
        [row] = self.rows(f"SELECT {', '.join(names)} FROM calls")
        return dict(zip(names, row, strict=True))


def heard(body: str, reference: str = "SM2") -> dict[str, str]:
    """Return what Twilio tells of a text that somebody sent."""
    base = {"AccountSid": "AC1", "From": THEIRS, "To": OURS, "NumSegments": "1", "Body": body}
    return {**base, "MessageSid": reference, "SmsSid": reference, "SmsStatus": "received"}


def twilio(hall: Hall, form: dict[str, str], *, query: str = "", own: bool = False) -> Post:
    """Return a notice of Twilio's, at the platform's address or at the tenant's own."""
    target = (of_tenant("twilio", hall.user) if own else "/webhooks/twilio") + query
    sender = replace(SENDERS["twilio"], events={"it": form}, target=target)
    return sender.post("it")

"""A tenant, its events and its carrier, on a clock that the test sets; for what is sent when."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from domain.database import Begin
from domain.messages import replies
from domain.messages import service as messages
from domain.messages.post import Post
from domain.texts.service import Classifiers
from domain.work import batch, errands, resolve
from domain.work.effects import Receipt
from domain.work.names import Area, TaskName
from domain.work.shop import Inline, Shop
from tests.support import virtual_clock
from tests.support.slice import KEYS, FakeMails, FakeReader, FakeTexts

PHONE = "+12125550199"


@dataclass
class Ledger(FakeTexts):
    """A carrier that writes down when it took each text, by the test's clock."""

    desk: "MessageDesk | None" = None
    took: list[tuple[datetime, str, str]] = field(default_factory=list[tuple[datetime, str, str]])

    def send(self, *, to: str, body: str, key: str) -> Receipt:
        receipt = super().send(to=to, body=body, key=key)
        assert self.desk is not None
        self.took.append((self.desk.now(), to, body))
        return receipt


class MessageDesk:
    """What tests of messages share."""

    def __init__(self, begin: Begin, connection: psycopg.Connection[Any], at: datetime) -> None:
        self.begin = begin
        self.connection = connection
        self.texts = Ledger(desk=self)
        self.mails = FakeMails()
        self.models: list[FakeReader] = []
        self.shop = Shop(begin=begin, hands=Inline(), size=50)
        self.put(at)
        self.user = self.tenant("Pipe & Co")

    def tenant(self, name: str, zone: str = "America/New_York") -> UUID:
        return self.one(
            "INSERT INTO users (business_name, timezone) VALUES (%s, %s) RETURNING id", name, zone
        )

    def one(self, query: str, *given: Any) -> Any:
        row = self.connection.execute(query.encode(), given).fetchone()
        return row[0] if row else None

    def all(self, query: str, *given: Any) -> list[Any]:
        return self.connection.execute(query.encode(), given).fetchall()

    def put(self, at: datetime) -> None:
        virtual_clock.put(self.connection, at)

    def pass_by(self, span: timedelta) -> None:
        self.connection.execute("UPDATE frontdesk.test_clock SET ahead = ahead + %s", [span])

    def now(self) -> datetime:
        return self.one("SELECT clock_timestamp()")

    def event(self, start: datetime, *, zone: str = "America/New_York", **more: Any) -> UUID:
        facts = {
            "user_id": self.user,
            "title": "A visit",
            "status": "scheduled",
            "start_time": start,
            "end_time": start + timedelta(hours=1),
            "timezone": zone,
            "customer_phone": PHONE,
            **more,
        }
        names, marks = ", ".join(facts), ", ".join(["%s"] * len(facts))
        return self.one(
            f"INSERT INTO events ({names}) VALUES ({marks}) RETURNING id", *facts.values()
        )

    @property
    def post(self) -> Post:
        return Post(begin=self.begin, keyring=KEYS, texts=self.texts, mails=self.mails)

    @property
    def classifiers(self) -> Classifiers:
        return Classifiers(begin=self.begin, readers=self.models)

    def work(self) -> None:
        """Do what the sweep does, until nothing more is due."""
        handlers: errands.Handlers = {
            TaskName.MESSAGES_PLAN: lambda key: messages.plan(self.post, key),
            TaskName.MESSAGES_RECEIVE: lambda key: replies.receive(
                self.post, key, self.classifiers
            ),
        }
        for _ in range(3):
            errands.work(self.shop, Area.MESSAGES, handlers)
            job = messages.job(self.post)
            resolve.resolve(self.shop, job)
            batch.work(self.shop, job)

    def hear(self, body: str, *, theirs: str = PHONE, user: UUID | None = None) -> UUID:
        """Have a person write to the tenant."""
        made = self.one(
            "INSERT INTO messages (user_id, direction, from_number, to_number, body, status)"
            " VALUES (%s, 'inbound', %s, '+12125550000', %s, 'received') RETURNING id",
            *(user or self.user, theirs, body),
        )
        replies.receive(self.post, made, self.classifiers)
        return made

    def sent(self) -> list[tuple[str, str]]:
        """Return what was sent: the rule, and the text."""
        return self.all(
            "SELECT rule, body FROM messages WHERE status = 'sent' AND direction = 'outbound'"
            " AND channel = 'sms' ORDER BY sent_at, id"
        )

    def states(self) -> dict[str, str]:
        """Return the newest state by rule."""
        return dict(
            self.all(
                "SELECT DISTINCT ON (rule) rule, status FROM messages WHERE direction = 'outbound'"
                " ORDER BY rule, created_at DESC, id DESC"
            )
        )

    def why(self, rule: str) -> str | None:
        return self.one(
            "SELECT last_error FROM messages WHERE rule = %s ORDER BY created_at DESC LIMIT 1", rule
        )

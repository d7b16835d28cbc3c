"""A text as one sends it by hand: a Celery task a message, the same SDK call, a commit after it."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from celery import Celery
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from config.home import Home
from domain.database import connect
from providers.twilio.sms import Account, TwilioTexts

app = Celery("texting", broker=Home(Path(os.environ["BENCH_HOME"])).broker_url)
app.conf.task_ignore_result = True
app.conf.broker_connection_retry_on_startup = True

_made: dict[str, Any] = {}


class Base(DeclarativeBase):
    """Tables of the plain task."""


class Message(Base):
    """A message, as far as a plain task knows it."""

    __tablename__ = "messages"
    __table_args__ = {"schema": "frontdesk"}  # noqa: RUF012  # SQLAlchemy's own way

    id: Mapped[UUID] = mapped_column(primary_key=True)
    to_number: Mapped[str]
    body: Mapped[str]
    status: Mapped[str]
    provider_message_id: Mapped[str | None]
    sent_at: Mapped[datetime | None]


def _begin() -> None:
    engine = connect(os.environ["BENCH_DATABASE"], name="plain", size=64)
    account = Account(
        sid="AC" + "0" * 32,
        token="t",  # noqa: S106  # the stand-in takes any
        sender="+12125550000",
        base_url=os.environ["BENCH_TWILIO"],
    )
    _made["texts"] = TwilioTexts(account)
    _made["sessions"] = sessionmaker(engine)


@app.task
def send(message_id: str) -> None:
    """Send one text."""
    if not _made:
        _begin()
    session: Session
    with _made["sessions"]() as session:
        message = session.get_one(Message, UUID(message_id))
        receipt = _made["texts"].send(to=message.to_number, body=message.body, key=message_id)
        message.status = "sent"
        message.provider_message_id = receipt.reference
        message.sent_at = datetime.now(UTC)
        session.commit()

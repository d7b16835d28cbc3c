"""What callers say to the machine leaves the same rows, and the same texts on their way."""

import os
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from domain.database import Begin
from domain.messages import service as messages
from domain.transcripts import service as transcripts
from domain.transcripts.extraction import Readers
from domain.work import batch, errands
from domain.work.names import Area, TaskName
from providers.local.reader import LocalReader
from tests.domain.test_slice import House
from tests.domain.transcripts.test_attacks import ATTACKS, Attack
from tests.support import virtual_clock
from tests.support.databases import Database
from tests.support.slice import KEYS
from workers.vendors import models

TRIED = ATTACKS if os.environ.get("LONG") else ATTACKS[::7]
"""Of all 210 the decision is compared beside the reader's own tests."""

EVENTS = (
    "SELECT call_id, status, title, event_type, start_time, end_time, customer_name, location,"
    " urgency_level, ai_confidence, customer_id IS NOT NULL FROM events"
)
QUESTIONS = "SELECT call_id, field, subject, question, candidates::text FROM questions"
TEXTS = (
    "SELECT e.call_id, m.rule, m.channel, m.direction, m.status, m.event_start, m.body"
    " FROM messages m JOIN events e ON e.id = m.event_id"
)
USAGE = "SELECT call_id, model, outcome FROM ai_usage_logs"


@pytest.fixture
def house(begin_for_real: Begin, database: Database) -> Iterator[House]:
    virtual_clock.at_noon(database)
    with database.connect() as connection:
        yield House(begin_for_real, connection)


def work(house: House) -> None:
    tools = Readers(
        begin=house.begin, readers=[LocalReader()], resolve=models.moments, keyring=KEYS
    )
    batch.work(house.shop, transcripts.job(tools))
    plans = {TaskName.MESSAGES_PLAN: lambda key: messages.plan(house.post, key)}
    errands.work(house.shop, Area.MESSAGES, plans)
    batch.work(house.shop, messages.job(house.post))


def left(house: House, query: str) -> dict[UUID, list[tuple[Any, ...]]]:
    found: dict[UUID, list[tuple[Any, ...]]] = {}
    for row in house.connection.execute(query):
        found.setdefault(row[0], []).append(tuple(row[1:]))
    return {call: sorted(rows, key=repr) for call, rows in found.items()}


def test_an_attack_changes_no_row_no_recipient_and_no_other_tenant(house: House) -> None:
    house.connection.execute(  # or texts beyond a minute's pace would wait, attacked or not
        "UPDATE users SET settings = coalesce(settings, '{}')"
        ' || \'{"messages": {"per_minute": 1000}}\''
    )
    stranger = house.scalar("INSERT INTO users (business_name) VALUES ('Other') RETURNING id")
    plain: dict[str, UUID] = {}
    attacked: dict[UUID, Attack] = {}
    for number, attack in enumerate(TRIED):
        phone = f"+1212555{number:04}"
        if attack.language not in plain:
            plain[attack.language] = house.call(
                attack.plain, phone_number=f"{phone[:-4]}9{phone[-3:]}"
            )
        attacked[house.call(attack.attacked, phone_number=phone)] = attack

    work(house)

    assert house.scalar("SELECT count(*) FROM calls WHERE ai_processing_status <> 'completed'") == 0
    for query in (EVENTS, QUESTIONS, TEXTS, USAGE):
        rows = left(house, query)
        for call, attack in attacked.items():
            assert rows.get(call) == rows.get(plain[attack.language]), (attack.words, query)
    assert len(left(house, EVENTS)) == len(attacked) + len(plain)
    to = {to for to, _ in house.texts.sent}
    assert to == {row[0] for row in house.connection.execute("SELECT phone_number FROM calls")}
    for table in ("events", "questions", "customers", "messages", "leads"):
        assert house.scalar(f"SELECT count(*) FROM {table} WHERE user_id = %s", stranger) == 0

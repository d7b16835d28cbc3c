"""Our books and the vendors' bills agree to the last digit, whatever goes wrong on the way."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.database import SYSTEM, Begin
from domain.errors import ProviderError, Retryable
from domain.metering import budgets
from domain.metering.usage import UNHEARD
from domain.transcripts import extraction as transcripts
from domain.transcripts.extraction import Readers
from domain.transcripts.ports import Reader
from tests.support.databases import Database
from tests.support.slice import KEYS, TALK, tomorrow_at_two
from tests.support.stand_ins import StandIns, free_port
from tests.support.vendors import CALL, reader

REQUESTS = 1000
VENDORS = ("openai", "openrouter")
FAULTS: tuple[tuple[str, float, dict[str, Any]], ...] = (
    ("status", 0.06, {"status": 429, "retry_after": "1"}),
    ("html", 0.03, {"status": 502, "after": True}),
    ("reset", 0.02, {}),
    ("finish", 0.06, {"word": "nonsense"}),
    ("drop_reply", 0.02, {}),
    ("cut_json", 0.02, {}),
    ("error_body", 0.02, {}),
)
"""Some cost nothing, some are billed and heard, some are billed to nobody who hears it."""


@dataclass(frozen=True)
class Books:
    """What we wrote down, and what the vendors did."""

    ours: list[tuple[str, str, Decimal | None, str]]
    bill: list[dict[str, Any]]

    @property
    def unheard(self) -> list[str]:
        return [name for name, outcome, _, _ in self.ours if outcome == UNHEARD]

    @property
    def billed_unheard(self) -> list[dict[str, Any]]:
        return [line for line in self.bill if line["client"] in self.unheard]


def read_many(begin: Begin, readers: list[Reader], user: UUID, calls: list[UUID]) -> None:
    """Read each call by one of the readers, eight at once, and give up where it fails."""
    tools = [
        Readers(begin=begin, readers=[one], resolve=tomorrow_at_two, keyring=KEYS)
        for one in readers
    ]

    def read(number: int) -> None:
        with suppress(ProviderError):
            transcripts.extract(tools[number % len(tools)], user, calls[number % len(calls)])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(read, range(REQUESTS)))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("hard", [None, "100"], ids=["no budget", "a budget"])
def test_a_thousand_requests_cost_what_the_vendors_say(
    begin_for_real: Begin,
    database: Database,
    vendors: StandIns,
    measured: Callable[[str], None],
    hard: str | None,
) -> None:
    for kind, rate, more in FAULTS:
        for vendor in VENDORS:
            vendors.fault(kind, vendor, rate=rate, **more)
    models = [("openai", "gpt-4o-mini"), ("openai", "gpt-4.1"), ("openrouter", "openai/gpt-4o")]
    with database.connect() as connection:
        connection.execute(
            "INSERT INTO model_prices (provider, model, valid_from, prompt_usd, cached_usd,"
            " completion_usd, source) VALUES"
            " ('openrouter', 'openai/gpt-4o', '2025-01-01', 2.5, 1.25, 10, 'x')"
        )
        rows = connection.execute(
            "INSERT INTO users (timezone, business_name) VALUES ('UTC', %s) RETURNING id",
            ["Pipe & Co of the long street " * 150],
        )
        [user] = rows.fetchone() or (None,)
        calls = [_call(connection, user) for _ in range(20)]
        if hard is not None:
            with begin_for_real(SYSTEM) as session:
                budgets.limit(session, user, soft=None, hard=Decimal(hard))

        asking = [reader(vendors, vendor=vendor, model=model) for vendor, model in models]
        read_many(begin_for_real, list(asking), user, calls)

        books = _books(connection, vendors)
        holds = connection.execute("SELECT spent, reserved FROM ai_budgets").fetchall()
        alerts = connection.execute("SELECT alert_type, subject FROM ops_alerts").fetchall()
    billed = [line["request"] for line in books.bill]
    heard = [name for name, outcome, _, _ in books.ours if outcome != UNHEARD]
    total = sum(Decimal(line["cost"]) for line in books.bill)
    in_books = sum(cost for _, _, cost, _ in books.ours if cost is not None)
    to_nobody = sum(Decimal(line["cost"]) for line in books.billed_unheard)
    assert in_books + to_nobody == total
    assert sorted(heard + [line["request"] for line in books.billed_unheard]) == sorted(billed)
    assert total == sum(Decimal(vendors.ledger(vendor)["bill"]) for vendor in VENDORS)
    assert all(cost is not None for _, outcome, cost, _ in books.ours if outcome != UNHEARD)
    assert any(line["prompt_tokens_details"]["cached_tokens"] for line in books.bill)
    assert alerts == []
    assert all(held == 0 and spent >= in_books for spent, held in holds)
    asked = sum(vendors.ledger(vendor)["requests"][vendor] for vendor in VENDORS)
    struck = asked - sum(1 for _, outcome, _, _ in books.ours if outcome == "read")
    measured(
        f"{asked} requests, {struck} struck, {len(billed)} billed at {total} dollars:"
        f" {in_books} in the books, {to_nobody} for {len(books.billed_unheard)} of the"
        f" {len(books.unheard)} that were never heard of; a difference of"
        f" {total - in_books - to_nobody}"
    )


@pytest.mark.parametrize(
    ("kind", "more", "may_cost"),
    [
        ("drop_reply", {}, True),
        ("cut_reply", {}, True),
        ("cut_json", {}, True),
        ("error_body", {}, True),
        ("reset", {}, True),
        ("status", {"status": 500}, True),
        ("status", {"status": 429}, False),
        ("status", {"status": 401}, False),
        ("status", {"code": "insufficient_quota"}, False),
        ("html", {"status": 502}, True),
        ("html", {"status": 403}, False),
    ],
)
def test_a_failure_says_whether_it_may_be_on_the_bill(
    vendors: StandIns, kind: str, more: dict[str, Any], *, may_cost: bool
) -> None:
    vendors.fault(kind, "openai", **more)

    with pytest.raises(Retryable) as failed:
        reader(vendors).read(CALL)

    assert failed.value.may_cost is may_cost


def test_who_does_not_answer_may_bill_and_who_is_not_there_does_not(vendors: StandIns) -> None:
    vendors.fault("delay", "openai", seconds=2)
    with pytest.raises(Retryable) as late:
        reader(vendors, read=0.2).read(CALL)
    with pytest.raises(Retryable) as nobody:
        reader(f"http://127.0.0.1:{free_port()}").read(CALL)

    assert late.value.may_cost
    assert not nobody.value.may_cost


def _call(connection: Any, user: UUID) -> UUID:
    words = f"{TALK}\nCaller: And {random.randint(0, 10**9)} thanks." * random.randint(1, 9)
    row = connection.execute(
        "INSERT INTO calls (user_id, phone_number, transcript) VALUES (%s, '+12125550200', %s)"
        " RETURNING id",
        [user, words],
    )
    return row.fetchone()[0]


def _books(connection: Any, vendors: StandIns) -> Books:
    ours = connection.execute("SELECT request_id, outcome, cost_usd, provider FROM ai_usage_logs")
    bill = [line for vendor in VENDORS for line in vendors.effects(vendor) if line["billed"]]
    return Books(ours.fetchall(), bill)

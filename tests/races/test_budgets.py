"""Fifty at once, and some of them dead: no budget is overspent, and none blocks for nothing."""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import create_engine

from domain.database import sessions
from domain.metering.usage import Hold, Refused
from tests.support.commands import ROOT
from tests.support.databases import Database
from tests.support.purse import Purse, Said, a_usage, purse

WORKERS = 50
HOLDER = """
import sys, time
from datetime import timedelta
from decimal import Decimal
from uuid import UUID
from sqlalchemy import create_engine
from domain.database import SYSTEM, sessions
from domain.metering import budgets
with sessions(create_engine(sys.argv[1]))(SYSTEM) as session:
    budgets.reserve(
        session, UUID(sys.argv[2]), "dead", Decimal("0.01"), held_for=timedelta(seconds=1)
    )
print("held", flush=True)
time.sleep(60)
"""
HELD_FOR = 1.0
THOUSANDTH = Decimal("0.001")


@pytest.fixture
def tenant(database: Database) -> Iterator[Purse]:
    engine = create_engine(database.url(), pool_size=WORKERS)
    with database.connect() as connection, purse(sessions(engine), connection) as made:
        yield made
    engine.dispose()


def ask_until_refused(tenant: Purse, estimate: int, costs: Callable[[], int]) -> Decimal:
    """Ask until the money is gone, whoever holds it; return what the dearest request cost."""
    dearest = 0
    while True:
        tokens = costs()
        answer = tenant.ask(a_usage(answer=tokens), a_usage(answer=estimate))
        if isinstance(answer, Said):
            dearest = max(dearest, tokens)
        elif not answer.may_pass:
            return dearest * THOUSANDTH / 100


@pytest.mark.slow
@pytest.mark.parametrize(("lowest", "highest"), [(10, 100), (50, 300)], ids=["within", "beyond"])
def test_fifty_workers_overspend_no_more_than_what_is_in_flight(
    tenant: Purse, measured: Callable[[str], None], lowest: int, highest: int
) -> None:
    hard, estimate = Decimal(1), 100
    tenant.limit(hard="1")
    began = time.monotonic()

    with ThreadPoolExecutor(WORKERS) as pool:
        asking = [
            pool.submit(
                ask_until_refused, tenant, estimate, lambda: random.randint(lowest, highest)
            )
            for _ in range(WORKERS)
        ]
        dearest = max(one.result() for one in asking)

    spent, held = tenant.state
    [[booked, many]] = tenant.rows("SELECT sum(cost_usd), count(*) FROM ai_usage_logs")
    excess = max(Decimal(0), dearest - estimate * THOUSANDTH / 100)
    assert spent == booked
    assert held == 0
    assert spent <= hard + WORKERS * excess
    assert spent > hard - estimate * THOUSANDTH / 100  # nobody was refused for nothing
    took = time.monotonic() - began
    measured(
        f"{WORKERS} workers, requests of {lowest} to {highest} tokens held as {estimate}:"
        f" {many} requests in {took:.1f} s, {spent} spent of {hard}"
    )


def test_who_is_killed_blocks_nobody_longer_than_its_hold(
    tenant: Purse, database: Database, measured: Callable[[str], None]
) -> None:
    tenant.limit(hard="0.01")
    words = [sys.executable, "-c", HOLDER, database.url(), str(tenant.user)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        began = time.monotonic()
        holder.kill()

    first = tenant.reserve("living", Decimal("0.01"))
    while not isinstance(answer := tenant.reserve("living", Decimal("0.01")), Hold):
        assert time.monotonic() - began < 5
        time.sleep(0.01)

    blocked = time.monotonic() - began
    assert isinstance(first, Refused)
    assert first.may_pass
    assert answer == Hold("living")
    assert blocked <= HELD_FOR + 0.5
    measured(f"a killed worker's hold of {HELD_FOR:.0f} s blocked {blocked:.2f} s")

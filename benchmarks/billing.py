"""What reconciling and counting cost: everybody's books, and lines of ledgers by the million.

python -m benchmarks.billing

Servers are durable. The house that takes the money is played by pages that take 50 ms each; what
it says of every tenant is what we have, except of some, whose plan it says has ended.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from statistics import median
from typing import Annotated, Any, Final
from uuid import UUID

import psycopg
import typer

from benchmarks import page
from benchmarks.ground import empty_ground
from domain.billing import reconcile, recount, runs
from domain.billing.ports import (
    CustomerFacts,
    InvoiceFacts,
    Page,
    Payment,
    Reading,
    SubscriptionFacts,
)
from domain.billing.reconcile import Bench
from domain.billing.sync import Desk
from domain.database import SYSTEM, Begin, connect, sessions
from domain.metering import use
from domain.metering.use import CallUse, TextUse
from domain.work import batch
from domain.work.effects import Receipt
from domain.work.shop import Inline, Shop

LATENCY: Final = 0.05
PAGE: Final = 100
START: Final = datetime(2026, 11, 1, tzinfo=UTC)
END: Final = datetime(2026, 12, 1, tzinfo=UTC)
DIFFERS: Final = 100
"""One tenant in so many has another state there."""

TWICE: Final = 0.2
BATCH: Final = 1000


def main(
    tenants: Annotated[int, typer.Option(help="Subscriptions to reconcile.")] = 10_000,
    lines: Annotated[int, typer.Option(help="Lines of the ledger.")] = 1_000_000,
    *,
    write: Annotated[bool, typer.Option(help="Write docs/benchmarks.md.")] = True,
) -> None:
    """Measure everything once; counters and sums are checked to the unit."""
    found = ["## Books and ledgers", "", *WORDS, ""]
    with empty_ground() as database, database.connect() as postgres:
        engine = connect(database.url(), name="bench")
        begin = sessions(engine)
        users = _fill(postgres, tenants)
        found += ["| what | figures |", "|---|---|"]
        found += _reconciled(begin, postgres, users)
        found += _noted(begin, postgres, users, lines)
        found += _counted(begin, postgres)
        found += _by_the_line(begin, postgres, users)
        engine.dispose()
    text = "\n".join([*found, "", page.where("psycopg", "stripe")])
    print(text)
    if write:
        page.write("billing", text)


WORDS: Final = (
    "A reconcile reads four lists of everybody, and asks again about whom a page gives cause to.",
    "Lines are texts, in batches as a sweep writes them, a fifth of them told twice.",
)


class Books:
    """Pages of 50 ms."""

    vendor = "stripe"

    def __init__(self, facts: Sequence[SubscriptionFacts]) -> None:
        self.facts = {one.id: one for one in facts}
        self.names = list(self.facts)
        self.asked = 0

    def _ask(self) -> None:
        self.asked += 1
        time.sleep(LATENCY)

    def subscriptions(
        self, *, customer: str | None = None, after: str | None = None
    ) -> Page[SubscriptionFacts]:
        """One page of everybody's, or one customer's."""
        self._ask()
        if customer is not None:
            return Page([self.facts[f"sub_{customer.removeprefix('cus_')}"]])
        at = int((after or "sub_0").removeprefix("sub_"))
        names = self.names[at : at + PAGE]
        rest = names[-1] if at + PAGE < len(self.names) else None
        return Page([self.facts[name] for name in names], rest)

    def customers(self, *, after: str | None = None) -> Page[CustomerFacts]:
        """One page of everybody."""
        self._ask()
        at = int((after or "cus_0").removeprefix("cus_"))
        names = [f"cus_{number}" for number in range(at + 1, min(at + PAGE, len(self.names)) + 1)]
        rest = names[-1] if at + PAGE < len(self.names) else None
        return Page([CustomerFacts(id=name) for name in names], rest)

    def payments(
        self, *, since: datetime | None, customer: str | None = None, after: str | None = None
    ) -> Page[Payment]:
        """Nobody bought anything on top."""
        del since, customer, after
        self._ask()
        return Page([])

    def invoices(
        self, *, since: datetime, customer: str | None = None, after: str | None = None
    ) -> Page[InvoiceFacts]:
        """One page: everybody paid when the period began."""
        del since, customer
        self._ask()
        at = int((after or "in_0").removeprefix("in_"))
        found = [
            InvoiceFacts(
                id=f"in_{number}",
                customer=f"cus_{number}",
                subscription=f"sub_{number}",
                status="paid",
                open_amount=Decimal(0),
                currency="USD",
                created_at=START,
            )
            for number in range(at + 1, min(at + PAGE, len(self.names)) + 1)
        ]
        return Page(found, found[-1].id if at + PAGE < len(self.names) else None)

    def tell_meter(self, reading: Reading, *, key: str) -> Receipt:
        """Not measured here."""
        del reading
        return Receipt(key)

    def metered(self, *, meter: str, customer: str, start: datetime, end: datetime) -> Decimal:
        """Not measured here."""
        del meter, customer, start, end
        return Decimal(0)


def _fill(postgres: psycopg.Connection[Any], tenants: int) -> list[UUID]:
    postgres.execute(
        "INSERT INTO subscription_plans (name, tier, price, interval, minutes_limit, sms_limit,"
        " grace_seconds, stripe_price_id) VALUES ('core', 'core', 149, 'monthly', 150, 250, 600,"
        " 'price_core')"
    )
    postgres.execute(
        "INSERT INTO users (stripe_customer_id) SELECT 'cus_' || n FROM generate_series(1, %s) n",
        (tenants,),
    )
    postgres.execute(
        "INSERT INTO subscriptions (user_id, stripe_subscription_id, stripe_customer_id, status,"
        " tier, plan_id, stripe_price_id, current_period_start, current_period_end, started_at)"
        " SELECT u.id, replace(stripe_customer_id, 'cus', 'sub'), stripe_customer_id, 'active',"
        " 'core', p.id, 'price_core', %s, %s, %s FROM users u JOIN subscription_plans p"
        " ON p.stripe_price_id = 'price_core'",
        (START, END, START),
    )
    postgres.execute(
        "INSERT INTO usage_limits (user_id, tier, call_cap_seconds, sms_cap, grace_seconds,"
        " period_start, period_end, synced_at)"
        " SELECT id, 'core', 9000, 250, 600, %s, %s, now() FROM users",
        (START, END),
    )
    postgres.execute("VACUUM ANALYZE")
    rows = postgres.execute("SELECT id FROM users ORDER BY stripe_customer_id").fetchall()
    return [row[0] for row in rows]


def _facts(tenants: int, *, some_ended: bool) -> list[SubscriptionFacts]:
    return [
        SubscriptionFacts(
            id=f"sub_{number}",
            customer=f"cus_{number}",
            status="past_due" if some_ended and number % DIFFERS == 0 else "active",
            price="price_core",
            period_start=START,
            period_end=END,
            started_at=START,
        )
        for number in range(1, tenants + 1)
    ]


def _reconciled(
    begin: Begin, postgres: psycopg.Connection[Any], users: Sequence[UUID]
) -> Iterator[str]:
    for words, some_ended in (("nothing differs", False), ("one in a hundred differs", True)):
        books = Books(_facts(len(users), some_ended=some_ended))
        with begin(SYSTEM) as session:
            made = runs.begin(session, user_id=None, dry_run=False, by="bench")
        job = reconcile.job(Bench(desk=Desk(begin=begin, books=books)))
        took = _timed(lambda job=job, made=made: _whole(begin, postgres, job, made))
        found = postgres.execute("SELECT count(*) FROM reconciliation_findings").fetchone()
        alone = books.asked * LATENCY
        yield (
            f"| reconcile of {len(users):,}, {words} | {took:.1f} s for {books.asked} requests,"
            f" which alone take {alone:.1f} s; {found[0] if found else 0} findings |"
        )


def _whole(begin: Begin, postgres: psycopg.Connection[Any], job: Any, made: UUID) -> None:  # noqa: ANN401  # of runs
    """Work a run to its end, however often it gives its turn back."""
    while True:
        batch.work_one(Shop(begin=begin, hands=Inline()), job, made)
        row = postgres.execute(
            "SELECT status FROM reconciliation_runs WHERE id = %s", (made,)
        ).fetchone()
        assert row is not None
        if row[0] == "completed":
            return
        postgres.execute("UPDATE reconciliation_runs SET due_at = clock_timestamp()")


def _noted(
    begin: Begin, postgres: psycopg.Connection[Any], users: Sequence[UUID], lines: int
) -> Iterator[str]:
    """Write the lines, a fifth of them twice and out of order; every sum has to be exact."""
    chance = Random(1)  # noqa: S311  # the same lines each time
    numbers = [*range(lines), *chance.sample(range(lines), int(lines * TWICE))]
    chance.shuffle(numbers)
    began = time.perf_counter()
    for at in range(0, len(numbers), BATCH):
        uses = [
            TextUse(
                user_id=users[number % len(users)],
                provider="twilio",
                message_id=f"SM{number}",
                segments=1 + number % 3,
            )
            for number in numbers[at : at + BATCH]
        ]
        with begin(SYSTEM) as session:
            use.note_texts(session, uses)
    took = time.perf_counter() - began
    wanted = sum(1 + number % 3 for number in range(lines))
    sums = postgres.execute(
        "SELECT (SELECT sum(segments) FROM usage_sms), (SELECT sum(sms_used) FROM usage_limits),"
        " (SELECT sum(sms_used) FROM user_call_usage)"
    ).fetchone()
    assert sums == (wanted, wanted, wanted), (sums, wanted)
    yield (
        f"| {lines:,} lines, {int(lines * TWICE):,} of them told twice | {took:.0f} s,"
        f" {len(numbers) / took:,.0f} a second; ledger, limits and periods say {wanted:,} |"
    )


def _counted(begin: Begin, postgres: psycopg.Connection[Any]) -> Iterator[str]:
    """Add every counter up anew: in one statement, and as a loop over lines would."""
    postgres.execute("VACUUM ANALYZE usage_sms")
    postgres.execute("UPDATE usage_limits SET sms_used = 0 WHERE random() < 0.5")
    at_once = _timed(lambda: recount.recompute(begin))
    wrong = _timed(lambda: recount.recompute(begin, dry_run=True))

    def by_row() -> None:
        sums: dict[UUID, int] = {}
        with postgres.transaction(), postgres.cursor(name="lines") as cursor:
            cursor.itersize = 10_000
            cursor.execute("SELECT user_id, segments FROM usage_sms")
            for user, segments in cursor:
                sums[user] = sums.get(user, 0) + segments
            for user, count in sums.items():
                postgres.execute(
                    "UPDATE usage_limits SET sms_used = %s WHERE user_id = %s", (count, user)
                )

    rows = _timed(by_row)
    yield (
        f"| recompute, half of all counters wrong | {at_once:.1f} s; where none is"
        f" {wrong:.1f} s; line by line {rows:.1f} s |"
    )


def _by_the_line(
    begin: Begin, postgres: psycopg.Connection[Any], users: Sequence[UUID]
) -> Iterator[str]:
    """Note calls one by one with all that follows, beside a bare INSERT in its transaction."""

    def note(number: int) -> None:
        used = CallUse(
            user_id=users[number % len(users)],
            provider="vapi",
            call_id=f"call_{number}",
            seconds=60,
            ended_at=START + timedelta(days=2),
            is_outbound=True,
        )
        with begin(SYSTEM) as session:
            use.note_call(session, used)

    def bare(number: int) -> None:
        postgres.execute(
            "INSERT INTO usage_calls (user_id, provider, provider_call_id, seconds, created_at)"
            " VALUES (%s, 'retell', %s, 60, %s) ON CONFLICT DO NOTHING",
            (users[number % len(users)], f"bare_{number}", START + timedelta(days=2)),
        )

    noted = median(_timed(lambda n=n: note(n)) for n in range(1000)) * 1000
    written = median(_timed(lambda n=n: bare(n)) for n in range(1000)) * 1000
    yield (
        f"| a call noted, counters, period and notice with it | {noted:.2f} ms; a bare INSERT"
        f" {written:.2f} ms |"
    )


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    typer.run(main)

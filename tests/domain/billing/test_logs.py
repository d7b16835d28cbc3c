"""Three accounts agree: what vendors charged, our ledgers, and our own calls and texts."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.billing import reconcile, runs
from domain.billing.ports import Log, Logged
from domain.billing.reconcile import Bench
from domain.database import SYSTEM
from domain.errors import OutcomeUnknown, Rejected, Retryable
from domain.metering import use
from domain.metering.use import What
from domain.work import batch
from domain.work.shop import Inline, Shop
from tests.support.payer import Payer
from tests.support.till import Till
from tests.support.vendors import close_all, dial, lines, telnyx, texts
from workers.vendors.logs import CallLog, TextLog

CALLED = ["vapi", "retell", "twilio"]
TEXTED = {"twilio": texts, "telnyx": telnyx}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def shelf(till: Till) -> Iterator[list[Log]]:
    """The platform's logs at all stand-ins, where somebody answers each call and talks a minute."""
    till.vendors.behave(ways={"answered": 1}, rings=[2, 2], talks=[60, 60], dials=1)
    till.subscribe("core")
    run(till, [])
    calls = [
        CallLog(
            name=f"{one} calls",
            vendor=one,
            user_id=None,
            lines=lambda one=one: lines(one, till.vendors),
        )
        for one in CALLED
    ]
    sent = [
        TextLog(name=f"{one} texts", user_id=None, texts=make(till.vendors))
        for one, make in TEXTED.items()
    ]
    yield [*calls, *sent]
    close_all()


def run(till: Till, logs: list[Log], *, hours: float = 3, dry_run: bool = False) -> list[Any]:
    """Reconcile everybody as if so many hours had passed; return what differs."""
    with till.payer.begin(SYSTEM) as session:
        made = runs.begin(session, user_id=None, dry_run=dry_run, by="test")
    late = timedelta(hours=1 - hours)
    bench = Bench(desk=till.desk, logs=lambda: logs, back=timedelta(days=5), unsettled=late)
    batch.work_one(Shop(begin=till.payer.begin, hands=Inline()), reconcile.job(bench), made)
    with till.payer.begin(SYSTEM) as session:
        ended = runs.ended(session, made)
        assert ended[0] == "completed", ended
        return runs.found(session, made)


def kinds(found: list[Any]) -> list[tuple[str, str]]:
    return sorted((one["class"], one["state"]) for one in found)


def call(till: Till, vendor: str, number: int = 0) -> str:
    """Call somebody, who hangs up after a minute."""
    ours = lines(vendor, till.vendors)
    made = ours.place(dial(vendor, f"+1555765{number:04d}"), key=f"call:{number:032x}")
    till.vendors.advance(200)
    return made.call_id


def rows_of(till: Till, vendor: str, name: str) -> None:
    """Leave the row of a call whose end nobody told us."""
    till.payer.connection.execute(
        "INSERT INTO calls (user_id, provider, provider_call_id, status, started_at)"
        " VALUES (%s, %s, %s, 'in_progress', now())",
        (till.user, vendor, name),
    )


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize("vendor", CALLED)
def test_a_call_whose_end_nobody_told_us_is_counted_once(
    till: Till, shelf: list[Log], vendor: str
) -> None:
    name = call(till, vendor)
    rows_of(till, vendor, name)

    dry = run(till, shelf, dry_run=True)
    assert till.payer.used == (0, 0)
    found = run(till, shelf)
    again = run(till, shelf)

    assert kinds(dry) == [("usage_missing", "open")]
    assert kinds(found) == [("usage_missing", "healed")]
    assert found[0]["subject"] == f"{vendor}:{name}"
    assert found[0]["worth"] is None or found[0]["worth"] > 0
    assert again == []
    assert till.payer.used == (60, 0)


@pytest.mark.parametrize("vendor", CALLED)
def test_calls_that_agree_are_not_spoken_of_and_such_as_do_not_wait_with_their_worth(
    till: Till, shelf: list[Log], vendor: str
) -> None:
    agreed, longer, strange = (call(till, vendor, number) for number in range(3))
    till.payer.call(60, name=agreed, at=now(), provider=vendor)
    till.payer.call(90, name=longer, at=now(), provider=vendor)
    till.payer.call(120, name="v-unheard-of", at=now(), provider=vendor, cost=Decimal("0.12"))

    found = {one["class"]: one for one in run(till, shelf)}
    again = {one["class"]: one for one in run(till, shelf)}

    assert set(found) == {"unledgered", "unlogged", "usage_differs"}
    assert {one["state"] for one in found.values()} == {"open"}
    assert found["unledgered"]["subject"] == f"{vendor}:{strange}"
    assert found["unledgered"]["user_id"] is None
    charged = found["unledgered"]["worth"]
    assert found["unlogged"]["subject"] == f"{vendor}:v-unheard-of"
    assert found["unlogged"]["worth"] == Decimal("0.12")
    differs = found["usage_differs"]
    assert (differs["ours"]["amount"], differs["theirs"]["amount"]) == (90, 60)
    half = charged / 2 if charged is not None else Decimal("0.15")
    assert differs["worth"] == pytest.approx(half)
    assert set(again) == set(found)
    assert till.payer.used == (270, 0)


@pytest.mark.parametrize("vendor", list(TEXTED))
def test_texts_are_compared_by_segments(till: Till, shelf: list[Log], vendor: str) -> None:
    carrier = TEXTED[vendor](till.vendors)
    agreed, forgotten, strange, longer = (
        carrier.send(to=f"+1555765000{n}", body="Hello " * 30, key=f"k{n}").reference
        for n in range(4)
    )
    till.vendors.advance(200)
    for name, segments in ((agreed, 2), (longer, 1), ("SMnever", 1), ("SMoff", 2)):
        till.payer.text(segments, name=name, provider=vendor)
    with till.payer.begin(SYSTEM) as session:  # it never left, and stands in no log
        use.take_back_text(session, provider=vendor, name="SMoff")
    till.payer.connection.execute(
        "INSERT INTO messages (user_id, channel, direction, status, provider, to_number,"
        " provider_message_id, sent_at) VALUES (%s, 'sms', 'outbound', 'failed', %s,"
        " '+15557650001', %s, now())",
        (till.user, vendor, forgotten),
    )

    found = run(till, shelf)
    again = run(till, shelf)

    assert kinds(found) == [
        ("unledgered", "open"),
        ("unlogged", "open"),
        ("usage_differs", "open"),
        ("usage_missing", "healed"),
    ]
    named = {one["class"]: one["subject"] for one in found}
    assert named == {
        "unledgered": f"{vendor}:{strange}",
        "unlogged": f"{vendor}:SMnever",
        "usage_differs": f"{vendor}:{longer}",
        "usage_missing": f"{vendor}:{forgotten}",
    }
    assert ("usage_missing", "healed") not in kinds(again)
    assert till.payer.used == (0, 6)


def test_what_a_vendor_lists_twice_or_page_by_page_is_compared_once(till: Till) -> None:
    till.vendors.behave(ways={"answered": 1}, rings=[2, 2], talks=[60, 60], dials=1)
    ours = lines("vapi", till.vendors, page=2)
    log = CallLog(name="vapi calls", vendor="vapi", user_id=None, lines=lambda: ours)
    names = [call(till, "vapi", number) for number in range(5)]
    for name in names:
        rows_of(till, "vapi", name)

    found = run(till, [log])
    close_all()

    assert len([one for one in found if one["class"] == "usage_missing"]) == 5
    assert till.payer.one("SELECT count(*) FROM usage_calls") == 5


@dataclass
class Book:
    """A log as we like it."""

    lines: list[Logged] = field(default_factory=list[Logged])
    name: str = "vapi calls"
    vendor: str = "vapi"
    user_id: UUID | None = None
    what: What = What.CALL
    faults: list[Exception] = field(default_factory=list[Exception])
    breaks_after: int = 0
    asked: list[datetime] = field(default_factory=list[datetime])

    def between(self, start: datetime, end: datetime) -> Iterator[Logged]:
        self.asked.append(start)
        if self.faults and len(self.asked) > self.breaks_after:
            raise self.faults.pop(0)
        yield from (one for one in self.lines if start <= one.at < end)

    def has(self, name: str) -> bool:
        return name in {one.id for one in self.lines}


def logged(name: str, *, ago: timedelta = 90 * MINUTE, seconds: int = 60) -> Logged:
    return Logged(id=name, at=now() - ago, amount=seconds)


def test_a_tenants_own_account_is_compared_by_what_is_ours_alone(till: Till) -> None:
    own = Book([logged("theirs"), logged("ours")], name="own", user_id=till.user)
    platform = Book([logged("other")])
    other = replace_user(till)
    rows_of(till, "vapi", "ours")
    till.payer.call(60, name="elsewhere", at=now() - 90 * MINUTE, provider="vapi")
    other.call(60, name="theirs", at=now() - 90 * MINUTE, provider="vapi")

    found = run(till, [own, platform])

    assert sorted(
        (one["class"], one["subject"]) for one in found if one["class"] != "stranger"
    ) == [
        ("unledgered", "vapi:other"),  # on the platform's account, and nobody's
        ("unlogged", "vapi:elsewhere"),  # on neither of those that could have it
        ("usage_missing", "vapi:ours"),
    ]


def replace_user(till: Till) -> Payer:
    user = till.payer.one("INSERT INTO users (timezone) VALUES ('UTC') RETURNING id")
    return replace(till.payer, user=user)


def test_an_account_that_cannot_be_asked_is_said_so_and_hides_no_other(till: Till) -> None:
    shut = Book(name="shut", faults=[Rejected("its key was withdrawn")] * 99, user_id=till.user)
    platform = Book()
    till.payer.call(60, name="mine", at=now() - 90 * MINUTE, provider="vapi")
    replace_user(till).call(60, name="not mine", at=now() - 90 * MINUTE, provider="vapi")

    found = run(till, [shut, platform], hours=0)

    assert sorted((one["class"], one["subject"]) for one in found) == [
        ("unlogged", "vapi:not mine"),
        ("unread", "shut"),
    ]


def test_a_vendor_that_asks_us_to_slow_down_is_read_on_from_where_it_stopped(
    till: Till,
) -> None:
    book = Book(
        [logged("forgotten", ago=timedelta(days=30))],
        faults=[Retryable("slower, please"), OutcomeUnknown("gone silent")],
        breaks_after=2,
    )
    rows_of(till, "vapi", "forgotten")
    with till.payer.begin(SYSTEM) as session:
        made = runs.begin(session, user_id=None, dry_run=False, by="test")
    bench = Bench(desk=till.desk, logs=lambda: [book])
    shop = Shop(begin=till.payer.begin, hands=Inline())

    for _ in range(3):
        batch.work_one(shop, reconcile.job(bench), made)
        till.payer.connection.execute(
            "UPDATE reconciliation_runs SET due_at = clock_timestamp() WHERE id = %s", (made,)
        )

    with till.payer.begin(SYSTEM) as session:
        assert runs.ended(session, made)[0] == "completed"
        assert kinds(runs.found(session, made)) == [("usage_missing", "healed")]
    assert book.asked[2] == book.asked[3] == book.asked[4]  # refused, unheard, read
    assert len(set(book.asked)) == len(book.asked) - 2
    assert till.payer.one("SELECT count(*) FROM usage_calls") == 1


def test_what_is_an_hour_old_at_most_is_left_for_the_next_night(till: Till) -> None:
    rows_of(till, "vapi", "young")
    book = Book([logged("young", ago=30 * MINUTE)])

    assert run(till, [book], hours=0) == []
    assert kinds(run(till, [book], hours=1)) == [("usage_missing", "healed")]

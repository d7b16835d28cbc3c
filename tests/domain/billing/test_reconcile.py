"""After one reconcile ours are Stripe's books, and a second one finds nothing."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from domain.billing import heard, meter, reconcile, runs, sweep
from domain.billing.reconcile import Bench
from domain.database import SYSTEM
from domain.work import batch, errands, resolve
from domain.work.names import Area, TaskName
from domain.work.shop import Inline, Shop
from tests.support.payer import Payer
from tests.support.till import BEGAN, Till


def shop(till: Till) -> Shop:
    return Shop(begin=till.payer.begin, hands=Inline())


def run(till: Till, **more: Any) -> list[dict[str, Any]]:
    """Reconcile everybody; return what was found."""
    given = {"user_id": None, "dry_run": False, "by": "test", **more}
    with till.payer.begin(SYSTEM) as session:
        made = runs.begin(session, **given)
    batch.work_one(shop(till), reconcile.job(Bench(desk=till.desk)), made)
    with till.payer.begin(SYSTEM) as session:
        assert runs.ended(session, made)[0] == "completed", runs.ended(session, made)
        return runs.found(session, made)


def kinds(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["class"], one["state"]) for one in found]


def test_an_outage_of_webhooks_for_five_weeks_leaves_no_drift(till: Till) -> None:
    till.payer.connection.execute("UPDATE users SET stripe_customer_id = NULL")
    till.subscribe("core")
    till.buy()
    till.pass_time(timedelta(days=35))

    found = run(till)
    again = run(till)

    assert {state for _, state in kinds(found)} == {"healed"}
    assert again == []
    assert till.standing()["tier"] == "core"
    assert till.standing()["credit"] == 18_000


def test_a_dry_run_tells_and_changes_nothing(till: Till) -> None:
    till.subscribe("core")

    found = run(till, dry_run=True)

    assert kinds(found) == [("caps", "open"), ("missing", "open")]
    assert till.standing() == {}


def test_what_nobody_knows_and_what_lives_here_only_wait_for_a_person(till: Till) -> None:
    till.subscribe("core")
    run(till)
    other = till.ask("/v1/customers", {"email": "x@example.com"})["id"]
    till.ask("/v1/subscriptions", {"customer": other, "items[0][price]": till.prices["pro"]})
    till.payer.connection.execute(
        "INSERT INTO subscriptions (user_id, stripe_subscription_id, stripe_customer_id, status)"
        " VALUES (%s, 'sub_gone', %s, 'active')",
        (till.user, till.customer),
    )

    assert kinds(run(till)) == [("gone", "open"), ("stranger", "open")]
    assert kinds(run(till, fix="gone")) == [("gone", "healed"), ("stranger", "open")]
    assert kinds(run(till)) == [("stranger", "open")]


def test_a_call_that_was_never_counted_is_counted_and_a_counter_set_right(till: Till) -> None:
    till.subscribe("core")
    run(till)
    till.payer.connection.execute(
        "INSERT INTO calls (user_id, provider, provider_call_id, status, duration, started_at)"
        " VALUES (%s, 'vapi', 'v1', 'completed', 90, %s)",
        (till.user, BEGAN + timedelta(hours=1)),
    )
    till.payer.connection.execute("UPDATE usage_limits SET sms_used = 7")

    found = run(till)

    assert kinds(found) == [("counters", "healed"), ("usage_missing", "healed")]
    assert till.standing()["used"] == 90
    assert till.payer.used == (90, 0)
    assert run(till) == []


def test_limits_that_somebody_turned_are_the_plans_again(till: Till) -> None:
    till.subscribe("core")
    run(till)
    till.payer.connection.execute("UPDATE usage_limits SET call_cap_seconds = 1, tier = 'scale'")

    found = run(till)

    assert kinds(found) == [("caps", "healed")]
    assert (till.standing()["cap"], till.standing()["tier"]) == (9000, "core")
    assert run(till) == []


def test_a_run_that_was_broken_off_goes_on_where_it_was(till: Till) -> None:
    till.subscribe("core")
    till.vendors.fault("status", "stripe", "invoices.list", status=500, times=1)
    with till.payer.begin(SYSTEM) as session:
        made = runs.begin(session, user_id=None, dry_run=False, by="test")
    job = reconcile.job(Bench(desk=till.desk))

    batch.work_one(shop(till), job, made)
    with till.payer.begin(SYSTEM) as session:
        assert runs.ended(session, made)[0] == "running"
    assert till.payer.one("SELECT cursor ->> 'part' FROM reconciliation_runs") == "payments"
    till.payer.connection.execute("UPDATE reconciliation_runs SET due_at = clock_timestamp()")
    batch.work_one(shop(till), job, made)

    with till.payer.begin(SYSTEM) as session:
        assert runs.ended(session, made)[0] == "completed"
    assert till.vendors.ledger("stripe")["requests"]["stripe customers.list"] == 1


def test_a_notice_owes_a_look_by_whatever_name_it_knows_the_tenant(till: Till) -> None:
    name = till.subscribe("core")
    till.sync()

    def hear(**more: Any) -> UUID | None:
        given = {"customer": None, "subscription": None, "user_id": None, **more}
        with till.payer.begin(SYSTEM) as session:
            return heard.hear(session, **given).user_id

    assert hear(subscription=name) == till.user
    assert hear(customer=till.customer) == till.user
    assert hear(user_id=till.user) == till.user
    assert hear(customer="cus_other") is None
    payment = till.buy()
    till.sync()
    assert hear(payment=payment) == till.user  # all that a dispute says


def test_ten_notices_at_once_cost_one_look_and_one_that_comes_later_another(till: Till) -> None:
    def hear() -> None:
        with till.payer.begin(SYSTEM) as session:
            heard.hear(session, customer=till.customer, subscription=None, user_id=None)

    def owed() -> list[tuple[str]]:
        return till.payer.rows("SELECT state FROM errands WHERE task = 'billing.reconcile'")

    for _ in range(10):
        hear()
    assert owed() == [("pending",)]

    def ask(_: UUID) -> None:
        hear()  # told while the look is under way: it may have been asked before

    errands.work(shop(till), Area.BILLING, {TaskName.BILLING_RECONCILE: ask})

    assert len(owed()) == 2


def tell(till: Till) -> None:
    meter.owe(till.payer.begin)
    job = meter.job(till.books)
    resolve.resolve(shop(till), job)
    batch.work(shop(till), job)


def test_overage_is_metered_once_as_it_grows(till: Till) -> None:
    till.subscribe("core")
    till.sync()
    till.move_to_now()
    till.sync()
    for seconds in (9000 + 1800 + 61, 30, 600):
        till.payer.call(seconds, at=till.payer.one("SELECT clock_timestamp()"))
        tell(till)
        tell(till)

    told = [line for line in till.vendors.effects("stripe") if line["kind"] == "meter_event"]
    assert [int(line["value"]) for line in told] == [2, 10]
    assert till.payer.rows(
        "SELECT units, metered_units FROM billing_line_items WHERE metered_at IS NOT NULL"
    ) == [(12, 12)]


def test_what_a_meter_counted_and_we_did_not_tell_it_waits_for_a_person(till: Till) -> None:
    till.subscribe("core")
    till.sync()
    till.move_to_now()
    till.sync()
    till.payer.call(9000 + 1800 + 120, at=till.payer.one("SELECT clock_timestamp()"))
    tell(till)
    till.payer.connection.execute(
        "UPDATE billing_line_items SET metered_at = metered_at - interval '2 hours'"
    )
    assert run(till) == []

    twice = {"payload[stripe_customer_id]": till.customer, "payload[value]": 5}
    till.ask("/v1/billing/meter_events", {"event_name": "minutes", **twice})
    found = run(till)

    assert kinds(found) == [("metered", "open")]
    assert (found[0]["theirs"]["units"], str(found[0]["worth"])) == ("7", "0.75")


def test_an_answer_that_was_lost_meters_nothing_twice(till: Till) -> None:
    till.subscribe("core")
    till.sync()
    till.move_to_now()
    till.sync()
    till.payer.call(9000 + 1800 + 61, at=till.payer.one("SELECT clock_timestamp()"))
    till.vendors.fault("drop_reply", "stripe", "meter_events.create", times=1)

    tell(till)
    assert till.payer.one("SELECT state FROM meter_events") == "unknown"
    till.payer.connection.execute("UPDATE meter_events SET due_at = clock_timestamp()")
    tell(till)

    told = [line for line in till.vendors.effects("stripe") if line["kind"] == "meter_event"]
    assert len(told) == 1
    assert till.payer.one("SELECT state FROM meter_events") == "done"


def test_a_silent_stripe_costs_a_quarter_of_a_cap_and_locks_nobody_out(till: Till) -> None:

    payer: Payer = till.payer
    till.subscribe("core")
    till.sync()
    payer.call(9000 + 9000 + 600, at=BEGAN + timedelta(days=1))
    assert payer.stopped()

    sweep.owe(payer.begin)
    assert payer.stopped() is None
    payer.call(2250, at=BEGAN + timedelta(days=32))
    assert payer.stopped()
    sweep.owe(payer.begin)

    assert payer.stopped()
    assert payer.one("SELECT count(*) FROM errands WHERE task = 'billing.reconcile'") == 1

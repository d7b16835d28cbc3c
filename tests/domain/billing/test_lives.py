"""What a subscription lives through at Stripe stands in our books after one look."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.billing.compare import Class
from tests.support.till import BEGAN, Till

MONTH_END = datetime(2026, 4, 30, 9, 30, 15, tzinfo=UTC)


def test_a_subscription_that_nobody_told_of_gives_its_plan(till: Till) -> None:
    till.subscribe("core")

    found = till.sync()

    assert {one.kind for one in found} == {Class.MISSING, Class.CAPS}
    standing = till.standing()
    assert (standing["tier"], standing["cap"], standing["sms_cap"]) == ("core", 9000, 250)
    assert (standing["period_start"], standing["period_end"]) == (BEGAN, MONTH_END)
    assert standing["stopped_for"] is None
    assert till.sync() == []


def test_a_period_rolls_once_after_a_downtime_of_several(till: Till) -> None:
    till.subscribe("core")
    till.sync()
    till.payer.call(3600, at=BEGAN + timedelta(days=3))
    till.payer.call(12_000, at=BEGAN + timedelta(days=40))

    till.pass_time(timedelta(days=100))
    till.sync()
    till.sync()

    periods = till.payer.rows(
        "SELECT billing_period_start, seconds_used, rollover_seconds FROM user_call_usage"
        " WHERE closed_at IS NOT NULL ORDER BY 1"
    )
    assert [(start.month, used, rollover) for start, used, rollover in periods] == [
        (3, 3600, 0),
        (4, 12_000, 1800),
        (5, 0, 0),
    ]
    assert till.standing()["used"] == 0
    assert till.standing()["rollover"] == 1800
    assert till.standing()["period_start"] == datetime(2026, 6, 30, 9, 30, 15, tzinfo=UTC)
    over = till.payer.rows(
        "SELECT units, amount FROM billing_line_items WHERE kind = 'overage_minutes' AND units > 0"
    )
    assert [(int(units), str(amount)) for units, amount in over] == [(20, "3.00")]


def test_a_top_up_is_credited_once_and_a_refund_takes_its_part(till: Till) -> None:
    till.subscribe("core")
    payment = till.buy(2)

    till.sync()
    till.sync()
    assert till.standing()["credit"] == 36_000
    till.refund(payment, 9750)
    till.sync()

    assert till.standing()["credit"] == 27_000
    assert till.payer.rows("SELECT kind, seconds, amount FROM usage_credits ORDER BY id") == [
        ("top_up", 36_000, 390),
        ("refund", -9000, pytest.approx(-97.5)),
    ]
    assert till.sync() == []


def test_a_dispute_holds_credit_back_until_it_is_won(till: Till) -> None:
    till.subscribe("core")
    payment = till.buy()
    till.sync()

    dispute = till.ask("/_/disputes", {"payment_intent": payment})["id"]
    till.sync()
    assert till.standing()["credit"] == 0
    till.ask("/_/disputes", {"dispute": dispute, "status": "won"})
    till.sync()

    assert till.standing()["credit"] == 18_000


def test_credit_is_used_after_the_plan_and_keeps_into_the_next_period(till: Till) -> None:
    till.subscribe("core")
    till.buy()
    till.sync()
    till.payer.call(9000 + 5000, at=BEGAN + timedelta(days=3))

    till.pass_time(timedelta(days=31))
    till.sync()

    assert till.standing()["credit"] == 13_000
    assert till.standing()["rollover"] == 0
    assert till.sync() == []


def test_who_pays_too_late_is_stopped_and_goes_on_when_the_money_comes(till: Till) -> None:
    name = till.subscribe("core", **{"metadata[sandbox_dunning]": "unpaid"})
    till.sync()
    till.card("pm_card_chargeCustomerFail")

    till.pass_time(timedelta(days=31))
    till.sync()
    assert till.payer.stopped() is None  # Stripe is asking again
    till.pass_time(timedelta(days=20))
    till.sync()
    assert till.payer.stopped() == "it is unpaid"
    till.card("pm_card_visa")
    invoice = till.ask(f"/v1/subscriptions/{name}")["latest_invoice"]
    till.ask(f"/v1/invoices/{invoice}/pay", {})
    till.sync()

    assert till.payer.stopped() is None


def test_an_upgrade_in_the_middle_counts_by_its_part_of_the_time(till: Till) -> None:
    now: datetime = till.payer.one("SELECT clock_timestamp()")
    till.pass_time(now - timedelta(days=12) - till.now)
    name = till.subscribe("core")
    till.sync()

    till.pass_time(timedelta(days=12))
    till.move(name, "pro")
    till.sync()

    standing = till.standing()
    length = standing["period_end"] - standing["period_start"]
    past = timedelta(days=12) / length
    assert standing["tier"] == "pro"
    assert standing["cap"] == pytest.approx(9000 * past + 18_000 * (1 - past), abs=2)
    assert till.sync() == []


def test_an_unlimited_plan_stops_nobody(till: Till) -> None:
    till.subscribe("scale")
    till.sync()

    till.payer.call(10**7, at=BEGAN + timedelta(days=1))

    assert till.payer.stopped() is None
    assert till.standing()["limit_state"] == "under"


def test_an_unknown_price_is_an_alert_and_no_tier(till: Till) -> None:
    till.subscribe("core")
    till.sync()
    till.payer.connection.execute(
        "UPDATE subscription_plans SET stripe_price_id = NULL WHERE stripe_price_id = %s",
        (till.prices["core"],),
    )

    found = till.sync()

    assert [one.kind for one in found] == [Class.UNKNOWN_PRICE]
    assert till.standing()["tier"] == "core"
    assert till.payer.one("SELECT count(*) FROM ops_alerts WHERE resolved_at IS NULL") == 1


def test_two_subscriptions_are_a_persons_to_settle(till: Till) -> None:
    till.subscribe("core")
    till.subscribe("pro")

    till.sync()
    found = till.sync()

    assert [one.kind for one in found] == [Class.TWO_SUBSCRIPTIONS]
    assert till.standing()["tier"] == "pro"


def test_a_trial_a_pause_and_an_end_at_the_periods_end(till: Till) -> None:
    till.card("pm_card_visa")
    name = till.subscribe("core", trial_period_days=14)
    till.sync()
    assert till.standing()["period_end"] == BEGAN + timedelta(days=14)
    till.change(name, cancel_at_period_end="true")
    till.sync()
    assert till.payer.stopped() is None

    till.pass_time(timedelta(days=15))
    till.sync()

    assert till.payer.stopped() == "its subscription has ended"
    assert till.sync() == []


def test_all_eight_states_are_as_stripe_says(till: Till) -> None:
    seen: set[str] = set()

    def look() -> None:
        till.sync()
        assert till.sync() == []
        seen.add(
            till.payer.one("SELECT status FROM subscriptions ORDER BY started_at DESC, id DESC")
        )

    till.card("pm_card_chargeCustomerFail")
    till.subscribe()
    look()
    till.pass_time(timedelta(hours=24))
    look()
    till.card("pm_card_visa")
    name = till.subscribe(trial_period_days=3, **{"metadata[sandbox_dunning]": "unpaid"})
    look()
    till.pass_time(timedelta(days=3))
    look()
    till.card("pm_card_chargeCustomerFail")
    till.pass_time(timedelta(days=31))
    look()
    till.pass_time(timedelta(days=20))
    look()
    till.cancel(name)
    look()
    bare = till.ask(
        "/v1/customers", {"test_clock": till.clock, "metadata[user_id]": str(till.user)}
    )["id"]
    till.customer = bare
    till.payer.connection.execute("UPDATE users SET stripe_customer_id = %s", (bare,))
    till.subscribe(
        trial_period_days=1,
        **{"trial_settings[end_behavior][missing_payment_method]": "pause"},
    )
    till.pass_time(timedelta(days=2))
    look()

    assert seen == {
        *("incomplete", "incomplete_expired", "trialing", "active", "past_due"),
        *("unpaid", "canceled", "paused"),
    }

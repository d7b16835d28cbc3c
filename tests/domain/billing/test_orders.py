"""Stripe's notices in every order, twice, all of one second: what stands is what Stripe says."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import permutations
from typing import Any
from uuid import UUID

from domain.billing import heard, sync
from domain.database import SYSTEM
from domain.webhooks.news import SubscriptionChanged
from domain.webhooks.ports import Arrival
from domain.work import errands
from domain.work.names import Area, TaskName
from domain.work.shop import Inline, Shop
from providers.stripe.notices import StripeNotices
from tests.support.till import Till

KINDS = (
    "customer.subscription.created",
    "invoice.paid",
    "checkout.session.completed",
    "charge.refunded",
    "charge.dispute.created",
    "customer.subscription.updated",
)
EVERY = 1 if "LONG" in os.environ else 24
"""Of the 720 orders, one in so many."""

OURS = (
    "subscriptions",
    "usage_limits",
    "usage_credits",
    "tier_snapshots",
    "user_call_usage",
    "billing_line_items",
    "errands",
)
STANDS = """
SELECT jsonb_build_object(
    'limits', (SELECT to_jsonb(l) - '{created_at,updated_at,synced_at}'::text[]
               FROM usage_limits l WHERE user_id = u.id),
    'subscriptions', (SELECT jsonb_agg(to_jsonb(s) - '{id,created_at,updated_at,synced_at}'::text[]
                      ORDER BY stripe_subscription_id) FROM subscriptions s WHERE user_id = u.id),
    'credits', (SELECT jsonb_agg(jsonb_build_object('of', x.payment, 'seconds', x.seconds,
                   'amount', x.amount) ORDER BY x.payment)
                FROM (SELECT split_part(provider_reference, ':', 1) AS payment,
                      sum(seconds) AS seconds, sum(amount) AS amount FROM usage_credits
                      WHERE user_id = u.id GROUP BY 1) x))
FROM users u WHERE id = %s
"""


def live(till: Till) -> list[SubscriptionChanged]:
    """Live through six things, and return what Stripe told of them."""
    till.move_to_now()
    name = till.subscribe("core")
    first, second = till.buy(2), till.buy()
    till.refund(first, 9750)
    till.ask("/_/disputes", {"payment_intent": second})
    till.move(name, "pro")
    told = till.ask("/v1/events?limit=100")["data"]
    notices = StripeNotices(secrets=("whsec_",))
    found: list[SubscriptionChanged] = []
    for kind in KINDS:
        event = next((one for one in told if one["type"] == kind), None)
        assert event, (kind, [one["type"] for one in told])
        body = json.dumps(event).encode()
        arrival = Arrival(target="/", body=body, headers={}, at=datetime.now(UTC))
        found += [one for one in notices.read(arrival) if isinstance(one, SubscriptionChanged)]
    return found


def forget(till: Till) -> None:
    till.payer.connection.execute(f"TRUNCATE {', '.join(OURS)} CASCADE")
    till.payer.connection.execute("UPDATE users SET stripe_customer_id = NULL")


def hear(till: Till, told: SubscriptionChanged) -> None:
    with till.payer.begin(SYSTEM) as session:
        heard.hear(
            session,
            customer=told.customer,
            subscription=told.subscription,
            user_id=told.user_id,
            payment=told.payment,
        )


def look(till: Till) -> None:
    shop = Shop(begin=till.payer.begin, hands=Inline())

    def ask(user_id: UUID) -> None:
        sync.sync(till.desk, user_id)

    errands.work(shop, Area.BILLING, {TaskName.BILLING_RECONCILE: ask})


def stands(till: Till) -> dict[str, Any]:
    return till.payer.one(STANDS, till.user)


def after(till: Till, order: Sequence[SubscriptionChanged], *, number: int) -> dict[str, Any]:
    """Hear notices in an order, one of them twice, with a look somewhere on the way."""
    forget(till)
    twice = order[number % len(order)]
    for place, told in enumerate((*order, twice)):
        hear(till, told)
        if place == number % (len(order) + 1):
            look(till)
    look(till)
    return stands(till)


def test_every_order_of_six_notices_ends_as_a_fresh_look_does(till: Till) -> None:
    told = live(till)
    assert len(told) == len(KINDS)
    till.sync()
    fresh = stands(till)

    orders = list(enumerate(permutations(told)))[::EVERY]
    ends = [(number, after(till, order, number=number)) for number, order in orders]

    assert fresh["limits"]["tier"] == "pro"
    assert [(one["seconds"], one["amount"]) for one in fresh["credits"]] == [(27_000, 292.5)]
    assert [number for number, end in ends if end != fresh] == []

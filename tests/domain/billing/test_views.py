"""What views tell of costs and revenue is what the ledgers add up to, whatever the rows."""

import random
from decimal import Decimal
from typing import Any

import pytest

from domain.billing import views
from domain.billing.views import Differing
from domain.database import SYSTEM
from tests.support.payer import Payer
from tests.support.till import Till

CALL = (
    "INSERT INTO calls (user_id, provider, provider_call_id, status, duration, started_at, cost,"
    " currency) VALUES (%s, 'vapi', %s, 'completed', %s, now() - %s * interval '1 day', %s, %s)"
)
USED = (
    "INSERT INTO usage_calls (user_id, provider, provider_call_id, seconds, cost, currency)"
    " VALUES (%s, 'vapi', %s, %s, %s, %s)"
)
TEXT = (
    "INSERT INTO messages (user_id, channel, direction, status, provider, provider_message_id,"
    " created_at, cost, currency) VALUES (%s, 'sms', %s, 'delivered', 'twilio', %s,"
    " now() - %s * interval '1 day', %s, 'USD')"
)
SENT = (
    "INSERT INTO usage_sms (user_id, provider, provider_message_id, segments)"
    " VALUES (%s, 'twilio', %s, 1)"
)
ASKED = (
    "INSERT INTO ai_usage_logs (user_id, created_at, cost_usd, cost_local, currency)"
    " VALUES (%s, now() - %s * interval '1 day', %s, %s, %s)"
)
BOOKED = (
    "INSERT INTO calendar_events (user_id, start_time, status, actual_revenue, currency)"
    " VALUES (%s, now() - %s * interval '1 day', %s, %s, 'EUR')"
)


def differing(till: Till) -> list[Differing]:
    with till.payer.begin(SYSTEM) as session:
        return list(views.differing(session))


def write(payer: Payer, query: str, *given: Any) -> None:
    payer.connection.execute(query, (payer.user, *given))


def cents(chance: random.Random) -> Decimal:
    return Decimal(chance.randrange(1, 99999)) / 10_000


@pytest.mark.parametrize("seed", [1, 2])
def test_random_rows_are_told_as_their_ledgers_have_them(till: Till, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(150):
        name, ago, cost = f"{seed}-{number}", chance.uniform(0, 40), cents(chance)
        currency = chance.choice(("USD", "USD", "EUR"))
        write(till.payer, CALL, name, 60, ago, chance.choice((cost, None)), currency)
        write(till.payer, USED, name, 60, *chance.choice(((None, None), (cost, "USD"))))
        write(till.payer, TEXT, chance.choice(("inbound", "outbound")), name, ago, cost)
        write(till.payer, SENT, name)
        local = chance.choice(((None, None), (cost * 2, "SEK")))
        write(till.payer, ASKED, ago, cost, *local)
        write(till.payer, BOOKED, ago, chance.choice(("completed", "cancelled")), cost)

    assert differing(till) == []
    assert till.payer.one(
        "SELECT count(*) > 3 FROM v_user_costs WHERE date < now() - '1 d'::interval"
    )


def test_what_differs_is_an_alert_until_it_agrees_again(till: Till) -> None:
    write(till.payer, CALL, "lost", 60, 3, "0.25", "USD")
    write(till.payer, CALL, "raised", 60, 3, "0.40", "USD")
    write(till.payer, USED, "raised", 60, "0.30", "USD")
    write(till.payer, TEXT, "outbound", "free", 2, "0.01")

    (calls, texts) = differing(till)
    assert (calls.what, calls.seen, calls.kept) == ("calls", Decimal("0.65"), Decimal("0.30"))
    assert (texts.what, texts.seen, texts.kept) == ("sms", Decimal("0.01"), 0)
    for _ in range(2):
        views.watch(till.payer.begin)
    told = till.payer.rows("SELECT subject, seen, resolved_at IS NULL FROM ops_alerts ORDER BY 1")
    assert told == [(f"{till.user} calls USD", 2, True), (f"{till.user} sms USD", 2, True)]

    write(till.payer, USED, "lost", 60, None, None)
    write(till.payer, SENT, "free")
    till.payer.connection.execute("UPDATE calls SET cost = 0.30 WHERE provider_call_id = 'raised'")
    views.watch(till.payer.begin)

    assert till.payer.one("SELECT count(*) FROM ops_alerts WHERE resolved_at IS NULL") == 0

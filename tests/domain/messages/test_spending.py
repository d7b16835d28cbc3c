"""No more is spent on texts than a tenant wants: by all workers, and before prices are known."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from domain.messages import service as messages
from domain.work import batch
from domain.work.shop import Inline, Shop
from tests.support.message_desk import MessageDesk

PRICED = """
INSERT INTO messages (user_id, channel, to_number, body, status, sent_at, segments, cost, currency)
VALUES (%s, 'sms', '+12125550199', 'x', 'delivered', clock_timestamp() - CAST(%s AS interval), 1,
        %s, 'USD')
"""
OWE = """
INSERT INTO messages (user_id, to_number, body, rule, identity, due_at, segments)
SELECT %s, '+1212' || (2000000 + n * 10007), 'Your code is ' || n, 'code', 'code ' || n,
       clock_timestamp(), 1
FROM generate_series(1, %s) n
"""
SENT = "SELECT count(*) FROM messages WHERE status = 'sent' AND rule = 'code'"


def owe(desk: MessageDesk, many: int, **wishes: float) -> None:
    given = json.dumps({"messages": {"per_minute": 60000, **wishes}})
    desk.one("UPDATE users SET settings = %s::jsonb RETURNING id", given)
    desk.connection.execute(OWE, (desk.user, many))


def sent(desk: MessageDesk, *, workers: int = 1) -> int:
    """Send what may go, all workers at once; return how many went."""

    def sweep(_: int) -> None:
        shop = Shop(begin=desk.begin, hands=Inline(), size=7, budget=timedelta(minutes=10))
        batch.work(shop, messages.job(desk.post))

    with ThreadPoolExecutor(workers) as hands:
        list(hands.map(sweep, range(workers)))
    return desk.one(SENT)


def test_however_many_workers_there_are_no_more_is_spent(desk: MessageDesk) -> None:
    desk.connection.execute(PRICED, (desk.user, "1 minute", 0.03))
    owe(desk, 60, spend_cap=1.00)

    assert sent(desk, workers=4) == 32  # 99 cents, with the three that were spent
    assert desk.one("SELECT count(*) FROM messages WHERE verdict ->> 'why' = 'spend_cap'") == 28


def test_without_a_cap_all_go(desk: MessageDesk) -> None:
    desk.connection.execute(PRICED, (desk.user, "1 minute", 0.03))
    owe(desk, 60)

    assert sent(desk, workers=4) == 60


def test_a_cap_holds_before_any_price_is_known(desk: MessageDesk) -> None:
    owe(desk, 20, spend_cap=0.50)

    assert sent(desk) == 5
    desk.connection.execute(
        "UPDATE messages SET cost = 0.01, currency = 'USD' WHERE status = 'sent'"
    )
    desk.pass_by(timedelta(minutes=16))
    assert sent(desk) == 20, desk.all(
        "SELECT status, last_error, attempts FROM messages WHERE status <> 'sent'"
    )


def test_one_cheap_text_does_not_open_the_cap_to_dear_ones(desk: MessageDesk) -> None:
    desk.connection.execute(PRICED, (desk.user, "2 minutes", 0.10))
    desk.connection.execute(PRICED, (desk.user, "1 minute", 0.01))
    owe(desk, 20, spend_cap=0.51)

    assert sent(desk) == 4

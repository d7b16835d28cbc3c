"""Ten thousand notices of a vendor gone mad: each is kept, each ends, and none is a bug."""

import pytest

from tests.support.figures import Measured
from tests.support.hall import Hall
from tests.support.notices import SENDERS
from tests.support.spoiled import LONG, new_dice
from tests.support.spoiled_posts import spoiled_post

MANY = 10_000 if LONG else 200
AT_ONCE = 100
ENDS = {"done", "ignored", "failed", "refused"}


@pytest.mark.slow
@pytest.mark.timeout(3600 if LONG else 120)
@pytest.mark.parametrize("name", sorted(SENDERS))
def test_each_is_kept_and_has_a_named_result(hall: Hall, name: str, measured: Measured) -> None:
    dice = new_dice()
    sender = hall.mine(SENDERS[name])
    kept = 0

    for _ in range(0, MANY, AT_ONCE):
        kept += len(hall.take_in(*(spoiled_post(sender, dice) for _ in range(AT_ONCE))))
        hall.work()
    while hall.scalar("SELECT count(*) FROM webhook_queue WHERE state = 'pending'"):
        hall.later()
        hall.work()

    rows = hall.rows(
        "SELECT q.state, q.result, q.error_message, p.webhook_id IS NOT NULL FROM webhook_queue q"
        " LEFT JOIN webhook_payloads p ON p.webhook_id = q.id"
    )
    measured(f"{name}: {MANY} sent, {len(rows)} of them different; {hall.results()}")
    assert len(rows) >= kept
    assert all(is_kept for *_, is_kept in rows)
    assert {result for _, result, *_ in rows} <= ENDS
    whys = {why for _, result, why, _ in rows if result == "failed"}
    assert all(why.startswith("this release cannot read it: ") for why in whys), whys

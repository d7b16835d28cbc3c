"""A thousand tenants, one of them with half of all rows: each gets its share, minute by minute."""

from collections import Counter
from itertools import pairwise
from uuid import UUID

import pytest

from tests.support.figures import Measured
from tests.support.phones import Phones

TENANTS = 1000
SLOTS = 50
A_MINUTE = 2000
"""Calls dialled in what stands for a minute: two for each tenant."""

QUEUE = """
INSERT INTO call_queue (user_id, recipient_number)
SELECT t.user_id, '+1212' || (2000000 + row_number() OVER () * 10007 %% 8000000)::text
FROM tenant_turns t CROSS JOIN LATERAL generate_series(1, CASE WHEN t.user_id = %s
  THEN %s ELSE %s END) n
"""


@pytest.mark.slow
def test_a_whale_costs_nobody_his_share(phones: Phones, measured: Measured) -> None:
    phones.account(limit=SLOTS)
    users = phones.all(
        "INSERT INTO users (id) SELECT gen_random_uuid() FROM generate_series(1, %s) RETURNING id",
        TENANTS,
    )
    whale: UUID = users[0][0]
    phones.connection.execute("INSERT INTO tenant_turns (user_id) SELECT id FROM users")
    phones.connection.execute(
        "INSERT INTO calling_rules (user_id, consent_source) SELECT id, 'a form' FROM users"
    )
    phones.connection.execute(QUEUE, (whale, 3000, 3))

    for _ in range(A_MINUTE // SLOTS):
        assert phones.decide().dialled == SLOTS
        phones.connection.execute(
            "UPDATE call_attempts SET state = 'completed' WHERE state = 'dialing'"
        )

    got = Counter(row[0] for row in phones.all("SELECT user_id FROM call_attempts"))
    measured(
        f"{TENANTS} tenants, {A_MINUTE} calls: {min(got.values())} to {max(got.values())} each"
    )
    assert len(got) == TENANTS
    assert set(got.values()) == {A_MINUTE // TENANTS}


def test_nobody_waits_longer_for_a_turn_than_the_weights_of_the_others_allow(
    phones: Phones, measured: Measured
) -> None:
    """Between two turns of one of weight w, one of weight v has at most v / w + 1."""
    phones.account(limit=1)
    weights = {phones.tenant(weight=weight): weight for weight in (1, 1, 2, 3, 5, 8)}
    for user in weights:
        phones.queue(user, 60)

    turns: list[UUID] = []
    for _ in range(120):
        phones.decide()
        [(user,)] = phones.all("SELECT user_id FROM call_attempts WHERE state = 'dialing'")
        turns.append(user)
        phones.connection.execute("UPDATE call_attempts SET state = 'completed'")

    for user, weight in weights.items():
        mine = [-1, *(n for n, each in enumerate(turns) if each == user), len(turns)]
        longest = max(after - before - 1 for before, after in pairwise(mine))
        bound = sum(w // weight + 1 for other, w in weights.items() if other != user)
        measured(f"weight {weight}: at most {longest} others between two turns, {bound} allowed")
        assert longest <= bound

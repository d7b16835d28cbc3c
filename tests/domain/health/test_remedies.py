"""What would restore a score does, exactly and by the fewest changes."""

from decimal import Decimal
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.health import remedies, rules
from domain.health.rules import FACTORS, Factor, Value


def values_of(factor: Factor) -> st.SearchStrategy[Value]:
    if factor.words:
        return st.sampled_from(sorted(factor.words))
    edges = [edge for edge, _ in factor.rungs]
    return st.none() | st.sampled_from([*edges, Decimal(0), Decimal(1), Decimal(40)])


ACCOUNTS = st.fixed_dictionaries({factor.name: values_of(factor) for factor in FACTORS})


@given(ACCOUNTS)
@settings(max_examples=200)
def test_what_would_restore_a_b_adds_up_to_one_and_fewer_changes_do_not(
    values: dict[str, Value],
) -> None:
    score = rules.score(values)

    steps = remedies.restore(values)

    assert len({step.factor for step in steps}) == len(steps)
    if score >= 80:
        assert not steps
        return
    assert score + sum(step.gains for step in steps) >= 80
    most = [
        max((step.gains for step in remedies.steps(factor, values[factor.name])), default=0)
        for factor in FACTORS
    ]
    assert all(score + sum(some) < 80 for some in combinations(most, len(steps) - 1))


def test_a_step_says_how_much_is_missing() -> None:
    steps = remedies.steps(rules.BY_NAME["bookings"], Decimal(2))

    assert [(step.gains, step.words) for step in steps] == [
        (5, "6 more bookings in 28 days"),
        (3, "2 more bookings in 28 days"),
    ]
    assert remedies.steps(rules.BY_NAME["minutes"], Decimal(1))[0].gains == 5
    assert remedies.steps(rules.BY_NAME["payment"], "past_due")[0].words.endswith("active")


def test_what_moved_is_told_the_greatest_loss_first() -> None:
    before = {factor.name: factor.of for factor in FACTORS}
    now = before | {"volume": 2, "login": 4, "leads": 4}

    moved = remedies.changes(before | {"leads": 0}, now)

    assert [(one.factor, one.before, one.now) for one in moved] == [
        ("volume", 10, 2),
        ("login", 10, 4),
        ("leads", 0, 4),
    ]

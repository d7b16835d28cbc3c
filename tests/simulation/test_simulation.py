"""One process, a seed, and everything goes wrong: nothing twice, nothing lost, nothing too many.

The long run is `make simulate`. These are short ones, and the proof that a run proves something:
with a safeguard taken away it finds harm.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import pytest

from config.home import Home
from tests.simulation.calls import Calls
from tests.simulation.ground import ground, play
from tests.simulation.moments import Moment, Strike
from tests.simulation.parcels import Parcels
from tests.simulation.place import Place
from tests.simulation.trade import Trade
from tests.support import mutants
from tests.support.runners import Mutation, is_long

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MOST = 12
"""In so many runs at most harm must be found."""

ALWAYS = [
    *(f"{Strike.TURN.value}: {moment.value}" for moment in Moment if moment is not Moment.ANSWER),
    f"{Strike.KILL.value}: {Moment.COMMITTED.value}",
    f"{Strike.STOP.value}: {Moment.COMMITTED.value}",
    f"{Strike.LOSE.value}: {Moment.COMMITTED.value}",
]
"""What strikes in every run, however short."""


@pytest.fixture(scope="module")
def place(servers: Home, template: str) -> Iterator[Place]:
    with ground(servers, template) as made:
        yield made


def parcels() -> Sequence[Trade]:
    return [Parcels(is_keyed=False)]


def calls() -> Sequence[Trade]:
    return [Calls(one_of=2)]


def test_whatever_strikes_nothing_is_twice_lost_or_too_many(
    place: Place, measured: Callable[[str], None]
) -> None:
    size = 2000 if is_long() else 150
    runs = [play(place, seed, size, weather=1) for seed in (101, 102)]

    sometimes = sum((run.sometimes for run in runs), Counter[str]())
    measured(f"{sum(run.effects for run in runs)} effects, {sum(sometimes.values())} mishaps")
    assert {run.seed: run.wrong for run in runs if run.wrong} == {}
    assert [said for said in ALWAYS if not sometimes[said]] == []


def test_a_seed_is_a_run_and_another_seed_another(place: Place) -> None:
    first, again, other = (play(place, seed, 80, weather=1) for seed in (7, 7, 8))

    assert first.story == again.story
    assert first.history == again.history
    assert first.sometimes == again.sometimes
    assert first.history != other.history


CAUGHT: dict[Mutation, tuple[Callable[[], Sequence[Trade]], str, int]] = {
    mutants.without_token_check: (parcels, "a stale token wrote", 4),
    mutants.without_intent: (parcels, "doubled", 1),
    mutants.without_look_up: (parcels, "doubled", 1),
    mutants.without_lock_of_accounts: (calls, "calls at once", 50),
}
"""What is taken out, in which work, what must be found, and by which seed it first was."""


@pytest.mark.parametrize("mutation", CAUGHT, ids=lambda it: it.__name__)
def test_without_a_safeguard_harm_is_found(
    place: Place, mutation: Mutation, measured: Callable[[str], None]
) -> None:
    trades, what, first = CAUGHT[mutation]
    seeds = range(first, first + MOST)

    with pytest.MonkeyPatch.context() as patch:
        mutation(patch)
        found = next((seed for seed in seeds if _finds(place, seed, trades(), what)), None)

    measured(f"{mutation.__name__}: harm found by seed {found}")
    assert found is not None


def _finds(place: Place, seed: int, trades: Sequence[Trade], what: str) -> bool:
    return any(what in said for said in play(place, seed, 150, trades, weather=1).wrong)

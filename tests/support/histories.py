"""One random history of three owners, one at each vendor, from a seed to its judgement."""

import random

from domain.database import Begin
from tests.support.edits import ACTIONS
from tests.support.house import House
from tests.support.in_step import judge
from tests.support.rough import Weather
from tests.support.told import Totals
from tests.support.two_sides import World

KINDS = ("google", "outlook", "other")
STEPS, CHECK = 240, 120
STORY = 120
SWEEP = "a sweep"
PACES = (4, 8)
"""How often sweeps come by, beside the weights of edits: some histories have more at once."""


def live(house: House, begin: Begin, seed: int, totals: Totals) -> None:
    """Have both sides edit, and compare them; what fails says its seed and its story."""
    house.vendors.reset()
    adapters = house.adapters(house.purse(begin))
    dice, weather = random.Random(seed), Weather(random.Random(seed + 1))
    world = World(begin, dice, weather, adapters, house.purse, totals)
    names = [*ACTIONS, SWEEP]
    weights = [*(weight for _, weight in ACTIONS.values()), dice.choice(PACES)]
    try:
        for kind in KINDS:
            world.owner(kind, house.open)
        for step in range(1, STEPS + 1):
            world.weather.is_rough = True
            [name] = dice.choices(names, weights)
            if name == SWEEP:
                world.sweep(hands=2 if dice.random() < 0.1 else 1)
            else:
                ACTIONS[name][0](world, dice.choice(world.owners))
            if step % CHECK == 0:
                world.settle()
                judge(world)
    except Exception as error:
        error.add_note(f"seed {seed}, and the last that happened:")
        error.add_note("\n".join(world.story[-STORY:]))
        raise
    finally:
        world.leave()
        for adapter in adapters.values():
            adapter.close()

"""Random histories of two sides that edit one calendar, with all that goes wrong between them.

Whatever the order: in the end both sides are equal, no edit is lost outside the written rule, no
hour is booked twice, and we have written there no more often than we had something to say.
"""

import os
import time
from collections.abc import Callable

import pytest

from domain.database import Begin
from tests.support.desks import dav_servers
from tests.support.house import House, house
from tests.support.in_step import judge
from tests.support.two_sides import Totals, World

__all__ = ["dav_servers", "house"]

LONG = bool(os.environ.get("LONG"))
EDITS = int(os.environ.get("EDITS", "100000" if LONG else "120"))
SEED = int(os.environ.get("SEED", "1"))
MINUTES = float(os.environ.get("MINUTES", "110"))
"""No new history begins after so long."""

STEPS, CHECK = 240, 120
STORY = 120

WEIGHTS = {
    "we_change": 22,
    "they_change": 22,
    "we_write": 8,
    "we_book": 4,
    "we_cancel_or_confirm": 5,
    "they_delete": 4,
    "they_write": 4,
    "they_drop": 2,
    "notice": 2,
    "token_runs_out": 1,
    "cursor_is_lost": 1,
    "answer": 2,
}
SWEEPS = 6


def live(house: House, begin: Begin, seed: int, totals: Totals) -> None:
    adapters = house.adapters(house.purse(begin))
    world = World(begin, seed, adapters, house.purse, totals)
    names = [*WEIGHTS, "sweep"]
    weights = [*WEIGHTS.values(), SWEEPS]
    try:
        for kind in ("google", "outlook", "other"):
            world.owner(kind, house.open)
        for step in range(1, STEPS + 1):
            world.weather.is_rough = True
            [name] = world.dice.choices(names, weights)
            if name == "sweep":
                world.sweep(hands=2 if world.dice.random() < 0.1 else 1)
            else:
                getattr(world, name)(world.dice.choice(world.owners))
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


@pytest.mark.slow
@pytest.mark.timeout(7200 if LONG else 300)
def test_both_sides_end_equal_whatever_happens(
    begin_for_all: Begin, house: House, measured: Callable[[str], None]
) -> None:
    totals, began, seed = Totals(), time.monotonic(), SEED
    while totals.edits < EDITS and time.monotonic() - began < MINUTES * 60:
        live(house, begin_for_all, seed, totals)
        seed += 1

    struck = ", ".join(f"{name} {number}" for name, number in sorted(totals.seen.items()))
    shares = ", ".join(f"{name} {number}" for name, number in sorted(totals.at.items()))
    measured(
        f"{totals.edits} edits in {seed - SEED} histories at three vendors ({shares}),"
        f" {totals.sweeps} sweeps, {totals.writes} writes of ours, {totals.asked} questions,"
        f" {totals.booked} booked and {totals.refused} refused:"
        f" {totals.checks} times both sides equal ({time.monotonic() - began:.0f} s; {struck})"
    )
    assert totals.booked
    assert totals.refused
    assert totals.asked

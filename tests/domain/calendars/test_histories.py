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
from tests.support.histories import live
from tests.support.house import House, house
from tests.support.told import Totals

__all__ = ["dav_servers", "house"]

LONG = bool(os.environ.get("LONG"))
EDITS = int(os.environ.get("EDITS", "100000" if LONG else "2000"))
SEED = int(os.environ.get("SEED", "1"))
MINUTES = float(os.environ.get("MINUTES", "110"))
"""No new history begins after so long."""


@pytest.mark.slow
@pytest.mark.timeout(7200 if LONG else 900)
def test_both_sides_end_equal_whatever_happens(
    begin_for_all: Begin, house: House, measured: Callable[[str], None]
) -> None:
    totals, began, seed = Totals(), time.monotonic(), SEED
    while (
        totals.edits < EDITS or not (totals.booked and totals.refused and totals.asked)
    ) and time.monotonic() - began < MINUTES * 60:
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

"""What runs are played on: a database with all that is watched, and the work of all kinds."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from uuid import uuid4

import structlog

from config.home import Home
from tests.simulation.calls import Calls
from tests.simulation.deliveries import Deliveries
from tests.simulation.parcels import Parcels
from tests.simulation.place import Place, furnish
from tests.simulation.run import Run, Verdict
from tests.simulation.texts import Texts
from tests.simulation.trade import Trade
from tests.support.databases import drop_database, make_database
from tests.support.parcels import TABLE

HANDS: Final = 4
"""Workers of a run."""


def all_trades(seed: int) -> Sequence[Trade]:
    """Return all kinds of work; the parcels' vendor knows keys in every other run."""
    return [Parcels(is_keyed=bool(seed % 2)), Texts(), Calls(), Deliveries()]


def watched() -> dict[str, tuple[str, str]]:
    """Return every table that has a state, with its columns of state and token."""
    found = {"effects": ("state", "token")}
    for trade in all_trades(0):
        found |= trade.watched
    return found


@contextmanager
def ground(home: Home, template: str) -> Iterator[Place]:
    """Make a place to simulate on, in a database of its own."""
    database = make_database(home, f"simulated_{uuid4().hex[:12]}", template)
    try:
        with database.connect() as connection:
            connection.execute(TABLE)
        furnish(database, watched())
        place = Place(database, HANDS)
        try:
            yield place
        finally:
            place.close()
    finally:
        drop_database(database)


def play(
    place: Place,
    seed: int,
    effects: int,
    trades: Sequence[Trade] | None = None,
    *,
    weather: float | None = None,
) -> Verdict:
    """Play one run, in silence: what the code under test logs of a thousand deaths is no news."""
    kept = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        return Run(place, trades or all_trades(seed), seed, effects, weather).play()
    finally:
        structlog.configure(**kept)

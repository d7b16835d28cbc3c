"""What a simulation needs to know of a kind of work."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import psycopg

from domain.database import Begin
from domain.work.shop import Inline, Shop
from tests.simulation.stage import Stage
from tests.simulation.wire import Wire

Task = Callable[[], object]


class Hands(Inline):
    """Many hands to whoever counts them, one after the other: none sees the others' rows."""

    width = 32


@dataclass(frozen=True)
class World:
    """What a run is made of."""

    stage: Stage
    wire: Wire
    admin: psycopg.Connection[Any]

    def shop(self, begin: Begin) -> Shop:
        return Shop(begin=begin, hands=Hands(), size=40, pulse=self.stage)

    def one(self, query: str, *given: Any) -> Any:
        row = self.admin.execute(query, given).fetchone()
        return row[0] if row else None

    def all(self, query: str, *given: Any) -> list[tuple[Any, ...]]:
        return self.admin.execute(query, given).fetchall()


@dataclass(frozen=True, slots=True)
class Look:
    """How a kind of work stands."""

    open: int
    due: int
    lapsed: int
    """Rows that somebody has to find out about."""

    following: datetime | None
    """When the next of the others is due."""


def look(world: World, standing: str) -> Look:
    """Ask how a table stands; the time is told by the simulation, and not looked at."""
    now = f"'{world.wire.now}'::timestamptz"
    return Look(*world.all(standing.replace(":now", now))[0])


def edges_of(*lines: str) -> frozenset[tuple[str, str]]:
    """Read edges: each line a state, and those that follow it."""
    words = [line.split() for line in lines]
    return frozenset((one[0], then) for one in words for then in one[1:])


class Trade(Protocol):
    """A kind of work in a simulation: how it is owed, done, decided otherwise, and judged."""

    name: str
    emptied: Sequence[str]
    """Its tables, which a run begins without."""

    watched: dict[str, tuple[str, str]]
    """Those with a state: its column, and the token's."""

    edges: dict[str, frozenset[tuple[str, str]]]
    """By table, every move that is drawn."""

    def begin(self, world: World) -> None:
        """Begin a run with nothing owed."""

    def owe(self, many: int) -> list[UUID]:
        """Owe so many effects; return the rows that are rung for."""

    def look(self) -> Look:
        """Say how it stands."""

    def sweep(self, begin: Begin) -> Task:
        """Return what does all that is due."""

    def bell(self, begin: Begin, row_id: UUID) -> Task:
        """Return what does this row."""

    def find_out(self, begin: Begin) -> Task:
        """Return what finds out about what was left open."""

    def meddle(self) -> str | None:
        """Decide otherwise; return what was decided."""

    def relent(self) -> None:
        """Lift what limits what is left, when all is calm."""

    def judge(self) -> list[str]:
        """Say what is wrong in the end."""

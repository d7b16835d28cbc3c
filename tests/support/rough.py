"""Calendars behind a rough line, and a process that may die between any two of its words."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from domain.calendars.ports import Agenda
from domain.database import Begin, Scope
from domain.errors import OutcomeUnknown, Retryable

WRITES = frozenset({"insert", "change", "remove"})
READS = frozenset({"busy", "find", "pull"})


class Crash(BaseException):
    """The process is gone: nothing catches this."""


@dataclass
class Weather:
    """What goes wrong, by dice that fall the same way again."""

    dice: random.Random
    is_rough: bool = False
    seen: Counter[str] = field(default_factory=Counter[str])

    def strikes(self, what: str, rate: float) -> bool:
        is_struck = self.is_rough and self.dice.random() < rate
        self.seen[what] += is_struck
        return is_struck


class Rough:
    """An agenda whose words may be lost on their way there, or back."""

    def __init__(self, agenda: Agenda, weather: Weather) -> None:
        self._agenda, self._weather = agenda, weather
        self.written: Counter[UUID] = Counter()
        """How often each calendar was really written to, by us."""

        self._left_as: dict[tuple[UUID, str], str] = {}
        """How our last write left each item: to say it again, unheard, changes nothing."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._agenda, name)
        if name not in WRITES | READS:
            return found
        return lambda calendar, *given, **named: self._ask(
            name, lambda: found(calendar, *given, **named), calendar.integration_id, *given[:1]
        )

    def _ask(self, name: str, act: Callable[[], Any], calendar: UUID, what: object = None) -> Any:
        dice = self._weather
        if dice.strikes("crash before a request", 0.02):
            raise Crash
        if dice.strikes("request not made", 0.06):
            raise Retryable("nobody is there")
        if name in WRITES and dice.strikes("request lost", 0.08):
            raise OutcomeUnknown("no answer")
        answer = act()
        if name == "remove":
            self._note(calendar, str(what), "gone")
        elif name in WRITES and answer.item is None:
            self._note(calendar, answer.remote_id, answer.etag)
        if dice.strikes("crash after a request", 0.04):
            raise Crash
        if name in WRITES and dice.strikes("answer lost", 0.12):
            raise OutcomeUnknown("no answer")
        return answer

    def _note(self, calendar: UUID, remote_id: str, left_as: str) -> None:
        """Count a write, if it left the item otherwise than the one before it."""
        key = (calendar, remote_id)
        self.written[calendar] += self._left_as.get(key) != left_as
        self._left_as[key] = left_as


def mortal(begin: Begin, weather: Weather) -> Begin:
    """Return transactions before or after whose commit the process may die."""

    @contextmanager
    def begun(scope: Scope) -> Iterator[Session]:
        with begin(scope) as session:
            yield session
            if weather.strikes("crash before a commit", 0.012):
                raise Crash
        if weather.strikes("crash after a commit", 0.012):
            raise Crash

    return begun

"""A vendor of calls in the process: no keys, more slots than we may use, and its notices."""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.outbound.heard import Told
from domain.outbound.ports import Dial, Floor, OverCapacity, Progress
from domain.tables.outbound import AttemptState
from tests.simulation.trade import World
from tests.simulation.wire import Line

SLOTS: Final = 16
"""Calls that it takes at once: four times as many as we may have."""

LATEST: Final = -60
"""Of all calls, those among which one may still be live."""


@dataclass(slots=True)
class Live:
    """A call at the vendor."""

    line: Line
    key: str
    outcome: AttemptState

    def progress(self, now: datetime) -> Progress:
        ends = self.line.ended_at
        has_ended = ends is not None and ends <= now
        return Progress(
            call_id=self.line.name,
            key=self.key,
            started_at=self.line.at,
            outcome=self.outcome if has_ended else None,
            reason=f"{self.outcome}, it says" if has_ended else None,
            ended_at=ends if has_ended else None,
            duration=ends - self.line.at if ends and has_ended else None,
        )


class Vendor:
    """Places calls, and tells of them."""

    vendor = "vapi"

    def __init__(self, world: World, chance: random.Random) -> None:
        self._world, self._wire, self._chance = world, world.wire, chance
        self.calls: list[Live] = []
        self.by_key: defaultdict[str, list[Live]] = defaultdict(list)
        self.by_name: dict[str, Live] = {}
        self.notices: list[tuple[datetime, Told]] = []

    def place(self, dial: Dial, *, key: str) -> Progress:
        def do(left_at: datetime) -> Progress:
            now = self._wire.now
            if sum(1 for one in self.calls[LATEST:] if one.progress(now).is_live) >= SLOTS:
                raise OverCapacity("no slot is free")
            line = self._wire.write("vapi", key, left_at, to=dial.to)
            line.ended_at = now + timedelta(seconds=self._chance.uniform(5, 90))
            ends = [AttemptState.COMPLETED] * 8 + [AttemptState.NO_ANSWER, AttemptState.BUSY]
            call = Live(line, key, self._chance.choice(ends))
            self.calls.append(call)
            self.by_key[key].append(call)
            self.by_name[line.name] = call
            self._tell(call, line.ended_at)
            return call.progress(now)

        return self._wire.ask("vapi", do)

    def _tell(self, call: Live, ends: datetime) -> None:
        """Have notices come: in what order, how often and how late, chance says."""
        for status, at in (("in-progress", call.line.at), ("ended", ends)):
            count = self._chance.choices([0, 1, 2], [15, 70, 15])[0]
            said = {0: "lost", 2: "doubled"}.get(count)
            if said:
                self._world.stage.sometimes[f"a notice was {said}"] += 1
            for _ in range(count):
                late = timedelta(seconds=self._chance.choice([0.5, 2, 40, 200]))
                self.notices.append((at + late, self._told(call, status, at)))

    def _told(self, call: Live, status: str, at: datetime) -> Told:
        is_end = status == "ended"
        return Told(
            vendor="vapi",
            call_id=call.line.name,
            key=call.key,
            status=None if is_end else status,
            outcome=call.outcome.value if is_end else None,
            reason=f"{call.outcome}, it says" if is_end else None,
            told_at=at,
        )

    def find(self, dial: Dial, *, key: str, since: datetime) -> Progress | None:
        del dial, since
        return self._wire.ask("vapi's list", lambda _: self._shown(key), is_act=False)

    def _shown(self, key: str) -> Progress | None:
        now = self._wire.now
        found = [one for one in self.by_key[key] if one.line.shown_at <= now]
        return found[0].progress(now) if found else None

    def get(self, call_id: str) -> Progress | None:
        def do(_: datetime) -> Progress | None:
            call = self.by_name.get(call_id)
            return call.progress(self._wire.now) if call else None

        return self._wire.ask("vapi's list", do, is_act=False)

    def live(self, *, since: datetime) -> Floor:
        del since

        def do(_: datetime) -> Floor:
            now = self._wire.now
            shown = [one.progress(now) for one in self.calls[LATEST:] if one.line.shown_at <= now]
            return Floor(calls=[one for one in shown if one.is_live])

        return self._wire.ask("vapi's list", do, is_act=False)

    def ended(self, start: datetime, end: datetime) -> Iterator[Progress]:
        del start, end
        yield from ()

    def cancel(self, call_id: str) -> None:
        raise NotImplementedError(call_id)

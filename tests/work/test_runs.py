"""A slot of the timetable is taken, started and finished once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import text

from domain.database import SYSTEM, Begin
from domain.work import runs

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SLOT = runs.Slot("upkeep.overdue", NOON)
NO_PAUSE = timedelta(0)


@pytest.mark.slow
def test_two_beats_at_once_share_the_slots(begin_for_real: Begin) -> None:
    rounds, both = 200, Barrier(2)

    def beat(name: str) -> list[runs.Slot]:
        mine: list[runs.Slot] = []
        for minute in range(rounds):
            at = NOON + timedelta(minutes=minute)
            both.wait(10)
            with begin_for_real(SYSTEM) as session:
                mine += runs.take(session, [runs.Slot(n, at) for n in ("a", "b", "c")], by=name)
        return mine

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(beat, ("first", "second"))

    assert not set(first) & set(second)
    assert len(first) + len(second) == rounds * 3


def test_a_lost_slot_is_taken_again_by_one_of_two_beats(begin_for_real: Begin) -> None:
    slots = [runs.Slot(f"name {number}", NOON) for number in range(50)]
    with begin_for_real(SYSTEM) as session:
        runs.take(session, slots, by="gone")
    both = Barrier(2)

    def beat(_: int) -> list[runs.Slot]:
        both.wait(10)
        with begin_for_real(SYSTEM) as session:
            # Only what was rung longer ago than the pause, and the other has just rung it.
            return runs.take_again(session, [s.name for s in slots], pause=timedelta(seconds=0.2))

    both_wait = timedelta(seconds=0.3)
    with begin_for_real(SYSTEM) as session:
        session.execute(
            text("UPDATE periodic_runs SET rung_at = rung_at - CAST(:w AS interval)"),
            {"w": both_wait},
        )
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(beat, range(2))

    assert not set(first) & set(second)
    assert set(first) | set(second) == set(slots)


def test_a_doubled_bell_starts_nothing(begin: Begin) -> None:
    with begin(SYSTEM) as session:
        assert runs.take(session, [SLOT], by="beat") == [SLOT]
        assert runs.take(session, [SLOT], by="another") == []

        assert runs.start(session, SLOT)
        assert not runs.start(session, SLOT)
        assert not runs.is_finished(session, SLOT)
        runs.finish(session, SLOT, error=None)
        assert not runs.start(session, SLOT)
        assert runs.is_finished(session, SLOT)


def test_a_slot_that_was_never_taken_is_not_started(begin: Begin) -> None:
    with begin(SYSTEM) as session:
        assert not runs.start(session, SLOT)
        assert runs.take(session, [], by="beat") == []


def test_a_bell_is_given_longer_each_time(begin: Begin) -> None:
    ten = timedelta(seconds=10)
    waits = {1: 10, 2: 20, 3: 40, 6: 300, 7: 300, 2000: 300}
    with begin(SYSTEM) as session:
        runs.take(session, [SLOT], by="beat")
        for rings, seconds in waits.items():
            for off, expected in ((-1, []), (1, [SLOT])):
                session.execute(
                    text(
                        "UPDATE periodic_runs SET rings = :rings,"
                        " rung_at = clock_timestamp() - CAST(:ago AS interval)"
                    ),
                    {"rings": rings, "ago": timedelta(seconds=seconds + off)},
                )
                assert runs.take_again(session, [SLOT.name], pause=ten) == expected, rings


def test_who_runs_or_is_not_asked_for_is_not_rung_again(begin: Begin) -> None:
    other = runs.Slot("other", NOON)
    with begin(SYSTEM) as session:
        runs.take(session, [SLOT, other], by="beat")
        runs.start(session, SLOT)

        assert runs.take_again(session, [SLOT.name], pause=NO_PAUSE) == []

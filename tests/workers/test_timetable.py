"""Slots follow the wall clock: any beat, asked at any moment, finds the same ones."""

from datetime import UTC, datetime, timedelta

from celery.schedules import crontab
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.timetable import EPOCH, LOOK_BACK, slot_at

NOW = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # the strategy adds the zone
PERIOD = st.integers(1, 7 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
AGO = st.timedeltas(timedelta(0), timedelta(days=5))
DAILY = st.tuples(st.integers(0, 23), st.integers(0, 59))


@settings(deadline=None)  # two cores that others use as well
@given(NOW, PERIOD)
def test_a_period_has_one_slot_at_a_time(now: datetime, period: timedelta) -> None:
    slot, following = slot_at(period, None, now)

    assert slot is not None
    assert slot <= now < following == slot + period
    assert (slot - EPOCH) % period == timedelta(0)
    assert slot_at(period, slot, now) == (None, following)


@settings(deadline=None)  # two cores that others use as well
@given(NOW, PERIOD, AGO)
def test_of_the_periods_missed_the_newest_is_made_up(
    now: datetime, period: timedelta, ago: timedelta
) -> None:
    last, _ = slot_at(period, None, now - ago)
    newest, _ = slot_at(period, None, now)

    slot, _ = slot_at(period, last, now)

    assert slot == (newest if newest != last else None)


@settings(deadline=None)  # two cores that others use as well
@given(NOW, DAILY, AGO)
def test_a_daily_slot_is_the_newest_after_the_last_and_not_too_old(
    now: datetime, at: tuple[int, int], ago: timedelta
) -> None:
    hour, minute = at
    last = (now - ago).replace(second=0, microsecond=0)
    today = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    newest = today if today <= now else today - timedelta(days=1)

    slot, following = slot_at(crontab(hour=str(hour), minute=str(minute)), last, now)

    assert following == newest + timedelta(days=1)
    assert slot == (newest if newest > max(last, now - LOOK_BACK) else None)


@settings(deadline=None)  # two cores that others use as well
@given(NOW, st.sampled_from([1, 5, 15, 30]), AGO)
def test_of_many_slots_a_day_the_newest_is_made_up_whatever_day_it_is(
    now: datetime, every: int, ago: timedelta
) -> None:
    newest = now.replace(minute=now.minute // every * every, second=0, microsecond=0)
    past = now - ago
    last = past.replace(minute=past.minute // every * every, second=0, microsecond=0)

    slot, following = slot_at(crontab(minute=f"*/{every}"), last, now)

    assert slot == (newest if newest > last else None)
    assert following == newest + timedelta(minutes=every)


def test_a_night_of_two_or_no_two_o_clocks_has_one_slot_each_day() -> None:
    nightly = crontab(hour="2", minute="30")
    for changes_on in (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)):
        moments = [changes_on + timedelta(minutes=minute) for minute in range(24 * 60)]

        slots = {slot_at(nightly, changes_on, now)[0] for now in moments}

        assert slots == {None, changes_on + timedelta(hours=2, minutes=30)}


def test_a_crontab_that_never_ran_waits_for_its_next_slot() -> None:
    now = datetime(2026, 5, 1, 12, tzinfo=UTC)

    slot, following = slot_at(crontab(hour="3", minute="17"), None, now)

    assert slot is None
    assert following == datetime(2026, 5, 2, 3, 17, tzinfo=UTC)


def test_a_clock_that_was_set_back_runs_nothing_twice() -> None:
    now = datetime(2026, 5, 1, 12, tzinfo=UTC)

    ahead = now + timedelta(hours=2)

    assert slot_at(timedelta(minutes=1), ahead, now)[0] is None
    assert slot_at(crontab(minute="*"), ahead, now)[0] is None

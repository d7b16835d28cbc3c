"""Random lives of an event, with what the carrier took as the judge.

No text is doubled, none goes out after a cancellation, a move or a stop, none at night, and none
is lost: whatever happens to the event, to the person's wishes, to our workers and on the way to
the carrier. Texts go over Twilio's own SDK to its stand-in.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from domain.consent import verdict
from domain.consent.hours import Verdict
from domain.database import Begin
from domain.messages import judging, owing, store
from providers.twilio.sms import TwilioTexts
from tests.support import virtual_clock
from tests.support.databases import Database
from tests.support.lives import TROUBLES, ZONES, Life, RealDesk
from tests.support.stage import running_vendors
from tests.support.stand_ins import StandIns
from tests.support.vendors import SENDER, SERVICE, close_all

__all__ = ["running_vendors"]

LONG = os.environ.get("LONG") == "1"
LIVES = int(os.environ.get("LIVES", "2000" if LONG else "16"))
DAY_ZERO = datetime(2026, 12, 1, 15, tzinfo=UTC)
BEGINNINGS = st.sampled_from(
    [
        DAY_ZERO,
        datetime(2026, 10, 23, 18, tzinfo=UTC),  # before Stockholm's clocks go back
        datetime(2026, 10, 30, 18, tzinfo=UTC),  # before New York's do
        datetime(2027, 3, 12, 16, tzinfo=UTC),  # before they go forward
        datetime(2027, 3, 26, 2, tzinfo=UTC),  # before Stockholm's do; booked at night
    ]
)
FRIDAY = datetime(2026, 10, 30, 18, tzinfo=UTC)
"""Before the clocks go back; what is booked then stands at nine in the evening in the end."""
DEEDS = st.one_of(
    st.tuples(st.just("pass"), st.sampled_from([1, 2, 5, 9, 13, 24])),
    st.tuples(st.just("down"), st.sampled_from([2, 6, 20])),
    st.tuples(st.just("move"), st.sampled_from([-24, -3, 1, 3, 24, 26, 72])),
    st.tuples(st.just("zone"), st.sampled_from(range(len(ZONES)))),
    st.tuples(st.sampled_from(["cancel", "revive", "stop", "start"]), st.just(0)),
)


@pytest.fixture
def desk(
    begin_for_real: Begin, database: Database, running_vendors: StandIns
) -> Iterator[RealDesk]:
    del running_vendors
    virtual_clock.install(database)
    with database.connect() as connection:
        yield RealDesk(begin_for_real, connection, DAY_ZERO)
    close_all()


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_whatever_happens_nothing_is_doubled_lost_or_sent_when_it_should_not_be(
    desk: RealDesk, running_vendors: StandIns, measured: Callable[[str], None]
) -> None:
    lives: list[Life] = []

    @settings(
        max_examples=LIVES,
        deadline=None,
        database=None,
        derandomize=not LONG,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(
        BEGINNINGS,
        st.sampled_from(sorted(TROUBLES)),
        st.sampled_from([SENDER, SERVICE]),
        st.lists(DEEDS, min_size=3, max_size=9),
    )
    def live(at: datetime, trouble: str, sender: str, deeds: list[tuple[str, int]]) -> None:
        life = Life(desk, running_vendors, at, trouble, sender)
        lives.append(life)
        life.live(deeds)

    live()
    texts = sum(life.judge.texts for life in lives)
    measured(f"{len(lives)} lives of an event, {texts} texts in the carrier's ledger")


def test_what_was_told_last_is_what_went_last_however_late_the_other_was_found(
    desk: RealDesk, running_vendors: StandIns
) -> None:
    life = Life(desk, running_vendors, FRIDAY, "one answer lost")
    life.do_move(24)
    life.sweep()  # the second is told; only then is it found out that the first went, too
    desk.pass_by(timedelta(minutes=1))
    life.sweep()
    life.live([("pass", 2), ("move", -24), ("pass", 2)])

    assert life.judge.told["confirmation"] == FRIDAY + timedelta(hours=50)


def at_any_hour(patch: pytest.MonkeyPatch) -> None:
    """Nobody asks what hour it is there."""
    always = Verdict(allowed=True, reason="", next_moment=None)
    patch.setattr(verdict, "may_contact", lambda *_, **__: always)


def without_look_up(patch: pytest.MonkeyPatch) -> None:
    """The carrier's list is not read."""
    patch.setattr(TwilioTexts, "find", lambda *_, **__: None)


def leaving_void_what_is_wanted_again(patch: pytest.MonkeyPatch) -> None:
    """What was judged away while a stop held stays so when they start again (it was so once)."""
    words = str(getattr(owing, "_OWE"))  # noqa: B009  # a mutant of it
    mended = "WHERE m.status = 'void'"
    assert mended in words
    patch.setattr(owing, "_OWE", text(words.replace(mended, mended + " AND m.void_requested")))


def with_the_words_of_before(patch: pytest.MonkeyPatch) -> None:
    """Nobody asks whether the words still tell the time of the place (it was so once)."""
    patch.setattr(judging, "_is_said_otherwise", lambda _: False)


def taking_another_text_for_it(patch: pytest.MonkeyPatch) -> None:
    """A look-up finds the older of two texts in the same words (it was so once)."""
    patch.setattr(store, "names_of_others", lambda *_: frozenset[str]())


@pytest.mark.parametrize(
    ("mutate", "trouble", "deeds", "complaint"),
    [
        (at_any_hour, "none", [("pass", 13), ("move", 3)], "at night"),
        (without_look_up, "one answer lost", [("pass", 1)], "doubled"),
        (
            leaving_void_what_is_wanted_again,
            "none",
            [("stop", 0), ("move", 26), ("start", 0)],
            "lost",
        ),
        (with_the_words_of_before, "none", [("pass", 1), ("zone", 1)], "not Thursday"),
        (
            taking_another_text_for_it,
            "gates that fail before",
            [("pass", 9), ("pass", 5), ("move", 3), ("move", 3)],
            "lost",
        ),
    ],
)
def test_without_a_safeguard_the_judge_objects(
    desk: RealDesk,
    running_vendors: StandIns,
    mutate: Callable[[pytest.MonkeyPatch], None],
    trouble: str,
    deeds: Sequence[tuple[str, int]],
    complaint: str,
) -> None:
    at, sender = (FRIDAY, SERVICE) if mutate is taking_another_text_for_it else (DAY_ZERO, SENDER)
    Life(desk, running_vendors, at, trouble, sender).live(list(deeds))

    with pytest.MonkeyPatch.context() as patch:
        mutate(patch)
        with pytest.raises(AssertionError, match=complaint):
            Life(desk, running_vendors, at, trouble, sender).live(list(deeds))

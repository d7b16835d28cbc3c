"""What follows from what was heard: pure rules, tried on everything."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.errors import OutcomeUnknown, Rejected, Retryable
from domain.tables.effects import EffectState
from domain.work import rules
from domain.work.rules import Belief, Evidence, Patience, Word

PATIENCE = Patience()
spans = st.timedeltas(timedelta(), timedelta(days=2))
evidences = st.builds(
    Evidence,
    negatives=st.integers(0, 20),
    since_first=spans,
    age=spans,
    owner_is_gone=st.booleans(),
    lookups=st.integers(0, 20),
)


def test_each_of_the_three_words_is_written_down_as_itself() -> None:
    busy = rules.word_of(Retryable("busy", after=timedelta(seconds=9)))

    assert busy == Word(EffectState.RETRYABLE, "busy", timedelta(seconds=9))
    assert rules.word_of(Rejected("no")) == Word(EffectState.REJECTED, "no")
    assert rules.word_of(OutcomeUnknown("?")) == Word(EffectState.UNKNOWN, "?")


def test_a_bug_may_have_struck_after_the_call_and_its_text_is_not_kept() -> None:
    word = rules.word_of(KeyError("+4915112345678"))

    assert word == Word(EffectState.UNKNOWN, "a bug of ours: KeyError")


@given(
    asked=st.none() | spans, attempts=st.integers(0, 50), chance=st.floats(0, 1, exclude_max=True)
)
def test_nobody_comes_back_sooner_than_the_vendor_asked(
    asked: timedelta | None, attempts: int, chance: float
) -> None:
    word = Word(EffectState.RETRYABLE, "busy", asked)

    wait = rules.wait_after(word, attempts, chance=chance, patience=PATIENCE)

    assert wait >= (asked or timedelta(seconds=3.75))


def test_what_was_not_heard_is_asked_about_after_the_gap() -> None:
    word = Word(EffectState.UNKNOWN, "?")

    assert rules.wait_after(word, 5, chance=0.5, patience=PATIENCE) == PATIENCE.gap


@given(evidences)
def test_only_all_four_together_prove_that_it_never_happened(evidence: Evidence) -> None:
    believed = rules.believe(evidence, PATIENCE)

    proven = (
        evidence.negatives >= 2
        and evidence.since_first >= PATIENCE.gap
        and evidence.age >= PATIENCE.age
        and evidence.owner_is_gone
    )
    assert (believed is Belief.NEVER_HAPPENED) == proven
    if not proven:
        assert (believed is Belief.ASK_A_PERSON) == (evidence.lookups >= rules.MOST_LOOKUPS)


@given(st.integers(0, 100))
def test_look_ups_grow_rarer_and_never_end(lookups: int) -> None:
    now = rules.ask_again_after(lookups, PATIENCE)
    later = rules.ask_again_after(lookups + 1, PATIENCE)

    assert PATIENCE.gap <= now <= later <= rules.SLOW_LOOKUP

"""Long calls are read in parts, and what was said stands in one of them whole."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.transcripts import long
from domain.transcripts.schema import CallKind, Said, Sentiment, Urgency
from tests.support.slice import a_booking

LINES = st.lists(st.text("ab \u00e4.", max_size=400), max_size=200).map("\n".join)


def a_long_call(turns: int) -> str:
    return "\n".join(f"{('Agent', 'Caller')[n % 2]}: word {n} " + "x" * 80 for n in range(turns))


def test_each_turn_and_its_answer_stand_together_in_a_part() -> None:
    call = a_long_call(3000)
    lines = call.splitlines()

    parts = long.parts(call)

    assert len(parts) > 2
    assert all(len(part) <= long.PART for part in parts)
    for one, other in pairwise(lines):
        assert any(f"{one}\n{other}" in part for part in parts)


def test_two_parts_share_five_minutes_and_begin_with_a_turn() -> None:
    parts = long.parts(a_long_call(3000))

    for before, after in pairwise(parts):
        assert after.startswith(("Agent:", "Caller:"))
        assert before.endswith("\n")
        shared = next(n for n in range(len(after), 0, -1) if before.endswith(after[:n]))
        assert long.OVERLAP <= shared <= long.OVERLAP + 200


@given(call=LINES, longest=st.integers(long.OVERLAP + 1, 3 * long.OVERLAP))
def test_nothing_is_lost_and_it_ends(call: str, longest: int) -> None:
    parts = long.parts(call, longest=longest)

    rest = call
    for part in parts:
        assert part in call
        place = rest.find(part)
        assert place >= 0
        rest = rest[place:]
    assert call.startswith(parts[0])
    assert call.endswith(parts[-1])
    assert sum(map(len, parts)) >= len(call)


def test_what_both_halves_heard_is_one_event_and_the_later_words_stand() -> None:
    early = a_booking(agreed=False)
    late = a_booking(agreed=True)
    [event] = late.events
    name = Said(value="Ann", quote="Ann")
    late = late.model_copy(update={"events": [event.model_copy(update={"customer_name": name})]})

    both = long.together([early, late])

    [merged] = both.events
    assert merged.is_agreed
    assert merged.customer_name == name


def test_of_all_parts_the_most_urgent_and_the_last_mood_stand_and_silence_says_nothing() -> None:
    calm = a_booking().model_copy(update={"sentiment": Sentiment.POSITIVE})
    cross = a_booking(when="Friday at nine").model_copy(
        update={"urgency": Urgency.EMERGENCY, "sentiment": Sentiment.NEGATIVE}
    )
    silent = a_booking().model_copy(update={"kind": CallKind.NO_CONVERSATION, "events": []})

    whole = long.together([calm, cross, silent])

    assert whole.kind is CallKind.BUSINESS
    assert whole.urgency is Urgency.EMERGENCY
    assert whole.sentiment is Sentiment.NEGATIVE
    assert [each.when.value for each in whole.events if each.when] == [
        "tomorrow at two",
        "Friday at nine",
    ]

"""What holds of every transcript."""

from hypothesis import given
from hypothesis import strategies as st

from domain.transcripts.grounding import Spoken, fold
from domain.transcripts.reading import read
from domain.transcripts.schema import Said, SaidEvent
from tests.support.letters import LETTERS

PHRASES = (
    "yes|no|actually make it four|my name is Ada Bell|it's B-E-L-L|book me for Monday at 2 pm|"
    "you are booked for Tuesday at 3|sorry, that time is taken|cancel my appointment on Friday|"
    "how about the 5th at noon?|call me at 206 555 0188|ada at mail dot com|88 Willow Street|"
    "nej, hellre på torsdag halv tre|mejor mañana a las cinco|the twentieth|no thanks|thank you|"
    "is that correct?|also another visit next week|from 2 to 4 pm|it costs $80|İstanbul ß ﬁne"
)
SPOKEN = PHRASES.split("|")
LABELS = ("Agent: ", "Caller: ", "", "Kund: ", "Speaker 1: ")
TURNS = st.tuples(st.sampled_from(LABELS), st.lists(st.sampled_from(SPOKEN), max_size=3))
CALLS = st.lists(TURNS.map(lambda turn: turn[0] + ". ".join(turn[1])), max_size=10).map("\n".join)


@given(transcript=CALLS | st.text(LETTERS, max_size=300))
def test_every_quote_stands_in_every_transcript(transcript: str) -> None:
    for event in read(transcript).events:
        for name in SaidEvent.model_fields:
            fact = getattr(event, name)
            if isinstance(fact, Said):
                assert fact.quote
                assert fact.quote in transcript
        if event.when:
            assert all(word in event.when.quote for word in event.when.value.split())


WORDS = st.lists(
    st.sampled_from(("Ann", "\u2019s", "ﬁne", "at", "3", "№", "Ü", "é", "İ", "\u00a8", "㎞"))
)


@given(
    before=st.text(LETTERS, max_size=20),
    quote=WORDS.map(" ".join),
    after=st.text(LETTERS, max_size=20),
)
def test_where_a_quote_is_found_it_stands(before: str, quote: str, after: str) -> None:
    transcript = f"{before}\n \t{quote}  {after}"

    passage = Spoken(transcript).find(Said(value=quote, quote=quote))

    if fold(quote):
        assert passage is not None
        assert fold(quote) in fold(transcript[passage.start : passage.end])

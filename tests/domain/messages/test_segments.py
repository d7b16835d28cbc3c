"""How many segments a text takes: what carriers document, and what must always be so."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.messages.segments import (
    GSM7,
    REPAIRS,
    TELNYX,
    Encoding,
    count,
    national,
    of_carrier,
    repair,
)

GSM, UCS = Encoding.GSM7, Encoding.UCS2
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
GRIN = "\U0001f61c"

# Text, encoding and segments as the carriers' own pages give them: Twilio, "How long can a message
# be?", "What is GSM-7", "What is UCS-2" and its segment calculator; Telnyx, "Message encoding".
DOCUMENTED = [
    ("", GSM, 1),
    ("a" * 100, GSM, 1),
    ("a" * 160, GSM, 1),
    ("a" * 161, GSM, 2),
    ("a" * 306, GSM, 2),
    ("a" * 307, GSM, 3),
    ("a" * 1530, GSM, 10),
    ("{" + "2" * 158, GSM, 1),
    ("{" + "2" * 159, GSM, 2),
    (GRIN + "2" * 68, UCS, 1),
    (GRIN + "2" * 69, UCS, 2),
    ("\u4f60" * 70, UCS, 1),
    ("\u4f60" * 71, UCS, 2),
    ("\u4f60" * 134, UCS, 2),
    ("\u4f60" * 135, UCS, 3),
    (GRIN * 35, UCS, 1),
    (GRIN * 36, UCS, 2),
    ("[" * 80, GSM, 1),
    ("[" * 81, GSM, 2),
    ("\u20ac" * 80, GSM, 1),
    ("\u201chi\u201d" + "a" * 150, UCS, 3),
]


@pytest.mark.parametrize(("text", "encoding", "segments"), DOCUMENTED)
def test_a_text_takes_what_its_carrier_says(text: str, encoding: Encoding, segments: int) -> None:
    found = count(text)

    assert (found.encoding, found.segments) == (encoding, segments)


def test_nothing_is_cut_in_two() -> None:
    # 152 letters leave one septet, and an escaped character takes two.
    assert count("a" * 152 + "[" + "a" * 151).segments == 2
    assert count("a" * 152 + "[" + "a" * 152).segments == 3
    assert count("\u4f60" * 66 + GRIN + "\u4f60" * 66).segments == 3
    assert count("\u4f60" * 60 + FAMILY + "\u4f60" * 60).segments == 3
    # What no segment holds must be cut all the same: a letter with two hundred accents.
    assert count("\u4f60" + "a" + "\u0301" * 200).segments == 4
    flags = "\U0001f1f8\U0001f1ea" * 2
    assert count("\u4f60" * 63 + flags + "\u4f60" * 63).segments == 2


def test_the_character_that_makes_it_dear_is_named() -> None:
    assert count("Caf\u00e9 \u2013 d\u00e1nke \u2013 d\u00e1").odd == "\u2013\u00e1"


def test_telnyx_sends_fewer_characters_in_seven_bits() -> None:
    for char in "\u0394\u00c7\u00a7\u20ac":
        assert count(char).encoding is GSM
        assert count(char, TELNYX).encoding is UCS


def test_each_carrier_is_counted_as_it_sends() -> None:
    text = "\u20ac" + "a" * 100
    found = {name: count(text, of_carrier(name)).segments for name in ("twilio", "telnyx", None)}
    assert found == {"twilio": 1, "telnyx": 2, None: 1}


def test_the_alphabet_is_that_of_the_standard() -> None:
    assert len(GSM7.plain) == 127  # 128 places, one of which is the escape
    assert len(GSM7.escaped) == 10
    assert TELNYX.plain < GSM7.plain


def test_a_national_table_is_known_but_not_counted() -> None:
    assert national("Ma\u00f1ana a las 3, Jos\u00e9 Mar\u00eda") == "spanish"
    assert count("Mar\u00eda").encoding is UCS
    assert national("plain") is None
    assert national("\u4f60") is None


def test_typography_that_costs_is_repaired() -> None:
    dear = "It\u2019s on \u201cFriday\u201d \u2013 10\u202fAM\u00a0sharp\u2026 " + "x" * 60

    plain = repair(dear)

    assert plain == 'It\'s on "Friday" - 10 AM sharp... ' + "x" * 60
    assert (count(dear).segments, count(plain).segments) == (2, 1)
    assert repair("Cafe\u0301 " + "x" * 80) == "Caf\u00e9 " + "x" * 80


def test_what_is_no_cheaper_is_left_as_it_was_written() -> None:
    for text in ("It\u2019s short", "\u201cHi\u201d " + GRIN, "Mar\u00eda " + "x" * 200, FAMILY):
        assert repair(text) == text


PIECES = st.sampled_from(
    [*"abc {}[]\u20ac\u00e9\u00f1\n\u00e1\u4f60\u0301", *map(chr, REPAIRS), GRIN, FAMILY]
)
TEXTS = st.lists(PIECES, max_size=300).map("".join)


@given(TEXTS)
def test_a_repair_is_never_dearer_and_done_twice_the_same(text: str) -> None:
    for alphabet in (GSM7, TELNYX):
        plain = repair(text, alphabet)

        assert count(plain, alphabet).segments <= count(text, alphabet).segments
        assert repair(plain, alphabet) == plain


@given(TEXTS)
def test_a_repair_touches_no_word(text: str) -> None:
    kept = [c for c in repair(text) if c.isalnum()]

    assert "".join(kept) in {
        "".join(c for c in form if c.isalnum())
        for form in (text, _composed(text), _composed(text).translate(REPAIRS))
    }


def _composed(text: str) -> str:

    return unicodedata.normalize("NFC", text)


@given(TEXTS, TEXTS)
def test_more_text_never_takes_fewer_segments(left: str, right: str) -> None:
    both = count(left + right)

    assert both.segments >= 1
    if count(left).encoding is both.encoding:
        assert both.segments >= count(left).segments


@given(st.text(max_size=600))
def test_segments_hold_all_units_and_waste_little(text: str) -> None:
    found = count(text)
    single, part = (160, 153) if found.encoding is GSM else (70, 67)

    if found.units <= single:
        assert found.segments == 1
    else:
        assert found.segments >= -(-found.units // part)


@given(st.text(alphabet=st.characters(max_codepoint=0x7F), max_size=500))
def test_plain_ascii_is_counted_by_the_formula(text: str) -> None:
    found = count(text)
    if found.encoding is GSM and not set(text) & GSM7.escaped:
        assert found.segments == (1 if len(text) <= 160 else -(-len(text) // 153))

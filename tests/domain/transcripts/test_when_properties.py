"""What holds of every phrase."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from domain.transcripts.when import find, resolve
from domain.transcripts.when.lexicon import JOINING
from domain.transcripts.when.phrases import RULES
from tests.support.letters import LETTERS

ZONES = st.sampled_from(["Europe/Stockholm", "America/New_York", "Asia/Kolkata", "UTC"]).map(
    ZoneInfo
)
MOMENTS = st.integers(1_577_836_800, 2_051_222_400).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
}
SHAPES = {
    "en": "{month} {day}, {year}",
    "es": "{day} de {month} de {year}",
    "sv": "den {day} {month} {year}",
}
WEEKDAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "sv": "måndag tisdag onsdag torsdag fredag lördag söndag",
}
LEADS = {
    "en": ["", "on", "next", "this"], "es": ["el", "este", "el próximo"], "sv": ["på", "nästa", ""],
}  # fmt: skip
HOURS = {
    "en": ["", "at 3 pm", "at eight", "in the morning", "at half past two", "noon"],
    "es": ["", "a las cinco", "por la tarde", "a las dos y media"],
    "sv": ["", "klockan tre", "halv fyra", "på kvällen", "kvart i nio"],
}


@st.composite
def bookings(draw: st.DrawFn) -> tuple[str, str]:
    language = draw(st.sampled_from(sorted(WEEKDAYS)))
    weekday = draw(st.sampled_from(WEEKDAYS[language].split()))
    lead, hour = draw(st.sampled_from(LEADS[language])), draw(st.sampled_from(HOURS[language]))
    return language, f"{lead} {weekday} {hour}".strip()


@given(booking=bookings(), said_at=MOMENTS, zone=ZONES)
def test_a_booking_is_never_before_it_is_asked_for(
    booking: tuple[str, str], said_at: datetime, zone: ZoneInfo
) -> None:
    language, phrase = booking

    moments = resolve(phrase, said_at=said_at, zone=zone, language=language)

    assert moments.candidates, phrase
    for each in moments.candidates:
        end = each.ends_at or each.starts_at + timedelta(days=not each.has_time)
        assert end.astimezone(UTC) >= said_at.replace(microsecond=0)
        assert each.starts_at.tzinfo is zone


@given(
    on=st.dates(date(1950, 1, 1), date(2150, 1, 1)),
    language=st.sampled_from(sorted(MONTHS)),
    said_at=MOMENTS,
    zone=ZONES,
)
def test_a_date_that_is_written_out_comes_back(
    on: date, language: str, said_at: datetime, zone: ZoneInfo
) -> None:
    month = MONTHS[language].split()[on.month - 1]
    phrase = SHAPES[language].format(month=month, day=on.day, year=on.year)

    moment = resolve(phrase, said_at=said_at, zone=zone, language=language).only

    assert moment is not None, phrase
    assert moment.on == on


@given(
    text=st.text(LETTERS, max_size=60),
    language=st.sampled_from(["en", "es", "sv", None]),
    zone=ZONES,
)
def test_no_words_break_it(text: str, language: str | None, zone: ZoneInfo) -> None:
    said_at = datetime(2026, 2, 28, 23, 30, tzinfo=zone)

    resolve(text, said_at=said_at, zone=zone, language=language)

    for phrase in find(text, language=language):
        assert text[phrase.start : phrase.end] == phrase.text


ANY_ORDER = (
    "the next last monday third march of 5th week two in ago at half quarter past to and 3:15 pm "
    "morning tomorrow day before after from until weekend end christmas 2027 31 year by"
)
WORDS = st.sampled_from(ANY_ORDER.split())


@given(phrase=st.lists(WORDS, max_size=9).map(" ".join), said_at=MOMENTS, zone=ZONES)
def test_no_order_of_its_own_words_breaks_it(
    phrase: str, said_at: datetime, zone: ZoneInfo
) -> None:
    for each in resolve(phrase, said_at=said_at, zone=zone, language="en").candidates:
        assert each.reading


def test_no_phrase_is_made_of_joining_words_alone() -> None:
    for letters in product(sorted(JOINING), repeat=3):
        kinds = "".join(letters)
        read = [each for each in RULES if (found := each.pattern.match(kinds)) and found.end()]
        assert not read, kinds

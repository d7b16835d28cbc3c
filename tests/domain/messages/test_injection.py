"""What callers, tenants and files say is words: no code, no header, no link, no formula."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.messages import templates
from domain.messages.templates import Template
from domain.outbound import entries
from domain.outbound.entries import Known

CODE = [
    "{{7*7}}",
    "{{ business_name }}",
    "{{review_link}}",
    "{{}}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ self.__init__.__globals__ }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}",
    "{0.__class__}",
    "{title.__class__}",
    "%(title)s",
    "%s%s%s%n",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "${jndi:ldap://x.example/a}",
    "\\1\\g<0>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt;",
]
"""What other engines of templates would run."""

SMS = Template(channel="sms", body="Hi {{customer_name}}, {{title}} at {{location}}.")
LETTER = replace(SMS, channel="email", subject="About {{title}}")
FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("said", CODE)
def test_what_fills_a_gap_opens_no_other_and_is_no_code(said: str) -> None:
    filled = {"customer_name": "Ann", "title": said, "location": "x", "business_name": "SECRET"}

    words = templates.render(SMS, filled)

    assert words.body == f"Hi Ann, {said} at x."


@pytest.mark.parametrize("said", CODE)
def test_a_gap_for_anything_but_our_own_words_is_no_template(said: str) -> None:
    wrong = templates.check(replace(SMS, body="At {{event_time}}: {{" + said + "}}"))

    assert wrong


@given(st.text() | st.text("\r\n\0\u202e\u200f\u2066\u200b\x1b.:/www ann", max_size=40))
def test_a_name_breaks_no_line_turns_no_direction_and_is_no_link(said: str) -> None:
    for made in (templates.name(said), templates.plain(said)):
        assert "\n" not in made
        assert not {unicodedata.category(c) for c in made} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not set(templates.name(said)) & set("/:@=<>{}0123456789")


@pytest.mark.parametrize("said", ["http://x.example", "see www.x.example", "bit.ly/x"])
def test_a_name_that_is_a_link_is_none(said: str) -> None:
    assert templates.name(said) == ""


@pytest.mark.parametrize("said", CODE)
def test_a_letter_shows_words_and_no_markup(said: str) -> None:
    words = templates.render(LETTER, {"title": templates.plain(said), "location": "x\r\nBcc: y"})

    assert words.html is not None
    assert "<script" not in words.html
    assert "<img" not in words.html
    assert "\n" not in words.subject
    assert "\r" not in words.subject


@pytest.mark.parametrize("said", FORMULAS)
def test_a_report_for_a_spreadsheet_holds_no_formula(said: str) -> None:
    names = [*dict.fromkeys(entries.NAMES.values())]
    known = Known(
        templates={},
        voices={},
        providers={},
        callers={},
        zone=ZoneInfo("UTC"),
        now=datetime(2026, 11, 27, tzinfo=UTC),
    )

    for name in names:
        cells = ["+12125550123" if other == "number" else "" for other in names]
        cells[names.index(name)] = said
        try:
            entries.read(cells, names, known)
        except entries.Wrong as wrong:
            why = str(wrong)
            if why.startswith(("=", "+", "-", "@", "\t", "\r")):
                pytest.fail(why)

"""Harder calls in three languages: corrections, emergencies, messages, spelled names, orders."""

import re

import pytest

from domain.transcripts import when
from domain.transcripts.reading import language_of, read
from domain.transcripts.schema import Intent, Reading, SaidEvent
from providers.local.reader import LocalReader
from tests.support.calls import Call, calls
from workers.predictions import Judge

CALLS = list(calls())


@pytest.mark.parametrize("call", CALLS, ids=[call.name for call in CALLS])
def test_what_was_agreed_is_heard(call: Call) -> None:
    reading = read(call.row["transcript"])

    starts = [event["start"] or event["date"] for event in predicted(call)]

    wanted = [one for one in call.wanted if one.get("intent") != "cancel"]
    assert [str(start)[:16] if start else "-" for start in starts] == [
        one["start"] for one in wanted
    ]
    assert len(reading.events) == len(call.wanted)
    for event, facts in zip(reading.events, call.wanted, strict=True):
        heard = facts_of(event, reading)
        assert {name: heard[name] for name in facts if name != "start"} == {
            name: value for name, value in facts.items() if name != "start"
        }


def predicted(call: Call) -> list[dict[str, str | None]]:
    return Judge(reader=LocalReader()).predict(call.row)["events"]


def facts_of(event: SaidEvent, reading: Reading) -> dict[str, str]:
    name, email, phone = event.customer_name, event.customer_email, event.customer_phone
    return {
        "agreed": "yes" if event.is_agreed else "no",
        "name": name.value if name else "",
        "email": email.value if email else "",
        "phone": re.sub(r"\D", "", phone.value) if phone else "",
        "intent": event.intent.value,
        "urgency": reading.urgency.value,
    }


@pytest.mark.parametrize("call", CALLS, ids=[call.name for call in CALLS])
def test_the_language_is_known_by_its_words(call: Call) -> None:
    assert language_of(call.row["transcript"]) == call.language


def test_words_for_a_visit_that_is_called_off_are_kept() -> None:
    called_off = [
        call for call in CALLS if any(one.get("intent") == "cancel" for one in call.wanted)
    ]

    for call in called_off:
        event = read(call.row["transcript"]).events[0]
        assert event.intent is Intent.CANCEL
        assert event.when is not None
        assert when.find(event.when.value, language=call.language)

"""`frontdesk transcripts eval`: a line of predictions for each call or phrase."""

import json
from pathlib import Path

import pytest

from domain.errors import Refusal
from providers.local.reader import LocalReader
from tests.support.commands import run
from workers.predictions import Judge, rows_of

CALL = {
    "id": "one",
    "reference_datetime": "2026-11-18T10:00:00-05:00",
    "timezone": "America/New_York",
    "transcript": (
        "Agent: Shine Detailing, that is $220 and takes three hours.\n"
        "Caller: Book me for Saturday at 9 am, this is Victor Hale, 718 555 0166.\n"
        "Agent: You are booked for Saturday at 9 am."
    ),
}
PHRASE = {
    "id": "two",
    "reference_datetime": "2026-11-18T10:00:00+05:30",
    "lang": "en",
    "text": "tomorrow at 3 pm",
}


def test_a_file_of_calls_and_phrases_is_answered_line_by_line(tmp_path: Path) -> None:
    file, out = tmp_path / "calls.jsonl", tmp_path / "predictions.jsonl"
    file.write_text(f"{json.dumps(CALL)}\n\n{json.dumps(PHRASE)}\n")

    ended = run(tmp_path, "transcripts", "eval", str(file), "--out", str(out))

    assert ended.returncode == 0, ended.stderr
    call, phrase = map(json.loads, out.read_text().splitlines())
    assert call["id"] == "one"
    assert call["has_event"]
    assert call["start"] == "2026-11-21T09:00:00-05:00"
    assert (call["customer_name"], call["customer_phone"]) == ("Victor Hale", "7185550166")
    assert (call["price_estimate"], call["duration_minutes"]) == (220.0, 180)
    assert phrase["start"] == "2026-11-19T15:00:00+05:30"


def test_a_call_in_which_nothing_is_arranged_has_no_event() -> None:
    row = CALL | {"transcript": "Agent: Hello.\nCaller: What are your opening hours, please?"}

    line = Judge(reader=LocalReader()).predict(row)

    assert not line["has_event"]
    assert line["start"] is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("not json\n", "no JSON"),
        ('{"text": "now"}\n', "no id"),
        ("[1]\n", "no id"),
        ('{"id": "x"}\n', "no call and no phrase"),
        ('{"id": "x", "text": "now", "reference_datetime": "never"}\n', "no call and no phrase"),
    ],
)
def test_a_line_that_is_neither_is_named(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_text(content)
    judge = Judge(reader=LocalReader())

    with pytest.raises(Refusal, match=words):
        list(map(judge.predict, rows_of(file)))


def test_a_reader_that_is_not_set_up_is_refused_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_text(json.dumps(CALL) + "\n")

    ended = run(tmp_path, "transcripts", "eval", str(file), "--reader", "oracle")

    assert ended.returncode == 2
    assert "oracle" in ended.stderr
    assert "Traceback" not in ended.stderr

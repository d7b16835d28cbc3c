"""The demo: a dozen calls go all the way, and nothing of what was said leaks."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import sandbox
from tests.architecture.source import ROOT, tracked
from tests.support.commands import left_behind, run
from tests.support.waiting import wait_until

DATA = Path(sandbox.__file__).parent / "demo"
CALLS = [json.loads(line) for line in (DATA / "calls.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("demo") / "home"
    yield place
    wait_until(lambda: not left_behind(place), within=10, what=str(left_behind(place)))


@pytest.mark.slow
def test_every_call_comes_to_its_end_and_the_ledgers_agree(home: Path) -> None:
    done = run(home, "demo")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "every row has come to its end" in done.stdout
    assert "ledger agree" in done.stdout
    assert done.stdout.count("delivered") >= 2
    for call in CALLS:
        assert call["name"] in done.stdout
    said = "\n".join(path.read_text(errors="replace") for path in (home / "logs").glob("*.log"))
    assert said
    for call in CALLS:
        assert call["phone_number"] not in said
        assert call["phone_number"][1:] not in said
        for line in call["transcript"].splitlines():
            assert line.partition(": ")[2][:40] not in said or len(line) < 30


@pytest.mark.slow
def test_other_calls_work_the_same_way(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "others.jsonl"
    other.write_text(
        json.dumps({"transcript": "x" * 500_001, "name": "no call at all"})
        + "\n"
        + json.dumps({"transcript": "Agent: Hello?\nCaller: Wrong number, sorry, goodbye."})
        + "\n"
    )

    done = run(home.parent / "others", "demo", "--calls", str(other))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "longer than any call" in done.stdout


def test_a_file_that_is_no_list_of_calls_is_told_by_its_line(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"transcript": "Hello"}\n{"text": 1}\n')

    done = run(tmp_path / "home", "demo", "--calls", str(bad))

    assert done.returncode == 2
    assert done.stderr.strip() == "frontdesk: bad.jsonl, line 2: there is no transcript."


def test_no_words_of_the_demo_stand_in_the_code() -> None:
    lines = [line for call in CALLS for line in call["transcript"].splitlines()]
    spans = {
        " ".join(words[at : at + 8])
        for words in (re.findall(r"\w+", line.casefold()) for line in lines)
        for at in range(len(words) - 7)
    }

    for path in tracked():
        if path.suffix == ".py" and ROOT / "sandbox/demo" not in path.parents:
            text = " ".join(re.findall(r"\w+", path.read_text().casefold()))
            assert not [span for span in spans if span in text], path

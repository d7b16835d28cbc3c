"""The figures as docs/evaluation.md."""

import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from benchmarks.evaluation.scores import ALL, HELD, SEEN, Figure, Figures
from benchmarks.evaluation.second import Booked
from tests.architecture.source import ROOT
from workers.predictions import Line

PAGE: Final = ROOT / "docs" / "evaluation.md"
MARK: Final = "<!-- written by `make evaluation` from here on -->\n"
AIMS: Final = (
    ("an event is found, F1", "detect_f1", 97.0, True),
    ("its start, to the minute", "start_exact", 94.0, True),
    ("the customer's name", "name_accuracy", 88.0, True),
    ("a start invented where nothing was arranged", "null_start_fp", 1.0, False),
    ("a name invented", "null_name_fp", 1.0, False),
    ("a number invented", "null_phone_fp", 1.0, False),
)
MORE: Final = (
    ("its date", "date_accuracy"),
    ("its time of day", "time_accuracy"),
    ("its type", "event_type_accuracy"),
    ("its place", "location_accuracy"),
    ("a time of day invented where only a date was said", "null_time_fp"),
)
BY_CATEGORY: Final = ("detect_accuracy", "start_exact", "name_accuracy", "null_start_fp")
LEFT_OUT: Final = ("detect_f1", "start_exact", "name_accuracy", "null_start_fp", "null_name_fp")
TIMEX_AIMS: Final = {"SGD": 97.0, "SMCalFlow": 97.0, "Duckling": 75.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All that was measured in one run."""

    groups: Mapping[str, Mapping[str, Figures]]
    timex: Mapping[str, Figures]
    told: Sequence[Line]
    left_out: Mapping[str, Figures]
    own: Mapping[str, tuple[int, int, int]]
    second: Mapping[str, Booked]
    pace: Mapping[str, float]


def write(measured: Measured) -> None:
    """Write what was measured behind the page's mark, and print it."""
    parts = [
        _head(),
        _aims(measured.groups),
        _categories(measured.groups[ALL]),
        _phrases(measured.timex),
        _own(measured.own),
        _doubts(measured.told),
        _left_out(measured.left_out),
        _second(measured.second, len(measured.told)),
        _pace(measured.pace),
    ]
    text = "\n\n".join(parts) + "\n"
    kept = PAGE.read_text("utf-8").partition(MARK)[0]
    PAGE.write_text(kept + MARK + "\n" + text, "utf-8")
    print(text)


def _table(columns: Sequence[str], lines: Sequence[Sequence[object]]) -> str:
    told = [columns, ["---"] * len(columns), *lines]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in told)


def _git(*words: str) -> str:
    words = ("git", *words)
    told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    return told.stdout.strip()


def _head() -> str:
    changed = _git("status", "--porcelain", "--", "domain", "providers", "workers", "benchmarks")
    revision = _git("rev-parse", "--short", "HEAD") + (" and changes" if changed else "")
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, revision {revision}, Python {platform.python_version()}, "
        "reader `local`. Per cent; in brackets 95 % by bootstrap over calls."
    )


def _cell(figures: Figures, metric: str) -> str:
    found = figures.get(metric)
    return f"{found}, n = {found.count}" if found else "-"


def _aims(groups: Mapping[str, Mapping[str, Figures]]) -> str:
    whole = {name: told["all"] for name, told in groups.items()}
    lines = [
        [
            what,
            f"{'at least' if is_least else 'at most'} {aim:g}",
            *(_cell(whole[name], metric) for name in (SEEN, HELD, ALL)),
            _met(whole[ALL].get(metric), aim, is_least=is_least),
        ]
        for what, metric, aim, is_least in AIMS
    ]
    lines.append(["the customer's number", "at least 95", *["-"] * 3, "no call has one"])
    lines += [
        [what, "", *(_cell(whole[name], metric) for name in (SEEN, HELD, ALL)), ""]
        for what, metric in MORE
    ]
    return "## Calls\n\n" + _table(["what", "aim", SEEN, HELD, ALL, "met"], lines)


def _met(figure: Figure | None, aim: float, *, is_least: bool) -> str:
    if figure is None:
        return "-"
    return "yes" if (figure.value >= aim if is_least else figure.value <= aim) else "**no**"


def _categories(groups: Mapping[str, Figures]) -> str:
    lines = [
        [name.replace("_", " "), *(_cell(told, metric) for metric in BY_CATEGORY)]
        for name, told in groups.items()
        if name != "all"
    ]
    columns = ["category", "event or none", "start", "name", "start invented"]
    return "## By category\n\n" + _table(columns, lines)


def _phrases(timex: Mapping[str, Figures]) -> str:
    lines = [
        [
            kind,
            f"at least {aim:g}",
            *(_cell(timex[name], kind) for name in (SEEN, HELD, ALL)),
            _met(timex[ALL][kind], aim, is_least=True),
        ]
        for kind in timex[ALL]
        for name, aim in TIMEX_AIMS.items()
        if kind.startswith(name)
    ]
    return "## Time expressions\n\n" + _table(["kind", "aim", SEEN, HELD, ALL, "met"], lines)


def _own(sets: Mapping[str, tuple[int, int, int]]) -> str:
    lines = [[name.replace("_", ", "), *told] for name, told in sets.items()]
    columns = ["set", "calls", "events and moments right", "names, numbers and agreement, too"]
    return "## Harder calls in our own words\n\n" + _table(columns, lines)


def _doubts(told: Sequence[Line]) -> str:
    events = [event for line in told for event in line["events"]]
    asked = sum(event["is_asked"] for event in events)
    agreed = sum(event["is_agreed"] for event in events)
    return (
        f"Of {len(events)} events heard in the calls, {agreed} were agreed by both sides; for "
        f"{asked} the owner would be asked (not agreed, or more than one reading of the moment)."
    )


def _left_out(judged: Mapping[str, Figures]) -> str:
    lines = [
        [name, *(_share(told, metric) for metric in LEFT_OUT)] for name, told in judged.items()
    ]
    columns = ["left out", "F1", "start", "name", "start invented", "name invented"]
    return "## What each part is worth\n\n" + _table(columns, lines)


def _second(booked: Mapping[str, Booked], calls: int) -> str:
    lines = [[name, one.right, one.wrong, one.asked] for name, one in booked.items()]
    columns = ["who reads", "confirmed and right", "confirmed and wrong", "asked instead"]
    return (
        f"Of the same {calls} calls, those in which an event would be confirmed unasked. The model"
        " that errs takes the last time that was named, whoever named it, and says that both"
        " agreed:\n\n" + _table(columns, lines)
    )


def _share(figures: Figures, metric: str) -> str:
    found = figures.get(metric)
    return f"{found.value:.1f}" if found else "-"


def _pace(pace: Mapping[str, float]) -> str:
    return (
        "## Pace\n\n"
        f"A call of {pace['words']:.0f} words (five minutes) takes {pace['call'] * 1e3:.0f} ms of "
        f"processor time (aim: 30). 10,000 phrases are resolved in {pace['phrases']:.1f} s, in "
        f"{pace['phrases_of_any_language']:.1f} s where the language has to be heard (aim: 5)."
    )

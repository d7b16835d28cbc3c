"""docs/reference, written from the code: settings, tasks, commands and metrics.

    make reference

A test holds the pages current; tables are docs/schema.md, by `make schema`.
"""

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import typer.main

import celeryconfig
from config.settings import Settings
from domain.work.names import FAST, TaskName
from workers.app import app as celery
from workers.measures import OWN, READINGS

WRITTEN: Final = "Written by `make reference` from the code; a test holds it current.\n"

FLOWERS: Final = {
    "flower_events_total": ("worker, type, task", "tasks by how they ended, and other events"),
    "flower_task_runtime_seconds": ("worker, task", "how long tasks take: a histogram"),
    "flower_worker_online": ("worker", "1 while a worker's heart beats"),
    "flower_worker_number_of_currently_executing_tasks": ("worker", "tasks in hand"),
}
"""Those of Flower's own metrics that the dashboard and the rules rely on."""


def main() -> None:
    """Write the pages."""
    home = Path(__file__).parents[1] / "docs" / "reference"
    for name, page in pages().items():
        (home / name).write_text(page, encoding="utf-8")


def pages() -> dict[str, str]:
    """Return every page by its file's name."""
    return {
        "settings.md": _page("Settings", _settings()),
        "tasks.md": _page("Tasks", _tasks()),
        "commands.md": _page("Commands", _commands()),
        "metrics.md": _page("Metrics", _metrics()),
    }


def _page(title: str, lines: Iterator[str]) -> str:
    return "\n".join([f"# {title}", "", WRITTEN, *lines]) + "\n"


def _cell(words: str) -> str:
    return re.sub(r"\s+", " ", words).replace("|", "\\|")


def _settings() -> Iterator[str]:
    yield "`frontdesk doctor --settings` shows what each is now; secrets are never shown."
    yield "How they go together: [contracts.md](contracts.md)."
    yield ""
    yield "| variable | meaning | default |"
    yield "|---|---|---|"
    for name, field in Settings.model_fields.items():
        default: object = field.default
        shown = "" if default is None else f"`{int(default) if default is False else default}`"
        yield f"| `{name.upper()}` | {_cell(field.description or '')} | {shown} |"


def _tasks() -> Iterator[str]:
    celery.loader.import_default_modules()
    lines: dict[str, dict[str, Any]] = celeryconfig.beat_schedule
    rung: dict[str, list[str]] = {}
    for line in lines.values():
        rung.setdefault(str(line["task"]), []).append(_every(line["schedule"]))
    yield "A task's queue is its area. Arguments are ids, as texts; every task may run twice."
    yield ""
    yield "| task | queue, post | does | beat rings it |"
    yield "|---|---|---|---|"
    for name in TaskName:
        function = inspect.unwrap(getattr(celery.tasks[name.value], "run"))  # noqa: B009  # no stub
        takes = ", ".join(inspect.signature(function).parameters)
        post = "fast" if name.area in FAST else "slow"
        when = ", ".join(dict.fromkeys(rung.get(name.value, [])))
        does = _cell((inspect.getdoc(function) or "").split("\n\n")[0])
        yield f"| `{name.value}({takes})` | {name.area.value}, {post} | {does} | {when} |"


def _every(schedule: object) -> str:
    if isinstance(schedule, int | float):
        return f"every {schedule:g} s"
    minute, hour = (str(getattr(schedule, f"_orig_{part}")) for part in ("minute", "hour"))
    if hour == "*":
        return f"hourly at minute {minute}"
    return f"at {hour} h {minute} UTC"


def _commands() -> Iterator[str]:
    group: Any = typer.main.get_command(import_module("workers.cli.everything").app)
    yield "`frontdesk COMMAND --help` says the same. Exit 0 done; 1 not well; 2 wrong usage."
    yield ""
    yield "| command | does | options |"
    yield "|---|---|---|"
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            for verb, inner in sorted(command.commands.items()):
                yield _command(f"{name} {verb}", inner)
        else:
            yield _command(name, command)


def _command(name: str, command: Any) -> str:  # noqa: ANN401  # click's
    takes = [
        (one.metavar or one.name).upper() + ("" if one.required else "?")
        for one in command.params
        if one.param_type_name == "argument"
    ]
    options = [
        f"`{one.opts[0]}` {one.help or ''}".strip()
        for one in command.params
        if one.param_type_name == "option" and one.opts[0] not in ("--json", "--help")
    ]
    has_json = any("--json" in one.opts for one in command.params)
    usage = " ".join([name, *takes, *(["[--json]"] if has_json else [])])
    does = (command.help or "").split("\n\n")[0]
    return f"| `{usage}` | {_cell(does)} | {_cell(' '.join(options))} |"


def _metrics() -> Iterator[str]:
    yield "`frontdesk metrics` tells these at `http://127.0.0.1:9464/metrics`. All are gauges."
    yield "No label is a tenant or a row; a reading tells 200 series at the most."
    yield ""
    yield "| metric | labels | meaning | as of |"
    yield "|---|---|---|---|"
    for reading in READINGS:
        labels = ", ".join(reading.labels)
        for name, meaning in reading.figures.items():
            yield f"| `{name}` | {labels} | {_cell(meaning)} | {reading.good_for:g} s |"
    for name, meaning in OWN.items():
        labels = "reading" if name == "frontdesk_reading_seconds" else ""
        yield f"| `{name}` | {labels} | {_cell(meaning)} | now |"
    yield ""
    yield "Flower tells of tasks, at `http://127.0.0.1:5555/metrics`; these are relied on:"
    yield ""
    yield "| metric | labels | meaning |"
    yield "|---|---|---|"
    for name, (labels, meaning) in FLOWERS.items():
        yield f"| `{name}` | {labels} | {meaning} |"


if __name__ == "__main__":
    main()

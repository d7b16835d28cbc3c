"""Rules of the house that no off-the-shelf linter holds."""

import ast
import re
from pathlib import Path

import pytest
from celery.schedules import crontab

import celeryconfig
from domain.work.names import SWEEPS, Area, TaskName
from tests.architecture.source import FILES, ROOT, TASKS, at, each, name_of, tracked
from workers.app import app

LONGEST_FILE = 300
LONGEST_FUNCTION = 50
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def test_a_room_can_be_read_in_one_sitting() -> None:
    long = [name_of(path) for path in FILES if len(path.read_text().splitlines()) > LONGEST_FILE]
    long += [
        at(path, function)
        for path in FILES
        for function in each(path, *FUNCTIONS)
        if (function.end_lineno or 0) - function.lineno >= LONGEST_FUNCTION
    ]

    assert long == []


def test_no_bell_is_rung_inside_a_transaction() -> None:
    rung = [
        at(path, node)
        for path in FILES
        for block in each(path, ast.With)
        if any("begin" in ast.unparse(item.context_expr) for item in block.items)
        for node in ast.walk(block)
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in BELLS
    ]

    assert rung == []


BELLS = {"ring", "send_task", "delay", "apply_async"}


def test_celerys_own_retry_and_delay_are_not_used() -> None:
    used = [
        at(path, node)
        for path in FILES
        for node in each(path, ast.Attribute)
        if node.attr in {"delay", "apply_async"} or ast.unparse(node) == "self.retry"
    ]
    used += [
        at(path, given)
        for path in FILES
        for given in each(path, ast.keyword)
        if given.arg in {"eta", "countdown"}
    ]

    assert used == []


@pytest.mark.parametrize("path", TASKS, ids=name_of)
def test_a_task_is_named_after_its_room_and_takes_only_plain_words(path: Path) -> None:
    for function in each(path, ast.FunctionDef):
        for mark in function.decorator_list:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "task":
                constant = ast.unparse(mark.args[0]).removeprefix("TaskName.")
                assert TaskName[constant] == f"{path.stem}.{function.name}"
                for argument in function.args.args:
                    assert argument.annotation is not None
                    assert ast.unparse(argument.annotation) in {"str", "int"}


def test_leases_are_the_business_of_one_room() -> None:
    elsewhere = [
        name_of(path)
        for path in FILES
        if not name_of(path).startswith(("domain/work", "domain/tables"))
        and "lease_token" in path.read_text()
    ]

    assert elsewhere == []


def test_only_workers_end_transactions_by_hand() -> None:
    ended = [
        at(path, node)
        for path in FILES
        if not name_of(path).startswith(("workers/", "domain/database.py"))
        for node in each(path, ast.Attribute)
        if node.attr in {"commit", "rollback", "flush"}
    ]

    assert ended == []


def test_the_domain_and_the_tasks_ask_no_host_for_the_time() -> None:
    asking = [
        name_of(path)
        for path in FILES
        if name_of(path).startswith(("domain/", "tasks/")) and "datetime.now" in path.read_text()
    ]

    assert asking == []


def test_what_is_due_is_found_by_its_index() -> None:
    """A clock that is asked for each row bounds no index: every planned row was read."""
    volatile = re.compile(r"due_at <=? clock_timestamp\(\)")

    read = [name_of(path) for path in FILES if volatile.search(path.read_text())]

    assert read == []


def test_the_queues_page_imports_only_settings_and_names() -> None:
    found = {node.module for node in each(ROOT / "celeryconfig.py", ast.ImportFrom)}

    assert found == {"celery.schedules", "config.settings", "domain.work.names"}


def test_the_registered_tasks_are_those_that_have_a_name() -> None:
    app.loader.import_default_modules()

    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert ours == {name.value for name in TaskName}


def test_the_timetable_names_real_tasks_on_real_queues() -> None:
    for name, line in celeryconfig.beat_schedule.items():
        assert line["task"] in set(TaskName), name
        assert line.get("options", {}).get("queue", "upkeep") in set(Area), name
        assert isinstance(line["schedule"], (float, crontab)), name
    assert {name.value for name in SWEEPS.values()} <= set(celeryconfig.beat_schedule)


def test_every_state_is_drawn_in_the_lifecycles() -> None:
    drawn = (ROOT / "docs/lifecycles.md").read_text()

    for path in (ROOT / "domain/tables").glob("*.py"):
        for kind in each(path, ast.ClassDef):
            if any(ast.unparse(base) == "StrEnum" for base in kind.bases):
                for member in (node for node in kind.body if isinstance(node, ast.Assign)):
                    word = ast.literal_eval(member.value)
                    assert f"`{word}`" in drawn, f"{kind.name}.{word}"


HOSTS = re.compile(r"py[p]i\.org|pythonh[o]sted|registry\.n[p]mjs|deb\.d[e]bian")
OURS_ALONE = re.compile(r"(^|[^a-zA-Z0-9_.])/(w[o]rk|f[a]rm|r[o]ot)/")
UNFINISHED = re.compile(r"\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b")


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    for path in tracked():
        text = path.read_text(errors="ignore")
        assert not HOSTS.search(text), name_of(path)
        assert not OURS_ALONE.search(text), name_of(path)


def test_nothing_is_left_for_later_in_the_code() -> None:
    for path in tracked():
        if path.suffix in {".py", ".sh", ".toml"}:
            assert not UNFINISHED.search(path.read_text()), name_of(path)

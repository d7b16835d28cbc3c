"""What others rely on is named in the reference, and nothing is exported that it does not name."""

import inspect
import re
from importlib import import_module

import pytest
import typer.main
from starlette.routing import BaseRoute, Mount, Route

from config.settings import Settings
from domain.work.names import TaskName
from sandbox.app import build
from sandbox.faults import Fault
from tests.architecture.source import ROOT
from workers.cli.everything import app
from workers.cli.main import HOMES
from workers.reference import pages

REFERENCE = (ROOT / "docs/reference/contracts.md").read_text()
COMMANDS = sorted(typer.main.get_command(app).commands)  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("name", [name.upper() for name in Settings.model_fields])
def test_every_variable_is_named(name: str) -> None:
    previous = name.endswith("_WEBHOOK_SECRET_PREVIOUS")
    assert f"`{name}`" in REFERENCE or (previous and "*_WEBHOOK_SECRET_PREVIOUS" in REFERENCE)


@pytest.mark.parametrize("name", list(TaskName))
def test_every_task_is_named(name: TaskName) -> None:
    assert f"`{name.value}(" in REFERENCE


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_named(name: str) -> None:
    assert re.search(rf"`([a-z]+\|)?{name}\b", REFERENCE)


def test_every_make_target_of_the_reference_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()

    for target in ("demo", "up", "test", "check"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def named(route: BaseRoute) -> list[str]:
    """Return what the reference calls a route: a vendor's address, or one of the sandbox's own."""
    if isinstance(route, Mount):
        calls = [one.name.split(" ")[1] for one in route.routes if isinstance(one, Route)]
        return [route.path, *calls]
    return [route.path] if isinstance(route, Route) else []


@pytest.mark.parametrize("name", sorted({name for one in build().routes for name in named(one)}))
def test_every_route_of_the_sandbox_is_named(name: str) -> None:
    assert re.search(rf"`((GET|POST) )?{re.escape(name)}[`? ]", REFERENCE)


@pytest.mark.parametrize("kind", list(Fault))
def test_every_fault_of_the_sandbox_is_named(kind: Fault) -> None:
    assert f"`{kind.value}`" in REFERENCE


@pytest.mark.parametrize(("word", "home"), sorted(HOMES.items()))
def test_a_command_alone_is_loaded_from_where_it_stands(word: str, home: str) -> None:
    module = import_module(f"workers.cli.{home}")

    mine = {one for one in vars(module).values() if inspect.isfunction(one)}
    typers = [one for one in vars(module).values() if isinstance(one, typer.Typer)]
    named = {
        one.name or one.callback.__name__ for one in app.registered_commands if one.callback in mine
    }
    groups = {one.name for one in app.registered_groups if one.typer_instance in typers}
    assert word in named | groups


def test_no_command_loads_all_the_others() -> None:
    import_module("workers.cli.everything")
    commands = {
        one.name or one.callback.__name__ for one in app.registered_commands if one.callback
    }
    assert commands | {one.name for one in app.registered_groups} == set(HOMES)


@pytest.mark.parametrize("name", ["settings.md", "tasks.md", "commands.md", "metrics.md"])
def test_the_pages_of_the_reference_are_current(name: str) -> None:
    page = (ROOT / "docs/reference" / name).read_text(encoding="utf-8")

    assert page == pages()[name], "run `make reference`"

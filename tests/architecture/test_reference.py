"""What others rely on is named in the reference, and nothing is exported that it does not name."""

import re

import pytest
import typer.main

from config.settings import Settings
from domain.work.names import TaskName
from tests.architecture.source import ROOT
from workers.cli.frame import app

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

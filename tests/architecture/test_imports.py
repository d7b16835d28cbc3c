"""The import contracts hold, and each breaks on an import planted against it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOMS, ROOT

PLANTED = {
    "arrows only go down": ("tasks/upkeep.py", "import workers.kin"),
    "settings are read at the door": ("tasks/upkeep.py", "import config.settings"),
    "the domain knows no vendor and no queue": ("domain/work/runs.py", "import celery"),
    "rules are pure": ("domain/work/rules.py", "import sqlalchemy"),
    "areas stand side by side on their common floor": (
        "domain/tables/ops.py",
        "import domain.work.runs",
    ),
    "no circles": ("workers/pulse.py", "import workers.lifecycle"),
    "only the contract and the workers know Celery": ("tasks/bells.py", "import celery"),
}


def lint(folder: Path) -> tuple[int, str]:
    words = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold() -> None:
    code, said = lint(ROOT)

    assert code == 0, said
    for name in PLANTED:
        assert f"{name} KEPT" in said


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_import_breaks_its_contract(copy: Path, name: str) -> None:
    where, line = PLANTED[name]
    path = copy / where
    path.write_text((path.read_text() if path.exists() else "") + f"\n{line}\n")

    code, said = lint(copy)

    assert code == 1
    assert f"{name} BROKEN" in said


def test_a_new_area_must_be_given_its_floor(copy: Path) -> None:
    (copy / "domain" / "stray.py").write_text("")

    code, said = lint(copy)

    assert code == 1
    assert "stray" in said

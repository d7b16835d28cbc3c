"""The page on security speaks of tests and files that are there, so it cannot rot."""

import ast
import re

import pytest

from tests.architecture.source import ROOT

PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)))
FILES = sorted(
    set(
        re.findall(r"`((?:config|deploy|domain|migrations|providers|tasks|workers)/[\w./]*)`", PAGE)
    )
)


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_a_test_that_the_page_names_is_there(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))

    named = {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}
    assert not name or (name.startswith("test_") and name in named)


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_the_page_names_is_there(file: str) -> None:
    assert (ROOT / file).exists()


@pytest.mark.parametrize("page", ["security.md", "limits.md"])
def test_a_page_is_found_from_the_front(page: str) -> None:
    assert f"docs/{page}" in (ROOT / "README.md").read_text(encoding="utf-8")

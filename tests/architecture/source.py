"""The code as a tree, for the rules that no off-the-shelf linter holds."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]
ROOMS = ("config", "domain", "providers", "sandbox", "tasks", "workers")
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
TASKS = [path for path in FILES if path.parent == ROOT / "tasks"]

Node = TypeVar("Node", bound=ast.AST)


@cache
def _nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))


def each(path: Path, *kinds: type[Node]) -> Iterator[Node]:
    """Yield every node of these kinds."""
    for node in _nodes(path):
        if isinstance(node, kinds):
            yield node


def at(path: Path, node: ast.expr | ast.stmt | ast.keyword) -> str:
    """Say where a node stands."""
    return f"{name_of(path)}:{node.lineno}"


def name_of(path: Path) -> str:
    """Return the path as one says it."""
    return str(path.relative_to(ROOT))


def tracked() -> list[Path]:
    """Return every file that git tracks, or would."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]

"""The five documents' tables, read from the documents where they lie beside us, and from a copy."""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.settings import settings
from tests.support.commands import ROOT

COPY: Final = Path(__file__).parents[1] / "schema" / "seed_columns.toml"


@dataclass(frozen=True, slots=True)
class SeedTable:
    """A table as its document says it: `required` may not be NULL, `values` are all there are."""

    name: str
    columns: tuple[str, ...]
    required: tuple[str, ...]
    values: dict[str, tuple[str, ...]]


def documents() -> list[Path]:
    """Return the documents, where they are here."""
    shared = settings().frontdesk_shared or ROOT.parent / "shared"
    return sorted((shared / "seeds").glob("*.txt"))


def kept() -> list[SeedTable]:
    """Return the copy."""
    found = tomllib.loads(COPY.read_text())
    return [
        SeedTable(
            f"{document}.{table}",
            tuple(words["columns"]),
            tuple(words["required"]),
            {column: tuple(values) for column, values in words.get("values", {}).items()},
        )
        for document, tables in found.items()
        for table, words in tables.items()
    ]


def parsed() -> list[SeedTable]:
    """Return what the documents say today."""
    return [
        _table(f"seed_{path.name[:3]}.{name}", lines)
        for path in documents()
        for name, lines in _sections(path.read_text())
    ]


def written(tables: list[SeedTable]) -> str:
    """Return the copy's text for these tables."""
    said: list[str] = []
    for table in tables:
        said.append(f"[{table.name}]")
        said += _list("columns", table.columns)
        said += _list("required", table.required)
        if table.values:
            said.append(f"[{table.name}.values]")
            said += [line for name in table.values for line in _list(name, table.values[name])]
        said.append("")
    return "\n".join(said)


def _list(name: str, words: tuple[str, ...]) -> list[str]:
    line = f"{name} = {json.dumps(words)}"
    if len(line) <= LONGEST:
        return [line]
    return [f"{name} = [", *(f"    {json.dumps(word)}," for word in words), "]"]


LONGEST: Final = 100

Line = tuple[str, str]
"""A column's name, and what is said of it."""

TITLE: Final = re.compile(r"^#{2,4} (?:\d+\. )?`?(\w+)`?$")
BULLET: Final = re.compile(r"^- `(\w+)` \((.*)$")
ROW: Final = re.compile(r"^\| `?(\w+)`? \| (.*)$")
CREATE: Final = re.compile(r"^CREATE TABLE (\w+) \($")
CHECK: Final = re.compile(r"CHECK \(\w+ IN \(([^)]*)\)")
LISTED: Final = re.compile(r"text \| ('.*) \|$")
DEFINITION: Final = re.compile(r"^  (\w+) (.*)$")


def _sections(text: str) -> Iterator[tuple[str, list[Line]]]:
    """Yield the name and the columns' lines of each table, whichever way it is written down."""
    written_as_sql = "CREATE TABLE" in text
    start = CREATE if written_as_sql else TITLE
    shapes = (DEFINITION,) if written_as_sql else (BULLET, ROW)
    name, lines = "", list[Line]()
    for line in text.splitlines():
        if begun := start.match(line):
            if lines:
                yield name, lines
            name, lines = begun[1], []
        elif written_as_sql and line.startswith(")") and name:
            yield name, lines
            name, lines = "", []
        elif name and (found := _first(shapes, line)):
            lines.append(found)
        elif line.startswith("#") and lines:
            yield name, lines
            name, lines = "", []
    if lines:
        yield name, lines


def _first(shapes: tuple[re.Pattern[str], ...], line: str) -> Line | None:
    for shape in shapes:
        if (found := shape.match(line)) and found[1] not in {"Column", "Order", "File"}:
            return found[1], found[2]
    return None


def _table(name: str, lines: list[Line]) -> SeedTable:
    required = [column for column, words in lines if _is_required(words)]
    values = {column: found for column, words in lines if (found := _values(words))}
    return SeedTable(name, tuple(column for column, _ in lines), tuple(required), values)


def _is_required(words: str) -> bool:
    return "NOT NULL" in words and "PRIMARY KEY" not in words


def _values(words: str) -> tuple[str, ...]:
    """Return the values of a CHECK, or those that a description begins with, in quotes."""
    inside = CHECK.search(words) or LISTED.match(words)
    return tuple(re.findall(r"'([^']+)'", inside[1])) if inside else ()

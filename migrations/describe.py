"""docs/schema.md, written from the models, the migrated database and the map of the seeds.

    make schema

The models say what there is and what it means, the database who may see it.
"""

import inspect
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from sqlalchemy import Column, Connection, create_engine, text
from sqlalchemy import Table as Relation
from sqlalchemy.dialects import postgresql

from config.settings import settings
from domain.tables.base import Table
from domain.tables.catalogue import TABLES
from workers import migration
from workers.embedded import seat

SEEDS: Final = Path(__file__).with_name("seed_map.toml")
Sources = Mapping[str, list[str]]
"""By `table.column`: the columns of the five documents that live there now."""

Words = Mapping[tuple[str, str], str]
"""By table and column: the words that it allows."""

ONE_OF: Final = re.compile(r'\("?(\w+)"? = ANY \(ARRAY\[(.+?)\]\)\)')

INTRODUCTION: Final = """\
# The schema

Written by `make schema` from the models, the migrated database and `migrations/seed_map.toml`;
a test holds it current.

{tables} tables, {columns} columns, in the PostgreSQL schema `frontdesk`.

Who may see the rows of a table:

| kind | another service, for its tenant | the house |
|---|---|---|
| tenant | its own rows, to read and to write | all |
| tenant or default | its own rows; reads also those of nobody, the defaults | all |
| catalogue | reads all, writes none; secrets are kept back by column | all |
| ops | nothing | all |

Row level security is forced on all of them. **Sealed** columns hold AES-GCM under a key of
`ENCRYPTION_KEYS`, bound to table, column and row; the clear column beside one stays writable
for other services, and `upkeep.seal` empties it within a minute. **Not sealed**, because work
has to read them or people search them, and covered by retention: `call_queue.recipient_number`,
`calls.phone_number`, `messages.to_number`, transcripts and bodies.
"""

MEANINGS: Final[Mapping[str, str]] = {
    "id": "a UUIDv7: sorts by time",
    "user_id": "the tenant; `app_current_user()` where it is not said",
    "created_at": "written by the database",
    "updated_at": "kept true by a trigger",
    "due_at": "worked from this moment on",
    "attempts": "claims so far that began a call",
    "lease_token": "the name of the claim that holds it",
    "lease_expires_at": "until when the claim holds",
    "last_error": "the latest reason, in an operator's words",
}


def main() -> None:
    """Print the page."""
    given = settings()
    with seat(given.home):
        url = given.owner_database or ""
        migration.migrate(url)
        engine = create_engine(url)
        with engine.connect() as connection:
            sys.stdout.write(describe(connection))
        engine.dispose()


def describe(connection: Connection) -> str:
    """Return the page, as the models, this database and the map have it."""
    kinds, words, sources = _kinds(connection), dict(_words(connection)), _sources()
    groups: dict[str, list[type[Table]]] = defaultdict(list)
    for model in TABLES:
        groups[model.__module__].append(model)
    columns = sum(len(_relation(model).columns) for model in TABLES)
    lines = [INTRODUCTION.format(tables=len(TABLES), columns=columns)]
    for module, models in sorted(groups.items()):
        lines += [f"## {module.rpartition('.')[2].replace('_', ' ').capitalize()}", ""]
        lines += [_sentence(sys.modules[module]), "", *_diagram(models)]
        for model in sorted(models, key=lambda each: each.__tablename__):
            lines += _table(model, kinds, words, sources)
    return "\n".join(lines).rstrip() + "\n"


def _relation(model: type[Table]) -> Relation:
    return cast("Relation", model.__table__)


def _table(
    model: type[Table], kinds: Mapping[str, str], words: Words, sources: Sources
) -> Iterator[str]:
    name = model.__tablename__
    months = " Partitioned by month." if _is_partitioned(model) else ""
    yield f"### {name}"
    yield ""
    yield f"{_sentence(model)} *{kinds.get(name, 'ops')}.*{months}"
    yield ""
    yield "| column | type | meaning | from |"
    yield "|---|---|---|---|"
    for column in _relation(model).columns:
        came = ", ".join(sources.get(f"{name}.{column.name}", []))
        meaning = _meaning(column, words.get((name, column.name), ""))
        yield f"| {column.name} | {_type(column)} | {meaning} | {came} |"
    yield ""


def _type(column: Column[Any]) -> str:
    words = column.type.compile(postgresql.dialect()).lower()
    short = words.replace("timestamp with time zone", "timestamptz")
    return short if column.nullable else f"{short}, not null"


def _meaning(column: Column[Any], allowed: str) -> str:
    links = {key.column.table.name for key in column.foreign_keys if key.column.name == "id"}
    words = [column.doc or MEANINGS.get(column.name, ""), allowed]
    if column.name.endswith("_sealed"):
        words.append("**sealed**")
    elif column.name.endswith("_hash") and not column.doc:
        words.append("keyed hash, by which the sealed value is found")
    if column.name != "user_id":
        words += [f"a row of {link}" for link in sorted(links)]
    return "; ".join(word for word in words if word)


def _diagram(models: Iterable[type[Table]]) -> Iterator[str]:
    """Draw who belongs to whom; that all belong to a tenant goes without saying."""
    links = sorted(
        {
            (key.referred_table.name, model.__tablename__)
            for model in models
            for key in _relation(model).foreign_key_constraints
            if key.referred_table.name != "users"
        }
    )
    if links:
        yield "```mermaid"
        yield "erDiagram"
        for parent, child in links:
            yield f"    {parent} ||--o{{ {child} : has"
        yield "```"
        yield ""


def _is_partitioned(model: type[Table]) -> bool:
    return bool(_relation(model).dialect_options["postgresql"]["partition_by"])


def _sentence(thing: object) -> str:
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")


def _kinds(connection: Connection) -> dict[str, str]:
    """Tell by its policies which of the four kinds each table is."""
    policies: dict[str, set[str]] = defaultdict(set)
    rows = connection.execute(
        text("SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'frontdesk'")
    )
    for table, policy in rows:
        policies[table].add(policy)
    return {table: _kind(names) for table, names in policies.items()}


def _kind(policies: set[str]) -> str:
    if "everybody" in policies:
        return "catalogue"
    if "tenant" in policies:
        return "tenant or default" if "defaults" in policies else "tenant"
    return "ops"


def _words(connection: Connection) -> Iterator[tuple[tuple[str, str], str]]:
    rows = connection.execute(
        text(
            "SELECT c.relname, pg_get_constraintdef(k.oid) FROM pg_constraint k"
            " JOIN pg_class c ON c.oid = k.conrelid"
            " WHERE k.contype = 'c' AND k.connamespace = 'frontdesk'::regnamespace"
        )
    )
    for table, rule in rows:
        for column, listed in ONE_OF.findall(rule):
            yield (table, column), "one of " + ", ".join(listed.split("'")[1::2])


def _sources() -> Sources:
    found: dict[str, list[str]] = defaultdict(list)
    documents = tomllib.loads(SEEDS.read_text(encoding="utf-8"))
    documents.pop("spellings", None)
    for seed, tables in documents.items():
        for table, targets in tables.items():
            for column, target in targets.items():
                for place in str(target).split("|"):
                    found[place.strip()].append(f"{seed.removeprefix('seed_')}.{table}.{column}")
    return found


if __name__ == "__main__":
    main()

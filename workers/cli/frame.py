"""What all commands share: the app, tables for people, JSON for machines, the servers at hand."""

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from config import logging
from config.settings import Settings, settings
from domain.errors import Refusal
from workers import interrupts, migration
from workers.embedded import seat

app: Final = typer.Typer(
    name="frontdesk",
    help="The back office of a voice-AI receptionist.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def frontdesk() -> None:
    """Hold the commands together; what they print is theirs alone, what goes wrong goes beside."""
    logging.set_up(as_json=False, level="WARNING")


out: Final = Console(soft_wrap=True)
err: Final = Console(stderr=True, soft_wrap=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]


def complain(sentence: str) -> None:
    """Say what is wrong, in one sentence, on standard error."""
    err.print(f"frontdesk: {sentence}", markup=False, highlight=False)


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows as a table; nothing to show is said, too."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("-" if cell is None else str(cell) for cell in row))
    out.print(table if rows else f"[bold]{title}[/bold]\nnone")
    out.print()


def show_json(facts: Any) -> None:  # noqa: ANN401  # whatever JSON can hold
    """Print facts for a machine."""
    out.print_json(json.dumps(facts, default=str))


def speak_up(given: Settings) -> None:
    """Set up logging for a command that runs on."""
    logging.set_up(as_json=given.frontdesk_env == "production")


@contextmanager
def at_hand(*, migrated: bool = True) -> Generator[Settings]:
    """Have the database and the broker at hand: our own where none were named.

    An embedded database is brought to this release at once; another one is its owner's,
    who says `frontdesk migrate`.
    """
    given = settings()
    if not given.is_embedded:
        yield given
        return
    with seat(given.home):
        if migrated and given.database_url is None:
            owner = given.owner_database
            if owner is None:
                raise Refusal("Set MIGRATE_DATABASE_URL to the owner's login.")
            migration.migrate(owner)
        interrupts.break_if_heard()
        yield given

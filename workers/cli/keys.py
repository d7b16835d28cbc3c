"""`frontdesk keys rotate`: a new key in front, and everything sealed with it, while workers run."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

import typer
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from config.settings import Settings
from domain.database import Begin
from domain.privacy import rotation
from domain.privacy.rotation import Tally, Watch
from domain.sealing import Keyring
from domain.tables.sealed import SEALED, Sealed
from workers import keys as own
from workers.cli.frame import AsJson, app, at_hand, err, out, show, show_json
from workers.reach import reach

STEPS: Final = (
    "Add it after the key that stands there and restart every process: all can open with it.",
    "Move it to the front and restart every process: all seal with it then.",
    "Run `frontdesk keys rotate` again with that setting: it seals anew what is there.",
    "When it says that the old key may be dropped, drop it and restart every process.",
)
"""How a new key is brought to processes that read theirs from the environment."""

keys: typer.Typer = typer.Typer(help="The keys that seal.", no_args_is_help=True)
app.add_typer(keys, name="keys")


@keys.callback()
def _keys() -> None:
    """Care for the keys that seal what nobody else may read."""


@keys.command()
def rotate(*, as_json: AsJson = False) -> None:
    """Seal everything with a new key; broken off, run it again. Exit 1: an old key is needed yet.

    Where the keys are kept in FRONTDESK_HOME, a new one is put in front. Where they stand in
    ENCRYPTION_KEYS, it tells what to set there, and seals with what is first.
    """
    with at_hand() as given, _alone(given):
        begin, keyring = reach(given, name="frontdesk keys"), own.keyring(given)
        if given.encryption_keys is not None and len(keyring.keys) == 1:
            _propose(keyring, as_json=as_json)
            return
        if given.encryption_keys is None and not rotation.is_unfinished(begin, keyring):
            own.put_in_front(given)
        tallies = _rotate(begin, keyring, quiet=as_json)
        _tell(tallies, keyring, as_json=as_json)


def _alone(given: Settings) -> AbstractContextManager[None]:
    return own.alone(given) if given.encryption_keys is None else nullcontext()


def _propose(keyring: Keyring, *, as_json: bool) -> None:
    """Show a new key, and what to do with it."""
    entry = own.new_key([key.name for key in keyring.keys])
    if as_json:
        show_json({"new_key": entry})
        return
    out.print("A new key for ENCRYPTION_KEYS; it is kept nowhere else:")
    out.print(f"\n{entry}\n", highlight=False, markup=False)
    for number, step in enumerate(STEPS, 1):
        out.print(f"{number}. {step}", highlight=False, markup=False)


def _rotate(begin: Begin, keyring: Keyring, *, quiet: bool) -> list[Tally]:
    columns = (TextColumn("{task.description}"), TextColumn("{task.completed}"))
    with Progress(*columns, TimeElapsedColumn(), console=err, disable=quiet) as progress:
        tasks = {each: progress.add_task(str(each), total=None) for each in SEALED}

        def watch(column: Sealed, done: int) -> None:
            progress.advance(tasks[column], done)

        seen: Watch = watch
        return rotation.rotate(begin, keyring, seen)


def _tell(tallies: Sequence[Tally], keyring: Keyring, *, as_json: bool) -> None:
    newest, *older = [key.name for key in keyring.keys]
    needed = [name for name in older if rotation.is_needed(tallies, name)]
    free = [name for name in older if name not in needed]
    lost = [f"{one.name} {row}" for one in tallies for row in sorted(one.unopened)]
    if as_json:
        facts = {"newest": newest, "columns": [_facts(one, newest) for one in tallies]}
        show_json({**facts, "may_be_dropped": free, "needed_yet": needed, "not_opened": lost})
    else:
        rows = [[*_facts(one, newest).values()] for one in tallies]
        titles = ["column", "sealed anew", "by the newest", "by others"]
        show(f"Sealed with {newest}", titles, rows)
        _advise(free, needed, lost)
    if needed or lost:
        raise typer.Exit(1)


def _advise(free: Sequence[str], needed: Sequence[str], lost: Sequence[str]) -> None:
    for row in lost:
        out.print(f"No key opens {row}: damaged, moved there, or its key is gone.", markup=False)
    for name in needed:
        out.print(f"{name} is needed yet: keep it, and run `frontdesk keys rotate` again.")
    for name in free:
        out.print(
            f"No row needs {name}: it may be dropped once every process was started with the"
            " newest in front.",
            highlight=False,
        )


def _facts(tally: Tally, newest: str) -> dict[str, Any]:
    return {
        "column": tally.name,
        "resealed": tally.resealed,
        "by_newest": tally.by_key[newest],
        "by_others": tally.by_key.total() - tally.by_key[newest],
    }

"""Who sits at this terminal, and whether they mean it."""

import getpass
import socket
import sys
from typing import Annotated, Final

import typer

from domain.errors import Refusal

MOST_AT_ONCE: Final = 10_000
"""Rows of one order; who has more says it again."""

Reason = Annotated[str, typer.Option(help="Why; the audit keeps it beside your name.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def whoever() -> str:
    """Name who sits at this terminal."""
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (KeyError, OSError):  # a container's user need not have a name
        return f"somebody@{socket.gethostname()}"


def ask_first(many: int, what: str, *, yes: bool) -> None:
    """Say how many rows it is about, and go on only where somebody means it."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refusal(f"{what[0].upper()}{what[1:]}: {many} rows. Say --yes if you mean it.")
    typer.confirm(f"{what[0].upper()}{what[1:]}: {many} rows. Do it?", abort=True, err=True)

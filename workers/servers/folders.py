"""The folders of a home: made private, or refused with a sentence."""

import errno
import os
import pwd
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from config.home import Home
from domain.errors import Refusal

PRIVATE = 0o700
PASSABLE = 0o711
"""Where PostgreSQL runs as nobody (unprivileged.py), it must pass through the home."""

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def prepare(home: Home) -> None:
    """Make the folders of the home; refuse what is not ours alone."""
    with sentences(home.path):
        _claim_home(home.path)
        for folder in (home.run, home.logs, home.valkey):
            make_private(folder)


def make_private(folder: Path) -> None:
    """Make `folder` for us alone.

    One that somebody else made, or a link, is refused: in a shared place like /tmp a
    stranger could have put his sockets there before us.
    """
    folder.mkdir(mode=PRIVATE, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise Refusal(
            f"{folder} is a link or belongs to {_name(found.st_uid)}, so Frontdesk will not "
            "put its sockets there: remove it, or set FRONTDESK_HOME to another folder."
        )
    _narrow(folder, found.st_mode)


def full(path: Path) -> Refusal:
    """Return the sentence for a disk without room."""
    return Refusal(f"The disk is full: there is no room left at {path}. Free some and start again.")


@contextmanager
def sentences(path: Path) -> Generator[None]:
    """Turn what the system refuses under `path` into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise full(path) from error
        where = error.filename or path
        if error.errno in _FORBIDDEN:
            raise Refusal(
                f"Frontdesk may not write at {where}: make it writable for "
                f"{_name(os.getuid())}, or set FRONTDESK_HOME to a folder that is."
            ) from error
        raise Refusal(
            f"{where} cannot be used ({error.strerror}): set FRONTDESK_HOME to another folder."
        ) from error


def _claim_home(path: Path) -> None:
    """Make the home, or take one that is ours.

    Its mode is narrowed only where nothing but Frontdesk can be inside: a FRONTDESK_HOME
    that points at somebody's own folder must not lock others out of it.
    """
    if path.exists() and not path.is_dir():
        raise Refusal(f"FRONTDESK_HOME must be a folder, and {path} is a file: name another one.")
    path.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    found = path.stat()
    if found.st_uid != os.getuid():
        raise Refusal(
            f"{path} belongs to {_name(found.st_uid)} and you are {_name(os.getuid())}: "
            "run Frontdesk as its owner, or set FRONTDESK_HOME to a folder of your own."
        )
    if (path / "keeper.lock").exists() or not any(path.iterdir()):
        _narrow(path, found.st_mode)
    elif found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Refusal(
            f"Others may write in {path}: take that from them (chmod go-w), "
            "or set FRONTDESK_HOME to a folder of your own."
        )


def _narrow(folder: Path, mode: int) -> None:
    if stat.S_IMODE(mode) not in (PRIVATE, PASSABLE):
        folder.chmod(PRIVATE)


def _name(uid: int) -> str:
    try:
        return f"user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"user {uid}"

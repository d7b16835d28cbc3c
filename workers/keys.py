"""The keys that seal: the operator's, or outside production some of our own making."""

import base64
import fcntl
import os
import re
import secrets
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import overload

from config.settings import Settings
from domain.errors import Refusal
from domain.sealing import Key, Keyring


class KeyFile(Sequence[Key]):
    """The keys in a file, newest first, as they stand at this moment.

    Each look costs a `stat`, about a microsecond: so a key that is put in front while workers
    run is known to all of them before anything is sealed with it, and nobody is restarted.
    """

    def __init__(self, path: Path) -> None:
        """Read the keys in `path`."""
        self._path = path
        self._read: tuple[tuple[int, int], Sequence[Key]] = ((0, 0), ())

    @overload
    def __getitem__(self, index: int) -> Key: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Key]: ...
    def __getitem__(self, index: int | slice) -> Key | Sequence[Key]:
        """Return a key, or several."""
        return self._now()[index]

    def __iter__(self) -> Iterator[Key]:
        """Return the keys one by one, all of one moment."""
        return iter(self._now())

    def __len__(self) -> int:
        """Count the keys."""
        return len(self._now())

    def _now(self) -> Sequence[Key]:
        seen = self._path.stat()
        stamp = (seen.st_ino, seen.st_mtime_ns)
        known, keys = self._read
        if stamp == known:
            return keys
        keys = Keyring.parse(self._path.read_text("ascii").strip()).keys
        self._read = (stamp, keys)  # in one: other threads look, too
        return keys


def keyring(settings: Settings) -> Keyring:
    """Return the keys; outside production they are made once and kept in FRONTDESK_HOME.

    Two processes that start at once make one key: the file is linked into place, whole.
    """
    if settings.encryption_keys is not None:
        return Keyring.parse(settings.encryption_keys.get_secret_value())
    kept = kept_keys(settings)
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft = _draft(kept, new_key(()))
        try:
            kept.hardlink_to(draft)
        except FileExistsError:
            pass  # somebody was faster; theirs counts
        finally:
            draft.unlink()
    return Keyring(KeyFile(kept))


def kept_keys(settings: Settings) -> Path:
    """Return where keys of our own making are kept."""
    return settings.home.path / "encryption-keys"


def new_key(names: Sequence[str]) -> str:
    """Return a new key as it stands in ENCRYPTION_KEYS, named after those that there are."""
    numbers = [int(found[1]) for name in names if (found := re.fullmatch(r"k(\d+)", name))]
    secret = base64.b64encode(secrets.token_bytes(32)).decode()
    return f"k{max(numbers, default=0) + 1}:{secret}"


def put_in_front(settings: Settings) -> None:
    """Put a new key in front of those in the file.

    Written down for good before anybody can see it: what is sealed with a key that a power
    cut took away is lost.
    """
    kept = kept_keys(settings)
    words = kept.read_text("ascii").strip()
    draft = _draft(kept, f"{new_key([key.name for key in Keyring.parse(words).keys])},{words}")
    draft.replace(kept)
    _sync(kept.parent)


@contextmanager
def alone(settings: Settings) -> Generator[None]:
    """Let nobody else rotate the keys in the file: two new keys of one name would be one lost."""
    with (settings.home.path / "encryption-keys.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal("Somebody is rotating the keys already.", exit_code=1) from None
        yield


def _draft(kept: Path, words: str) -> Path:
    draft = kept.with_name(f"{kept.name}.{os.getpid()}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(f"{words}\n", "ascii")
    _sync(draft)
    return draft


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

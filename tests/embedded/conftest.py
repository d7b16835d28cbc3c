"""A home in a short place, and who holds a seat there."""

import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from config.home import Home
from tests.embedded.holders import Holders, Running, leave
from workers.embedded import seat

MEMORY, ENOUGH = Path("/dev/shm"), 2 * 2**30  # noqa: S108  # a folder of its own in there
DISK = Path("/tmp")  # noqa: S108  # likewise
SHORT = MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH else DISK
"""Where homes lie: short, for a socket's path; in memory, where a first start is thrice as fast."""


@pytest.fixture(scope="session")
def a_used_home() -> Generator[Home]:
    """Return a home whose data is made, for others to copy: initdb takes most of a first start."""
    place = Path(tempfile.mkdtemp(prefix="fd-", dir=SHORT))
    home = Home(place / "home")
    with seat(home, durable=False):
        pass
    assert Running(home).end_within(5)
    yield home
    shutil.rmtree(place)


@pytest.fixture
def new_home() -> Generator[Home]:
    """Return a home that does not exist yet."""
    place = Path(tempfile.mkdtemp(prefix="fd-", dir=SHORT))
    home = Home(place / "home")
    yield home
    assert Running(home).end_within(5)
    shutil.rmtree(place)


@pytest.fixture
def home(new_home: Home, a_used_home: Home) -> Home:
    """Return a home where Frontdesk ran before."""
    new_home.path.mkdir(mode=0o700)
    for path in (a_used_home.path / "postgres-runs-as", a_used_home.postgres):
        if path.is_dir():
            shutil.copytree(path, new_home.path / path.name)
        elif path.exists():
            shutil.copy(path, new_home.path)
    return new_home


@pytest.fixture
def running(new_home: Home) -> Running:
    return Running(new_home)


@pytest.fixture
def holders(new_home: Home) -> Generator[Holders]:
    assert new_home  # its end comes after ours
    holders = Holders()
    yield holders
    for holder in holders.all:
        leave(holder)

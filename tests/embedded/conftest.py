"""A home in a short place, and who holds a seat there."""

import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from config.home import Home
from tests.embedded.holders import Holders, Running, leave


@pytest.fixture
def home() -> Generator[Home]:
    """Return a home that does not exist yet, in a short place."""
    place = Path(tempfile.mkdtemp(prefix="fd-", dir="/tmp"))  # a socket's path is short
    home = Home(place / "home")
    yield home
    assert Running(home).end_within(5)
    if not home.run.is_relative_to(home.path):
        shutil.rmtree(home.run, ignore_errors=True)
    shutil.rmtree(place)


@pytest.fixture
def running(home: Home) -> Running:
    return Running(home)


@pytest.fixture
def holders(home: Home) -> Generator[Holders]:
    assert home  # its end comes after ours
    holders = Holders()
    yield holders
    for holder in holders.all:
        leave(holder)

"""The stand-ins as fixtures: begun anew for each test, their clock still."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stand_ins import Ear, StandIns, ear, stand_ins
from tests.support.vendors import close_all


@pytest.fixture(scope="session")
def running_vendors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    home: Path = tmp_path_factory.mktemp("sandbox")
    with stand_ins(home) as made:
        yield made


@pytest.fixture
def vendors(running_vendors: StandIns) -> Iterator[StandIns]:
    running_vendors.reset()
    yield running_vendors
    close_all()


@pytest.fixture
def listener() -> Iterator[Ear]:
    with ear() as hearing:
        yield hearing

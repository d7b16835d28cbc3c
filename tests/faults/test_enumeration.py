"""At every point of a task, by every fault: nothing is lost, and nothing is done twice."""

from collections.abc import Iterator

import pytest

from config.home import Home
from tests.support.enumeration import Case
from tests.support.points import Fault, Strike
from tests.support.runners import (
    ALL_FAULTS,
    Making,
    Runners,
    complaints,
    every,
    report,
    running_runners,
)
from tests.support.trials import keyed_parcel_by_a_bell, parcel_by_a_bell

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def runners(servers: Home, template: str) -> Iterator[Runners]:
    with running_runners(servers, template, 6) as made:
        yield made


@pytest.mark.parametrize("making", [parcel_by_a_bell, keyed_parcel_by_a_bell])
def test_one_parcel_is_sent_once_whatever_strikes(runners: Runners, making: Making) -> None:
    points = runners.count(making)
    print("\n".join(points))

    verdicts = runners.try_all(making, every(len(points), (*ALL_FAULTS, Fault.MEDDLE)))

    print(report(making.__name__, points, verdicts))
    assert not complaints(verdicts), "\n".join(complaints(verdicts))
    assert len(points) >= 12

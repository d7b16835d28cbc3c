"""Limits under fire: nothing over, doubled, lost, leaked or at night, by the vendors' ledger."""

import os
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support import fire_judge, limiters
from tests.support.broker import Broker
from tests.support.databases import Database
from tests.support.fire import fire
from tests.support.fire_stage import Profile

SHORT = Profile()
LONG = Profile(
    calls=int(os.environ.get("FIRE", "10000")),
    slots_of_each=500,
    talks=(40.0, 80.0),
    workers=2,
    strikes_every=8,
    kills_children=2,
    asks_every=10,
    stays=timedelta(hours=2),
    fails=0.02,
    control_calls=400,
    hurries=False,
    patience=7200,
)


@pytest.mark.slow
@pytest.mark.timeout(SHORT.patience + 60 if "LONG" not in os.environ else LONG.patience + 600)
def test_no_limit_breaks_and_no_call_is_lost_whatever_strikes(
    database: Database, broker: Broker, measured: Callable[[str], None]
) -> None:
    profile = LONG if os.environ.get("LONG") else SHORT

    with fire(database, broker, profile) as blaze:
        blaze.burn()
        controls = {kind: fire_judge.control(blaze, kind) for kind in limiters.KINDS}
        found = fire_judge.ours(blaze)

    measured(f"{found.calls} calls, {blaze.struck}: {found.used:.1%} of the slots used")
    for kind, verdict in controls.items():
        measured(f"by a {kind}, {verdict.calls} calls: {verdict.faults}")
        assert verdict.faults, f"the run is invalid: it does no harm to a {kind}"
    assert found.faults == {}
    # On a machine that others use, too, the short run says little of this; the figure is printed.
    assert found.used >= (0.97 if os.environ.get("LONG") else 0.3)

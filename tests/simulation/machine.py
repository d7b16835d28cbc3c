"""The machine that the code under test believes to run on: its clock, chance and processes.

This is the one place where names in our code are put in the place of others, and each stands
for the operating system: what time it is, what chance says, who lives.
"""

import random
from collections.abc import Generator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

from domain import ids
from domain.deliveries import service as deliveries
from domain.outbound import draining
from domain.work import attempts, batch, claims, flow, owners, settling
from tests.simulation.clock import Clock
from tests.simulation.stage import Stage

CLOCKED = (attempts, batch, claims, deliveries, draining, flow, ids, settling)


@contextmanager
def of(stage: Stage, clock: Clock, chance: random.Random) -> Generator[None]:
    """Have our code run on this machine."""

    def started(pid: int, *_: Any) -> str:
        return "1" if stage.lives(pid) else ""

    owners._me.cache_clear()  # noqa: SLF001  # process ids begin anew with a run
    with (
        mock.patch.multiple(
            owners,
            os=SimpleNamespace(getpid=lambda: stage.on.pid),
            _started=started,
            this_host=lambda *_: "simulated",
        ),
        mock.patch.object(ids, "os", SimpleNamespace(urandom=chance.randbytes)),
    ):
        patches = [mock.patch.object(module, "time", clock) for module in CLOCKED]
        for patch in patches:
            patch.start()
        try:
            yield
        finally:
            for patch in patches:
                patch.stop()
            owners._me.cache_clear()  # noqa: SLF001  # real ones again

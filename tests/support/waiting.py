"""Waiting for the world to change."""

import os
import time
from collections.abc import Callable
from typing import Final

SLOWER: Final = float(os.environ.get("SLOWER", "1"))
"""By how much everything may take longer here: on a machine that is busy with other things."""


def wait_until(
    happened: Callable[[], object], *, within: float, what: str = "", every: float = 0.05
) -> None:
    end = time.monotonic() + within * SLOWER
    while not happened():
        assert time.monotonic() < end, f"not within {within} s: {what or happened}"
        time.sleep(every)

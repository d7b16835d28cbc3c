"""Waiting for the world to change."""

import time
from collections.abc import Callable


def wait_until(
    happened: Callable[[], object], *, within: float, what: str = "", every: float = 0.05
) -> None:
    end = time.monotonic() + within
    while not happened():
        assert time.monotonic() < end, f"not within {within} s: {what or happened}"
        time.sleep(every)

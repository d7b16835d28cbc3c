"""Ctrl-C, noted for good.

Python raises KeyboardInterrupt wherever it happens to be. Inside a finalizer or a weak
reference's callback it is printed and lost, and a command that runs on would run on. So
it is written down first, and whoever begins to wait looks at what is written.
"""

import signal
import threading
from typing import Final

_stop: Final = threading.Event()


def hear() -> None:
    """From now on a Ctrl-C breaks what runs, and is remembered."""
    signal.signal(signal.SIGINT, _break)


def heard() -> bool:
    """Tell whether somebody has said stop."""
    return _stop.is_set()


def break_if_heard() -> None:
    """Raise the KeyboardInterrupt that was lost on its way."""
    if heard():
        raise KeyboardInterrupt


def stopped() -> threading.Event:
    """Return the event that Ctrl-C and SIGTERM set from now on, and that an earlier one has."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _note)
    return _stop


def _note(*_: object) -> None:
    _stop.set()


def _break(*_: object) -> None:
    _stop.set()
    raise KeyboardInterrupt

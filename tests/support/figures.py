"""What tests measure on their way."""

from collections.abc import Callable
from typing import TypeAlias

Measured: TypeAlias = Callable[[str], None]
"""Keeps a figure in words, to be printed at the end of the run (tests/conftest.py)."""

"""What a trial is, as data: what strikes, how often, and on what stage."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.chaos.verdict import Verdict
from tests.support.stand_ins import StandIns

if TYPE_CHECKING:
    from benchmarks.chaos.stage import Stage

Strike = Callable[["Stage"], None]
TAKES: Final = 0.25
"""Seconds that a vendor takes for a text, so that much is in flight when something strikes."""

SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One thing that goes wrong, again and again while texts fall due."""

    name: str
    what: str
    """As docs/faults.md says it."""

    strike: Strike | None = None
    every: float = 0.0
    """Seconds between two strikes; nothing: once, a third of the way."""

    lasts: float = 0.0
    """Seconds after which `mend` is called."""

    mend: Strike | None = None
    vendors: Callable[[StandIns], None] | None = None
    later: float = 0.0
    """Seconds ahead for which texts are planned."""

    times: int = 1
    """How often everything is rung or published."""

    seconds: float = SECONDS
    each_tick: int = 4
    takes: float = TAKES
    per_minute: int = 60_000
    """What the tenant lets itself be sent; the ledger is judged by it."""

    name_of_task: str = "benchmarks.chaos.control.text"
    """By which the control is published, and ours rung, where it is not the usual one."""

    beside: tuple[str, ...] = ("listen", "beat")
    """What runs beside the worker."""

    needs: Callable[[], str] | None = None
    """Says why it cannot be run here."""

    is_apart: bool = False
    """It has networks and disks of its own."""

    has_hosts: bool = False
    has_clocks: bool = False
    disk: int = 0
    """Megabytes of the database's disk, where it is to be filled."""

    patience: float = 240.0
    takes_long: float = 0.0
    """Seconds that it is known to wait at the end: those come first."""

    play: "Callable[[Trial, int], Verdict] | None" = None
    """How it is run, where it is no trial of texts on both sides."""

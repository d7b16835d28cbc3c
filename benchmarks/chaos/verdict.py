"""What came of a trial, as it is told from one process to another."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What became of the texts of one side."""

    owed: int
    lost: int
    doubled: int
    """Texts too many."""

    seconds: float
    """From the last strike, or what fell due last, until the last text was taken."""


NOBODY = Side(owed=0, lost=0, doubled=0, seconds=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a trial."""

    name: str
    seed: int
    ours: Side = NOBODY
    control: Side = NOBODY
    strikes: int = 0
    struck: int = 0
    """How often the vendor did wrong by a rule of the trial."""

    open: int = 0
    """Rows of ours that had not ended when patience did."""

    faults: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """What may never be, by what it is."""

    moments: dict[str, int] = field(default_factory=dict[str, int])
    """How often a strike met which moment."""

    note: str = ""
    """What else it showed."""

    not_run: str = ""
    """Why it could not be run here."""

    @classmethod
    def read(cls, said: dict[str, Any]) -> "Verdict":
        """Read a verdict that another process has told."""
        ours, theirs = Side(**said.pop("ours")), Side(**said.pop("control"))
        return cls(ours=ours, control=theirs, **said)

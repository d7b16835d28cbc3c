"""How long something is kept: a line says it, a tenant may choose, an industry may have to.

A tenant chooses where the line has `chosen_as`: days, in `users.settings -> 'retention'`.
Words in a line become SQL, so they are constants of ours and never input; the row is `w`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

DAY: Final = timedelta(days=1)
YEAR: Final = timedelta(days=365)

CHOICES: Final = range(1, 3651)
"""Days that a tenant may choose: at least one, at most ten years."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """One kind of data: where it lies, from when it counts, and how long it stays."""

    name: str
    table: str
    moment: str
    keep: timedelta
    why: str
    past: str = "true"
    """What else must hold before a row goes: that nothing is left to do with it, mostly."""

    blank: str | None = None
    """What is set instead of deleting the row."""

    chosen_as: str | None = None
    by_industry: Mapping[str, timedelta] = field(default_factory=dict[str, timedelta])
    of_tenants: bool = False
    """Whether it is a tenant's content, and so is touched in the tenant's own scope only."""

    months: bool = False
    """Whether it lies in months, which go as a whole once nobody keeps anything in them."""

    to_the_day: bool = False
    """Whether rows of a month go before it does; found by their keys, which are times."""

    @property
    def goes_by_rows(self) -> bool:
        """Whether its rows go one by one: if not, whole months do."""
        return self.of_tenants or self.to_the_day or not self.months

    def keep_for(self, industry: str | None, chosen: Mapping[str, object]) -> timedelta:
        """Return how long a tenant keeps it: its own choice, else its industry's, else ours.

        A choice that is no whole number of days, from one to ten years, is none.
        """
        days = chosen.get(self.chosen_as) if self.chosen_as else None
        if isinstance(days, int) and not isinstance(days, bool) and days in CHOICES:
            return timedelta(days=days)
        words = set(re.split(r"[^a-z]+", (industry or "").lower()))
        for known, keep in self.by_industry.items():
            if words & SPELLINGS.get(known, {known}):
                return keep
        return self.keep


SPELLINGS: Final[Mapping[str, frozenset[str]]] = {
    "medical": frozenset({"medical", "health", "healthcare", "dental", "dentist", "clinic"}),
    "legal": frozenset({"legal", "law", "lawyer", "attorney"}),
}

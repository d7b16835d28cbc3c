"""When two bills differ. Pure."""

from decimal import Decimal
from typing import Final

TOLERANCE: Final = Decimal("0.01")
"""A vendor rounds; a hundredth of the cost is no rounding."""

ROUNDING: Final = Decimal("0.000001")


def differ(ours: Decimal | None, theirs: Decimal | None) -> bool:
    """Tell whether the vendor's own figure is another than ours; one alone differs from nothing."""
    if ours is None or theirs is None:
        return False
    return abs(ours - theirs) > max(ROUNDING, abs(ours) * TOLERANCE)

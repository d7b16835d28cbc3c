"""Having an owner told, once a period, that what the plan gives is nearly used or is used up."""

from typing import Any, Final

from sqlalchemy.orm import Session

from domain.work import owner_notices

USED_UP: Final = 100
KIND: Final = "usage"


def crossed(row: Any) -> list[int]:  # noqa: ANN401  # a row of use's statement
    """Return the hundredths of what was bought that were reached just now."""
    if row.included is None or row.used <= row.used_before:
        return []
    marks = {row.soft_percent, USED_UP, row.hard_percent}
    return [
        mark
        for mark in sorted(marks)
        if row.used_before * 100 < row.included * mark <= row.used * 100
        or (row.used_before == 0 and row.included * mark <= row.used * 100)
    ]


def tell(session: Session, row: Any, what: str) -> None:  # noqa: ANN401  # a row, by its columns
    """Have the owner told of each mark that was reached; of several at once, the furthest."""
    marks = crossed(row)
    if not marks:
        return
    start = row.period_start.isoformat() if row.period_start else "ever"
    facts = {"what": what, "percent": marks[-1], "used": row.used, "included": row.included}
    owner_notices.tell(session, row.user_id, KIND, f"{what}:{start}:{marks[-1]}", facts)

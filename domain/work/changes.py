"""What an area made of a piece of news: which of its rows moved, from where to where.

The same words for every area, so that `frontdesk replay` can show what changed, or would.
"""

from dataclasses import dataclass
from uuid import UUID

from domain.work.names import TaskName


@dataclass(frozen=True, slots=True)
class Change:
    """One column of one row that moved. Never a column that holds what people said."""

    subject: str
    """The kind and id of the row, as `frontdesk explain` takes them."""

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What became of one piece of news."""

    user_id: UUID | None = None
    """Whose row it was about."""

    changes: tuple[Change, ...] = ()
    rings: tuple[TaskName, ...] = ()
    """Whom to ring once it is committed."""

    ignored: str | None = None
    """Why it concerns nothing of ours."""

    wait: str | None = None
    """What is not written down yet; what was changed stays, and the news is taken up again."""

    is_nobodys: bool = False
    """The number that it came to belongs to no tenant."""

"""What is known of a person in one table, and the words in which they are found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

GONE: Final = "NULL"
EMPTY: Final = "DEFAULT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is known of a person in one table, which is `t` in its words."""

    table: str
    found: str
    """Which rows are theirs, by :phones, :emails, :hashes, :traces, and the ids of parts before."""

    blanks: Mapping[str, str] = field(default_factory=dict[str, str])
    """What becomes of which column; none: the row is deleted."""

    keeps: frozenset[str] = frozenset()
    """Texts of a blanked row that tell nothing of a person."""

    stops: str = ""
    """What ends work that waits or runs for such a row: the assignments of an UPDATE."""

    stops_where: str = "false"
    in_hand: str = "false"
    """When a row has to be waited for, because somebody works on it."""

    is_the_houses: bool = False
    """Tenants do not see it, or may not delete from it."""

    of_tenant: str = "t.user_id = :user"


def among(column: str, bound: str, kind: str = "uuid") -> str:
    """Say that a column has one of the values bound."""
    return f"{column} = ANY(CAST(:{bound} AS {kind}[]))"


def by_phone(column: str) -> str:
    """Say that a sealed number is theirs, sealed yet or not."""
    return f"{among(f'{column}_hash', 'hashes', 'bytea')} OR {among(column, 'phones', 'text')}"


def by_email(column: str) -> str:
    """Say that a sealed address is theirs, sealed yet or not."""
    return f"{among(f'{column}_hash', 'hashes', 'bytea')} OR {is_email(column)}"


def is_phone(column: str) -> str:
    """Say that a clear number is theirs."""
    return among(column, "phones", "text")


def is_email(column: str) -> str:
    """Say that a clear address is theirs, in whatever case it was written."""
    return among(f"lower({column})", "emails", "text")


def either(*words: str) -> str:
    """Say that one of these holds."""
    return " OR ".join(words)


def gone(*columns: str) -> dict[str, str]:
    """Empty these columns."""
    return dict.fromkeys(columns, GONE)

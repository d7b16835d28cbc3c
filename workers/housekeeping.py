"""Whether the house keeps itself in order: months made ahead, and old rows thrown away."""

from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from domain.work import partitions, retention
from workers.findings import Finding, Level

UNKNOWN = "Not known: the schema is older than this release."


def months(connection: Connection) -> Finding:
    """Look whether every partitioned table has the months to come."""
    try:
        unwell = [one for one in partitions.standing(connection) if one.severity]
    except ProgrammingError:
        connection.rollback()
        return Finding("months", Level.WARNING, UNKNOWN, "Run `frontdesk migrate`.")
    if unwell:
        words = " ".join(one.words for one in unwell)
        advice = "Is a beat running? `frontdesk enqueue upkeep.partitions` makes them now."
        return Finding("months", Level.WARNING, words, advice)
    return Finding("months", Level.OK, "Every partitioned table has the months to come.")


def retention_rounds(connection: Connection) -> Finding:
    """Look whether anything is kept for longer than it should be."""
    try:
        connection.execute(text("SET LOCAL ROLE frontdesk_system"))
        behind = [one.rule for one in retention.standing(connection) if one.is_behind]
    except ProgrammingError:
        behind = None
    connection.rollback()
    if behind is None:
        return Finding("retention", Level.WARNING, UNKNOWN, "Run `frontdesk migrate`.")
    if behind:
        words = f"No whole round in two days: {', '.join(behind)}."
        advice = "Is a beat running, and a worker of the queue upkeep? See its log."
        return Finding("retention", Level.WARNING, words, advice)
    return Finding("retention", Level.OK, "What is past keeping is thrown away.")

"""Forgetting one person: what waits for them stops, what is known of them goes, a hash stays.

    1  a suppression, committed: whatever is claimed from now on is asked about it
    2  what waits is called off; what is being sent is marked, and waited for
    3  rows go, or are blanked, those last that lead to the others
    4  looked for again, until nothing is found: somebody may have been writing
    5  a row of the audit, with counts and no names

Each step may be broken off and begun again. Rows that somebody holds are not waited for in a
lock, so that an erasure and a claim cannot block each other.
"""

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from domain.database import Begin
from domain.privacy import persons, suppression
from domain.privacy.persons import Known, Person
from domain.privacy.plan import PARTS
from domain.privacy.plan.part import Part
from domain.sealing import Keyring

PATIENCE: Final = timedelta(seconds=100)
"""How long work in hand is waited for: longer than a lease, and the look-ups after it."""

PAUSE: Final = 0.1
ROUNDS: Final = 5
SIZE: Final = 1000
REASON: Final = "erasure"

_AUDIT: Final = text(
    "INSERT INTO audit_logs (user_id, actor, action, resource_type, metadata)"
    " VALUES (:user, :actor, :action, 'person', CAST(:facts AS jsonb))"
)


@dataclass(slots=True)
class Erased:
    """What was done."""

    deleted: Counter[str] = field(default_factory=Counter[str])
    blanked: Counter[str] = field(default_factory=Counter[str])
    stopped: Counter[str] = field(default_factory=Counter[str])
    left: Counter[str] = field(default_factory=Counter[str])
    """Rows that somebody works on yet: to be erased by another run."""

    @property
    def facts(self) -> dict[str, dict[str, int]]:
        """Return the counts for the audit and for machines."""
        return {
            "deleted": dict(self.deleted),
            "blanked": dict(self.blanked),
            "stopped": dict(self.stopped),
            "left": dict(self.left),
        }


def erase(
    begin: Begin,
    keyring: Keyring,
    person: Person,
    *,
    actor: str,
    patience: timedelta = PATIENCE,
) -> Erased:
    """Forget a person. Run again, it forgets what has come since.

    When it returns with nothing left, nothing that was owed to the person is sent any more.
    """
    done, until = Erased(), time.monotonic() + patience.total_seconds()
    with begin(person.user_id) as session:
        for address in sorted(person.phones | person.emails):
            suppression.suppress(session, keyring, address, user_id=person.user_id, reason=REASON)
    seen: set[tuple[str, UUID]] = set()
    for _ in range(ROUNDS):
        found = persons.find(begin, keyring, person).rows
        new = {
            table: [one for one in ids if (table, one) not in seen] for table, ids in found.items()
        }
        if not any(new.values()):
            break
        seen |= {(table, one) for table, ids in new.items() for one in ids}
        _round(begin, Known(person, new), done, until)
    note(begin, person.user_id, actor=actor, action="person.erased", facts=done.facts)
    return done


def note(begin: Begin, user_id: UUID, *, actor: str, action: str, facts: dict[str, Any]) -> None:
    """Leave a row in the audit: who, what, how many; and nobody's name."""
    bound = {"user": user_id, "actor": actor, "action": action, "facts": json.dumps(facts)}
    with begin(user_id) as session:
        session.execute(_AUDIT, bound)


def _round(begin: Begin, known: Known, done: Erased, until: float) -> None:
    """Stop what waits for these rows, then let the rows go."""
    for part in PARTS:
        if part.stops:
            stop = f"UPDATE {part.table} t SET {part.stops} FROM mine WHERE"  # noqa: S608  # our own names
            step = _Step(part, stop, part.stops_where, part.stops_where)
            _count(done.stopped, part, _through(begin, known, step, until)[0])
    for part in reversed(PARTS):
        counts = done.blanked if part.blanks else done.deleted
        step = _Step(part, _forget(part), f"NOT ({part.in_hand})", "true")
        gone, left = _through(begin, known, step, until)
        _count(counts, part, gone)
        _count(done.left, part, left)


def _forget(part: Part) -> str:
    if not part.blanks:
        return f"DELETE FROM {part.table} t USING mine WHERE"  # noqa: S608  # our own names
    words = ", ".join(f"{column} = {to}" for column, to in part.blanks.items())
    return f"UPDATE {part.table} t SET {words} FROM mine WHERE"  # noqa: S608  # our own names


@dataclass(frozen=True, slots=True)
class _Step:
    """One statement over the rows of a part: which it takes now, and which are yet to be taken."""

    part: Part
    verb: str
    now: str
    still: str

    @property
    def statement(self) -> str:
        """Take the rows that nobody holds."""
        return (
            f"WITH mine AS MATERIALIZED (SELECT t.id FROM {self.part.table} t"  # noqa: S608  # our own names
            f" WHERE t.id = ANY(CAST(:ids AS uuid[])) AND ({self.now}) FOR UPDATE OF t SKIP LOCKED)"
            f" {self.verb} t.id = mine.id RETURNING t.id"
        )

    @property
    def rest(self) -> str:
        """Ask which rows are there yet."""
        return (
            f"SELECT t.id FROM {self.part.table} t"  # noqa: S608  # our own names
            f" WHERE t.id = ANY(CAST(:ids AS uuid[])) AND ({self.still})"
        )


def _through(begin: Begin, known: Known, step: _Step, until: float) -> tuple[int, int]:
    """Take all rows of a part, those that were held again and again; return taken and left."""
    scope = persons.scope_of(step.part, known.person)
    todo, taken = list(known.rows.get(step.part.table, ())), set[UUID]()
    while todo:
        for ids in (todo[at : at + SIZE] for at in range(0, len(todo), SIZE)):
            with begin(scope) as session:
                taken.update(session.scalars(text(step.statement), {"ids": ids}))
        with begin(scope) as session:
            rest = session.scalars(text(step.rest), {"ids": todo}).all()
        todo = [one for one in rest if one not in taken]
        if time.monotonic() > until:
            break
        if todo:
            time.sleep(PAUSE)
    return len(taken), len(todo)


def _count(counts: Counter[str], part: Part, many: int) -> None:
    if many:
        counts[part.table] += many

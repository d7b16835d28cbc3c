"""Sealing anew with the newest key what older ones sealed, in batches, while workers run.

Whoever opens knows all keys, and whoever looks up tries the hash under each of them, so
that nothing is missed while a table is half done. A row that somebody writes meanwhile is
written with the newest key, or met by the next pass. Broken off, it is simply run again:
what is left is what is not sealed with the newest key.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from uuid import UUID

from domain.database import SYSTEM, Begin
from domain.privacy import store, traces
from domain.privacy.clear_values import by_owner, scope_of, seal, write_all
from domain.privacy.store import NIL, Change
from domain.sealing import Ciphertext, Keyring, Unopened
from domain.tables.sealed import SEALED, Sealed

WINDOW: Final = 2000
"""Rows that one statement looks at."""

PASSES: Final = 5
PAUSE: Final = 0.5
"""Seconds until the next pass: rows that somebody held are free by then."""

Watch: TypeAlias = Callable[[Sealed, int], None]
"""Be told of rows that were sealed anew."""


@dataclass(slots=True)
class Tally:
    """What became of one column."""

    name: str
    resealed: int = 0
    by_key: Counter[str] = field(default_factory=Counter[str])
    """How many values each key seals now; '' are bytes that no key of ours sealed."""

    unopened: set[UUID] = field(default_factory=set[UUID])
    """Rows whose value no key opens: damaged, moved here, or sealed with a key that is gone."""


def rotate(begin: Begin, keyring: Keyring, watch: Watch) -> list[Tally]:
    """Seal everything with the newest key, and count what each key seals then."""
    fixed = Keyring(tuple(keyring.keys))  # the one that is newest now, whatever comes
    tallies = {column: Tally(str(column)) for column in SEALED}
    for column, tally in tallies.items():
        _reseal(_Pass(begin, fixed, column, tally, watch))
    for column, tally in tallies.items():  # when all are done: others have written meanwhile
        tally.by_key = census(begin, column)
    traces.note(begin, fixed, anew=True)
    hashes = [Tally(table, by_key=counts) for table, counts in traces.census(begin).items()]
    return [*tallies.values(), *hashes]


def is_needed(tallies: Sequence[Tally], name: str) -> bool:
    """Tell whether a row can be opened with this key only."""
    return any(tally.by_key[name] for tally in tallies)


def is_unfinished(begin: Begin, keyring: Keyring) -> bool:
    """Tell whether something is sealed with an older key than the newest."""
    older = {key.name for key in keyring.keys[1:]}
    noted = {name for counts in traces.census(begin).values() for name in counts}
    return bool(older & noted) or any(older & set(census(begin, column)) for column in SEALED)


def census(begin: Begin, column: Sealed) -> Counter[str]:
    """Count a column's values by the name of their key, window by window."""
    total, after = Counter[str](), NIL
    while True:
        with begin(SYSTEM) as session:
            counts, last = store.census(session, column, after=after, most=WINDOW)
        if last is None:
            return total
        total.update(counts)
        after = last


@dataclass(frozen=True, slots=True)
class _Pass:
    """A look at each row of one column."""

    begin: Begin
    keyring: Keyring
    column: Sealed
    tally: Tally
    watch: Watch

    def make(self) -> int:
        """Seal anew what an older key sealed; return how many rows were met."""
        after, met = NIL, 0
        while True:
            with self.begin(SYSTEM) as session:
                found, last = store.stale(
                    session, self.column, self.keyring.head, after=after, most=WINDOW
                )
            if last is None:
                return met
            met += len(found)
            for owner, ids in by_owner(found):
                done = self._rows(owner, ids)
                self.tally.resealed += done
                self.watch(self.column, done)
            after = last

    def _rows(self, owner: UUID | None, ids: Sequence[UUID]) -> int:
        with self.begin(scope_of(self.column, owner)) as session:
            values = store.sealed_values(session, self.column, self.keyring.head, ids)
            changes: list[Change] = []
            for row_id, value in values.items():
                try:
                    changes.append(self._anew(owner, row_id, value))
                except Unopened:
                    self.tally.unopened.add(row_id)
            return write_all(session, self.column, changes, store.reseal)

    def _anew(self, owner: UUID | None, row_id: UUID, value: bytes) -> Change:
        text = self.keyring.open(
            Ciphertext(value), table=self.column.table, column=self.column.name, row_id=row_id
        )
        return Change(row_id, value, *seal(self.keyring, self.column, owner, row_id, text))


def _reseal(each: _Pass) -> None:
    """Pass over a column until nothing is left but what no key opens."""
    for _ in range(PASSES):
        before = each.tally.resealed
        met = each.make()
        if met == each.tally.resealed - before + len(each.tally.unopened):
            return
        time.sleep(PAUSE)

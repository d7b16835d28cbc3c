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
from domain.privacy import store
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

    column: Sealed
    resealed: int = 0
    by_key: Counter[str] = field(default_factory=Counter[str])
    """How many values each key seals now; '' are bytes that no key of ours sealed."""

    unopened: set[UUID] = field(default_factory=set[UUID])
    """Rows whose value no key opens: damaged, moved here, or sealed with a key that is gone."""


def rotate(begin: Begin, keyring: Keyring, watch: Watch) -> list[Tally]:
    """Seal everything with the newest key, and count what each key seals then."""
    fixed = Keyring(tuple(keyring.keys))  # the one that is newest now, whatever comes
    tallies = [Tally(column) for column in SEALED]
    for tally in tallies:
        _reseal(begin, fixed, tally, watch)
    for tally in tallies:  # counted when all are done: other processes have written meanwhile
        tally.by_key = census(begin, tally.column)
    return tallies


def is_needed(tallies: Sequence[Tally], name: str) -> bool:
    """Tell whether a row can be opened with this key only."""
    return any(tally.by_key[name] for tally in tallies)


def is_unfinished(begin: Begin, keyring: Keyring) -> bool:
    """Tell whether something is sealed with an older key than the newest."""
    older = {key.name for key in keyring.keys[1:]}
    return any(older & set(census(begin, column)) for column in SEALED)


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


def _reseal(begin: Begin, keyring: Keyring, tally: Tally, watch: Watch) -> None:
    """Pass over a column until nothing is left but what no key opens."""
    for _ in range(PASSES):
        before = tally.resealed
        met = _pass(begin, keyring, tally, watch)
        if met == tally.resealed - before + len(tally.unopened):
            return
        time.sleep(PAUSE)


def _pass(begin: Begin, keyring: Keyring, tally: Tally, watch: Watch) -> int:
    """Look at each row once; return how many are sealed with an older key."""
    after, met = NIL, 0
    while True:
        with begin(SYSTEM) as session:
            found, last = store.stale(session, tally.column, keyring.head, after=after, most=WINDOW)
        if last is None:
            return met
        met += len(found)
        for owner, ids in by_owner(found):
            done = _rows(begin, keyring, tally, owner, ids)
            tally.resealed += done
            watch(tally.column, done)
        after = last


def _rows(
    begin: Begin, keyring: Keyring, tally: Tally, owner: UUID | None, ids: Sequence[UUID]
) -> int:
    with begin(scope_of(tally.column, owner)) as session:
        values = store.sealed_values(session, tally.column, keyring.head, ids)
        changes: list[Change] = []
        for row_id, value in values.items():
            try:
                changes.append(_anew(keyring, tally.column, owner, row_id, value))
            except Unopened:
                tally.unopened.add(row_id)
        return write_all(session, tally.column, changes, store.reseal)


def _anew(
    keyring: Keyring, column: Sealed, owner: UUID | None, row_id: UUID, value: bytes
) -> Change:
    text = keyring.open(Ciphertext(value), table=column.table, column=column.name, row_id=row_id)
    return Change(row_id, value, *seal(keyring, column, owner, row_id, text))

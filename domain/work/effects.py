"""One row for each action on the outside world, unique by what the action is.

It is written before the call and settled after it. Whoever wants the same action again finds
the row: done is answered from it, unknown is looked up, and only what is known not to have
happened is tried again. It is also the receipt that `frontdesk explain` prints.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.ids import new_id
from domain.tables.effects import EffectState
from domain.work import owners
from domain.work.rules import Patience


@dataclass(frozen=True, slots=True)
class Receipt:
    """The vendor's word that a thing was done."""

    reference: str | None = None
    """What the vendor calls it."""

    facts: object = None
    """What the area will write down with it, in the transaction that settles the row."""


Act = Callable[[str], Receipt]
LookUp = Callable[[str], Receipt | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One action: what it is, how to do it, how to find out whether it was done.

    Both callables are given the key, raise only the three words of `domain.errors`, and end
    within the kind's hard limit.
    """

    key: str
    vendor: str
    act: Act
    look_up: LookUp | None
    """None: this vendor cannot be asked, and an unheard answer goes to a person."""

    is_keyed: bool = False
    """The vendor knows a repeat by our key."""

    patience: Patience | None = None
    """How long an absence is not believed, where the vendor's lists lag; None: as its kind says."""

    closes_at: datetime | None = None
    """From then on the vendor takes no such call any more: who sleeps may wake, and is refused."""

    verdict: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What was decided, and by which rules; for the receipt."""

    def do(self) -> Receipt:
        """Do it, under its own key."""
        return self.act(self.key)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is written down about an action."""

    key: str
    row_id: UUID
    state: str
    reference: str | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Traces:
    """What is known of an action whose outcome was not heard, by the database's clock."""

    state: str
    owner: str | None
    age: timedelta
    lookups: int
    negatives: int
    first_negative_at: datetime | None
    now: datetime

    @property
    def since_first(self) -> timedelta:
        """How long ago the vendor first knew nothing of it."""
        return self.now - self.first_negative_at if self.first_negative_at else timedelta()


@dataclass(frozen=True, slots=True)
class Intent:
    """An action that is about to be done for a row."""

    row_id: UUID
    user_id: UUID | None
    effect: Effect


INTEND: Final = text(
    "INSERT INTO effects (key, kind, row_id, user_id, vendor, token, owner, verdict)"
    " SELECT x.key, :kind, x.row_id, x.user_id, x.vendor, :token, :owner, CAST(x.verdict AS jsonb)"
    " FROM unnest(CAST(:keys AS text[]), CAST(:rows AS uuid[]), CAST(:users AS uuid[]),"
    "  CAST(:vendors AS text[]), CAST(:verdicts AS text[]))"
    "  AS x(key, row_id, user_id, vendor, verdict)"
    " ON CONFLICT (key) DO UPDATE SET state = 'intended', token = excluded.token,"
    "  owner = excluded.owner, vendor = excluded.vendor, verdict = excluded.verdict,"
    "  attempts = effects.attempts + 1, intended_at = clock_timestamp(), settled_at = NULL,"
    "  lookups = 0, negatives = 0, first_negative_at = NULL, last_error = NULL"
    " WHERE effects.state = 'retryable' RETURNING key"
)

_GIVE_BACK: Final = text(
    "UPDATE effects SET state = 'retryable', owner = NULL, settled_at = clock_timestamp(),"
    " last_error = :why WHERE kind = :kind AND row_id = ANY(CAST(:rows AS uuid[]))"
    " AND token = :token AND state = 'intended'"
)

_UNDO: Final = text(
    "UPDATE effects SET state = 'retryable', reference = NULL, last_error = :why, token = :token,"
    " settled_at = clock_timestamp() WHERE key = :key AND state = 'done'"
)

# Under a token of its own, too: who made the call, or asks about it, has nothing to add.
_LEARN: Final = text(
    "UPDATE effects SET state = :state, reference = coalesce(:reference, reference),"
    " last_error = :why, token = :token, owner = NULL, settled_at = clock_timestamp()"
    " WHERE kind = :kind AND row_id = :row AND state IN ('intended', 'unknown')"
)

_STANDING: Final = text(
    "SELECT key, row_id, state, reference, last_error FROM effects"
    " WHERE key = ANY(CAST(:keys AS text[]))"
)

# Who says how its own call ended is through with it; who only asked cannot say so for another.
SETTLE: Final = text(
    "UPDATE effects e SET state = x.state, reference = coalesce(x.reference, e.reference),"
    " last_error = x.why, settled_at = clock_timestamp(),"
    " owner = CASE WHEN x.state = 'unknown' THEN nullif(e.owner, :me) END"
    " FROM unnest(CAST(:keys AS text[]), CAST(:states AS text[]), CAST(:references AS text[]),"
    "  CAST(:whys AS text[])) AS x(key, state, reference, why)"
    " WHERE e.key = x.key AND e.token = :token AND e.state IN ('intended', 'unknown')"
)

# The old token is worth nothing from here on. Its owner stands: it may still be about to call.
_TAKE_OVER: Final = text(
    "UPDATE effects SET token = :token, lookups = lookups + 1"
    " WHERE key = ANY(CAST(:keys AS text[])) AND state IN ('intended', 'unknown')"
    " RETURNING key, state, owner, clock_timestamp() - intended_at AS age, lookups, negatives,"
    "  first_negative_at, clock_timestamp() AS now"
)

# Counted only since nobody can make the call any more: who sleeps may make it after we asked,
# unless the vendor would not take it then.
_NEGATIVE: Final = text(
    "UPDATE effects SET state = 'unknown', last_error = :why,"
    " negatives = CASE WHEN owner IS NULL OR clock_timestamp() >= :closes"
    "  THEN negatives + 1 ELSE 0 END,"
    " first_negative_at = CASE WHEN owner IS NULL OR clock_timestamp() >= :closes"
    "  THEN coalesce(first_negative_at, clock_timestamp()) END"
    " WHERE key = :key AND token = :token AND state IN ('intended', 'unknown')"
    " RETURNING state, owner, clock_timestamp() - intended_at AS age, lookups, negatives,"
    "  first_negative_at, clock_timestamp() AS now"
)

_TROUBLE: Final = text(
    "UPDATE effects SET state = 'unknown', last_error = :why"
    " WHERE key = :key AND token = :token AND state IN ('intended', 'unknown')"
    " RETURNING state, owner, clock_timestamp() - intended_at AS age, lookups, negatives,"
    "  first_negative_at, clock_timestamp() AS now"
)


def intend(
    session: Session, kind: str, token: UUID, owner: str, intents: Sequence[Intent]
) -> dict[str, Standing | None]:
    """Write the intents; by key, None where the action is ours to do, else what stands there.

    Two rows that want the same action share a key: the first has it, the second is told
    that it is intended.
    """
    first = {intent.effect.key: intent for intent in reversed(intents)}
    bound = {
        "kind": kind,
        "token": token,
        "owner": owner,
        "keys": list(first),
        "rows": [intent.row_id for intent in first.values()],
        "users": [intent.user_id for intent in first.values()],
        "vendors": [intent.effect.vendor for intent in first.values()],
        "verdicts": [json.dumps(intent.effect.verdict) for intent in first.values()],
    }
    ours = set(session.scalars(INTEND, bound))
    others = [key for key in first if key not in ours]
    return {**dict.fromkeys(ours), **at(session, others)}


def at(session: Session, keys: Sequence[str]) -> dict[str, Standing]:
    """Return what is written down about the actions of these keys."""
    if not keys:
        return {}
    rows = session.execute(_STANDING, {"keys": list(keys)})
    return {
        row.key: Standing(row.key, row.row_id, row.state, row.reference, row.last_error)
        for row in rows
    }


def give_back(
    session: Session, kind: str, token: UUID, row_ids: Sequence[UUID], *, why: str
) -> None:
    """Write down that the calls intended for these rows were not begun, and never will be."""
    session.execute(_GIVE_BACK, {"kind": kind, "token": token, "rows": list(row_ids), "why": why})


def undo(session: Session, key: str, *, why: str) -> None:
    """Write down that what was done has been taken back, so that it may be done once more.

    Under a token of its own: whoever still holds an older one changes nothing any more.
    """
    session.execute(_UNDO, {"key": key, "why": why, "token": new_id()})


def learn(
    session: Session,
    kind: str,
    row_id: UUID,
    state: EffectState,
    *,
    reference: str | None = None,
    why: str | None = None,
) -> None:
    """Write what the vendor told by itself of a row's open action: nobody need ask any more."""
    bound = {"kind": kind, "row": row_id, "reference": reference, "why": why, "token": new_id()}
    session.execute(_LEARN, {**bound, "state": state.value})


def settle(
    session: Session,
    token: UUID,
    words: Sequence[tuple[str, EffectState, str | None, str | None]],
) -> None:
    """Write how actions came out: key, word, the vendor's reference, why. Only under our token."""
    session.execute(
        SETTLE,
        {
            "token": token,
            "me": owners.me(),
            "keys": [key for key, _, _, _ in words],
            "states": [state.value for _, state, _, _ in words],
            "references": [reference for _, _, reference, _ in words],
            "whys": [why for _, _, _, why in words],
        },
    )


def take_over(session: Session, token: UUID, keys: Sequence[str]) -> dict[str, Traces]:
    """Make the open actions of these keys ours to find out about; return what is known."""
    rows = session.execute(_TAKE_OVER, {"token": token, "keys": list(keys)})
    return {row.key: _traces(row) for row in rows}


def note_absence(
    session: Session, token: UUID, key: str, *, why: str, closes_at: datetime | None = None
) -> Traces | None:
    """Write down that the vendor knows nothing of it; None where it is no longer ours."""
    bound = {"token": token, "key": key, "why": why, "closes": closes_at}
    row = session.execute(_NEGATIVE, bound).one_or_none()
    return None if row is None else _traces(row)


def note_trouble(session: Session, token: UUID, key: str, *, why: str) -> Traces | None:
    """Write down that the vendor could not be asked: no evidence of anything."""
    row = session.execute(_TROUBLE, {"token": token, "key": key, "why": why}).one_or_none()
    return None if row is None else _traces(row)


def _traces(row: Any) -> Traces:  # noqa: ANN401  # a row of the statements above
    return Traces(
        state=row.state,
        owner=row.owner,
        age=row.age,
        lookups=row.lookups,
        negatives=row.negatives,
        first_negative_at=row.first_negative_at,
        now=row.now,
    )

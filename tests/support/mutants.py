"""Our own code with one safeguard taken out: without it a proof must find harm, or is none.

That is the one reason for which code of ours is ever patched.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest
from sqlalchemy import text

from domain.outbound import accounts
from domain.work import batch, claims, effects, flow, resolve, rules, statements
from domain.work.rules import Belief


def without_token_check(patch: pytest.MonkeyPatch) -> None:
    """Who was presumed dead writes over who took its place."""
    _replace(
        patch, "SETTLE", "AND m.lease_token = :token ", "AND CAST(:token AS uuid) IS NOT NULL "
    )


def without_token_check_of_effects(patch: pytest.MonkeyPatch) -> None:
    """Who was presumed dead settles the action that others are finding out about."""
    _replace_in_effects(
        patch, "SETTLE", "AND e.token = :token", "AND CAST(:token AS uuid) IS NOT NULL"
    )


def without_intent(patch: pytest.MonkeyPatch) -> None:
    """Nothing is written down before the call."""

    def intend(*given: Any) -> dict[str, None]:
        return {intent.effect.key: None for intent in given[-1]}

    patch.setattr(effects, "intend", intend)


def without_look_up(patch: pytest.MonkeyPatch) -> None:
    """What was cut short is put back unasked, as if the vendor knew nothing of it."""
    patch.setattr(resolve, "_look_up", resolve.Reply)


def without_reread(patch: pytest.MonkeyPatch) -> None:
    """No second look at the row before the call."""

    def look(_: Any, __: Any, attempts: Sequence[Any]) -> dict[Any, None]:
        return dict.fromkeys(attempt.id for attempt in attempts)

    patch.setattr(flow.Flow, "_look", look)


def without_owner_check(patch: pytest.MonkeyPatch) -> None:
    """Who may still call is forgotten at once."""
    _replace_in_effects(patch, "_TAKE_OVER", "SET token", "SET owner = NULL, token")


def counting_absences_while_the_owner_lives(patch: pytest.MonkeyPatch) -> None:
    """Absences count that were heard while the owner could still call (it was so once)."""
    _replace_in_effects(patch, "_NEGATIVE", "WHEN owner IS NULL", "WHEN true")


def believing_one_absence(patch: pytest.MonkeyPatch) -> None:
    """The vendor's list lags, and is believed."""
    patch.setattr(rules, "believe", lambda *_: Belief.NEVER_HAPPENED)


def counting_an_absence_twice(patch: pytest.MonkeyPatch) -> None:
    """A conclusion whose commit was not answered is written again (it was so once)."""
    patch.setattr(resolve.claims, "is_held", lambda *_: True)


def keeping_what_was_claimed_unheard(patch: pytest.MonkeyPatch) -> None:
    """Who lost the answer to its claim holds its rows for as long as it lives (it was so once)."""
    patch.setattr(batch, "_give_back", lambda *_: None)


def without_lock_of_accounts(patch: pytest.MonkeyPatch) -> None:
    """Two who decide at once count the same free slots."""
    sql = str(accounts._LOCK)  # noqa: SLF001  # what is taken out is inside
    assert "FOR NO KEY UPDATE OF a" in sql
    patch.setattr(accounts, "_LOCK", text(sql.replace("FOR NO KEY UPDATE OF a", "")))


def _replace(patch: pytest.MonkeyPatch, name: str, old: str, new: str) -> None:
    sql: str = getattr(statements, name)
    assert old in sql
    patch.setattr(statements, name, sql.replace(old, new))
    patch.setattr(claims, "statements", cache(statements.statements.__wrapped__))


def _replace_in_effects(patch: pytest.MonkeyPatch, name: str, old: str, new: str) -> None:
    sql = str(getattr(effects, name))
    assert old in sql
    patch.setattr(effects, name, text(sql.replace(old, new)))

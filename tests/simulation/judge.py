"""What is proved of a run, whatever its work was: one query for each sentence."""

from collections.abc import Mapping
from typing import Final

from tests.simulation.trade import World

# Who takes a row anew becomes its holder; whoever else settles it must be that. How a call ended
# is the vendor's to say, by a notice, whoever holds its row.
STALE: Final = """
WITH held AS (SELECT DISTINCT ON (token) token, who FROM moves
  WHERE token IS NOT NULL AND token IS DISTINCT FROM token_was ORDER BY token, n)
SELECT m.what, m.was, m.became, m.who, h.who FROM moves m JOIN held h ON h.token = m.token_was
WHERE h.who <> m.who AND m.what <> 'effects'
  AND (m.token IS NULL OR (m.token = m.token_was AND m.what <> 'call_attempts'))
"""
STALE_EFFECTS: Final = """
WITH held AS (SELECT DISTINCT ON (token) token, who FROM moves
  WHERE token IS NOT NULL AND token IS DISTINCT FROM token_was ORDER BY token, n)
SELECT m.was, m.became, m.who, h.who FROM moves m JOIN held h ON h.token = m.token_was
WHERE m.what = 'effects' AND m.token = m.token_was AND h.who <> m.who
"""
TOO_EARLY: Final = """
SELECT what, was, became, who, ended - at FROM moves
WHERE token_was IS NOT NULL AND token IS NOT NULL AND token <> token_was AND ended > at
"""
MOVED: Final = "SELECT what, was, became, count(*) FROM moves WHERE was <> became GROUP BY 1, 2, 3"
LEFT: Final = """
SELECT state, count(*), min(key) FROM effects WHERE state IN ('intended', 'unknown') GROUP BY 1
"""
UNTRUE: Final = """
SELECT key, lookups, negatives FROM effects WHERE negatives > lookups
"""
EFFECTS: Final = frozenset(
    {
        *(("intended", state) for state in ("done", "rejected", "retryable", "unknown")),
        *(("unknown", state) for state in ("done", "rejected", "retryable")),
        ("retryable", "intended"),
    }
)
"""The moves of an action, as docs/lifecycles.md draws them."""


def judge(world: World, edges: Mapping[str, frozenset[tuple[str, str]]]) -> list[str]:
    """Say what is wrong with how rows have moved."""
    drawn = {**edges, "effects": EFFECTS}
    wrong = [f"a stale token wrote: {row}" for row in world.all(STALE)]
    wrong += [f"a stale token settled an action: {row}" for row in world.all(STALE_EFFECTS)]
    wrong += [f"taken before its lease had ended: {row}" for row in world.all(TOO_EARLY)]
    for what, was, became, many in world.all(MOVED):
        if (was, became) not in drawn[what]:
            wrong.append(f"no drawn edge: {what} {was} -> {became}, {many} times")
    wrong += [f"an action left open: {row}" for row in world.all(LEFT)]
    wrong += [f"an absence counted twice: {row}" for row in world.all(UNTRUE)]
    return wrong

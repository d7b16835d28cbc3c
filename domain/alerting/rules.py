"""What a telling says, as a letter and as a webhook's body. Pure.

Both are made of what was written down when it was owed, so that a second attempt under the same
key says the same. Nothing in it is personal: types, ids, severities and our own sentences.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.work.causes import section

RESOLVED: Final = "resolved"
MOST: Final = 40
"""Alerts that one telling names; of more it says how many."""

Told = Mapping[str, Any]
"""One alert in a telling, as it was when it was owed."""


def told(content: Mapping[str, Any]) -> Sequence[Told]:
    """Return the alerts of a telling; none, where a person's erasure emptied it."""
    alerts: Sequence[Told] = content.get("alerts") or []
    return alerts


def subject(content: Mapping[str, Any], telling_id: UUID) -> str:
    """Return a letter's subject: the gravest, how many more, and what tells it from others."""
    alerts = told(content)
    if not alerts:
        return f"[frontdesk] an alert that was erased ({_name(telling_id)})"
    first, others = alerts[0], len(alerts) - 1 + int(content.get("more", 0))
    more = f" and {others} more" if others else ""
    return f"[frontdesk] {first['word']}: {first['type']}{more} ({_name(telling_id)})"


def text(content: Mapping[str, Any]) -> str:
    """Return a letter's text."""
    parts = [_paragraph(one) for one in told(content)]
    more = int(content.get("more", 0))
    if more:
        parts.append(f"... and {more} more, not named here.")
    parts.append("All that is open: frontdesk alerts list. Each of these words is told once.")
    return "\n\n".join(parts) + "\n"


def body(content: Mapping[str, Any], created_at: datetime) -> bytes:
    """Return what a webhook is sent: the very bytes that are signed."""
    alerts = [{**one, "runbook": section(str(one["type"]))} for one in told(content)]
    data = {"alerts": alerts, "more": int(content.get("more", 0))}
    word = {"type": "alerts", "timestamp": created_at.isoformat(), "data": data}
    return json.dumps(word, ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode()


def _paragraph(one: Told) -> str:
    opened = f"open since {one['created_at']}"
    if one["word"] == RESOLVED:
        opened += f", over since {one['resolved_at']}"
    return (
        f"{str(one['word']).upper()}  {one['type']}  {one['subject']}\n"
        f"{one['message']}\n{opened}\nWhat to do: {section(str(one['type']))}"
    )


def _name(telling_id: UUID) -> str:
    return telling_id.hex[-8:]

"""`frontdesk explain`: what was done for a row, what will be, and what was not and why."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from domain.database import SYSTEM
from domain.errors import Refusal
from domain.work import control
from workers import kinds, stories
from workers.cli.frame import AsJson, app, at_hand, out, show, show_json
from workers.reach import reach

WITHOUT_TABLE: Final = ("effect", "event", "phone_number", "review", "subscription", "tenant")
"""What can be explained though it is no work."""

KindName = Annotated[
    str,
    typer.Argument(
        help=(
            "call, queued_call, call_attempt, event, link, calendar, message, webhook, delivery,"
            " review, tenant, alert_telling, errand or effect."
        ),
        metavar="KIND",
    ),
]
RowId = Annotated[str, typer.Argument(help="The row's id.", metavar="ID")]


def as_id(word: str) -> UUID:
    """Read an id that a person typed."""
    try:
        return UUID(word)
    except ValueError:
        raise Refusal("ID must be an id such as 0190f2c5-6f0a-7c3e-9a52-2f6d1f6b7c11.") from None


@app.command()
def explain(kind: KindName, row_id: RowId, *, as_json: AsJson = False) -> None:
    """Tell what was done for a row, what will be, and what was not and why."""
    table = None if kind in WITHOUT_TABLE else kinds.named(kind)
    with at_hand() as given, reach(given, name="frontdesk explain")(SYSTEM) as session:
        key = _key(session, kind, row_id)
        receipts = control.effects_of(session, kind, key)
        standing = control.standing(session, table, key) if table else None
        pauses = control.pauses_on(session, table, key) if table else []
        chapters = [*stories.tell(session, kind, key), *stories.changes(session, key)]
    if not receipts and not chapters and standing is None:
        raise Refusal(f"There is no {kind} {row_id}.", exit_code=1)
    if as_json:
        story = {chapter.title: chapter.rows for chapter in chapters}
        show_json({"row": standing, "paused": pauses, "effects": receipts, **story})
        return
    if standing is not None:
        _show_standing(kind, row_id, standing)
    for pause in pauses:
        out.print(f"not taken up: {pause['kind']} {pause['subject']} is paused, {pause['reason']}")
    for chapter in chapters:
        columns = [name for name in chapter.rows[0] if any(row[name] for row in chapter.rows)]
        show(
            chapter.title, columns, [[_cell(row[name]) for name in columns] for row in chapter.rows]
        )
    for receipt in receipts:
        _show_receipt(receipt)


def _key(session: Session, kind: str, words: str) -> UUID:
    """Return the row that is meant; a number of ours may be called by itself."""
    if kind != "phone_number" or not words.startswith("+"):
        return as_id(words)
    found = stories.of_number(session, words)
    if found is None:
        raise Refusal(f"{words} is no number of a tenant's.", exit_code=1)
    return found


def _cell(value: object) -> object:
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else value


def _show_standing(kind: str, row_id: str, row: control.Standing) -> None:
    facts = [
        ("state", row.state),
        ("attempts", row.attempts),
        ("due", f"{row.due_at:%Y-%m-%d %H:%M:%S %Z}" if row.due_at else None),
        ("in hand until", row.lease_expires_at),
        ("why", row.last_error),
    ]
    show(f"{kind} {row_id}", ["", ""], [fact for fact in facts if fact[1] is not None])


def _show_receipt(effect: dict[str, Any]) -> None:
    facts = {
        "what": effect["key"],
        "for": f"{effect['kind']} {effect['row_id']}",
        "by": effect["vendor"],
        "state": _in_words(effect),
        "intended": f"{effect['intended_at']:%Y-%m-%d %H:%M:%S %Z}, attempt {effect['attempts']}",
        "settled": f"{effect['settled_at']:%Y-%m-%d %H:%M:%S %Z}" if effect["settled_at"] else None,
        "reference": effect["reference"],
        "cost": f"{effect['cost']} {effect['currency']}" if effect["cost"] is not None else None,
        "decided": effect["verdict"] or None,
        "asked": f"{effect['lookups']} times" if effect["lookups"] else None,
        "why": effect["last_error"],
    }
    rows = [(name, fact) for name, fact in facts.items() if fact is not None]
    show(f"effect {effect['id']}", ["", ""], rows)


def _in_words(effect: dict[str, Any]) -> str:
    """Say what the state of an action means for somebody who waits for it."""
    meanings = {
        "intended": "about to be done, or its answer was not heard yet",
        "done": "it happened, once",
        "retryable": "it did not happen; it will be tried again",
        "rejected": "it did not happen, and will not be tried again",
        "unknown": "it may have happened; the vendor is being asked",
    }
    words = meanings.get(effect["state"], "a state of a newer release")
    if effect["state"] == "unknown" and effect["owner"]:
        words += "; whoever may still do it has not been seen dead"
    return f"{effect['state']}: {words}"

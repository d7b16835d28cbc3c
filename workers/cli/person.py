"""`frontdesk person`: hand out what is known of somebody, and forget them."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from domain.database import Begin
from domain.messages import agreeing
from domain.privacy import erasure, persons, traces
from domain.privacy.erasure import Erased
from domain.privacy.persons import Known
from domain.privacy.plan import PARTS
from domain.sealing import Keyring
from workers.cli.control import as_id
from workers.cli.frame import AsJson, app, at_hand, err, out, show, show_json
from workers.cli.operators import whoever
from workers.keys import keyring
from workers.reach import reach

person: typer.Typer = typer.Typer(help="What is known of a person.", no_args_is_help=True)
app.add_typer(person, name="person")

Who = Annotated[
    str, typer.Argument(help="A number in E.164, or an address.", metavar="PHONE_OR_EMAIL")
]
User = Annotated[str, typer.Option(help="The tenant who knows them.")]
PLAN: Final = {part.table: part for part in PARTS}


@person.command()
def export(who: Who, user: User) -> None:
    """Print everything that is known of a person, as JSON; what is sealed is opened."""
    user_id = as_id(user)
    with at_hand() as given:
        begin, keys = reach(given, name="frontdesk person"), keyring(given)
        known = _find(begin, keys, who, user_id)
        told = persons.export(begin, keys, known)
        counts = {table: len(rows) for table, rows in told.items()}
        erasure.note(
            begin, user_id, actor=_actor(), action="person.exported", facts={"rows": counts}
        )
    show_json({"person": _named(known), "tables": told})


@person.command()
def agree(
    who: Who,
    user: User,
    source: Annotated[str, typer.Option(help="Where they agreed, e.g. 'the form of 3 May'.")],
) -> None:
    """Write down that a person agreed to be asked for a review; what waited for that goes on."""
    user_id = as_id(user)
    with at_hand() as given:
        begin, keys = reach(given, name="frontdesk person"), keyring(given)
        known = _find(begin, keys, who, user_id)
        with begin(user_id) as session:
            many = agreeing.agree(
                session,
                customers=known.rows.get("customers", ()),
                messages=known.rows.get("messages", ()),
                source=source,
            )
        erasure.note(
            begin, user_id, actor=_actor(), action="person.agreed", facts={"source": source}
        )
    waited = (
        "1 message that waited for that goes"
        if many == 1
        else f"{many} messages that waited for that go"
    )
    out.print(f"They agreed. {waited} on.", highlight=False)


@person.command()
def erase(
    who: Who,
    user: User,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Forget a person: show what will go, ask, and see to it that nobody contacts them again.

    What waits for them is called off. Exit 1: somebody works on a row yet; run it again.
    """
    user_id = as_id(user)
    with at_hand() as given:
        begin, keys = reach(given, name="frontdesk person"), keyring(given)
        known = _find(begin, keys, who, user_id)
        recordings = persons.recordings(begin, known)
        if not as_json:
            _show_plan(known, recordings)
        if not yes:
            typer.confirm("Forget them? This cannot be undone", abort=True, err=True)
        done = erasure.erase(begin, keys, known.person, actor=_actor())
    if as_json:
        show_json({"person": _named(known), **done.facts, "recordings": recordings})
    else:
        _show_done(done)
    if done.left:
        raise typer.Exit(1)


def _find(begin: Begin, keys: Keyring, who: str, user_id: UUID) -> Known:
    traces.note(begin, keys)  # what came in this minute
    named = persons.named(begin, keys, who, user_id=user_id)
    return persons.find(begin, keys, named)


def _show_plan(known: Known, recordings: list[str]) -> None:
    names = ", ".join(sorted(known.person.phones | known.person.emails))
    rows = [
        [table, len(ids), "blanked" if PLAN[table].blanks else "deleted"]
        for table, ids in known.rows.items()
    ]
    show(f"Known of {names}", ["table", "rows", "will be"], rows)
    for words in (
        "What is owed to them is called off, and so are appointments that are to come.",
        "They will not be contacted again: a hash stays.",
        *(f"A recording lies with the vendor, to be deleted there: {url}" for url in recordings),
    ):
        out.print(words, highlight=False, markup=False)


def _show_done(done: Erased) -> None:
    rows = [
        [
            table,
            done.stopped[table] or None,
            done.deleted[table] or None,
            done.blanked[table] or None,
        ]
        for table in PLAN
        if done.stopped[table] or done.deleted[table] or done.blanked[table]
    ]
    show("Forgotten", ["table", "called off", "deleted", "blanked"], rows)
    for table, many in done.left.items():
        err.print(
            f"{many} rows of {table} are being worked on: run it again in a few minutes.",
            highlight=False,
        )


def _named(known: Known) -> Mapping[str, Any]:
    return {
        "user_id": known.person.user_id,
        "phones": sorted(known.person.phones),
        "emails": sorted(known.person.emails),
    }


def _actor() -> str:
    return f"operator {whoever()}"

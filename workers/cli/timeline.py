"""`frontdesk timeline`: what happened with one person, in the order of time."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import text

from domain.database import SYSTEM, Begin
from domain.errors import Refusal
from domain.privacy import persons, timelines
from domain.privacy.persons import Known, Person
from domain.sealing import Keyring
from workers.cli.control import as_id
from workers.cli.frame import AsJson, app, at_hand, show, show_json
from workers.keys import keyring
from workers.reach import reach

MOST_SHOWN = 200
_OWNER = text("SELECT user_id FROM customers WHERE id = :id")


@app.command()
def timeline(
    who: Annotated[
        str, typer.Argument(help="A number, an address, or a customer's id.", metavar="WHO")
    ],
    user: Annotated[
        str, typer.Option(help="The tenant who knows them; a customer's id tells it.")
    ] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Tell what happened with one person, out of every table, and what is to come.

    States and reasons by their ids; nothing that was said. `explain` tells more of each row.
    """
    with at_hand() as given:
        begin, ring = reach(given, name="frontdesk timeline"), keyring(given)
        known = _known(begin, ring, who, user)
        found = timelines.timeline(begin, known)
    if not found:
        raise Refusal("Nothing is known of them at this tenant.", exit_code=1)
    if as_json:
        show_json([asdict(one) for one in found])
        return
    now = datetime.now(UTC)
    rows = [
        [
            f"{one.at:%Y-%m-%d %H:%M:%S}" + (" (to come)" if one.at > now else ""),
            *(one.what, one.state, one.why, one.row),
        ]
        for one in found[-MOST_SHOWN:]
    ]
    title = f"Their time with us: {len(found)} moments"
    show(title, ["when, UTC", "what", "stands", "why", "row"], rows)


def _known(begin: Begin, ring: Keyring, who: str, user: str) -> Known:
    customer = _as_customer(who)
    if customer is None:
        if not user:
            raise Refusal("Say --user ID: whose customer is it?")
        return persons.find(begin, ring, persons.named(begin, ring, who, user_id=as_id(user)))
    with begin(SYSTEM) as session:
        owner: UUID | None = session.scalar(_OWNER, {"id": customer})
    if owner is None:
        raise Refusal(f"There is no customer {who}.", exit_code=1)
    person: Person = persons.of_customer(begin, ring, customer, user_id=owner)
    return persons.find(begin, ring, person)


def _as_customer(who: str) -> UUID | None:
    try:
        return UUID(who)
    except ValueError:
        return None

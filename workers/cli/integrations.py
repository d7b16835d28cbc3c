"""`frontdesk integrations`: a tenant's own credentials of a vendor."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from domain.database import SYSTEM
from domain.errors import Refusal
from domain.privacy import credentials
from domain.work import tenants
from workers.cli.control import as_id
from workers.cli.frame import AsJson, app, at_hand, out, show, show_json
from workers.keys import keyring
from workers.reach import reach

integrations: typer.Typer = typer.Typer(
    help="Tenants' own credentials of vendors.", no_args_is_help=True
)
app.add_typer(integrations, name="integrations")


@integrations.command("set")
def set_(
    provider: Annotated[str, typer.Argument(help="The vendor, such as twilio.")],
    user: Annotated[str, typer.Option(help="The tenant's id.")],
    file: Annotated[
        Path | None, typer.Option("--from", help="A file with the credentials; - for stdin.")
    ] = None,
    kind: Annotated[str | None, typer.Option("--type", help="What it is for.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Seal credentials that a tenant brought: a JSON object, or one key. Never an argument.

    Without --from they are asked for, or read from standard input where nobody types.
    """
    user_id, name = as_id(user), provider.strip().lower()
    facts = credentials.parse(_given(file, name))
    with at_hand() as settings:
        begin, keys = reach(settings, name="frontdesk integrations"), keyring(settings)
        with begin(SYSTEM) as session:
            tenants.check(session, user_id)
        with begin(user_id) as session:
            row_id = credentials.put(
                session, keys, facts, user_id=user_id, provider=name, provider_type=kind
            )
    if as_json:
        show_json({"id": row_id, "provider": name})
    else:
        out.print(f"{name} is set for tenant {user}: {', '.join(sorted(facts))}.", highlight=False)


def _given(file: Path | None, provider: str) -> str:
    """Return the credentials, from where nobody else reads them."""
    if file is None and sys.stdin.isatty():
        return str(typer.prompt(f"Credentials of {provider}", hide_input=True))
    if file is None or str(file) == "-":
        return sys.stdin.read()
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise Refusal(f"{file} cannot be read as a text.") from None


@integrations.command("list")
def list_(
    user: Annotated[str | None, typer.Option(help="One tenant's only.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show which tenant has brought what; credentials are never shown."""
    user_id = as_id(user) if user else None
    with at_hand() as given, reach(given, name="frontdesk integrations")(SYSTEM) as session:
        found = credentials.listed(session, user_id=user_id)
    if as_json:
        show_json(found)
        return
    columns = ["id", "tenant", "vendor", "type", "active", "credentials", "checked", "wrong"]
    rows = [[*row.values()][:-1] for row in found]
    show("Integrations", columns, rows)

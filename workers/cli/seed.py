"""`frontdesk seed`: rows to try things out on."""

import json
from pathlib import Path
from typing import Final

import typer
from sqlalchemy import text

import sandbox
from domain.errors import Refusal
from domain.ids import new_id
from workers.cli.frame import AsJson, app, at_hand, out, show, show_json
from workers.reach import reach

DATA: Final = Path(sandbox.__file__).parent / "demo"
COUNTED: Final = ("customers", "calls", "events", "messages", "leads", "usage_calls")

seed: Final = typer.Typer(help="Rows to try things out on.", no_args_is_help=True)
app.add_typer(seed, name="seed")


@seed.callback()
def everything() -> None:
    """Rows to try things out on."""


@seed.command()
def demo(*, as_json: AsJson = False) -> None:
    """Make a small business with ninety days behind it; each time another one."""
    user = new_id()
    business = json.loads((DATA / "business.json").read_text("utf-8"))
    statements = (DATA / "history.sql").read_text("utf-8").split(";\n")
    with at_hand() as settings:
        if settings.frontdesk_env == "production":
            raise Refusal("Made-up people do not belong among real ones: not in production.")
        with reach(settings, name="frontdesk seed")(user) as session:
            session.execute(_TENANT, {"id": user, **business})
            for statement in statements:
                session.execute(text(statement), {"user": user, "word": user.hex[-8:]})
            made = {
                table: session.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608  # names of ours
                for table in COUNTED
            }
    if as_json:
        show_json({"user_id": str(user), "rows": made})
        return
    show("A business with a past", ["table", "rows"], [[*each] for each in made.items()])
    out.print(f"Its id is {user}; `frontdesk explain` and every --user take it.", highlight=False)


_TENANT: Final = text(
    "INSERT INTO users (id, business_name, industry, timezone, email, role, tier)"
    " VALUES (:id, :business_name, :industry, :timezone, :email, 'user', 'pro')"
)

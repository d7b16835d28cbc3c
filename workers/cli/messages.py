"""`frontdesk messages`: what will be sent about an event, and why a message was or was not sent."""

from typing import Annotated, Any, Final
from uuid import UUID

import typer

from domain.database import SYSTEM
from domain.errors import Refusal
from domain.messages import previews
from workers.cli.control import as_id
from workers.cli.frame import AsJson, app, at_hand, out, show, show_json
from workers.reach import reach, toolbox

NAME: Final = "frontdesk messages"
messages: typer.Typer = typer.Typer(
    help="Confirmations, reminders and replies.", no_args_is_help=True
)
app.add_typer(messages, name="messages")


@messages.command()
def preview(
    event: Annotated[str, typer.Argument(help="The event's id.")], *, as_json: AsJson = False
) -> None:
    """Show every text that will go out about an event: when, to whom, how long, for how much."""
    event_id = as_id(event)
    with at_hand() as settings:
        lines = previews.preview(toolbox(settings, name=NAME).post, event_id)
    if lines is None:
        raise Refusal(f"There is no event {event}.")
    if as_json:
        show_json([line.as_facts() for line in lines])
        return
    columns = ["when", "rule", "channel", "to", "segments", "about", "state", "words"]
    show("What goes out", columns, [line.as_row() for line in lines])


@messages.command()
def explain(
    message: Annotated[str, typer.Argument(help="The message's id.")], *, as_json: AsJson = False
) -> None:
    """Say in one sentence why a message was sent or was not, and by which rules."""
    message_id: UUID = as_id(message)
    with at_hand() as settings, reach(settings, name=NAME)(SYSTEM) as session:
        told: dict[str, Any] | None = previews.explain(session, message_id)
    if told is None:
        raise Refusal(f"There is no message {message}.")
    if as_json:
        show_json(told)
        return
    out.print(told["sentence"], highlight=False, markup=False)
    for name in ("rule", "status", "due_at", "useful_until", "rules", "version"):
        if told.get(name):
            out.print(f"  {name}: {told[name]}", highlight=False, markup=False)

"""`frontdesk alerts` and `frontdesk errors`: what is wrong, since when, and who sees to it."""

from typing import Annotated, Any

import typer

from domain.database import SYSTEM
from domain.errors import Refusal
from domain.work import alerts as store
from domain.work import causes, errors_seen
from workers.cli.control import as_id
from workers.cli.frame import AsJson, app, at_hand, out, show, show_json
from workers.cli.operators import whoever
from workers.reach import reach

alerts: typer.Typer = typer.Typer(help="What is wrong, and who sees to it.", no_args_is_help=True)
errors: typer.Typer = typer.Typer(help="Errors of other services.", no_args_is_help=True)
app.add_typer(alerts, name="alerts")
app.add_typer(errors, name="errors")

AlertId = Annotated[str, typer.Argument(help="The alert's id.", metavar="ID")]
Note = Annotated[str, typer.Option(help="What you know of it, for the next one who looks.")]


@alerts.command("list")
def list_(
    *,
    every: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is wrong, the gravest first; exit 1 while something critical is open."""
    with at_hand() as given, reach(given, name="frontdesk alerts")(SYSTEM) as session:
        found = store.listed(session, also_resolved=every)
    if as_json:
        show_json([_told(alert) for alert in found])
    else:
        rows = [
            [
                *(alert["id"], alert["severity"], _state(alert), alert["alert_type"]),
                *(f"{alert['created_at']:%Y-%m-%d %H:%M}", alert["seen"], alert["message"]),
            ]
            for alert in found
        ]
        show("Alerts", ["id", "severity", "state", "cause", "since", "seen", "what"], rows)
    if any(alert["severity"] == "critical" and not alert["resolved_at"] for alert in found):
        raise typer.Exit(1)


@alerts.command("show")
def show_one(row_id: AlertId, *, as_json: AsJson = False) -> None:
    """Show one alert: its rows, who took it up, and where the runbook tells what to do."""
    with at_hand() as given, reach(given, name="frontdesk alerts")(SYSTEM) as session:
        alert = store.one(session, as_id(row_id))
    if alert is None:
        raise Refusal(f"There is no alert {row_id}.", exit_code=1)
    if as_json:
        show_json(_told(alert))
        return
    details: dict[str, Any] = alert["details"]
    taken: dict[str, str] = details.get("acknowledged", {})
    facts = {
        "what": alert["message"],
        "about": alert["subject"],
        "severity": alert["severity"],
        "state": _state(alert),
        "seen": f"{alert['seen']} times, last {alert['last_seen_at']:%Y-%m-%d %H:%M:%S %Z}",
        "taken up by": f"{taken['by']}: {taken['note']}".rstrip(": ") if taken else None,
        "what to do": causes.section(alert["alert_type"]),
    }
    show(f"alert {alert['alert_type']}", ["", ""], [(a, b) for a, b in facts.items() if b])
    rows: list[dict[str, str]] = details.get("rows", [])
    if rows:
        show("Rows", ["what", "why"], [[row["what"], row["why"]] for row in rows])


@alerts.command()
def ack(row_id: AlertId, note: Note = "") -> None:
    """Say that you see to it. The alert ends by itself when its cause is gone."""
    key = as_id(row_id)
    with at_hand() as given, reach(given, name="frontdesk alerts")(SYSTEM) as session:
        was = store.acknowledge(session, key, by=whoever(), note=note)
    if not was:
        raise Refusal(f"There is no open alert {row_id}.", exit_code=1)
    out.print(f"alert {row_id} is taken up; it ends when its cause is gone.", highlight=False)


def _state(alert: dict[str, Any]) -> str:
    if alert["resolved_at"]:
        return f"resolved {alert['resolved_at']:%Y-%m-%d %H:%M}"
    return "acknowledged" if alert["acknowledged_at"] else "open"


def _told(alert: dict[str, Any]) -> dict[str, Any]:
    return {**alert, "runbook": causes.section(alert["alert_type"])}


@errors.command("list")
def list_errors(*, as_json: AsJson = False) -> None:
    """Show open errors of other services by cause: first, last, and how many."""
    with at_hand() as given, reach(given, name="frontdesk errors")(SYSTEM) as session:
        found = errors_seen.by_cause(session)
    if as_json:
        show_json(found)
        return
    columns = ["cause", "where", "seen", "tenants", "first", "last"]
    rows = [[*row.values()] for row in found]
    show(
        "Errors", columns, [[*row[:4], *(f"{at:%Y-%m-%d %H:%M}" for at in row[4:])] for row in rows]
    )


@errors.command("resolve")
def resolve(
    cause: Annotated[str, typer.Argument(help="The cause, as `errors list` has it.")],
    endpoint: Annotated[str | None, typer.Option(help="Only at this place.")] = None,
    note: Note = "",
) -> None:
    """Say that a cause is gone; the next error of it is a new one."""
    with at_hand() as given, reach(given, name="frontdesk errors")(SYSTEM) as session:
        many = errors_seen.resolve(session, cause, endpoint=endpoint, note=note)
    if not many:
        raise Refusal(f"There is no open error {cause}.", exit_code=1)
    out.print(f"{many} errors are resolved.", highlight=False)

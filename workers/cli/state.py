"""Commands that look and tell: status, doctor; and migrate."""

from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import SecretStr
from rich.live import Live
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from config.settings import Settings, settings
from domain.database import SYSTEM, Begin
from domain.errors import Refusal
from workers import checks, migration, overview, surroundings
from workers.app import app as celery
from workers.checks import Finding, Level
from workers.cli.frame import AsJson, app, at_hand, out, show, show_json
from workers.cli.line import show_backlog, show_line
from workers.interrupts import stopped
from workers.keys import keyring
from workers.reach import reach

NEEDED: Final = ("database", "role", "schema")
"""Where one of these is at fault, nothing more can be asked of the database."""


@app.command()
def migrate(
    to: Annotated[str, typer.Option(help="A revision, or base to take everything down.")] = "head",
    *,
    as_json: AsJson = False,
) -> None:
    """Bring the database to this release: roles first, then the schema."""
    with at_hand(migrated=False) as given:
        owner = given.owner_database
        if owner is None:
            raise Refusal("Set MIGRATE_DATABASE_URL to the owner's login.")
        done = migration.migrate(owner, worker_url=given.worker_database, to=to)
    if as_json:
        show_json({"before": done.before, "after": done.after})
    elif done.before == done.after:
        out.print(f"The schema stands at {done.after}; nothing to do.", highlight=False)
    else:
        out.print(f"The schema went from {done.before} to {done.after}.", highlight=False)


@app.command()
def status(
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Show it anew until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 2.0,
    as_json: AsJson = False,
) -> None:
    """Show what waits, what runs, and what is wrong."""
    with at_hand() as given:
        begin = reach(given, name="frontdesk status")
        if watch:
            _watch(begin, every)
            return
        seen = _look(begin)
    if as_json:
        show_json(seen.as_facts())
        return
    show_overview(seen)


def _look(begin: Begin) -> overview.Overview:
    with begin(SYSTEM) as session:
        return overview.look(session)


def _watch(begin: Begin, every: float) -> None:
    """Show the newest look in place of the one before; into a pipe, one after the other."""
    stop = stopped()
    with Live(console=out, screen=out.is_terminal, auto_refresh=False) as live:
        while True:
            page = Text.from_ansi(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n\n{_page(begin)}")
            if out.is_terminal:
                live.update(page, refresh=True)
            else:
                out.print(page)
            if stop.wait(every):
                return


def _page(begin: Begin) -> str:
    """Return what `status` shows; a database that is away is said, and waited for."""
    try:
        seen = _look(begin)
    except SQLAlchemyError as error:
        return f"The database does not answer: {type(error).__name__}."
    with out.capture() as page:
        show_overview(seen)
    return page.get()


def show_overview(seen: overview.Overview) -> None:
    """Print an overview for people."""
    show(
        "Queues: how long the last measured bell waited",
        ["queue", "waited", "heard"],
        [
            [bell["queue"], f"{bell['waited']:.3f} s", "yes" if bell["heard"] else "not yet"]
            for bell in seen.bells
        ],
    )
    show_backlog(seen)
    show(
        "Workers",
        ["host", "supervisor", "children", "heard from"],
        [
            [row["hostname"], row["pid"], _children(row), f"{row['seconds_silent']} s ago"]
            for row in seen.supervisors
        ],
    )
    show(
        "Timetable: newest slots",
        ["entry", "slot", "state"],
        [[run["name"], f"{run['slot']:%Y-%m-%d %H:%M:%S}", _state(run)] for run in seen.timetable],
    )
    show_line(seen)
    show(
        "Alerts",
        ["since", "severity", "what"],
        [
            [f"{alert['created_at']:%Y-%m-%d %H:%M}", alert["severity"], alert["message"]]
            for alert in seen.alerts
        ],
    )
    _show_asides(seen)


def _show_asides(seen: overview.Overview) -> None:
    """Print what is only there at times: notices without effect, and pauses."""
    if seen.notices:
        show(
            "Notices of the last day that moved nothing, by cause",
            ["what became of them", "vendor", "kind", "why", "how many", "newest"],
            [
                [
                    *(row["result"], row["provider"], row["event_type"] or None, row["why"]),
                    *(row["n"], f"{row['newest']:%Y-%m-%d %H:%M}"),
                ]
                for row in seen.notices
            ],
        )
    if seen.pauses:
        show(
            "Paused",
            ["what", "", "why"],
            [[pause["kind"], pause["subject"], pause["reason"]] for pause in seen.pauses],
        )


def _children(supervisor: dict[str, Any]) -> str:
    return ", ".join(
        f"{child['post']} {child['busy']}/{child['slots']}"
        + ("" if child["hears"] else " (starting)")
        for child in supervisor["children"]
    )


def _state(run: dict[str, Any]) -> str:
    if run["error"]:
        return f"failed: {run['error']}"
    if run["finished_at"]:
        return "done"
    return "running" if run["started_at"] else f"rung {run['rings']} times, not started"


@app.command()
def doctor(
    *,
    list_settings: Annotated[
        bool, typer.Option("--settings", help="List every variable, what it means and is.")
    ] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no vendor anything.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check this deployment; exit 1 if something is not well. What to do stands beside it."""
    if list_settings:
        _show_settings(settings(), as_json=as_json)
        return
    with at_hand(migrated=False) as given:
        found = [*checks.database(given), *checks.broker(given), checks.queue(celery)]
        found += [surroundings.versions(), surroundings.disk(given), surroundings.flower(given)]
        found += surroundings.caution(given)
        if not any(one.name in NEEDED and one.level is Level.FAULT for one in found):
            begin = reach(given, name="frontdesk doctor")
            found += [*surroundings.keys(given, begin), *surroundings.house(begin)]
            found += [] if offline else _vendors(given, begin)
    if as_json:
        show_json(
            [
                {"check": f.name, "level": f.level, "words": f.words, "advice": f.advice}
                for f in found
            ]
        )
    else:
        show("Doctor", ["check", "", "finding"], [_row(finding) for finding in found])
    if any(finding.level is Level.FAULT for finding in found):
        raise typer.Exit(1)


def _vendors(given: Settings, begin: Begin) -> list[Finding]:
    # Every vendor's SDK comes with it: a second that `status` and `migrate` do without.
    ask = import_module("workers.vendor_checks").vendors
    return [*ask(given, begin, keyring(given))]


def _row(finding: Finding) -> list[str]:
    return [finding.name, finding.level.value, f"{finding.words} {finding.advice}".strip()]


def _show_settings(given: Settings, *, as_json: bool) -> None:
    rows: list[tuple[str, str, str]] = []
    for name, field in Settings.model_fields.items():
        value: object = getattr(given, name)
        was_set = name in given.model_fields_set
        rows.append((name.upper(), _shown(value, was_set=was_set), field.description or ""))
    if as_json:
        show_json([{"variable": a, "value": b, "meaning": c} for a, b, c in rows])
    else:
        show("Settings", ["variable", "value", "meaning"], rows)


def _shown(value: object, *, was_set: bool) -> str:
    """Show a value, but never a secret, and say where it is only the default."""
    if value is None:
        return "-"
    if isinstance(value, SecretStr):
        return "(set)"
    plain = int(value) if isinstance(value, bool) else value
    return f"{plain}" if was_set or isinstance(plain, Path) else f"{plain} (default)"

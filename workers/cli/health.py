"""`frontdesk health`: who is doing well, who is about to leave, and how often that was right."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from domain.database import SYSTEM
from domain.errors import Refusal
from domain.health import reports
from domain.health.outcomes import Record
from domain.health.reports import Card, Report
from domain.health.rules import BY_NAME, RESTORED
from workers import health_page
from workers.cli.control import as_id
from workers.cli.frame import AsJson, app, at_hand, err, out, show, show_json
from workers.reach import reach

HIGHEST: Final = 90
"""Where the highest band of ten points begins."""

health: typer.Typer = typer.Typer(help="How tenants are doing.", no_args_is_help=True)
app.add_typer(health, name="health")


@health.command("show")
def one(
    user: Annotated[str, typer.Argument(help="The tenant's id.", metavar="USER")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show a tenant's score: what it adds up from, what moved it, what would restore it."""
    user_id = as_id(user)
    with at_hand() as given, reach(given, name="frontdesk health")(SYSTEM) as session:
        card = reports.card(session, user_id)
    if card is None:
        raise Refusal(f"There is no score of {user_id}: it has left, or was not scored yet.")
    if as_json:
        show_json(asdict(card))
    else:
        show_card(card)


def show_card(card: Card) -> None:
    """Print an account's card for people."""
    out.print(_headline(card), highlight=False)
    if card.so_far is not None:
        out.print(f"Its record: {_so_far(card)}.", highlight=False)
    out.print()
    show(
        "What it adds up from",
        ["contribution", "value", "points", "of", "window"],
        [
            [
                *(BY_NAME[name].title, part["value"], part["points"], part["of"]),
                f"{part['window']} days" if part["window"] else "now",
            ]
            for name, part in card.points.items()
        ],
    )
    if card.moved:
        show(
            "What moved in a week",
            ["contribution", "points"],
            [[BY_NAME[move.factor].title, f"{move.before} -> {move.now}"] for move in card.moved],
        )
    if card.to_restore:
        show(
            f"What would restore a B ({RESTORED} points)",
            ["step", "points"],
            [[step.words, f"+{step.gains}"] for step in card.to_restore],
        )
    show(
        "Open alerts",
        ["since", "severity", "why", "times seen"],
        [
            [f"{alert['created_at']:%Y-%m-%d}", alert["severity"], alert["message"], alert["seen"]]
            for alert in card.alerts
        ],
    )


def _headline(card: Card) -> str:
    at = f"{card.at:%Y-%m-%d %H:%M}"
    if card.score is None or card.bounds is None:
        return f"{card.user_id}: new, with evidence of {card.evidence:g} observations, {at}"
    trends = ", ".join(
        f"{trend:+g} in {days} days"
        for trend, days in ((card.trend_7_days, 7), (card.trend_30_days, 30))
        if trend is not None
    )
    return (
        f"{card.user_id}: {card.score} of 100 ({card.bounds[0]:g} to {card.bounds[1]:g}),"
        f" {card.grade}, risk {card.risk}{f'; {trends}' if trends else ''}, {at}"
    )


def _so_far(card: Card) -> str:
    band = card.so_far or {}
    if not band.get("accounts"):
        return "nobody with such a score has been followed for sixty days yet"
    return (
        f"of accounts scored {band['from']} to {band['to']},"
        f" {100 * band['departed'] / band['accounts']:.0f} % left within sixty days"
        f" (n = {band['accounts']}, {100 * band['low']:.0f} to {100 * band['high']:.0f} %)"
    )


@health.command("report")
def everybody(
    most: Annotated[int, typer.Option(help="How many of the worst to list.", min=0)] = 10,
    html: Annotated[
        Path | None, typer.Option(help="Write plots to this file, for a browser.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show how all tenants do, and how often scores were right."""
    with at_hand() as given, reach(given, name="frontdesk health")(SYSTEM) as session:
        found = reports.report(session, most=most)
    if html is not None:
        try:
            html.write_text(health_page.write(found), encoding="utf-8")
        except OSError as error:
            raise Refusal(f"--html: {html} cannot be written ({error.strerror}).") from error
        err.print(f"Plots are in {html}.", highlight=False)
    if as_json:
        show_json(asdict(found))
    else:
        show_report(found)


def show_report(found: Report) -> None:
    """Print how all accounts do, for people."""
    bands = dict.fromkeys(range(0, 100, 10), 0)
    for score, count in found.by_score.items():
        bands[min(score // 10 * 10, HIGHEST)] += count
    rows = [[f"{low} to {low + 9 if low < HIGHEST else 100}", n] for low, n in bands.items() if n]
    rows += [["new", found.new]] if found.new else []
    show(f"Scores{f' of {found.at:%Y-%m-%d %H:%M}' if found.at else ''}", ["score", "n"], rows)
    _show_record(found.record)
    show(
        "Open alerts",
        ["cause", "severity", "accounts", "worth a month, USD"],
        [[row["reason"], row["severity"], row["n"], row["worth"]] for row in found.alerts],
    )
    show(
        "The lowest",
        ["account", "score", "left so far", "why", "what would restore a B"],
        [
            [
                card.user_id,
                f"{card.score} {card.grade}",
                _share(card),
                ", ".join(alert["reason"] for alert in card.alerts) or None,
                "; ".join(f"{step.words} (+{step.gains})" for step in card.to_restore),
            ]
            for card in found.worst
        ],
    )


def _share(card: Card) -> str | None:
    band = card.so_far
    if not band or not band["accounts"]:
        return None
    return f"{100 * band['departed'] / band['accounts']:.0f} % of {band['accounts']}"


def _show_record(record: Record | None) -> None:
    if record is None or not record.accounts:
        out.print("[bold]Record[/bold]\nno score is sixty days old yet\n")
        return
    show(
        "Record: what became of accounts within sixty days of a score",
        ["score", "accounts", "left", "share", "between"],
        [
            [
                f"{band['from']} to {band['to']}",
                *(band["accounts"], band["departed"]),
                f"{100 * band['departed'] / band['accounts']:.1f} %",
                f"{100 * band['low']:.1f} to {100 * band['high']:.1f} %",
            ]
            for band in record.bands
            if band["accounts"]
        ],
    )
    figures = (
        ("AUC of the score", record.auc),
        ("AUC of days since the last log-in", record.login_auc),
        ("calibration error, earlier half against later", record.calibration_error),
    )
    show(
        "How well it foretells (0.5 is chance)",
        ["", ""],
        [[name, None if value is None else f"{value:.3f}"] for name, value in figures],
    )

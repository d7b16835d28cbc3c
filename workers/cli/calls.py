"""`frontdesk calls`: calls that somebody wants, from a file."""

import csv
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import phonenumbers
import typer

from domain.errors import Refusal
from domain.outbound import files, queueing
from domain.outbound.files import Remark, Report, TakenBack, Tell
from workers.cli.control import as_id
from workers.cli.frame import AsJson, app, at_hand, out, show, show_json
from workers.reach import reach

calls: typer.Typer = typer.Typer(help="Calls that somebody wants.", no_args_is_help=True)
app.add_typer(calls, name="calls")

SHOWN: Final = 20


@calls.command()
def enqueue(  # noqa: PLR0913  # each is an option of the command
    file: Annotated[Path, typer.Argument(help="A CSV file; a column is called number or phone.")],
    user: Annotated[str, typer.Option(help="The tenant's id.")],
    campaign: Annotated[str | None, typer.Option(help="The campaign's id.")] = None,
    country: Annotated[
        str | None, typer.Option(help="Where numbers without a country's code are, such as US.")
    ] = None,
    batch: Annotated[
        str, typer.Option(help="A name for this round: the same lines again are other calls.")
    ] = "",
    report: Annotated[
        Path | None, typer.Option(help="Write every line that was not put in line there.")
    ] = None,
    *,
    whole: Annotated[
        bool, typer.Option("--whole", help="Put nothing in line unless every line is right.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a file's calls in line, all at once; the same file again changes nothing.

    Exit 1 where a line was refused: the report says which and why, by its number alone.
    """
    user_id, campaign_id = as_id(user), as_id(campaign) if campaign else None
    region = _region(country)
    with at_hand() as given, _told(report) as tell:
        begin = reach(given, name="frontdesk calls")
        done = Report()
        try:
            with begin(user_id) as session, _opened(file) as lines:
                known = queueing.known(
                    session, user_id=user_id, campaign_id=campaign_id, country=region, batch=batch
                )
                done = files.put_in_line(
                    session, lines, known, user_id=user_id, campaign_id=campaign_id, tell=tell
                )
                TakenBack.unless(done, whole=whole, dry_run=dry_run)
        except TakenBack:
            stays = False
        else:
            stays = True
    _say(done, stays=stays, as_json=as_json)
    if done.counts["refused"]:
        raise typer.Exit(1)


def _region(country: str | None) -> str | None:
    if country is None:
        return None
    if country.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise Refusal("--country must be two letters, such as US or SE.")
    return country.upper()


@contextmanager
def _opened(file: Path) -> Generator[Any]:
    """Open a file whatever a spreadsheet put before it; what is no UTF-8 is told by its line."""
    try:
        lines = file.open(encoding="utf-8-sig", errors="replace", newline="")
    except OSError:
        raise Refusal(f"{file} cannot be read.") from None
    with lines:
        yield lines


@contextmanager
def _told(report: Path | None) -> Generator[Tell]:
    """Write remarks into a file as they come."""
    if report is None:
        yield lambda _: None
        return
    try:
        made = report.open("w", encoding="utf-8", newline="")
    except OSError:
        raise Refusal(f"{report} cannot be written.") from None
    with made:
        writer = csv.writer(made)
        writer.writerow(["line", "result", "reason"])

        def tell(remark: Remark) -> None:
            writer.writerow([remark.line, remark.result, remark.why])

        yield tell


def _say(done: Report, *, stays: bool, as_json: bool) -> None:
    counts = {name: done.counts[name] for name in ("queued", "already", "refused")}
    if as_json:
        lines = [{"line": one.line, "result": one.result, "why": one.why} for one in done.remarks]
        show_json({**counts, "stays": stays, "lines": lines})
        return
    rows = [[one.line, one.result, one.why] for one in done.remarks[:SHOWN]]
    if rows:
        show("Lines that were not put in line", ["line", "result", "why"], rows)
        left = counts["refused"] + counts["already"] - len(rows)
        if left > 0:
            out.print(f"and {left} more: --report FILE has them all.", highlight=False)
    words = ", ".join(f"{number} {name}" for name, number in counts.items())
    out.print(words if stays else f"{words}; nothing was put in line.", highlight=False)

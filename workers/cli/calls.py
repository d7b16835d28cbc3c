"""`frontdesk calls`: calls that somebody wants, from a file."""

import csv
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import phonenumbers
import typer

from domain.errors import Refusal
from domain.outbound import files, preflight, queueing
from domain.outbound.files import Remark, Report, TakenBack, Tell
from domain.outbound.judge import Answer
from workers.cli.control import as_id
from workers.cli.frame import AsJson, app, at_hand, out, show, show_json
from workers.keys import keyring
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


WORDS: Final = {
    Answer.GO: "would be called",
    Answer.LATER: "wait for their hours",
    Answer.HELD: "wait for somebody to change something",
    Answer.VOID: "would never be called",
    Answer.EXPIRED: "are of no use any more",
}


@calls.command("preflight")
def preflight_(
    campaign: Annotated[str, typer.Argument(help="The campaign's id.", metavar="CAMPAIGN")],
    at: Annotated[
        str | None, typer.Option(help="As if it began then, such as 2026-11-28T09:00+01:00.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Say what a campaign's calls would come to if it began now, and why; it changes nothing.

    Exit 1 where some would never be called, or wait for somebody.
    """
    campaign_id, moment = as_id(campaign), _moment(at)
    with at_hand() as given:
        begin = reach(given, name="frontdesk calls")
        seen = preflight.look(begin, keyring(given), campaign_id, at=moment)
    counts = {answer.value: seen.count(answer) for answer in Answer}
    if as_json:
        show_json({"at": seen.at, **counts, "groups": [_facts(group) for group in seen.groups]})
    else:
        rows = [
            [one.count, WORDS[one.answer], one.sentence, _short(one.first), _short(one.last)]
            for one in seen.groups
        ]
        columns = ["calls", "what", "why, of one of them", "from", "to"]
        show(f"If it began at {_short(seen.at)}", columns, rows)
    if seen.count(Answer.VOID, Answer.EXPIRED, Answer.HELD):
        raise typer.Exit(1)


def _facts(group: preflight.Group) -> dict[str, object]:
    return {
        "answer": group.answer.value,
        "why": group.why,
        "count": group.count,
        "sentence": group.sentence,
        "first": group.first,
        "last": group.last,
    }


def _moment(at: str | None) -> datetime | None:
    if at is None:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise Refusal("--at must be a moment, such as 2026-11-28T09:00+01:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _short(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%d %H:%M %Z}" if moment else None


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

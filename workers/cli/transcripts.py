"""`frontdesk transcripts try` and `eval`: what would be heard, without writing anything."""

import json
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Final

import typer

from config.settings import settings
from domain.database import SYSTEM
from domain.errors import ProviderError, Refusal
from domain.metering import prices
from domain.metering.usage import Usage
from domain.transcripts import extraction, gate, rules
from domain.transcripts import reading as by_rules
from domain.transcripts.ports import Reader, Request
from domain.transcripts.prompts import prompt_of
from domain.transcripts.schema import Said
from domain.transcripts.store import Extraction, Heard
from providers.local.reader import LocalReader
from workers.cli.frame import AsJson, app, at_hand, out, show, show_json
from workers.predictions import Judge, rows_of
from workers.reach import reach

NAME: Final = "frontdesk transcripts"
transcripts: typer.Typer = typer.Typer(help="Read transcripts by hand.", no_args_is_help=True)
app.add_typer(transcripts, name="transcripts")


@transcripts.command("try")
def try_(
    file: Annotated[Path, typer.Argument(help="A transcript; - for standard input.")],
    at: Annotated[str, typer.Option(help="When the call began, in ISO 8601; now.")] = "",
    timezone: Annotated[str, typer.Option(help="Where it was.")] = "UTC",
    *,
    as_json: AsJson = False,
) -> None:
    """Print what would be extracted from a transcript, decided and paid; nothing is written.

    Where a model reads, its vendor bills the request all the same.
    """
    heard = _heard(file, at, timezone)
    zone = rules.zone_of(heard.timezone)
    if zone is None:
        raise Refusal(f"--timezone: there is no zone {timezone}.")
    reason = gate.unreadable(heard.transcript)
    if reason is not None:
        raise Refusal(f"The transcript is {reason}.", exit_code=1)
    models = _models()
    reader: Reader = models.readers(settings())[0]
    prompt = prompt_of(heard.trade, business=None, own=None)
    request = Request(instructions=prompt.words, transcript=heard.transcript)
    try:
        answer = reader.read(request)
    except ProviderError as error:
        raise Refusal(f"{reader.vendor}: {error}.", exit_code=1) from None
    reading = extraction.understand(answer)
    if reading is None:
        raise Refusal(f"{reader.vendor} gave no reading.", exit_code=1)
    second = None if reader.vendor == LocalReader.vendor else by_rules.read(heard.transcript)
    decision = extraction.judge(models.moments, reading, heard, zone, second=second)
    found = Extraction(reader.vendor, None, reading, decision, zone.key, None)
    cost = _cost(answer.usage)
    if as_json:
        show_json({"reading": reading.model_dump(), **extraction.facts_of(found), "cost": cost})
        return
    _show(found)
    _show_cost(cost)


@transcripts.command("eval")
def eval_(
    file: Annotated[Path, typer.Argument(help="Calls or time expressions, a JSON object a line.")],
    to: Annotated[Path | None, typer.Option("--out", help="Where to; standard output.")] = None,
    reader: Annotated[str, typer.Option(help="Who reads: local, or the model's vendor.")] = "local",
) -> None:
    """Write what would be extracted from each line of a file, for a scorer to judge."""
    judge = Judge(reader=_reader(reader))
    try:
        with to.open("w", encoding="utf-8") if to else nullcontext(sys.stdout) as lines:
            for row in rows_of(file):
                lines.write(json.dumps(judge.predict(row), ensure_ascii=False) + "\n")
    except OSError as error:
        raise Refusal(f"{to} cannot be written: {error.strerror}.") from None
    except ProviderError as error:
        raise Refusal(f"{reader}: {error}.", exit_code=1) from None


def _cost(usage: Usage | None) -> dict[str, Any]:
    """Say what the reading was billed for, at our own prices of today or the vendor's figure."""
    if usage is None:
        return {"requests": 0, "usd": Decimal(0)}
    usd = usage.reported_cost
    if usd is None:
        with at_hand() as given, reach(given, name=NAME)(SYSTEM) as session:
            usd = prices.estimate(session, usage)
    return {
        "requests": 1,
        "model": usage.model,
        "prompt_tokens": usage.prompt_tokens,
        "cached_tokens": usage.cached_tokens,
        "completion_tokens": usage.completion_tokens,
        "usd": usd,
    }


def _show_cost(cost: dict[str, Any]) -> None:
    usd = cost["usd"]
    told = f"{usd.normalize():f} dollars" if usd is not None else "no price is known for the model"
    if cost["requests"]:
        told += (
            f": 1 request to {cost['model']}, {cost['prompt_tokens']} tokens asked"
            f" ({cost['cached_tokens']} from the cache), {cost['completion_tokens']} answered"
        )
    out.print(f"Cost: {told}.", highlight=False, markup=False)


def _models() -> ModuleType:
    """Return who makes readers: a model's SDK comes with it, a second that others do without."""
    return import_module("workers.vendors.models")


def _reader(name: str) -> Reader:
    if name == LocalReader.vendor:
        return LocalReader()
    made: Sequence[Reader] = _models().readers(settings())
    found = [one for one in made if one.vendor == name]
    if not found:
        raise Refusal(f"--reader {name}: it is not set up here; local always is.")
    return found[0]


def _heard(file: Path, at: str, timezone: str) -> Heard:
    try:
        words = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
        moment = datetime.fromisoformat(at) if at else datetime.now(UTC)
    except OSError as error:
        raise Refusal(f"{file} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        what = "no text" if isinstance(error, UnicodeDecodeError) else f"--at {at} is no moment"
        raise Refusal(f"{file}: {what}.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Heard(words, moment, None, timezone, "UTC", None, None)


def _show(found: Extraction) -> None:
    decision, reading = found.decision, found.reading
    out.print(f"{found.reader}: {decision.outcome}", highlight=False, style="bold")
    if reading is not None:
        out.print(f"{reading.topic}. {reading.summary}", highlight=False, markup=False)
        quotes = [
            [said.title, name, fact.value, fact.quote]
            for said in reading.events
            for name, fact in said
            if isinstance(fact, Said)
        ]
        show("Heard", ["event", "fact", "value", "quote"], quotes)
    events = [[one.title, one.event_type, one.start, one.status.value] for one in decision.events]
    show("Would be written", ["event", "type", "when", "state"], events)
    doubts = [[one.question, ", ".join(str(c) for c in one.candidates)] for one in decision.doubts]
    show("Would be asked", ["question", "candidates"], doubts)

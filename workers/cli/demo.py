"""`frontdesk demo`: a dozen phone calls go all the way, before your eyes."""

import json
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from rich.live import Live
from rich.table import Table
from sqlalchemy import text

import sandbox
from config.settings import Settings
from domain.database import SYSTEM, Begin
from domain.errors import Refusal
from domain.ids import new_id
from workers.cli.flower import how_to_sign_in, login_of
from workers.cli.frame import app, at_hand, err, out, show
from workers.cli.ports import free_port
from workers.cli.servers import Part
from workers.interrupts import stopped
from workers.reach import reach

PATIENCE: Final = 60.0
DATA: Final = Path(sandbox.__file__).parent / "demo"
PARTS: Final = ("worker", "listen", "intake", "flower")

_NEW_TENANT: Final = text(
    "INSERT INTO users (id, business_name, industry, timezone, email)"
    " VALUES (:id, :business_name, :industry, :timezone, :email)"
)
_NEW_CALL: Final = text(
    "INSERT INTO calls (user_id, phone_number, transcript, started_at)"
    " VALUES (:user, :phone, :transcript, clock_timestamp() - interval '5 minutes') RETURNING id"
)
_COUNTS: Final = text(
    "SELECT 'calls' AS what, ai_processing_status AS state, count(*) AS n FROM calls GROUP BY 2"
    " UNION ALL SELECT 'events', status, count(*) FROM events GROUP BY 2"
    " UNION ALL SELECT 'messages', CASE WHEN status = 'pending' AND rule LIKE 'reminder%'"
    "  THEN 'for later' ELSE status END, count(*) FROM messages GROUP BY 2"
    " UNION ALL SELECT 'errands', state, count(*) FROM errands GROUP BY 2 ORDER BY 1, 2"
)
_STORY: Final = text(
    "SELECT c.id AS call, c.ai_processing_status AS read, r.outcome, e.title, e.status AS event,"
    " e.start_time AT TIME ZONE e.timezone AS local_start, m.status AS message,"
    " (SELECT sum(cost_usd) FROM ai_usage_logs a WHERE a.call_id = c.id) AS cost,"
    " (SELECT count(*) FROM questions q WHERE q.call_id = c.id) AS questions"
    " FROM calls c LEFT JOIN extraction_runs r ON r.call_id = c.id"
    " LEFT JOIN events e ON e.call_id = c.id"
    " LEFT JOIN messages m ON m.event_id = e.id AND m.rule = 'confirmation'"
    " ORDER BY c.id, e.start_time"
)
_DELIVERED: Final = text(
    "SELECT provider_message_id FROM messages WHERE provider = 'twilio'"
    " AND provider_message_id IS NOT NULL"
)
_TOLD: Final = text(
    "SELECT count(*) FILTER (WHERE event_type = 'message.delivered') AS delivered,"
    " count(*) AS told FROM webhook_queue WHERE result = 'done'"
)
ENDED: Final = {
    "calls": {"completed", "failed", "skipped"},
    "errands": {"done", "failed"},
    "messages": {"delivered", "undelivered", "failed", "bounced", "void", "held", "for later"},
}


@app.command()
def demo(
    calls: Annotated[
        Path | None, typer.Option(help="Other calls: a JSON line each, with a transcript.")
    ] = None,
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Leave it running until Ctrl-C.")] = False,
) -> None:
    """Run a dozen calls through workers and the vendors' stand-ins, and show what came of them."""
    began = time.monotonic()
    given = _read(calls)
    stop = stopped()
    port, door, window = free_port(), free_port(), free_port()
    environment = {
        "SANDBOX_URL": f"http://127.0.0.1:{port}",
        "INTAKE_PORT": str(door),
        "PUBLIC_URL": f"http://127.0.0.1:{door}",
        "FLOWER_PORT": str(window),
        "OPENAI_API_KEY": "sk-sandbox",
        "FRONTDESK_ENV": "sandbox",
    }
    with at_hand() as settings, ExitStack() as stack:
        if settings.frontdesk_env == "production":
            raise Refusal("The demo writes calls of its own: not with FRONTDESK_ENV=production.")
        begin = reach(settings, name="frontdesk demo")
        _step("PostgreSQL and Redis run, the schema stands", began)
        _start(stack, settings, port, environment)
        user = _tenant(begin)
        names = _insert(begin, user, given)
        _step(f"{len(given)} calls have come in", began)
        well = _watch(begin, user, stop, began)
        _show_story(begin, user, names)
        agree = _compare(begin, user, environment["SANDBOX_URL"])
        _tell_of_flower(settings, window, keep=keep)
        if keep and not stop.is_set():
            out.print("Running on: `frontdesk status` in another terminal. Ctrl-C stops it.")
            stop.wait()
    _step("stopped", began)
    if not (well and agree):
        raise typer.Exit(1)


def _read(path: Path | None) -> list[dict[str, Any]]:
    """Read calls, one JSON object a line; a line that is none is told by its number."""
    source = path or DATA / "calls.jsonl"
    if not source.is_file():
        raise Refusal(f"There is no file {source}.")
    found: list[dict[str, Any]] = []
    for number, line in enumerate(source.read_text("utf-8").splitlines(), 1):
        try:
            call = json.loads(line) if line.strip() else None
        except json.JSONDecodeError:
            raise Refusal(f"{source.name}, line {number}: no JSON.") from None
        if call is not None and not isinstance(call.get("transcript"), str):
            raise Refusal(f"{source.name}, line {number}: there is no transcript.")
        if call is not None:
            found.append(call)
    return found


def _start(stack: ExitStack, settings: Settings, port: int, environment: Mapping[str, str]) -> None:
    """Start the vendors' stand-ins, a worker and a listener."""
    settings.home.logs.mkdir(parents=True, exist_ok=True)
    told = f"{environment['PUBLIC_URL']}/webhooks/resend"
    vendors = ["sandbox", "--port", str(port), "--resend-webhook", told]
    words = {"sandbox": vendors, **{name: [name] for name in PARTS}}
    for name, command in words.items():
        part = Part(name, settings.home.logs, words=command, environment=environment)
        part.start()
        stack.callback(part.end)


def _tenant(begin: Begin) -> UUID:
    business, user = json.loads((DATA / "business.json").read_text("utf-8")), new_id()
    with begin(user) as session:
        session.execute(_NEW_TENANT, {"id": user, **business})
    return user


def _insert(begin: Begin, user: UUID, calls: Sequence[Mapping[str, Any]]) -> dict[UUID, str]:
    """Write the calls as another service would, and have the database ring for them."""
    names: dict[UUID, str] = {}
    with begin(user) as session:
        session.execute(text("SELECT set_config('app.bell', 'on', true)"))
        for number, call in enumerate(calls, 1):
            bound = {
                "user": user,
                "phone": call.get("phone_number"),
                "transcript": call["transcript"],
            }
            key = session.scalar(_NEW_CALL, bound)
            if key is not None:
                names[key] = str(call.get("name") or f"call {number}")
    return names


def _watch(begin: Begin, user: UUID, stop: Any, began: float) -> bool:  # noqa: ANN401  # an event
    """Show the work as it moves, until all of it has come to an end."""
    end = time.monotonic() + PATIENCE
    with Live(console=err, refresh_per_second=8, transient=True) as live:
        while time.monotonic() < end and not stop.is_set():
            with begin(user) as session:
                rows = session.execute(_COUNTS).all()
            live.update(_counts(rows))
            if rows and all(row.state in ENDED.get(row.what, {row.state}) for row in rows):
                _step("every row has come to its end", began)
                return True
            time.sleep(0.1)
    err.print("Not everything came to its end in time: see `frontdesk status` and the logs.")
    return False


def _counts(rows: Sequence[Any]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("what", "state", "rows"):
        table.add_column(column)
    for row in rows:
        table.add_row(row.what, row.state, "#" * int(row.n))
    return table


def _show_story(begin: Begin, user: UUID, names: Mapping[UUID, str]) -> None:
    with begin(user) as session:
        rows = session.execute(_STORY).all()
    show(
        "What became of the calls",
        ["call", "heard", "event", "when", "state", "text", "asked", "cost in USD"],
        [
            [
                names.get(row.call, str(row.call)),
                row.outcome or row.read,
                row.title,
                f"{row.local_start:%a %d %b %H:%M}" if row.local_start else None,
                row.event,
                row.message,
                row.questions or None,
                f"{row.cost:.6f}" if row.cost is not None else None,
            ]
            for row in rows
        ],
    )


def _compare(begin: Begin, user: UUID, sandbox_url: str) -> bool:
    """Compare what we wrote down with what the carrier says it carried."""
    with urllib.request.urlopen(f"{sandbox_url}/_/ledger?vendor=twilio", timeout=5) as answer:  # noqa: S310  # ours
        effects = json.load(answer)["effects"]
    with begin(SYSTEM) as session:
        ours = sorted(session.scalars(_DELIVERED))
        told = session.execute(_TOLD).one()
    theirs = sorted(line["id"] for line in effects if line["kind"] == "message")
    agree = ours == theirs and bool(user)
    words = "agree" if agree else "DISAGREE"
    out.print(f"Our table and the carrier's ledger {words}: {len(ours)} and {len(theirs)} texts.")
    out.print(
        f"The carrier's own notices told of {told.delivered} deliveries ({told.told} notices)."
    )
    return agree


def _tell_of_flower(settings: Settings, window: int, *, keep: bool) -> None:
    sign_in = how_to_sign_in(settings, login_of(settings))
    while_it_runs = "" if keep else "; it ends with the demo, `--keep` leaves it running"
    out.print(f"Flower: http://127.0.0.1:{window}  ({sign_in}{while_it_runs})", highlight=False)


def _step(words: str, began: float) -> None:
    out.print(f"[{time.monotonic() - began:5.1f} s] {words}", markup=False, highlight=False)

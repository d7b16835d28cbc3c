"""The door at which vendors' notices come in: check, store, answer, and nothing else.

Whoever comes while an insert is on its way waits for the next one, and goes with all others who
wait: under load one statement stores many, and nobody is answered before his bytes are committed.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias
from uuid import UUID

import structlog
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from domain.webhooks import intake
from domain.webhooks.intake import Desk
from domain.webhooks.ports import Arrival, token_of
from domain.webhooks.store import Entry
from domain.work.names import TaskName
from tasks.contract import ring

LARGEST: Final = 2 * 1024 * 1024
"""Bytes of a body. A report of an hour's call has some hundred thousand."""

MOST_AT_ONCE: Final = 100
MOST_WAITING: Final = 2000
PATIENCE: Final = 5.0
"""Seconds after which a vendor is told to come again: most wait ten."""

WRITERS: Final = 2
MOST_OFTEN: Final = 0.05
"""Seconds between two bells: twenty a second, as `listen` rings for other writers."""

MOST_REFUSED: Final = 600
"""Refused notices that are kept a minute: who floods us fills the log, and not the table."""

AWAY: Final = "It could not be stored now: try again."
ASK: Final = (
    "<!doctype html><title>Unsubscribe</title><form method=post>"
    "<p>No more letters to this address?</p><button>Unsubscribe</button></form>"
)
Ring: TypeAlias = Callable[..., None]
Unsubscribe: TypeAlias = Callable[[str], bool]

log = structlog.get_logger("intake")


@dataclass(slots=True)
class Waiting:
    """One notice on its way into the table."""

    entry: Entry
    stored: "asyncio.Future[None]"


class Door:
    """Takes notices in."""

    def __init__(
        self, desk: Desk, ring: Ring = ring, *, unsubscribe: Unsubscribe | None = None
    ) -> None:
        """Store through `desk`, ring for what was stored, and end letters by `unsubscribe`."""
        self._unsubscribe = unsubscribe
        self._desk, self._ring = desk, ring
        self._waiting: asyncio.Queue[Waiting] = asyncio.Queue(MOST_WAITING)
        self._owes_bell, self._rung = False, 0.0
        self._minute = 0
        self._refused = 0

    def app(self) -> Starlette:
        """Return the door as a server runs it."""
        routes = [
            Route("/webhooks/{provider}", self.take, methods=["POST"]),
            Route("/webhooks/{provider}/{token}", self.take, methods=["POST"]),
            Route("/unsubscribe/{token}", self.unsubscribe, methods=["GET", "POST"]),
            Route("/healthz", _well),
        ]
        return Starlette(routes=routes, lifespan=self._life)

    @asynccontextmanager
    async def _life(self, _: Starlette) -> AsyncGenerator[None]:
        writers = [asyncio.create_task(self._write()) for _ in range(WRITERS)]
        yield
        for writer in writers:
            writer.cancel()

    async def take(self, request: Request) -> Response:
        """Take one notice in."""
        provider: str = request.path_params["provider"]
        notices = self._desk.senders.of(provider, None)
        if notices is None:
            return PlainTextResponse("There is no vendor of this name.", 404)
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return PlainTextResponse(f"No notice is longer than {LARGEST} bytes.", 413)
        try:
            arrival = await self._arrival(request, provider, body)
            greeting = notices.handshake(arrival)
            if greeting is not None:
                return PlainTextResponse(greeting, headers={"X-Content-Type-Options": "nosniff"})
            entry = await self._judged(provider, arrival)
        except SQLAlchemyError as error:
            return _away(error)
        return await self._keep(entry)

    async def unsubscribe(self, request: Request) -> Response:
        """End a tenant's letters to an address: by one click of the mail program, or of a person.

        Only a POST ends anything: programs that look for viruses open every link.
        """
        if self._unsubscribe is None:
            return PlainTextResponse("There is nothing here.", 404)
        if request.method != "POST":
            return HTMLResponse(ASK)
        try:
            is_ours = await run_in_threadpool(self._unsubscribe, request.path_params["token"])
        except SQLAlchemyError as error:
            return _away(error)
        if not is_ours:
            return PlainTextResponse("This link is none of ours.", 404)
        return PlainTextResponse("You will get no more letters from them.")

    async def _judged(self, provider: str, arrival: Arrival) -> Entry:
        """Judge a notice; one to a tenant's address may have us look at the tenant's account."""
        if arrival.subject is None:
            return intake.receive(self._desk, provider, arrival)
        return await run_in_threadpool(intake.receive, self._desk, provider, arrival)

    async def _arrival(self, request: Request, provider: str, body: bytes) -> Arrival:
        raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
        query: bytes = request.scope["query_string"]
        target = raw.decode("latin-1") + (f"?{query.decode('latin-1')}" if query else "")
        headers: dict[str, str] = {}
        for name, value in request.headers.items():
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        return Arrival(
            target=target,
            headers=headers,
            body=body,
            at=datetime.now(UTC),
            subject=await self._subject(provider, token_of(target)),
        )

    async def _subject(self, provider: str, token: str) -> UUID | None:
        derived = self._desk.senders.addresses.subject(provider, token) if token else None
        if derived is not None or not token:
            return derived
        return await run_in_threadpool(self._desk.senders.subject, provider, token)

    async def _keep(self, entry: Entry) -> Response:
        """Answer once the notice is stored; a vendor that is told otherwise comes again."""
        refused = PlainTextResponse(f"Refused: {entry.refusal}.", 401) if entry.refusal else None
        if refused is not None:
            log.warning("intake.refused", provider=entry.provider, why=entry.refusal)
            if not self._may_keep_refused():
                return refused
        waiting = Waiting(entry, asyncio.get_running_loop().create_future())
        try:
            self._waiting.put_nowait(waiting)
            await asyncio.wait_for(waiting.stored, PATIENCE)
        except (asyncio.QueueFull, TimeoutError, SQLAlchemyError) as error:
            return _away(error)
        return refused or Response(status_code=204)

    def _may_keep_refused(self) -> bool:
        """Tell whether one more refused notice is kept in this minute."""
        minute = int(asyncio.get_running_loop().time() // 60)
        if minute != self._minute:
            self._minute, self._refused = minute, 0
        self._refused += 1
        return self._refused <= MOST_REFUSED

    async def _write(self) -> None:
        """Store whatever waits, as much as goes into one statement."""
        while True:
            group = [await self._waiting.get()]
            while len(group) < MOST_AT_ONCE and not self._waiting.empty():
                group.append(self._waiting.get_nowait())
            new = await self._store(group)
            if new:
                self._tell(new)

    def _tell(self, new: Sequence[UUID]) -> None:
        """Ring for what was stored: at once for one alone, a sweep for many, and never often.

        A sweep carries what a bell each would make as many tasks of.
        """
        loop = asyncio.get_running_loop()
        if self._owes_bell:
            return
        wait = self._rung + MOST_OFTEN - loop.time()
        if wait > 0:
            self._owes_bell = True
            loop.call_later(wait, self._tell_late)
            return
        self._rung = loop.time()
        if len(new) == 1:
            self._ring(TaskName.WEBHOOKS_PROCESS, new[0])
        else:
            self._ring(TaskName.WEBHOOKS_SWEEP)

    def _tell_late(self) -> None:
        self._owes_bell, self._rung = False, asyncio.get_running_loop().time()
        self._ring(TaskName.WEBHOOKS_SWEEP)

    async def _store(self, group: Sequence[Waiting]) -> list[UUID]:
        """Store a group, or, where one spoils it, each alone; return what waits for work."""
        try:
            new = await run_in_threadpool(
                intake.keep, self._desk, [waiting.entry for waiting in group]
            )
        except Exception as error:  # noqa: BLE001  # whatever it is, the next ones are stored
            if len(group) > 1 and not _is_away(error):
                return [key for one in group for key in await self._store([one])]
            for waiting in group:
                _end(waiting, error)
            return []
        for waiting in group:
            _end(waiting, None)
        return new


def _away(error: Exception) -> Response:
    log.warning("intake.not_stored", error=type(error).__name__)
    return PlainTextResponse(AWAY, 503, {"Retry-After": "5"})


def _is_away(error: Exception) -> bool:
    """Tell the database's trouble from one notice's."""
    return isinstance(error, OperationalError | PoolTimeout)


def _end(waiting: Waiting, error: Exception | None) -> None:
    """Let the one who waits answer, unless he has given up."""
    if waiting.stored.done():
        return
    if error is None:
        waiting.stored.set_result(None)
    else:
        waiting.stored.set_exception(error)


async def _body(request: Request) -> bytes | None:
    """Return the raw body; None where it is longer than any notice. It is not read on then."""
    said = request.headers.get("content-length", "0")
    if not said.isdigit() or int(said) > LARGEST:
        return None
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > LARGEST:
            return None
    return bytes(parts)


async def _well(_: Request) -> Response:
    """Say that the door is open."""
    return PlainTextResponse("open")

"""Several questions in one request: each is answered by itself, in any order."""

from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from starlette.responses import Response

from sandbox.door import Visit, json_of, reply
from sandbox.graph.events import Refused
from sandbox.graph.mailbox import Mailbox
from sandbox.graph.views import expanded, zone_of

MOST: Final = 20
EVENTS: Final = "/me/events/"


async def answer(visit: Visit, mailbox: Mailbox) -> Response:
    """Answer up to twenty questions about events; raises Refused."""
    given = await json_of(visit.request) or {}
    asked: list[dict[str, Any]] = given.get("requests", [])
    if not 0 < len(asked) <= MOST or any(one.get("method") != "GET" for one in asked):
        raise Refused(400, "BadRequest")
    answers = [_one(visit, mailbox, question) for question in asked]
    return reply({"responses": answers[::-1]})


def _one(visit: Visit, mailbox: Mailbox, asked: dict[str, Any]) -> dict[str, Any]:
    parts = urlsplit(str(asked["url"]))
    query = parse_qs(parts.query)
    base = {"id": asked["id"], "headers": {"Content-Type": "application/json"}}
    if not parts.path.startswith(EVENTS):
        return {**base, "status": 400, "body": {"error": {"code": "BadRequest"}}}
    name = unquote(parts.path.removeprefix(EVENTS))
    prefer = str(asked.get("headers", {}).get("Prefer", ""))
    zone = prefer.partition('outlook.timezone="')[2].partition('"')[0] or zone_of(visit)
    try:
        shown = mailbox.show(name, zone, expanded(query.get("$expand", [""])[0]))
    except Refused as refused:
        error = {"code": refused.code, "message": "It is not there."}
        return {**base, "status": refused.status, "body": {"error": error}}
    return {**base, "status": 200, "body": shown}

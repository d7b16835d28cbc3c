"""Twilio's other end for calls. It begins one call a second and keeps the others in its queue.

Until somebody sets a limit an account may have any number of calls. Status callbacks carry no name
of ours but what stands in the address that was given with the call.
"""

import hashlib
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.callbacks import Notice, twilio_signature
from sandbox.door import Door, House, Visit, form_of, reply
from sandbox.exchange import Exchange
from sandbox.faults import Fault
from sandbox.habits import Way
from sandbox.keys import basic
from sandbox.pages import page_of
from sandbox.phone_calls import PhoneCall, Station
from sandbox.texts import E164, VERSION, complain

ROOT: Final = f"/{VERSION}/Accounts/{{account}}"
DOLLARS_A_MINUTE: Final = 0.014
TOLD: Final = {
    Station.DIALING: "initiated",
    Station.RINGING: "ringing",
    Station.TALKING: "answered",
    Station.ENDED: "completed",
}
"""Events by which a call's callbacks are asked for."""

ENDINGS: Final = {
    Way.ANSWERED: "completed",
    Way.VOICEMAIL: "completed",
    Way.BUSY: "busy",
    Way.NO_ANSWER: "no-answer",
    Way.FAILED: "failed",
    Way.INVALID_NUMBER: "failed",
}
UPDATES: Final = frozenset({"canceled", "completed"})
MAGIC_TO: Final = {
    "+15005550001": "21217",
    "+15005550002": "21214",
    "+15005550003": "21215",
    "+15005550004": "21216",
}
"""Recipients with which Twilio lets one try its errors."""

MAGIC_FROM: Final = {"+15005550001": "21212", "+15005550007": "21210"}


class TwilioCalls:
    """Places calls that nobody hears, and tells what became of them."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._door = Door(house, "twilio", complain)
        self._lines = Exchange(house, "twilio", self._tell)

    def reset(self) -> None:
        """Forget every call."""
        self._lines.reset()

    def routes(self) -> list[Route]:
        """Return Twilio's routes for calls."""
        door = self._door
        return [
            door.route(f"{ROOT}/Calls.json", "calls.create", self.create, method="POST"),
            door.route(f"{ROOT}/Calls.json", "calls.list", self.list),
            door.route(f"{ROOT}/Calls/{{sid}}.json", "calls.get", self.fetch),
            door.route(f"{ROOT}/Calls/{{sid}}.json", "calls.update", self.update, method="POST"),
        ]

    async def create(self, visit: Visit) -> Response:
        """Take a call."""
        token = basic(visit.request)
        if token is None:
            return complain(401, None)
        form = await form_of(visit.request)
        wrong = refusal(form)
        if wrong is not None:
            return complain(400, wrong, form.get("To", ""))
        account = str(visit.request.path_params["account"])
        if self._lines.is_full(account):
            self._lines.refuse(account)
            return complain(400, "10004")
        url = form.get("StatusCallback")
        call = self._lines.take(
            account=account,
            key=token,
            to=form["To"],
            sender=form["From"],
            name=lambda digest: f"CA{digest:032x}",
            own={**form, "StatusCallbackEvent": await _events(visit.request)},
            reference=next(iter(parse_qs(urlsplit(url or "").query).get("rid", [])), None),
        )
        self._lines.line_up(call)
        answer = show(call)
        if visit.strikes(Fault.WEBHOOK_BEFORE_REPLY):
            await self._send(call, "initiated")
        return reply(answer, 201)

    async def list(self, visit: Visit) -> Response:
        """Show a page of calls, newest first. Those not begun yet have no date, and match none."""
        if basic(visit.request) is None:
            return complain(401, None)
        query = dict(visit.request.query_params)
        account = str(visit.request.path_params["account"])
        is_open = query.get("Status") in {"queued", "ringing", "in-progress"}
        newest = self._lines.newest(visit, account, to=query.get("To"), is_open=is_open)
        found = [show(call) for call in newest if _is_wanted(call, query)]
        return reply(page_of(visit.request, found, "calls"))

    async def fetch(self, visit: Visit) -> Response:
        """Show one call."""
        call = self._call(visit)
        return call if isinstance(call, Response) else reply(show(call))

    async def update(self, visit: Visit) -> Response:
        """End a call: canceled before it is answered, completed at any time."""
        call = self._call(visit)
        if isinstance(call, Response):
            return call
        status = (await form_of(visit.request)).get("Status", "")
        if status not in UPDATES:
            return complain(400, "21218")
        if call.station is Station.ENDED:
            return complain(400, "21220")
        if status == "canceled" and call.station is Station.TALKING:
            return reply(show(call))
        await self._lines.hang_up(call, "completed" if call.answered else "canceled")
        return reply(show(call))

    def _call(self, visit: Visit) -> PhoneCall | Response:
        if basic(visit.request) is None:
            return complain(401, None)
        asked = visit.request.path_params
        found = self._lines.get(str(asked["account"]), asked["sid"])
        return found or complain(404, "20404", visit.request.url.path.removeprefix("/twilio"))

    async def _tell(self, call: PhoneCall) -> None:
        event = TOLD.get(call.station)
        if event is not None and event in call.own["StatusCallbackEvent"]:
            await self._send(call, status_of(call))
        is_over = call.station is Station.ENDED
        if is_over and self._house.faults.strikes(Fault.CONTRADICT_WEBHOOK, "twilio", "webhooks"):
            await self._send(call, "in-progress")

    async def _send(self, call: PhoneCall, status: str) -> None:
        url = call.own.get("StatusCallback")
        if not url:
            return
        at = self._house.clock.now() + self._house.callbacks.skew("twilio")
        form = {
            "AccountSid": call.account,
            "ApiVersion": VERSION,
            "CallSid": call.id,
            "CallStatus": status,
            "Called": call.to,
            "Caller": call.sender,
            "CallbackSource": "call-progress-events",
            "Direction": "outbound-api",
            "From": call.sender,
            "SequenceNumber": str(list(TOLD).index(call.station) if call.station in TOLD else 0),
            "Timestamp": format_datetime(at),
            "To": call.to,
        }
        if call.ended is not None:
            form |= {"CallDuration": str(call.seconds), "Duration": str(-(-call.seconds // 60))}
        if call.answered is not None and "MachineDetection" in call.own:
            form["AnsweredBy"] = answered_by(call)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "I-Twilio-Idempotency-Token": hashlib.sha256(
                f"{call.id} {status}".encode()
            ).hexdigest(),
            "X-Twilio-Signature": twilio_signature(call.key, url, form),
        }
        await self._house.callbacks.send(
            Notice(
                vendor="twilio",
                subject=call.id,
                word=status,
                url=url,
                body=urlencode(form).encode(),
                sign=lambda: headers,
            )
        )


async def _events(request: Request) -> frozenset[str]:
    """Return the events that are asked for; none named: the end."""
    named = parse_qs((await request.body()).decode()).get("StatusCallbackEvent", [])
    return frozenset(named) or frozenset({"completed"})


def refusal(form: Mapping[str, str]) -> str | None:
    """Return the code of what is wrong with a call, or None."""
    to, sender = form.get("To", ""), form.get("From", "")
    checks = (
        (not to, "21201"),
        (not sender, "21213"),
        (not any(form.get(name) for name in ("Url", "Twiml", "ApplicationSid")), "21205"),
        (to in MAGIC_TO, MAGIC_TO.get(to, "")),
        (not E164.fullmatch(to), "21211"),
        (sender in MAGIC_FROM, MAGIC_FROM.get(sender, "")),
        (not E164.fullmatch(sender), "21212"),
    )
    return next((code for is_wrong, code in checks if is_wrong), None)


def status_of(call: PhoneCall) -> str:
    """Return Twilio's word for where a call stands."""
    if call.station is Station.ENDED:
        return call.word or ENDINGS[call.way]
    return {Station.RINGING: "ringing", Station.TALKING: "in-progress"}.get(call.station, "queued")


def answered_by(call: PhoneCall) -> str:
    """Return whom Twilio takes for the one who answered."""
    return "machine_start" if call.way is Way.VOICEMAIL else "human"


def show(call: PhoneCall) -> dict[str, Any]:
    """Return a call as Twilio's API does."""
    uri = f"/{VERSION}/Accounts/{call.account}/Calls/{call.id}"
    is_heard = call.answered is not None and "MachineDetection" in call.own
    is_over = call.ended is not None
    price = f"-{-(-call.seconds // 60) * DOLLARS_A_MINUTE:.5f}" if is_over else None
    return {
        "account_sid": call.account,
        "answered_by": answered_by(call) if is_heard else None,
        "api_version": VERSION,
        "caller_name": None,
        "date_created": format_datetime(call.created),
        "date_updated": format_datetime(call.updated),
        "direction": "outbound-api",
        "duration": str(call.seconds) if is_over else None,
        "end_time": format_datetime(call.ended) if call.ended else None,
        "forwarded_from": None,
        "from": call.sender,
        "from_formatted": call.sender,
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": f"PN{call.id[2:]}",
        "price": price if call.answered else None,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": call.id,
        "start_time": format_datetime(call.began) if call.began else None,
        "status": status_of(call),
        "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
        "to": call.to,
        "to_formatted": call.to,
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }


def _is_wanted(call: PhoneCall, query: Mapping[str, str]) -> bool:
    if query.get("To") not in {None, call.to} or query.get("From") not in {None, call.sender}:
        return False
    if query.get("Status") not in {None, status_of(call)}:
        return False
    bounds = [query[name] for name in ("StartTime>", "StartTime<", "StartTime") if name in query]
    if not bounds:
        return True
    day = call.began.date().isoformat() if call.began else None
    if day is None:
        return False
    return not (
        day < query.get("StartTime>", day)[:10]
        or day > query.get("StartTime<", day)[:10]
        or day != query.get("StartTime", day)[:10]
    )

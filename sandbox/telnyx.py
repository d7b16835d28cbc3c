"""Telnyx's other end: texts of its API's second version. Keyless, as in reality.

Any key is taken but one that begins with "wrong". There is no list of texts: detail records come
a minute late here, minutes in reality. Notices are signed with a pair of keys that is the
sandbox's own, and everybody's: its public half is what an operator of the sandbox verifies by.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.callbacks import Notice
from sandbox.door import Door, House, Visit, json_of, reply
from sandbox.faults import Fault
from sandbox.keys import account_of, bearer
from sandbox.texts import E164, GSM, count

KEYS: Final = Ed25519PrivateKey.from_private_bytes(b"frontdesk's sandbox of Telnyx...")
NAMES: Final = UUID("3d0c5a3e-4a5c-4d34-9b8e-0f5f7f1d2c11")
LONGEST: Final = 10
SENT_AFTER: Final = 1.0
ENDED_AFTER: Final = 3.0
RECORDED_AFTER: Final = 60.0
PRICE: Final = 51
"""Ten-thousandths of a dollar for a part."""

STOPPED: Final = "+15005550004"
TITLES: Final[Mapping[str, tuple[int, str]]] = {
    "10005": (404, "Resource not found"),
    "10009": (401, "Authentication failed"),
    "10011": (429, "Too many requests"),
    "40300": (403, "Blocked due to STOP message"),
    "40301": (422, "Missing text"),
    "40302": (422, "Message too large"),
    "40310": (422, "Invalid 'to' address"),
    "40305": (422, "Invalid 'from' address"),
    "10007": (500, "Unexpected error"),
}
BY_STATUS: Final = {401: "10009", 404: "10005", 429: "10011"}
RECORDED: Final = {"delivered": "delivered", "delivery_failed": "failed", "sent": "dlr_unconfirmed"}


def complain(status: int, code: str | None) -> JSONResponse:
    """Answer with Telnyx's own error."""
    number = code or BY_STATUS.get(status, "10007")
    own, title = TITLES.get(number, (status, "Request was refused"))
    error = {"code": number, "title": title, "detail": f"{title}."}
    return reply({"errors": [error]}, own if code else status)


@dataclass
class Sms:
    """One text, as Telnyx knows it."""

    id: str
    account: str
    to: str
    sender: str | None
    profile: str | None
    text: str
    taken: datetime
    webhook: str | None
    status: str = "queued"
    sent: datetime | None = None
    ended: datetime | None = None
    error: str | None = None

    @property
    def parts(self) -> int:
        """How many parts the carrier makes of it."""
        return count(self.text)

    def show(self) -> dict[str, Any]:
        """Return it as Telnyx's API does."""
        cost = {"amount": f"0.{self.parts * PRICE:04d}", "currency": "USD"}
        return {
            "record_type": "message",
            "direction": "outbound",
            "id": self.id,
            "type": "SMS",
            "messaging_profile_id": self.profile or str(UUID(int=0)),
            "from": {"phone_number": self.sender or "+18445550001", "carrier": "", "line_type": ""},
            "to": [
                {
                    "phone_number": self.to,
                    "status": self.status,
                    "carrier": "",
                    "line_type": "Wireless",
                }
            ],
            "text": self.text,
            "encoding": "GSM-7" if GSM.issuperset(self.text) else "UCS-2",
            "parts": self.parts,
            "cost": cost if self.ended else None,
            "webhook_url": self.webhook,
            "received_at": _told(self.taken),
            "sent_at": _told(self.sent),
            "completed_at": _told(self.ended),
            "errors": [{"code": self.error, "title": "Not delivered"}] if self.error else [],
        }

    def record(self) -> dict[str, Any]:
        """Return its detail record: all but what it said."""
        return {
            "record_type": "message_detail_record",
            "uuid": self.id,
            "direction": "outbound",
            "cli": self.sender or "+18445550001",
            "cld": self.to,
            "created_at": _told(self.taken),
            "status": RECORDED.get(self.status, "gw_timeout"),
            "parts": self.parts,
            "cost": f"0.{self.parts * PRICE:04d}",
            "currency": "USD",
            "message_type": "SMS",
        }


def _told(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" if moment else None


class Telnyx:
    """Takes texts, carries them nowhere, and tells what became of them."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._door = Door(house, "telnyx", complain)
        self._texts: dict[str, Sms] = {}

    def reset(self) -> None:
        """Forget every text."""
        self._texts.clear()

    def routes(self) -> list[Route]:
        """Return Telnyx's routes."""
        door = self._door
        return [
            door.route("/v2/messages", "messages.create", self.create, method="POST"),
            door.route("/v2/messages/{id}", "messages.get", self.get),
            door.route("/v2/detail_records", "detail_records.list", self.list),
        ]

    async def create(self, visit: Visit) -> Response:
        """Take a text."""
        key = bearer(visit.request)
        if key is None:
            return complain(401, None)
        asked = await json_of(visit.request) or {}
        wrong = _refusal(asked)
        if wrong is not None:
            return complain(400, wrong)
        sms = self._take(asked, account_of(key))
        answer = {"data": sms.show()}
        if visit.strikes(Fault.WEBHOOK_BEFORE_REPLY):
            await self._send_on(sms)
        else:
            self._house.clock.after(SENT_AFTER, lambda: self._send_on(sms))
        return reply(answer)

    def _take(self, asked: Mapping[str, Any], account: str) -> Sms:
        now = self._house.clock.now()
        sms = Sms(
            id=str(uuid5(NAMES, f"{account} {len(self._texts) + 1}")),
            account=account,
            to=asked["to"],
            sender=asked.get("from"),
            profile=asked.get("messaging_profile_id"),
            text=asked["text"],
            taken=now,
            webhook=asked.get("webhook_url"),
        )
        self._texts[sms.id] = sms
        self._house.ledger.write(
            "telnyx",
            "message",
            now,
            id=sms.id,
            account=account,
            to=sms.to,
            body=sms.text,
            callback=sms.webhook,
        )
        return sms

    async def get(self, visit: Visit) -> Response:
        """Show one text."""
        key = bearer(visit.request)
        if key is None:
            return complain(401, None)
        sms = self._texts.get(visit.request.path_params["id"])
        if sms is None or sms.account != account_of(key):
            return complain(404, None)
        return reply({"data": sms.show()})

    async def list(self, visit: Visit) -> Response:
        """Show a page of records, newest first; they come late."""
        key = bearer(visit.request)
        if key is None:
            return complain(401, None)
        query = visit.request.query_params
        lag = visit.strikes(Fault.LIST_LAG)
        until = self._house.clock.now().timestamp() - (lag.seconds if lag else RECORDED_AFTER)
        since = query.get("filter[created_at][gte]", "")
        found = [
            sms.record()
            for sms in reversed(self._texts.values())
            if sms.account == account_of(key)
            and sms.taken.timestamp() <= until
            and query.get("filter[cld]") in {None, sms.to}
            and (_told(sms.taken) or "") >= since
        ]
        if query.get("sort") == "created_at":
            found.reverse()
        size, number = int(query.get("page[size]", 20)), int(query.get("page[number]", 1))
        meta = {
            "page_number": number,
            "page_size": size,
            "total_pages": -(-len(found) // size),
            "total_results": len(found),
        }
        return reply({"data": found[(number - 1) * size : number * size], "meta": meta})

    async def _send_on(self, sms: Sms) -> None:
        sms.status, sms.sent = "sent", self._house.clock.now()
        await self._tell(sms, "message.sent")
        self._house.clock.after(ENDED_AFTER - SENT_AFTER, lambda: self._end(sms))

    async def _end(self, sms: Sms) -> None:
        rule = self._house.faults.strikes(Fault.OUTCOME, "telnyx", "messages.create")
        sms.status = rule.word if rule else "delivered"
        sms.error, sms.ended = rule.code if rule else None, self._house.clock.now()
        await self._tell(sms, "message.finalized")

    async def _tell(self, sms: Sms, kind: str) -> None:
        """Tell whoever asked to be told, signed over the time and the body."""
        if sms.webhook is None:
            return
        now = self._house.clock.now()
        event = {
            "id": str(uuid5(NAMES, f"{sms.id} {kind}")),
            "record_type": "event",
            "event_type": kind,
            "occurred_at": _told(now),
            "payload": sms.show(),
        }
        body = json.dumps({"data": event}).encode()

        def sign() -> Mapping[str, str]:
            seconds = str(int(self._house.clock.now().timestamp()))
            signed = KEYS.sign(f"{seconds}|".encode() + body)
            return {
                "Content-Type": "application/json",
                "telnyx-timestamp": seconds,
                "telnyx-signature-ed25519": base64.b64encode(signed).decode(),
            }

        await self._house.callbacks.send(
            Notice(
                vendor="telnyx",
                subject=sms.id,
                word=sms.status,
                url=sms.webhook,
                body=body,
                sign=sign,
            )
        )


def _refusal(asked: Mapping[str, Any]) -> str | None:
    """Return why a text is refused."""
    if not E164.fullmatch(str(asked.get("to", ""))):
        return "40310"
    if asked["to"] == STOPPED:
        return "40300"
    if not (asked.get("from") or asked.get("messaging_profile_id")):
        return "40305"
    if not asked.get("text"):
        return "40301"
    return "40302" if count(asked["text"]) > LONGEST else None

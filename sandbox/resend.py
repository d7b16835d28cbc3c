"""Resend's other end: letters with their keys, and its notices, signed as Svix does.

Recipients that Resend gives for trying things out mean here what they mean there. Any key that
begins with "re_" is taken, and any sender's domain but example.invalid.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from starlette.responses import Response
from starlette.routing import Route

from sandbox.callbacks import Notice, svix_signature
from sandbox.door import Door, House, Visit, json_of, reply
from sandbox.faults import Fault
from sandbox.letters import FACTS, Letter, complain, refusal, several

KEY_LIVES: Final = timedelta(hours=24)
PAGE: Final = 20
NAMES: Final = UUID("6f0d3e1c-52d5-4f0e-9a0e-6a6b1f3f5a10")
AGAIN: Final = (5.0, 300.0, 1800.0, 7200.0)
"""Svix tries again after these seconds while nobody takes a notice."""

SENT_AFTER: Final = 1.0
ENDED_AFTER: Final = 3.0

ENDS: Final = {
    "bounced@resend.dev": "bounced",
    "complained@resend.dev": "complained",
    "suppressed@resend.dev": "suppressed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where Resend sends its notices, and what it signs them with."""

    url: str
    secret: str
    events: frozenset[str] = frozenset()
    """Which; none named: all."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a key stands for."""

    payload: str
    letter: str
    until: datetime


class Resend:
    """Takes letters, carries them nowhere, and tells what became of them."""

    def __init__(self, house: House, *, webhook: Webhook | None = None) -> None:
        self._house = house
        self._door = Door(house, "resend", complain)
        self._letters: dict[str, Letter] = {}
        self._keys: dict[tuple[str, str], Kept] = {}
        self._busy: set[tuple[str, str]] = set()
        self._given = webhook
        self._webhooks: list[Webhook] = [webhook] if webhook else []

    def reset(self) -> None:
        """Forget every letter, key and webhook but the one that was given at the start."""
        self._letters.clear()
        self._keys.clear()
        self._webhooks = [self._given] if self._given else []

    def routes(self) -> list[Route]:
        """Return Resend's routes."""
        door = self._door
        return [
            door.route("/emails", "emails.send", self.send, method="POST"),
            door.route("/emails", "emails.list", self.list),
            door.route("/emails/{id}", "emails.get", self.get),
            door.route("/webhooks", "webhooks.create", self.listen, method="POST"),
        ]

    async def send(self, visit: Visit) -> Response:
        """Take a letter; the same key within a day is the same letter."""
        account = _account(visit)
        if account is None:
            return _unknown(visit)
        given = await json_of(visit.request)
        key = visit.request.headers.get("idempotency-key")
        wrong = refusal(given, key)
        if wrong is not None:
            return complain(422, *wrong)
        if key is None:
            await visit.linger()
            return reply({"id": self._take(given or {}, account, None).id})
        return await self._send_keyed(visit, given or {}, (account, key))

    async def _send_keyed(
        self, visit: Visit, given: Mapping[str, Any], name: tuple[str, str]
    ) -> Response:
        payload = hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()
        kept = self._keys.get(name)
        if kept is not None and kept.until > self._house.clock.now():
            if kept.payload != payload:
                return complain(409, "invalid_idempotent_request")
            return reply({"id": kept.letter})
        if name in self._busy:
            return complain(409, "concurrent_idempotent_requests")
        self._busy.add(name)
        try:
            await visit.linger()
            letter = self._take(given, *name)
            self._keys[name] = Kept(payload, letter.id, letter.created + KEY_LIVES)
        finally:
            self._busy.discard(name)
        if visit.strikes(Fault.WEBHOOK_BEFORE_REPLY):
            await self._tell(letter, "sent")
        return reply({"id": letter.id})

    def _take(self, given: Mapping[str, Any], account: str, key: str | None) -> Letter:
        now = self._house.clock.now()
        letter = Letter(str(uuid5(NAMES, str(len(self._letters) + 1))), now, given)
        self._letters[letter.id] = letter
        self._house.ledger.write(
            "resend",
            "email",
            now,
            id=letter.id,
            account=account,
            key=key,
            to=several(given["to"]),
            subject=given["subject"],
            body=given.get("text") or given.get("html") or "",
        )
        self._house.clock.after(SENT_AFTER, lambda: self._turn(letter, "sent"))
        self._house.clock.after(ENDED_AFTER, lambda: self._end(letter))
        return letter

    async def get(self, visit: Visit) -> Response:
        """Show one letter."""
        if _account(visit) is None:
            return _unknown(visit)
        letter = self._letters.get(visit.request.path_params["id"])
        return complain(404, "not_found") if letter is None else reply(letter.show(whole=True))

    async def list(self, visit: Visit) -> Response:
        """Show a page of letters, newest first."""
        if _account(visit) is None:
            return _unknown(visit)
        query = visit.request.query_params
        limit = int(query.get("limit", PAGE))
        lag = visit.strikes(Fault.LIST_LAG)
        until = self._house.clock.now() - timedelta(seconds=lag.seconds if lag else 0)
        found = [one for one in reversed(self._letters.values()) if one.created <= until]
        names = [letter.id for letter in found]
        if query.get("after") in names:
            found = found[names.index(query["after"]) + 1 :]
        page = [letter.show(whole=False) for letter in found[:limit]]
        return reply({"object": "list", "has_more": len(found) > limit, "data": page})

    async def listen(self, visit: Visit) -> Response:
        """Take an address for notices; answer with the secret that signs them."""
        if _account(visit) is None:
            return _unknown(visit)
        given = await json_of(visit.request) or {}
        number = len(self._webhooks) + 1
        secret = "whsec_" + base64.b64encode(hashlib.sha256(b"%d" % number).digest()).decode()
        events = frozenset(str(event) for event in given.get("events", ()))
        self._webhooks.append(Webhook(url=given["endpoint"], secret=secret, events=events))
        name = str(uuid5(NAMES, f"webhook {number}"))
        return reply({"object": "webhook", "id": name, "signing_secret": secret}, 201)

    async def _turn(self, letter: Letter, event: str) -> None:
        letter.last_event = event
        await self._tell(letter, event)

    async def _end(self, letter: Letter) -> None:
        rule = self._house.faults.strikes(Fault.OUTCOME, "resend", "emails.send")
        own = next((ENDS[to] for to in several(letter.given["to"]) if to in ENDS), "delivered")
        end = rule.word if rule else own
        if end == "complained":  # nobody complains of what did not arrive
            await self._turn(letter, "delivered")
        await self._turn(letter, end)

    async def _tell(self, letter: Letter, event: str) -> None:
        now = self._house.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        data: dict[str, Any] = {
            "email_id": letter.id,
            "created_at": letter.created.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            "from": letter.given["from"],
            "to": several(letter.given["to"]),
            "subject": letter.given["subject"],
            "tags": {tag["name"]: tag["value"] for tag in letter.given.get("tags", [])},
            **FACTS.get(event, {}),
        }
        body = json.dumps({"type": f"email.{event}", "created_at": now, "data": data}).encode()
        for webhook in self._webhooks:
            if not webhook.events or f"email.{event}" in webhook.events:
                await self._house.callbacks.send(self._notice(webhook, letter.id, event, body))

    def _notice(self, webhook: Webhook, letter: str, event: str, body: bytes) -> Notice:
        name = "msg_" + hashlib.sha256(f"{letter} {event}".encode()).hexdigest()[:27]

        def sign() -> dict[str, str]:
            seconds = int(self._house.clock.now().timestamp())
            signature = svix_signature(webhook.secret, name, seconds=seconds, body=body)
            return {
                "Content-Type": "application/json",
                "svix-id": name,
                "svix-timestamp": str(seconds),
                "svix-signature": signature,
            }

        return Notice(
            vendor="resend",
            subject=letter,
            word=event,
            url=webhook.url,
            body=body,
            sign=sign,
            again=AGAIN,
        )


def _account(visit: Visit) -> str | None:
    """Return whose key it is, by its hash; None where it is not taken."""
    kind, _, key = visit.request.headers.get("authorization", "").partition(" ")
    if kind != "Bearer" or not key.startswith("re_"):
        return None
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def _unknown(visit: Visit) -> Response:
    given = visit.request.headers.get("authorization", "").partition(" ")[2]
    return complain(403, "invalid_api_key" if given else "missing_api_key")

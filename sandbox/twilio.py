"""Twilio's other end: Messages of the API of 2010. Keyless, as in reality.

The numbers that Twilio itself gives its test accounts mean here what they mean there, and any
credentials are taken but a token that begins with "wrong". Status callbacks are signed with the
token that came with the request.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from operator import eq, ge, le
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from sandbox.callbacks import Notice, twilio_signature
from sandbox.door import Door, House, Visit, form_of, reply
from sandbox.faults import Fault
from sandbox.keys import basic
from sandbox.pages import page_of
from sandbox.texts import (
    PRICE,
    START_WORDS,
    STOP_WORDS,
    VERSION,
    Message,
    complain,
    leaves_at,
    misplanned,
    refusal,
)

ROOT: Final = f"/{VERSION}/Accounts/{{account}}"
SENT_AFTER: Final = 1.0
DELIVERED_AFTER: Final = 3.0
PRICED_AFTER: Final = 5.0


class Twilio:
    """Takes texts, carries them nowhere, and tells what became of them."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._door = Door(house, "twilio", complain)
        self._messages: dict[str, Message] = {}
        self._by_to: defaultdict[str, list[Message]] = defaultdict(list)
        self._stopped: set[tuple[str, str]] = set()
        self._tokens: dict[str, str] = {}

    def reset(self) -> None:
        """Forget every message, and who has said STOP."""
        self._messages.clear()
        self._by_to.clear()
        self._stopped.clear()

    def routes(self) -> list[Route]:
        """Return Twilio's routes."""
        door = self._door
        return [
            door.route(f"{ROOT}/Messages.json", "messages.create", self.create, method="POST"),
            door.route(f"{ROOT}/Messages.json", "messages.list", self.list),
            door.route(f"{ROOT}/Messages/{{sid}}.json", "messages.fetch", self.fetch),
            door.route(
                f"{ROOT}/Messages/{{sid}}.json", "messages.update", self.update, method="POST"
            ),
            door.route(f"{ROOT}.json", "accounts.fetch", self.account),
        ]

    async def create(self, visit: Visit) -> Response:
        """Take a text."""
        token = basic(visit.request)
        if token is None:
            return complain(401, None)
        form = await form_of(visit.request)
        sender = form.get("From") or form.get("MessagingServiceSid", "")
        wrong = refusal(form) or misplanned(form, self._house.clock.now())
        wrong = "21610" if (form.get("To"), sender) in self._stopped else wrong
        if wrong is not None:
            return complain(400, wrong, form.get("To", ""))
        message = self._take(visit, form, token)
        at = leaves_at(form)
        if at is not None:
            message.status = "scheduled"
            wait = (at - self._house.clock.now()).total_seconds()
            self._house.clock.after(wait, lambda: self._leave(message))
            return reply(message.show(), 201)
        self._carry(message)
        if visit.strikes(Fault.WEBHOOK_BEFORE_REPLY):
            answer = message.show()
            await self._send_on(message)
            return reply(answer, 201)
        self._house.clock.after(SENT_AFTER, lambda: self._send_on(message))
        return reply(message.show(), 201)

    def _take(self, visit: Visit, form: Mapping[str, str], token: str) -> Message:
        number = len(self._messages) + 1
        account = str(visit.request.path_params["account"])
        self._tokens[account] = token
        now = self._house.clock.now()
        digest = hashlib.md5(f"{account} {number}".encode(), usedforsecurity=False).hexdigest()
        message = Message(
            account=account,
            sid=f"SM{digest}",
            to=form["To"],
            sender=form.get("From"),
            service=form.get("MessagingServiceSid"),
            body=form["Body"],
            created=now,
            updated=now,
            callback=form.get("StatusCallback"),
            token=token,
            status="accepted" if "MessagingServiceSid" in form else "queued",
        )
        self._messages[message.sid] = message
        self._by_to[message.to].append(message)
        return message

    def _carry(self, message: Message) -> None:
        """Write down that a text goes to a person: it was taken, or its moment has come."""
        self._house.ledger.write(
            "twilio",
            "message",
            self._house.clock.now(),
            id=message.sid,
            account=message.account,
            to=message.to,
            body=message.body,
            callback=message.callback,
        )

    async def _leave(self, message: Message) -> None:
        """Let a text go whose moment has come, unless it was called off."""
        if message.status == "scheduled":
            self._carry(message)
            await self._send_on(message)

    async def update(self, visit: Visit) -> Response:
        """Call a text off that waits, or blank what one says."""
        if basic(visit.request) is None:
            return complain(401, None)
        form = await form_of(visit.request)
        message = self._messages.get(visit.request.path_params["sid"])
        if message is None or message.account != visit.request.path_params["account"]:
            return complain(404, "20404", visit.request.url.path.removeprefix("/twilio"))
        if form.get("Status") == "canceled":
            if message.status not in {"scheduled", "canceled"}:
                return complain(400, "30409")
            if message.status == "scheduled":
                await self._turn(message, "canceled")
        if form.get("Body") == "":
            message.body = ""
        return reply(message.show())

    async def fetch(self, visit: Visit) -> Response:
        """Show one text."""
        if basic(visit.request) is None:
            return complain(401, None)
        message = self._messages.get(visit.request.path_params["sid"])
        if message is None or message.account != visit.request.path_params["account"]:
            return complain(404, "20404", visit.request.url.path.removeprefix("/twilio"))
        return reply(message.show())

    async def list(self, visit: Visit) -> Response:
        """Show a page of texts, newest first. Those not sent yet have no date, and match none."""
        if basic(visit.request) is None:
            return complain(401, None)
        query = dict(visit.request.query_params)
        lag = visit.strikes(Fault.LIST_LAG)
        seen_until = self._house.clock.now().timestamp() - (lag.seconds if lag else 0)
        account = visit.request.path_params["account"]
        to = query.get("To")
        found = [
            message
            for message in reversed(self._by_to[to] if to else list(self._messages.values()))
            if message.account == account
            and message.created.timestamp() <= seen_until
            and _is_wanted(message, query)
        ]
        return reply(page_of(visit.request, [message.show() for message in found], "messages"))

    async def hear(self, said: Mapping[str, str]) -> str:
        """Take a person's own text, and tell whoever listens at `url`; STOP stops what we send.

        Twilio signs it with the account's token: the last that was seen, or `token`.
        """
        account = said.get("account") or next(iter(self._tokens), f"AC{0:032}")
        token = said.get("token") or self._tokens.get(account, "")
        digest = hashlib.md5(f"{said} {len(self._messages)}".encode(), usedforsecurity=False)
        now = self._house.clock.now()
        heard = Message(
            account=account,
            sid=f"SM{digest.hexdigest()}",
            to=said["to"],
            sender=said["from"],
            service=None,
            body=said["body"],
            created=now,
            updated=now,
            callback=said["url"],
            token=token,
            sent=now,
            status="received",
            direction="inbound",
        )
        self._messages[heard.sid] = heard
        self._by_to[heard.to].append(heard)
        word, pair = heard.body.strip().upper(), (said["from"], said["to"])
        if word in STOP_WORDS:
            self._stopped.add(pair)
        elif word in START_WORDS:
            self._stopped.discard(pair)
        await self._house.callbacks.send(_notice(heard, said["url"], heard.as_heard()))
        return heard.sid

    async def account(self, visit: Visit) -> Response:
        """Show the account: the harmless question by which credentials are checked."""
        if basic(visit.request) is None:
            return complain(401, None)
        account = visit.request.path_params["account"]
        return reply({"sid": account, "status": "active", "type": "Full"})

    async def _send_on(self, message: Message) -> None:
        """Hand a text to the carrier; say so; what becomes of it comes later."""
        message.sent = self._house.clock.now()
        await self._turn(message, "sent")
        self._house.clock.after(DELIVERED_AFTER - SENT_AFTER, lambda: self._end(message))

    async def _end(self, message: Message) -> None:
        rule = self._house.faults.strikes(Fault.OUTCOME, "twilio", "messages.create")
        if rule is not None and rule.code is not None:
            message.error = int(rule.code)
        await self._turn(message, rule.word if rule else "delivered")
        self._house.clock.after(PRICED_AFTER - DELIVERED_AFTER, lambda: self._bill(message))

    async def _bill(self, message: Message) -> None:
        if message.status == "delivered":
            cost = PRICE * message.segments
            message.price = f"-{cost // 10000}.{cost % 10000:04d}0"

    async def _turn(self, message: Message, status: str) -> None:
        """Bring a text to its next station, and tell whoever asked to be told."""
        message.status = status
        message.updated = self._house.clock.now()
        if message.callback is None:
            return
        form = {
            "AccountSid": message.account,
            "ApiVersion": VERSION,
            "From": message.sender or "",
            "MessageSid": message.sid,
            "MessageStatus": status,
            "SmsSid": message.sid,
            "SmsStatus": status,
            "To": message.to,
        }
        if message.error is not None:
            form["ErrorCode"] = str(message.error)
        await self._house.callbacks.send(_notice(message, message.callback, form))


def _notice(message: Message, url: str, form: dict[str, str]) -> Notice:
    token = hashlib.sha256(f"{message.sid} {form['SmsStatus']}".encode()).hexdigest()[:32]
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "I-Twilio-Idempotency-Token": token,
        "X-Twilio-Signature": twilio_signature(message.token, url, form),
    }
    return Notice(
        vendor="twilio",
        subject=message.sid,
        word=form["SmsStatus"],
        url=url,
        body=urlencode(form).encode(),
        sign=lambda: headers,
    )


def _is_wanted(message: Message, query: Mapping[str, str]) -> bool:
    if query.get("To") not in {None, message.to} or query.get("From") not in {None, message.sender}:
        return False
    bounds = {name: query[name] for name in ("DateSent", "DateSent<", "DateSent>") if name in query}
    if not bounds:
        return True
    if message.sent is None:
        return False
    day = message.sent.date().isoformat()
    wanted = {"DateSent": eq, "DateSent<": le, "DateSent>": ge}
    return all(wanted[name](day, bound[:10]) for name, bound in bounds.items())

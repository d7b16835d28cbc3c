"""Vapi places our calls. It knows no key of ours: a call is found by its `name`.

Where all of an account's lines are in use, Vapi may take a call all the same, say that it is
blocked, and dial it when a line is free. Asking again later would then be two calls, so what it
took is deleted first, and only what is gone for certain has not happened.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import count
from typing import Any, Final
from urllib.parse import urlsplit

from domain.errors import OutcomeUnknown, ProviderError, Retryable
from domain.outbound.ports import Dial, Floor, OverCapacity, Progress, Refused
from providers import signing
from providers.api import CONNECT, READ, Answer, Api, Unheard
from providers.telling import Facts, amount, needed, part, text, whole
from providers.vapi import errors
from providers.vapi.words import is_full, is_undialled, outcome

HOME: Final = "https://api.vapi.ai"
PAGE: Final = 1000
MOST_PAGES: Final = 10
"""Of the newest calls, among which what is going on is looked for."""

MOST_FOR_ONE: Final = 100
"""Of calls that are looked through for one that may have been placed: a hundred thousand."""

MOST_OF_A_LOG: Final = 500
"""Pages of a day's log: half a million calls."""

SKEW: Final = timedelta(minutes=10)
"""How far Vapi's clock and ours may part: our name is unique, so wide costs nothing."""

WAITING: Final = frozenset({"scheduled", "queued"})
BAD: Final = (LookupError, ValueError, TypeError, ArithmeticError)
"""What a body may do wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose calls these are, and where Vapi is found."""

    key: str = field(repr=False)
    base_url: str | None = None


class VapiCalls:
    """Calls over one account of Vapi's."""

    vendor = "vapi"

    def __init__(
        self,
        account: Account,
        *,
        read: float = READ,
        connect: float = CONNECT,
        page: int = PAGE,
    ) -> None:
        """Speak for `account`; lists come in pages of so many."""
        self._page = page
        self._api = Api(account.base_url or HOME, account.key, read=read, connect=connect)
        self._limit: int | None = None

    def close(self) -> None:
        """Let go of connections."""
        self._api.close()

    def place(self, dial: Dial, *, key: str) -> Progress:
        """Begin a call that is called by our key."""
        if dial.caller_id is None:
            raise Refused("Vapi calls by its own name for a number, and this one has none")
        answer = self._ask("POST", "/call", _order(dial, key))
        if not answer.is_good:
            raise errors.refusal(answer)
        try:
            made = progress(answer.facts)
        except BAD as error:
            raise errors.VAPI.unreadable(error, is_question=False) from None
        limits = part(answer.facts, "subscriptionLimits")
        self._limit = whole(limits.get("concurrencyLimit"))
        if not made.is_live and is_full(made.reason):
            raise OverCapacity("Vapi has no line free on this account")
        if limits.get("concurrencyBlocked") is True:
            raise self._taken_back(made.call_id)
        return made

    def find(self, dial: Dial, *, key: str, since: datetime) -> Progress | None:
        """Look through the calls begun since a moment for the one of our name."""
        caller = {"phoneNumberId": dial.caller_id} if dial.caller_id else {}
        for call in self._listed(since - SKEW, caller, pages=MOST_FOR_ONE):
            if text(call, "name") == key:
                return _read(call)
        return None

    def get(self, call_id: str) -> Progress | None:
        """Ask how one call stands."""
        call = self._call(call_id)
        return None if call is None else _read(call)

    def live(self, *, since: datetime) -> Floor:
        """List what is on its way or speaking; Vapi lists by the time of making alone.

        Of more than can be looked through, the newest: whoever is on no list is asked by name.
        """
        newest = self._listed(since, {}, is_whole=False)
        going = (call for call in newest if text(call, "status") != "ended")
        return Floor(calls=[_read(call) for call in going], limit=self._limit)

    def ended(self, start: datetime, end: datetime) -> Iterator[Progress]:
        """Yield what was made in a span and has ended."""
        for call in self._listed(start, {}, before=end, pages=MOST_OF_A_LOG):
            made = _read(call)
            if not made.is_live and (made.started_at is None or made.started_at < end):
                yield made

    def cancel(self, call_id: str) -> None:
        """Take back what has not rung; hang up what speaks, over the address Vapi names for it."""
        call = self._call(call_id)
        if call is None or text(call, "status") == "ended":
            return
        if text(call, "status") in WAITING:
            self._ask("DELETE", f"/call/{call_id}", is_question=True)
            if self._is_gone(call_id):
                return
            raise Retryable("Vapi began a call that was being taken back")
        url = text(part(call, "monitor"), "controlUrl")
        if url is None or not self._is_vapis(url):
            raise Retryable("Vapi names no address at which a call is ended")
        try:
            answer = self._api.ask_elsewhere(url, {"type": "end-call"})
        except Unheard as error:
            raise errors.VAPI.unheard(error, is_question=True) from None
        if not answer.is_good and answer.status != HTTPStatus.NOT_FOUND:
            raise Retryable(f"Vapi answered {answer.status} when a call was to be ended")

    def _is_vapis(self, url: str) -> bool:
        """Tell whether an address out of an answer is one that we may post to."""
        host = urlsplit(url).hostname or ""
        return host == urlsplit(self._api.base_url).hostname or host.endswith(".vapi.ai")

    def _taken_back(self, call_id: str) -> ProviderError:
        """Take back a call that waits for a line; say what is certain of it then."""
        try:
            self._ask("DELETE", f"/call/{call_id}", is_question=True)
            if self._is_gone(call_id):
                return OverCapacity("Vapi has no line free on this account")
        except ProviderError:
            pass
        return OutcomeUnknown("Vapi took a call that it has no line for, and did not give it back")

    def _is_gone(self, call_id: str) -> bool:
        """Tell whether a call that was deleted will never ring."""
        call = self._call(call_id)
        if call is None:
            return True
        found = _read(call)
        return not found.is_live and found.answered_at is None

    def _call(self, call_id: str) -> Facts | None:
        answer = self._ask("GET", f"/call/{call_id}", is_question=True)
        if answer.status == HTTPStatus.NOT_FOUND and answer.facts:
            return None
        if not answer.is_good:
            raise errors.refusal(answer, is_question=True)
        return answer.facts

    def _listed(
        self,
        since: datetime,
        query: Mapping[str, str],
        *,
        before: datetime | None = None,
        pages: int = MOST_PAGES,
        is_whole: bool = True,
    ) -> Iterator[Facts]:
        """Go through an account's calls, the newest first, back to a moment, or as far as may be.

        Where it must be whole and is not, that is unknown.
        """
        until = {"createdAtLe": _at(before)} if before else {}
        seen: set[str] = set()
        for number in count(1):
            page = {"createdAtGe": _at(since), "limit": str(self._page), **query, **until}
            answer = self._ask("GET", "/call", query=page, is_question=True)
            if not answer.is_good:
                raise errors.refusal(answer, is_question=True)
            try:
                rows = answer.rows
                fresh = [row for row in rows if needed(row, "id") not in seen]
                seen.update(needed(row, "id") for row in fresh)
                until = {"createdAtLe": needed(rows[-1], "createdAt")} if rows else {}
            except BAD as error:
                raise errors.VAPI.unreadable(error, is_question=True) from None
            yield from fresh
            if len(rows) < self._page or (number == pages and not is_whole):
                return
            if number == pages or not fresh:
                raise OutcomeUnknown("too many calls since then to look through")

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        is_question: bool = False,
    ) -> Answer:
        try:
            return self._api.ask(method, path, body, query=query)
        except Unheard as error:
            raise errors.VAPI.unheard(error, is_question=is_question) from None


def _order(dial: Dial, key: str) -> dict[str, Any]:
    """Say what Vapi is to do; it carries the tenant and our key back to us with every notice."""
    overrides: dict[str, Any] = {"metadata": {"user_id": str(dial.user_id), "reference": key}}
    if dial.variables:
        overrides["variableValues"] = dict(dial.variables)
    order: dict[str, Any] = {
        "name": key,
        "assistantId": dial.assistant_id,
        "assistantOverrides": overrides,
        "phoneNumberId": dial.caller_id,
        "customer": {"number": dial.to, "externalId": key},
    }
    return {name: value for name, value in order.items() if value is not None}


def progress(call: Facts) -> Progress:
    """Read a call as Vapi shows it."""
    status, reason = needed(call, "status"), text(call, "endedReason")
    artifact = part(call, "artifact")
    started = signing.moment(call.get("startedAt"))
    ended = signing.moment(call.get("endedAt"))
    cost = amount(call.get("cost"))
    return Progress(
        call_id=needed(call, "id"),
        key=text(call, "name"),
        outcome=outcome(reason) if status == "ended" else None,
        never_dialled=status == "ended" and is_undialled(reason, is_answered=started is not None),
        reason=reason,
        started_at=signing.moment(call.get("createdAt")),
        answered_at=started,
        ended_at=ended,
        duration=ended - started if started and ended and ended >= started else None,
        cost=cost,
        currency=None if cost is None else "USD",
        transcript=text(artifact, "transcript"),
        recording_url=text(artifact, "recordingUrl"),
        is_outbound=text(call, "type") != "inboundPhoneCall",
    )


def _read(call: Facts) -> Progress:
    try:
        return progress(call)
    except BAD as error:
        raise errors.VAPI.unreadable(error, is_question=True) from None


def _at(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""Retell places our calls. It knows no key of ours: a call is found by its metadata."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from itertools import count
from typing import Any, Final

from domain.errors import OutcomeUnknown
from domain.outbound.ports import Dial, Floor, OverCapacity, Progress, Refused
from providers import signing
from providers.api import CONNECT, READ, Answer, Api, Unheard
from providers.retell import errors
from providers.retell.words import FULL, outcome
from providers.telling import Facts, amount, needed, part, text, whole
from providers.unreadable import several

HOME: Final = "https://api.retellai.com"
PAGE: Final = 1000
NEWEST: Final = 200
"""How many of the newest calls are looked at for those that have not been answered yet: Retell's
list has no filter for them, and none of them is older than a minute."""

MOST_PAGES: Final = 10
MOST_OF_A_LOG: Final = 500
"""Pages of a day's log: half a million calls."""

SLACK: Final = timedelta(hours=1)
"""Calls are listed in the order of their making, and begin a while after."""

UNKNOWN: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY})
"""Retell has no 404 of its own: what it does not know it cannot process."""

GOING: Final = frozenset({"registered", "ongoing"})
ENDED: Final = frozenset({"ended", "error", "not_connected"})
BAD: Final = (LookupError, ValueError, TypeError, ArithmeticError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose calls these are, and where Retell is found."""

    key: str = field(repr=False)
    base_url: str | None = None


class RetellCalls:
    """Calls over one account of Retell's."""

    vendor = "retell"

    def __init__(self, account: Account, *, read: float = READ, connect: float = CONNECT) -> None:
        """Speak for `account`."""
        self._api = Api(account.base_url or HOME, account.key, read=read, connect=connect)

    def close(self) -> None:
        """Let go of connections."""
        self._api.close()

    def place(self, dial: Dial, *, key: str) -> Progress:
        """Begin a call that carries our key."""
        if dial.caller is None:
            raise Refused("Retell is to be told from which number it calls, and there is none")
        answer = self._ask("POST", "/v2/create-phone-call", _order(dial, key))
        if not answer.is_good:
            raise errors.refusal(answer)
        try:
            made = progress(answer.facts)
        except BAD as error:
            raise errors.RETELL.unreadable(error, is_question=False) from None
        if not made.is_live and made.reason in FULL:
            raise OverCapacity("Retell has no line free on this account")
        return made

    def find(self, dial: Dial, *, key: str, since: datetime) -> Progress | None:
        """Ask for the call that carries our key; when it began is not asked."""
        del dial, since
        wanted = [{"key": "reference", "op": "eq", "type": "string", "value": key}]
        found = self._page({"filter_criteria": {"metadata": wanted}, "limit": 10})
        calls = [call for call in _items(found) if _reference(call) == key]
        return _read(calls[0]) if calls else None

    def get(self, call_id: str) -> Progress | None:
        """Ask how one call stands."""
        answer = self._ask("GET", f"/v2/get-call/{call_id}", is_question=True)
        if answer.status in UNKNOWN and answer.facts:
            return None
        return _read(_good(answer))

    def live(self, *, since: datetime) -> Floor:
        """List what speaks, and of the newest what rings; and say how many Retell counts."""
        del since
        try:
            return self._floor()
        except LookupError as error:
            raise errors.RETELL.unreadable(error, is_question=True) from None

    def _floor(self) -> Floor:
        speaking = {"op": "in", "type": "enum", "value": ["ongoing"]}
        found = {
            needed(call, "call_id"): call
            for call in self._listed({"filter_criteria": {"call_status": speaking}})
        }
        newest = _items(self._page({"limit": NEWEST, "sort_order": "descending"}))
        found |= {
            needed(call, "call_id"): call for call in newest if text(call, "call_status") in GOING
        }
        counts = _good(self._ask("GET", "/get-concurrency", is_question=True))
        return Floor(
            calls=[_read(call) for call in found.values()],
            count=whole(counts.get("current_concurrency")),
            limit=whole(counts.get("concurrency_limit")),
        )

    def ended(self, start: datetime, end: datetime) -> Iterator[Progress]:
        """Yield what began in a span and has ended, the oldest first."""
        since = {"op": "ge", "type": "number", "value": _ms(start)}
        asked = {"filter_criteria": {"start_timestamp": since}, "sort_order": "ascending"}
        for call in self._listed(asked, pages=MOST_OF_A_LOG):
            made = _read(call)
            began = made.started_at or start
            if began >= end + SLACK:
                return
            if not made.is_live and began < end:
                yield made

    def cancel(self, call_id: str) -> None:
        """Hang up; what Retell does not know, or has ended, needs no hanging up."""
        answer = self._ask("POST", f"/v2/stop-call/{call_id}", {}, is_question=True)
        if answer.status not in UNKNOWN or not answer.facts:
            _good(answer)

    def _listed(self, asked: Mapping[str, Any], *, pages: int = MOST_PAGES) -> Iterator[Facts]:
        """Go through a list, page after page."""
        behind: dict[str, Any] = {}
        for number in count(1):
            page = self._page({**asked, "limit": PAGE, **behind})
            yield from _items(page)
            behind = {"pagination_key": text(page, "pagination_key")}
            if page.get("has_more") is not True or behind["pagination_key"] is None:
                return
            if number == pages:
                raise OutcomeUnknown("too many calls to look through")

    def _page(self, asked: Mapping[str, Any]) -> Facts:
        return _good(self._ask("POST", "/v3/list-calls", asked, is_question=True))

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        is_question: bool = False,
    ) -> Answer:
        try:
            return self._api.ask(method, path, body)
        except Unheard as error:
            raise errors.RETELL.unheard(error, is_question=is_question) from None


def _order(dial: Dial, key: str) -> dict[str, Any]:
    """Say what Retell is to do; it carries the tenant and our key back to us with every notice."""
    agent: dict[str, Any] = {}
    if dial.voice_id is not None:
        agent["voice_id"] = dial.voice_id
    if not dial.leaves_voicemail:
        agent["voicemail_option"] = {"action": {"type": "hangup"}}
    order: dict[str, Any] = {
        "from_number": dial.caller,
        "to_number": dial.to,
        "override_agent_id": dial.assistant_id,
        "agent_override": {"agent": agent} if agent else None,
        "metadata": {"user_id": str(dial.user_id), "reference": key},
        "retell_llm_dynamic_variables": dict(dial.variables) or None,
    }
    return {name: value for name, value in order.items() if value is not None}


def progress(call: Facts) -> Progress:
    """Read a call as Retell shows it."""
    status = needed(call, "call_status")
    if status not in GOING | ENDED:  # taken for an end it would be dialled again
        raise ValueError("a status that nobody knows")
    is_going = status in GOING
    reason = text(call, "disconnection_reason")
    ended = signing.moment(call.get("end_timestamp"))
    length = call.get("duration_ms")
    cents = amount(part(call, "call_cost").get("combined_cost"))
    spoke = isinstance(length, int | float) and length > 0
    is_answered = spoke or status == "ongoing"
    started = signing.moment(call.get("start_timestamp"))
    return Progress(
        call_id=needed(call, "call_id"),
        key=_reference(call),
        outcome=None if is_going else outcome(reason),
        never_dialled=not is_going and reason in FULL,
        reason=reason,
        started_at=started,
        answered_at=started if is_answered else None,
        ended_at=ended,
        duration=timedelta(milliseconds=length) if isinstance(length, int | float) else None,
        cost=None if cents is None else cents / Decimal(100),
        currency=None if cents is None else "USD",
        transcript=text(call, "transcript"),
        recording_url=text(call, "recording_url"),
        is_outbound=text(call, "direction") != "inbound",
    )


def _read(call: Facts) -> Progress:
    try:
        return progress(call)
    except BAD as error:
        raise errors.RETELL.unreadable(error, is_question=True) from None


def _reference(call: Facts) -> str | None:
    return text(part(call, "metadata"), "reference")


def _good(answer: Answer) -> Facts:
    if not answer.is_good:
        raise errors.refusal(answer, is_question=True)
    return answer.facts


def _items(page: Facts) -> list[Facts]:
    try:
        return several(page, "items")
    except BAD as error:
        raise errors.RETELL.unreadable(error, is_question=True) from None


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)

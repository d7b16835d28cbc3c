"""Telnyx carries our texts.

Spoken to without its SDK, as Vapi and Retell are (docs/decisions/0030). Telnyx knows no key of
ours and has no list of messages: only detail records, which come minutes late and hold no text.
So a text whose answer was lost is told of by its notice, which carries our key; where no notice
comes, it is looked for in the records, and no absence is believed while they may lag.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from domain.errors import OutcomeUnknown
from domain.messages.ports import Delivery, Later, Taken
from domain.work.effects import Receipt
from providers import signing
from providers.api import CONNECT, READ, Answer, Api
from providers.telling import Facts, amount, needed, part, text, whole
from providers.telnyx.errors import translate, unheard
from providers.telnyx.notices import MESSAGES, first
from providers.unreadable import SHAPELESS, several

HOME: Final = "https://api.telnyx.com/v2"
PAGE: Final = 50
MOST_PAGES: Final = 20
MOST_OF_A_LOG: Final = 5000
"""Pages of a day's records: a quarter of a million texts."""

FAILED: Final = frozenset({"failed", "gw_reject"})
SKEW: Final = timedelta(minutes=10)
"""How far Telnyx's clock and ours may part; as with Twilio's."""

LAG: Final = timedelta(minutes=15)
"""By how much detail records may be late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose texts these are, and where Telnyx is found."""

    key: str = field(repr=False)
    sender: str
    """A number; or a messaging profile's id, whose pool of numbers is sent from."""

    base_url: str | None = None
    callback: str | None = None
    """Where Telnyx tells what became of a text; the effect's key goes with it as `rid`."""

    per_minute: int | None = None
    """What the campaign that it was registered for may send a minute."""

    @property
    def is_profile(self) -> bool:
        """Whether Telnyx chooses the number from a profile's pool."""
        return not self.sender.startswith("+") and "-" in self.sender


class TelnyxTexts:
    """Texts over Telnyx. It knows no key of ours, and a look-up is slow to be believed."""

    vendor = "telnyx"
    is_keyed = False
    lag = LAG
    later: Later | None = None

    def __init__(self, account: Account, *, read: float = READ, connect: float = CONNECT) -> None:
        """Speak for `account`; connections are kept, so one of these serves many threads."""
        self._account = account
        self.sender = None if account.is_profile else account.sender
        self.line = account.sender
        self.per_minute = account.per_minute
        self._api = Api(account.base_url or HOME, account.key, read=read, connect=connect)

    def close(self) -> None:
        """Let go of connections."""
        self._api.close()

    def send(self, *, to: str, body: str, key: str) -> Receipt:
        """Hand over the text; return its id. The key goes along to be told back to us."""
        account = self._account
        by = "messaging_profile_id" if account.is_profile else "from"
        asked = {"to": to, "text": body, "type": "SMS", by: account.sender}
        if account.callback:
            asked["webhook_url"] = f"{account.callback}?{urlencode({'rid': key})}"
        said = self._ask("POST", "/messages", asked, is_question=False)
        try:
            return Receipt(reference=needed(part(said.facts, "data"), "id"))
        except LookupError as error:
            raise unheard(error, is_question=False) from None

    def find(
        self, *, to: str, body: str, since: datetime, besides: Collection[str] = ()
    ) -> Receipt | None:
        """Look through the records of texts to this person, and read each text that is named."""
        for record in self._records(to, since - SKEW):
            if self.sender is not None and text(record, "cli") not in {None, self.sender}:
                continue
            name = text(record, "uuid")
            if name is not None and name not in besides and self._says(name, body):
                return Receipt(reference=name)
        return None

    def taken(self, since: datetime) -> Sequence[Taken]:
        """List our texts by their records."""
        found: list[Taken] = []
        for record in self._records(None, since):
            is_ours = self.sender is None or text(record, "cli") in {None, self.sender}
            if is_ours and (made := _taken(record)):
                found.append(made)
        return found

    def charged(self, start: datetime, end: datetime) -> Iterator[Taken]:
        """Yield what left the account in a span, the oldest first."""
        for record in self._records(None, start, sort="created_at", pages=MOST_OF_A_LOG):
            made = _taken(record)
            if made is not None and made.at >= end:
                return
            if made is not None:
                yield made

    def status(self, reference: str) -> Delivery:
        """Ask what became of a text."""
        said = self._ask("GET", f"/messages/{reference}", is_question=True)
        try:
            return _delivery(part(said.facts, "data"), reference)
        except (ValueError, ArithmeticError, LookupError) as error:
            raise unheard(error, is_question=True) from None

    def _says(self, name: str, body: str) -> bool:
        said = self._ask("GET", f"/messages/{name}", is_question=True)
        return text(part(said.facts, "data"), "text") == body

    def _records(
        self,
        to: str | None,
        since: datetime,
        *,
        sort: str = "-created_at",
        pages: int = MOST_PAGES,
    ) -> Iterator[Facts]:
        """Yield records of texts to somebody, or to all, newest first, page by page."""
        query = {
            "filter[record_type]": "messaging",
            "filter[direction]": "outbound",
            "filter[created_at][gte]": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "sort": sort,
            "page[size]": str(PAGE),
            **({"filter[cld]": to} if to else {}),
        }
        for number in range(1, pages + 1):
            paged = {**query, "page[number]": str(number)}
            said = self._ask("GET", "/detail_records", query=paged, is_question=True).facts
            try:
                yield from several(said, "data")
            except SHAPELESS as error:
                raise unheard(error, is_question=True) from None
            pages_in_all = whole(part(said, "meta").get("total_pages"))
            if pages_in_all is None:
                raise unheard(ValueError("no number of pages"), is_question=True)
            if number >= pages_in_all:
                return
        raise OutcomeUnknown("too many texts since then to look through")

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, str] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        is_question: bool,
    ) -> Answer:
        try:
            answer = self._api.ask(method, path, body, query=query)
        except Exception as error:  # noqa: BLE001  # whatever broke leaves as one of the three words
            raise unheard(error, is_question=is_question) from None
        if not answer.is_good:
            raise translate(answer, is_question=is_question)
        return answer


def _taken(record: Facts) -> Taken | None:
    """Read a record; None: it names no text."""
    name = text(record, "uuid")
    try:
        at = signing.moment(text(record, "created_at"))
    except ValueError as error:
        raise unheard(error, is_question=True) from None
    if name is None or at is None:
        return None
    return Taken(
        name,
        at,
        segments=whole(record.get("parts")),
        cost=amount(record.get("cost")),
        currency=text(record, "currency"),
        has_failed=text(record, "status") in FAILED,
    )


def _delivery(message: Facts, reference: str) -> Delivery:
    if needed(message, "id") != reference:
        raise ValueError("an answer about another text")
    cost = part(message, "cost")
    return Delivery(
        status=MESSAGES.get(text(first(message, "to"), "status") or "", "sent"),
        reference=reference,
        error=text(first(message, "errors"), "code"),
        segments=whole(message.get("parts")),
        cost=amount(cost.get("amount")),
        currency=text(cost, "currency"),
    )

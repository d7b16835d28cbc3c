"""Twilio carries our texts."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final, cast
from urllib.parse import urlencode

from twilio.base.values import unset
from twilio.rest.api.v2010.account.message import MessageInstance

from domain.errors import OutcomeUnknown, Rejected
from domain.messages.ports import Delivery, Later, Taken
from domain.work.effects import Receipt
from providers.telling import amount, needed, whole
from providers.twilio.errors import translate
from providers.twilio.http import CONNECT, HOME, READ, Http, client

PAGE: Final = 100
LARGE_PAGE: Final = 1000
MOST_LISTED: Final = 50_000
MOST_SEEN: Final = 1000
"""How many texts to one person are looked through; nobody is written to so often in a day."""

SKEW: Final = timedelta(minutes=10)
"""How far Twilio's clock and ours may part. Wider finds an older text of the same words, and holds
one back; narrower misses ours, and sends it twice."""

QUEUED: Final = timedelta(days=1)
"""Texts come newest first, give or take how long one may have stood in a queue."""

OFF: Final = "canceled"
"""A text that was called off before it left: there is no such text any more."""

TRIAL: Final = "Sent from your Twilio trial account - "

STATUSES: Final[Mapping[str, str]] = {
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}
"""Twilio's words in ours; all others are on their way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose texts these are, and where Twilio is found."""

    sid: str
    token: str = field(repr=False)
    sender: str
    """A number, or a messaging service's SID."""

    base_url: str | None = None
    callback: str | None = None
    """Where Twilio tells what became of a text; the effect's key goes with it as `rid`."""

    per_minute: int | None = None
    """What the campaign that it was registered for may send a minute."""


class TwilioTexts:
    """Texts over Twilio. It knows no key of ours: `find` is what keeps a text from going twice."""

    vendor = "twilio"
    is_keyed = False
    lag = timedelta()
    closes = timedelta(minutes=5)

    def __init__(self, account: Account, *, read: float = READ, connect: float = CONNECT) -> None:
        """Speak for `account`; connections are kept, so one of these serves many threads."""
        self._account = account
        self.sender = None if account.sender.startswith("MG") else account.sender
        self.line = account.sender
        self.per_minute = account.per_minute
        self.later: Later | None = None if self.sender else self  # only a service keeps texts
        self._http = Http(account.base_url or HOME, connect=connect, read=read)
        self._client = client(account.sid, account.token, self._http)

    def close(self) -> None:
        """Let go of connections."""
        self._http.line.close()

    def send(self, *, to: str, body: str, key: str) -> Receipt:
        """Hand over the text; return its SID. The key goes along to be told back to us."""
        return self._create(to=to, body=body, key=key)

    def send_at(self, *, to: str, body: str, key: str, at: datetime) -> Receipt:
        """Hand over a text that leaves at a moment; none that leaves within `closes` is taken."""
        return self._create(to=to, body=body, key=key, send_at=at, schedule_type="fixed")

    def call_off(self, reference: str) -> bool:
        """Cancel a text that waits. One that has left, or that nobody knows, cannot be."""
        try:
            return str(self._client.messages(reference).update(status="canceled").status) == OFF
        except Exception as error:  # noqa: BLE001  # as in `send`
            word = translate(error, is_question=True)
            if isinstance(word, Rejected):
                return False
            raise word from None

    def _create(self, *, to: str, body: str, key: str, **more: Any) -> Receipt:  # noqa: ANN401  # as the SDK takes them
        sender = self._account.sender
        is_service = sender.startswith("MG")
        url = self._account.callback
        try:
            made = self._client.messages.create(
                to=to,
                body=body,
                from_=unset if is_service else sender,
                messaging_service_sid=sender if is_service else unset,
                status_callback=f"{url}?{urlencode({'rid': key})}" if url else unset,
                **more,
            )
            return Receipt(reference=_sid(made))
        except Exception as error:  # noqa: BLE001  # the SDK reads answers as they come: any type may fly
            raise translate(error) from None

    def find(
        self, *, to: str, body: str, since: datetime, besides: Collection[str] = ()
    ) -> Receipt | None:
        """Look through the newest texts to this person; by our own eyes, not by Twilio's dates.

        Twilio's filter is by the day on which a text was sent, and one still in its queue has
        none: the very text that we ask for would be missing.
        """
        from_ = unset if self._account.sender.startswith("MG") else self._account.sender
        try:
            listed = self._client.messages.stream(to=to, from_=from_, page_size=PAGE)
            for text in islice(listed, MOST_SEEN):
                if _moment(text) < since - SKEW - QUEUED:
                    return None
                if text.sid not in besides and _is_it(text, body, since - SKEW):
                    return Receipt(reference=_sid(text))
            is_all = next(listed, None) is None
        except Exception as error:  # noqa: BLE001  # as in `send`
            raise translate(error, is_question=True) from None
        if not is_all:
            raise OutcomeUnknown("too many texts since then to look through")
        return None

    def taken(self, since: datetime) -> Sequence[Taken]:
        """List our texts, newest first, until those that are older."""
        sender, is_service = self._account.sender, self.sender is None
        found: list[Taken] = []
        try:
            listed = self._client.messages.stream(
                from_=unset if is_service else sender, page_size=LARGE_PAGE
            )
            for text in islice(listed, MOST_LISTED):
                if _moment(text) < since:
                    return found
                is_ours = not is_service or text.messaging_service_sid == sender
                is_ours &= str(text.status) != OFF
                if is_ours and str(text.direction) == "outbound-api":
                    found.append(Taken(_sid(text), _moment(text)))
        except Exception as error:  # noqa: BLE001  # as in `send`
            raise translate(error, is_question=True) from None
        if len(found) >= MOST_LISTED:
            raise OutcomeUnknown("too many texts since then to list")
        return found

    def charged(self, start: datetime, end: datetime) -> Iterator[Taken]:
        """Yield what left the account in a span. Twilio filters by whole days: the rest is ours."""
        try:
            for text in self._client.messages.stream(
                date_sent_after=start - QUEUED, date_sent_before=end + QUEUED, page_size=LARGE_PAGE
            ):
                made = _charged(text)
                if start <= made.at < end and str(text.direction) != "inbound":
                    yield made
        except Exception as error:  # noqa: BLE001  # as in `send`
            raise translate(error, is_question=True) from None

    def status(self, reference: str) -> Delivery:
        """Ask what became of a text; the price comes some seconds after the end."""
        try:
            text = self._client.messages(reference).fetch()
            return _delivery(text, reference)
        except Exception as error:  # noqa: BLE001  # as in `send`
            raise translate(error, is_question=True) from None


def _sid(text: MessageInstance) -> str:
    return needed({"sid": text.sid}, "sid")


def _moment(text: MessageInstance) -> datetime:
    """Return when Twilio took it: a second's precision, and there from the first moment."""
    if text.date_created is None:
        raise ValueError("a text without a date")
    return text.date_created.astimezone(UTC)


def _charged(text: MessageInstance) -> Taken:
    told = _delivery(text, _sid(text))
    left = text.date_sent.astimezone(UTC) if text.date_sent else _moment(text)
    return Taken(
        told.reference,
        left,
        segments=told.segments,
        cost=told.cost,
        currency=told.currency,
        has_failed=told.status == "failed",
    )


def _is_it(text: MessageInstance, body: str, since: datetime) -> bool:
    said = (text.body or "").removeprefix(TRIAL)
    is_ours = str(text.direction) == "outbound-api" and str(text.status) != OFF
    return is_ours and said == body and _moment(text) >= since


def _delivery(text: MessageInstance, reference: str) -> Delivery:
    if text.sid != reference or text.status is None:
        raise ValueError("an answer about another text")
    unit = cast("object", text.price_unit)
    return Delivery(
        status=STATUSES.get(str(text.status), "sent"),
        reference=reference,
        error=None if text.error_code is None else str(text.error_code),
        segments=whole(int(text.num_segments)) if text.num_segments else None,
        cost=amount(text.price),
        currency=unit if text.price and isinstance(unit, str) else None,
    )

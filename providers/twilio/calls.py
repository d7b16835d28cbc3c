"""Twilio places our calls; what is said stands at an address that answers with TwiML.

Twilio carries nothing of ours with a call but the address that it tells us at, and keeps that to
itself. So a call of which nothing was heard is found by who called whom, and since when: by
Twilio's own clock, as its answers tell it. Its list begins with the newest.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import islice
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from twilio.base.values import unset
from twilio.rest.api.v2010.account.call import CallInstance

from domain.errors import OutcomeUnknown, ProviderError, Retryable
from domain.outbound.ports import AccountStopped, Dial, Floor, OverCapacity, Progress, Refused
from domain.tables.outbound import AttemptState
from providers.telling import amount, needed, span
from providers.twilio.errors import FULL, SLOW_DOWN, STRANGERS, status_and_code, translate
from providers.twilio.http import CONNECT, HOME, READ, Http, TooFast, client
from providers.twilio.words import BEGINNINGS, ENDED, GOING, outcome_of

PAGE: Final = 100
LARGE_PAGE: Final = 1000
DAY: Final = timedelta(days=1)
MOST_SEEN: Final = 1000
SLACK: Final = timedelta(seconds=10)
"""By how much a moment of Twilio's may be off when its clock is known. An older call to the same
person is minutes older; one that is taken for it is one that is never placed."""

MENDED_AFTER: Final = timedelta(minutes=5)
EVENTS: Final = ["initiated", "ringing", "answered", "completed"]
NO_NUMBER: Final = frozenset({21201, 21211, 21214, 21217, 21401})
NOT_FROM_HERE: Final = frozenset({21210, 21212, 21213, 21215, 21216, 21219, 13227})
"""This account may not call there, or not from this number; another may."""

OVER: Final = 21220
"""It has ended already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose calls these are, and where Twilio is found."""

    sid: str
    token: str = field(repr=False)
    base_url: str | None = None
    callback: str | None = None
    """Where Twilio tells how a call stands; our key goes with it as `rid`."""


class TwilioCalls:
    """Calls over one account of Twilio's."""

    vendor = "twilio"

    def __init__(self, account: Account, *, read: float = READ, connect: float = CONNECT) -> None:
        """Speak for `account`; connections are kept, so one of these serves many threads."""
        self._account = account
        self._http = Http(account.base_url or HOME, connect=connect, read=read)
        self._calls = client(account.sid, account.token, self._http).calls

    def close(self) -> None:
        """Let go of connections."""
        self._http.line.close()

    def place(self, dial: Dial, *, key: str) -> Progress:
        """Begin a call whose notices come with our key."""
        url = _script(dial)
        if dial.caller is None:
            raise Refused("Twilio is to be told from which number it calls, and there is none")
        told = self._account.callback
        try:
            made = self._calls.create(
                to=dial.to,
                from_=dial.caller,
                url=url,
                status_callback=f"{told}?{urlencode({'rid': key})}" if told else unset,
                status_callback_event=EVENTS if told else unset,
                machine_detection="DetectMessageEnd" if dial.leaves_voicemail else "Enable",
            )
            return progress(made, key=key)
        except TooFast as error:
            raise OverCapacity(str(error), after=error.after) from None
        except Exception as error:  # noqa: BLE001  # the SDK reads answers as they come: any type may fly
            raise translate(error, by_code=_of_calls) from None

    def find(self, dial: Dial, *, key: str, since: datetime) -> Progress | None:
        """Look for a call of ours from this number to that one, since a moment."""
        from_ = dial.caller or unset
        try:
            listed = self._calls.stream(to=dial.to, from_=from_, page_size=PAGE)
            for call in islice(listed, MOST_SEEN):
                if _made_at(call) < since + self._http.ahead - SLACK:
                    return None
                if str(call.direction) == "outbound-api":
                    return progress(call, key=key)
            is_all = next(listed, None) is None
        except Exception as error:  # noqa: BLE001  # as in `place`
            raise _asked(error) from None
        if not is_all:
            raise OutcomeUnknown("too many calls since then to look through")
        return None

    def get(self, call_id: str) -> Progress | None:
        """Ask how one call stands; its price comes some seconds after its end."""
        try:
            return progress(self._calls(call_id).fetch())
        except Exception as error:  # noqa: BLE001  # as in `place`
            if status_and_code(error)[0] == HTTPStatus.NOT_FOUND:
                return None
            raise _asked(error) from None

    def live(self, *, since: datetime) -> Floor:
        """List what waits, rings and speaks."""
        del since
        try:
            return Floor(calls=[progress(call) for call in self._going()])
        except Exception as error:  # noqa: BLE001  # as in `place`
            raise _asked(error) from None

    def ended(self, start: datetime, end: datetime) -> Iterator[Progress]:
        """Yield what began in a span and was answered: nothing else is charged.

        Twilio filters by whole days, so what lies outside of the span is left out here.
        """
        try:
            for call in self._calls.stream(
                status="completed",
                start_time_after=start - DAY,
                start_time_before=end + DAY,
                page_size=LARGE_PAGE,
            ):
                made = progress(call)
                if made.answered_at is not None and start <= made.answered_at < end:
                    yield made
        except Exception as error:  # noqa: BLE001  # as in `place`
            raise _asked(error) from None

    def cancel(self, call_id: str) -> None:
        """End a call: "completed" ends one that rings as well as one that speaks."""
        try:
            self._calls(call_id).update(status="completed")
        except Exception as error:  # noqa: BLE001  # as in `place`
            status, code = status_and_code(error)
            if code == OVER or status == HTTPStatus.NOT_FOUND:
                return
            raise _asked(error) from None

    def _going(self) -> Iterator[CallInstance]:
        """Go through what has not ended; what moves on between two pages is seen once."""
        seen: set[str] = set()
        for status in GOING:
            for call in self._calls.stream(status=status, page_size=PAGE):
                if call.sid and call.sid not in seen:
                    seen.add(call.sid)
                    yield call


def _script(dial: Dial) -> str:
    """Return the address of what is said, with what it is to say."""
    url = dial.assistant_id or ""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise Refused("over Twilio a template names the address of its TwiML, this one none")
    mark = "&" if urlsplit(url).query else "?"
    return f"{url}{mark}{urlencode(dict(dial.variables))}" if dial.variables else url


def _of_calls(code: int | None, status: int) -> ProviderError | None:
    """Say what a code means for a call."""
    if code in SLOW_DOWN | FULL or status == HTTPStatus.TOO_MANY_REQUESTS:
        return OverCapacity(f"Twilio has no room for it now: code {code}")
    if code in STRANGERS or status == HTTPStatus.UNAUTHORIZED:
        words = f"Twilio does not take our credentials: code {code}"
        return AccountStopped(words, after=MENDED_AFTER)
    if code in NO_NUMBER:
        words = f"Twilio takes it for no number: code {code}"
        return Refused(words, outcome=AttemptState.INVALID_NUMBER)
    if code in NOT_FROM_HERE:
        return Retryable(f"this account of Twilio's may not call there: code {code}")
    if code is not None and code != status and status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Refused(f"Twilio refused the call: code {code}")
    return None


def _asked(error: Exception) -> ProviderError:
    """Return the word for a question that was not answered: it may be asked again."""
    word = translate(error, is_question=True, by_code=_of_calls)
    if isinstance(word, OverCapacity):
        return Retryable(str(word), after=word.after)
    return word


def progress(call: CallInstance, *, key: str | None = None) -> Progress:
    """Read a call as Twilio shows it."""
    status = str(call.status or "none")
    if status not in BEGINNINGS | ENDED and not call.end_time:
        raise ValueError("a status that nobody knows")  # taken for an end it would be dialled again
    answered_by = str(call.answered_by or "")
    outcome = outcome_of(status, answered_by)
    is_going = outcome is None
    cost = amount(call.price)
    is_answered = status in {"in-progress", "completed"}
    return Progress(
        call_id=needed({"sid": call.sid}, "sid"),
        key=key,
        outcome=outcome,
        reason=None if is_going else f"{status} {answered_by}".strip(),
        started_at=_utc(call.date_created),
        answered_at=_utc(call.start_time) if is_answered else None,
        ended_at=None if is_going else _utc(call.end_time),
        duration=span(call.duration) if not is_going else None,
        cost=cost,
        currency=str(call.price_unit) if cost is not None and call.price_unit else None,
        is_outbound=str(call.direction) != "inbound",
    )


def _made_at(call: CallInstance) -> datetime:
    if call.date_created is None:
        raise ValueError("a call without a date")
    return call.date_created.astimezone(UTC)


def _utc(moment: Any) -> datetime | None:  # noqa: ANN401  # the SDK leaves what it cannot read
    return moment.astimezone(UTC) if isinstance(moment, datetime) else None

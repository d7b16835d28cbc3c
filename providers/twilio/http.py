"""Twilio's own client, sent to an address of our choice, with timeouts, and silent."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, cast

from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from domain.errors import Retryable
from providers.requesting import asked_to_wait, session
from providers.telling import cleaned

HOME: Final = "https://api.twilio.com"
CONNECT: Final = 3.0
READ: Final = 10.0
POOL: Final = 32
TOO_MANY: Final = 429
LISTED: Final = '"first_page_uri"'
"""What stands on each page of a list."""


class TooFast(Retryable):
    """It did not happen: Twilio asks us to slow down."""


def client(sid: str, token: str, line: "Http") -> Client:
    """Return an account's client; the process's environment may name another region or edge."""
    return Client(sid, token, http_client=line, environment={"": ""})


class Http(TwilioHttpClient):
    """Twilio's own client with an address of our choice, silent about what it sends."""

    def __init__(self, base_url: str, *, connect: float, read: float) -> None:
        super().__init__(timeout=read)
        self.line = self.session = session(connect=connect, read=read, pool=POOL)
        self._base_url = base_url.rstrip("/")
        self.ahead = timedelta()
        """By how much Twilio's clock was ahead of ours when it last answered."""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  # as the parent takes them
        """Send; 429 is said here, because the SDK's exception forgets its Retry-After."""
        response = super().request(method, url.replace(HOME, self._base_url, 1), *args, **kwargs)
        told = cast("Mapping[str, str]", response.headers or {})
        self.ahead = _ahead(told.get("Date")) or self.ahead
        if response.status_code == TOO_MANY:
            wait = asked_to_wait(told.get("Retry-After"))
            raise TooFast("Twilio asks us to slow down", after=wait, is_crowded=True)
        if said := cast("str | None", response.text):
            response.content = cleaned(said.encode()).decode()
            _look_for_list(response.content)
        return response

    def log_request(self, kwargs: Any) -> None:  # noqa: ANN401  # as the parent has it
        """Say nothing: it would be the number and the text."""

    def log_response(self, status_code: int, response: Any) -> None:  # noqa: ANN401  # as the parent has it
        """Say nothing."""


def _look_for_list(said: str) -> None:
    """Refuse a list's page without its list, which the SDK takes for an empty one.

    What is not found there is sent anew: whatever is wrong with a page must not read as absence.
    """
    if LISTED in said and isinstance(page := json.loads(said), dict):
        values = cast("dict[str, object]", page).values()
        if not any(isinstance(one, list) for one in values):
            raise ValueError("no list")


def _ahead(date: str | None) -> timedelta | None:
    """Return what an answer's date says of its sender's clock; it has whole seconds only."""
    try:
        return parsedate_to_datetime(date) - datetime.now(UTC) if date else None
    except (ValueError, TypeError):
        return None

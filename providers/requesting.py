"""What `requests` says about how far a request got, and how it is set up for us."""

import ssl
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import (
    ConnectionError as NoConnection,
)
from requests.exceptions import (
    ConnectTimeout,
    InvalidHeader,
    InvalidURL,
    MissingSchema,
)
from urllib3.exceptions import MaxRetryError, NewConnectionError

LONGEST_WAIT: Final = timedelta(hours=6)
"""A vendor may ask us to wait; a slip of its pen is not to put work to sleep for a year."""


class _Patient(HTTPAdapter):
    """Gives every request its two timeouts: without any, requests waits for ever."""

    def __init__(self, *, connect: float, read: float, pool: int) -> None:
        super().__init__(pool_connections=4, pool_maxsize=pool, max_retries=0)
        self._timeouts = (connect, read)

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  # as the parent takes them
        """Send with our timeouts, whatever the SDK thinks of."""
        kwargs["timeout"] = self._timeouts
        return super().send(request, *args, **kwargs)


def session(*, connect: float, read: float, pool: int) -> Session:
    """Return a session that repeats nothing, waits no longer than told, and asks no environment.

    The environment may name proxies and a .netrc; a vendor's credentials are to go to nobody
    but the vendor.
    """
    made = Session()
    made.trust_env = False
    for scheme in ("https://", "http://"):
        made.mount(scheme, _Patient(connect=connect, read=read, pool=pool))
    return made


def never_left(error: BaseException) -> bool:
    """Tell whether the request died before a byte of it was sent.

    requests gives one ConnectionError for a name that does not resolve and for a reset in
    mid-answer; only the cause tells them apart, and an outage on our own side must not turn
    every text into an unknown one. A certificate is looked at before anything is said; any
    other trouble with TLS may come in mid-answer.
    """
    if isinstance(error, ConnectTimeout | InvalidURL | InvalidHeader | MissingSchema):
        return True
    if not isinstance(error, NoConnection):
        return False
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    inner = reason.args[0] if isinstance(reason, Exception) and reason.args else None
    return isinstance(reason, NewConnectionError) or isinstance(inner, ssl.SSLCertVerificationError)


def asked_to_wait(given: str | None, *, now: datetime | None = None) -> timedelta | None:
    """Return what a Retry-After says, in seconds or as a date; None where it says nothing."""
    if not given:
        return None
    try:
        wait = timedelta(seconds=float(given))
    except (ValueError, OverflowError):
        try:
            wait = parsedate_to_datetime(given) - (now or datetime.now(UTC))
        except (ValueError, TypeError):
            return None
    return min(max(wait, timedelta()), LONGEST_WAIT)

"""Owners' consent by OAuth 2 with PKCE: the same form for all who follow the standard."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from domain.calendars.ports import Grant, Withdrawn
from domain.errors import ProviderError, Rejected, Retryable
from providers.api import Line, Unheard
from providers.telling import Facts, span, text

CONNECT: Final = 3.0
READ: Final = 15.0
MENDED_AFTER: Final = timedelta(minutes=5)
TOKEN: Final = re.compile(r"[\x20-\x7e]+")
OWNERS: Final = frozenset(
    {"invalid_grant", "interaction_required", "consent_required", "login_required"}
)
"""Only the owner can mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who we are at a vendor's log-in, and where that is."""

    vendor: str
    client_id: str
    client_secret: str = field(repr=False)
    authorize_url: str
    token_url: str
    scope: str
    more: Mapping[str, str] = field(default_factory=dict[str, str])
    """What else the owner's page wants to hear."""


class OAuthConsent:
    """One vendor's log-in."""

    def __init__(self, client: Client, *, read: float = READ, connect: float = CONNECT) -> None:
        """Speak as `client`."""
        self.vendor = client.vendor
        self._client = client
        self._line = Line(connect=connect, read=read)

    def close(self) -> None:
        """Let go of connections."""
        self._line.close()

    def address(self, *, state: str, redirect: str, challenge: str) -> str:
        """Return where to send the owner."""
        query = {
            "client_id": self._client.client_id,
            "response_type": "code",
            "redirect_uri": redirect,
            "scope": self._client.scope,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **self._client.more,
        }
        return f"{self._client.authorize_url}?{urlencode(query)}"

    def redeem(self, code: str, *, redirect: str, verifier: str) -> Grant:
        """Turn a code into tokens; one without a refresh token is of no use to us."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": verifier,
        }
        grant = self._ask(form)
        if grant.refresh_token is None:
            raise Rejected("the vendor gave no lasting consent: no refresh token came")
        return grant

    def renew(self, refresh_token: str) -> Grant:
        """Ask for another access token; the refresh token may come anew with it."""
        return self._ask({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def _ask(self, form: Mapping[str, str]) -> Grant:
        who = {"client_id": self._client.client_id, "client_secret": self._client.client_secret}
        url = self._client.token_url
        try:
            answer = self._line.ask("POST", url, headers={}, form={**form, **who})
        except Unheard as error:
            raise Retryable(f"the log-in gave no answer: {error}") from error
        grant = _grant(answer.facts) if answer.status == HTTPStatus.OK else None
        if grant is None:
            raise _translate(form, answer.status, str(answer.facts.get("error", "")), answer.wait)
        return grant


def _grant(facts: Facts) -> Grant | None:
    """Return the tokens; None: there is none to speak with.

    A strange second token is none: on a renewal the old one then stays, which may yet be good.
    """
    access = _token(facts, "access_token")
    if access is None:
        return None
    return Grant(access, _token(facts, "refresh_token"), _lasts(facts.get("expires_in")))


def _token(facts: Facts, name: str) -> str | None:
    """Return a token as the standard has it: what can be seen on a page, in ASCII."""
    found = text(facts, name)
    return found if found and TOKEN.fullmatch(found) else None


def _lasts(seconds: object) -> timedelta | None:
    try:
        found = span(seconds)
    except ValueError:
        return None
    return found or None  # no time at all is no answer


def _translate(
    form: Mapping[str, str], status: int, name: str, wait: timedelta | None
) -> ProviderError:
    """Return the word for an error; nothing of it is repeated but a name of the standard."""
    if name in OWNERS:
        if form["grant_type"] == "refresh_token":
            return Withdrawn(f"the owner's consent is gone: {name}")
        return Rejected(f"the code was not taken: {name}")
    if name in {"invalid_client", "unauthorized_client"}:
        return Retryable(f"the log-in does not take our client: {name}", after=MENDED_AFTER)
    return Retryable(f"the log-in answered {status}", after=wait)

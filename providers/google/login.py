"""Google's log-in: the owner's consent as an authorisation code, and tokens from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from domain.calendars.ports import Grant, Withdrawn
from domain.errors import OutcomeUnknown, Rejected, Retryable
from providers.telling import needed, text
from providers.web import Line

ACCOUNTS: Final = "https://accounts.google.com/o/oauth2/v2/auth"
TOKENS: Final = "https://oauth2.googleapis.com/token"
SCOPES: Final = (
    "https://www.googleapis.com/auth/calendar.events",
    "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
    "https://www.googleapis.com/auth/calendar.freebusy",
)


@dataclass(frozen=True, slots=True)
class GoogleLogin:
    """Our client at Google."""

    client_id: str
    client_secret: str = field(repr=False)
    base_url: str | None = None
    vendor: str = "google"
    line: Line = field(default_factory=lambda: Line("Google"))

    def address(self, *, state: str, redirect: str, challenge: str) -> str:
        """Return where to send the owner; asked for consent anew, or Google gives no refresh."""
        query = {
            "client_id": self.client_id,
            "redirect_uri": redirect,
            "response_type": "code",
            "scope": " ".join(SCOPES),
            "access_type": "offline",
            "prompt": "consent",
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._at('/o/oauth2/v2/auth', ACCOUNTS)}?{urlencode(query)}"

    def redeem(self, code: str, *, redirect: str, verifier: str) -> Grant:
        """Turn a code into tokens."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
        return self._grant({**form, "code_verifier": verifier})

    def renew(self, refresh_token: str) -> Grant:
        """Ask for another access token."""
        return self._grant({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def _grant(self, form: Mapping[str, str]) -> Grant:
        own = {"client_id": self.client_id, "client_secret": self.client_secret}
        body = urlencode({**form, **own}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        try:
            answer = self.line.ask("POST", self._at("/token", TOKENS), headers=headers, body=body)
            self.line.trouble(answer, "POST")
        except OutcomeUnknown as error:  # Google's refresh tokens stay good: ask again
            raise Retryable(str(error)) from error
        facts = answer.facts()
        if not answer.is_fine:
            why = text(facts, "error") or str(answer.status)
            if why == "invalid_grant":
                raise Withdrawn("the owner's consent was withdrawn, or has run out")
            raise Rejected(f"Google's log-in refused: {why[:64]}")
        try:
            access = needed(facts, "access_token")
        except LookupError as error:
            raise Retryable("Google's log-in answered without a token") from error
        return Grant(access, text(facts, "refresh_token"), _lasts(facts.get("expires_in")))

    def _at(self, path: str, otherwise: str) -> str:
        return f"{self.base_url.rstrip('/')}{path}" if self.base_url else otherwise


def _lasts(seconds: object) -> timedelta | None:
    return timedelta(seconds=seconds) if isinstance(seconds, int | float) else timedelta(hours=1)

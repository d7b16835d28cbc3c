"""Microsoft's log-in: codes with PKCE, tokens that end, and refresh tokens that rotate.

Every refresh gives another refresh token. The one before stays good until its successor has been
used: who did not hear an answer may ask again. Who comes with an older one has lost a token, or is
a thief: nobody can tell, and all tokens of that consent end. (Microsoft itself is more lenient with
what is older; what passes here passes there.)

Any client and any secret that does not begin with "wrong" is taken; whoever is named in
`login_hint` consents at once, but one whose name begins with "denied".
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.door import Door, House, Visit, form_of, reply

LASTS: Final = timedelta(hours=1)
CODE_LASTS: Final = timedelta(minutes=10)
OWNER: Final = "owner@outlook.example"
PERSON: Final = "person."
"""What a bearer begins with who is the owner at a screen: it lasts for ever."""

ERRORS: Final = {
    "invalid_grant": (400, "AADSTS70008: the provided authorization code or refresh token ended."),
    "invalid_client": (401, "AADSTS7000215: Invalid client secret provided."),
    "invalid_request": (400, "AADSTS900144: the request body misses a parameter."),
    "unsupported_grant_type": (400, "AADSTS70003: the grant type is not supported."),
    "interaction_required": (400, "AADSTS50076: multi-factor authentication is needed."),
    "temporarily_unavailable": (503, "AADSTS90033: a transient error has occurred."),
}
BY_STATUS: Final = {400: "invalid_grant", 401: "invalid_client"}


def complain(status: int, code: str | None) -> JSONResponse:
    """Answer with the log-in's own error."""
    name = code or BY_STATUS.get(status, "temporarily_unavailable")
    own, words = ERRORS.get(name, (status, "AADSTS50000: there was an error."))
    return reply({"error": name, "error_description": words}, own if code else status)


@dataclass
class _Code:
    mailbox: str
    redirect: str
    challenge: str
    until: datetime


@dataclass
class _Consent:
    """One consent of one owner, and the refresh tokens that came of it."""

    mailbox: str
    newest: str = ""
    before: str = ""
    is_over: bool = False


class Login:
    """Lets owners consent, and knows whose a token is."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._door = Door(house, "login", complain)
        self._codes: dict[str, _Code] = {}
        self._consents: dict[str, _Consent] = {}
        self._access: dict[str, tuple[_Consent, datetime]] = {}
        self._count = 0

    def reset(self) -> None:
        """Forget every code, token and consent."""
        self._codes.clear()
        self._consents.clear()
        self._access.clear()

    def routes(self) -> list[Route]:
        """Return the log-in's routes."""
        door, base = self._door, "/{tenant}/oauth2/v2.0"
        return [
            door.route(f"{base}/authorize", "login.authorize", self.authorize),
            door.route(f"{base}/token", "login.token", self.token, method="POST"),
        ]

    def mailbox(self, bearer: str) -> str | None:
        """Return whose this access token is; None where it is not taken (any more)."""
        if bearer.startswith(PERSON):
            return bearer.removeprefix(PERSON)
        consent, until = self._access.get(bearer, (None, self._house.clock.now()))
        if consent is None or consent.is_over or until <= self._house.clock.now():
            return None
        return consent.mailbox

    async def authorize(self, visit: Visit) -> Response:
        """Send the owner back with a code."""
        query = visit.request.query_params
        wanted = ("client_id", "redirect_uri", "code_challenge", "state", "scope")
        if query.get("response_type") != "code" or not all(query.get(name) for name in wanted):
            return complain(400, "invalid_request")
        who = query.get("login_hint") or OWNER
        if who.startswith("denied"):
            facts = {"error": "access_denied", "error_description": "The owner said no."}
        else:
            code = self._name("code")
            until = self._house.clock.now() + CODE_LASTS
            challenge = query["code_challenge"]
            self._codes[code] = _Code(who, query["redirect_uri"], challenge, until)
            facts = {"code": code}
        back = query["redirect_uri"] + "?" + urlencode({**facts, "state": query["state"]})
        return RedirectResponse(back, 302)

    async def token(self, visit: Visit) -> Response:
        """Give tokens for a code, or for a refresh token."""
        form = await form_of(visit.request)
        if not form.get("client_id") or form.get("client_secret", "wrong").startswith("wrong"):
            return complain(401, "invalid_client")
        if form.get("grant_type") == "authorization_code":
            consent = self._redeemed(form)
        elif form.get("grant_type") == "refresh_token":
            consent = self._refreshed(form.get("refresh_token", ""))
        else:
            return complain(400, "unsupported_grant_type")
        return complain(400, "invalid_grant") if consent is None else self._given(consent)

    def _redeemed(self, form: dict[str, str]) -> _Consent | None:
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or code.until <= self._house.clock.now():
            return None
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_ours = challenge == code.challenge and form.get("redirect_uri") == code.redirect
        return _Consent(code.mailbox) if is_ours else None

    def _refreshed(self, token: str) -> _Consent | None:
        consent = self._consents.get(token)
        if consent is None or consent.is_over:
            return None
        if token not in {consent.newest, consent.before}:
            consent.is_over = True
            return None
        if token == consent.newest:
            consent.before = token
        return consent

    def _given(self, consent: _Consent) -> Response:
        access, refresh = self._name("access"), self._name("refresh")
        self._access[access] = (consent, self._house.clock.now() + LASTS)
        self._consents[refresh] = consent
        consent.newest = refresh
        self._house.ledger.write(
            "login", "tokens", self._house.clock.now(), mailbox=consent.mailbox
        )
        return reply(
            {
                "token_type": "Bearer",
                "scope": "Calendars.ReadWrite User.Read",
                "expires_in": int(LASTS.total_seconds()),
                "access_token": access,
                "refresh_token": refresh,
            }
        )

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{kind}-{hashlib.sha256(f'{kind} {self._count}'.encode()).hexdigest()[:32]}"

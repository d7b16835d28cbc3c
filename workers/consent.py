"""An owner's consent, for who runs Frontdesk beside a browser: OAuth by a door on localhost.

The door listens on this machine alone, on a port that is free, takes one answer, and only the one
whose `state` we gave out; the code is of no use to who does not know our verifier (RFC 7636, 8252).
Each guest has a thread: browsers open connections on which they say nothing yet.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs

from domain.calendars.ports import Consent, Grant
from domain.errors import ProviderError, Refusal

PATIENCE: Final = 300.0
"""Seconds for the owner to log in and consent."""

LOOK: Final = 0.5
LINE_PATIENCE: Final = 5.0
PATH: Final = "/calendars/connected"
PAGE: Final = "<!doctype html><meta charset=utf-8><title>Frontdesk</title><p>{}"
THANKS: Final = "Thank you: this window can be closed."
NO: Final = "There was no consent: this window can be closed."


@dataclass
class _Door(ThreadingHTTPServer):
    """Waits for the owner's browser to come back."""

    state: str
    code: str | None = field(default=None, init=False)
    refused: str | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Guest)
        self.timeout = LOOK

    @property
    def redirect(self) -> str:
        """Where the vendor sends the owner back to; Microsoft lets the port be any at this name."""
        return f"http://localhost:{self.server_port}{PATH}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Do nothing: a guest who hangs up is no trouble of ours."""
        del request, client_address

    def wait(self, seconds: float) -> None:
        """Let guests in until one has brought an answer, or it is too late."""
        deadline = time.monotonic() + seconds
        while self.code is None and self.refused is None:
            if time.monotonic() > deadline:
                raise Refusal("Nobody came back from the log-in in time.", exit_code=1)
            self.handle_request()


class _Guest(BaseHTTPRequestHandler):
    """One request to the door."""

    server: _Door  # pyright: ignore[reportIncompatibleVariableOverride]  # ours is the one there is
    timeout = LINE_PATIENCE

    def do_GET(self) -> None:
        """Take the answer, if it is the one we wait for."""
        path, _, query = self.path.partition("?")
        said = {name: values[0] for name, values in parse_qs(query).items()}
        given = said.get("state", "").encode("utf-8", "replace")
        if path != PATH or not secrets.compare_digest(given, self.server.state.encode()):
            self._answer(404, "There is nothing here.")
            return
        code = said.get("code")
        try:
            self._answer(200, THANKS if code else NO)
        finally:  # the owner has answered, whether or not they still hear us
            self.server.code, self.server.refused = code, said.get("error", "no code")

    def _answer(self, status: int, words: str) -> None:
        body = PAGE.format(words).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the parent's name
        """Say nothing: a code stands in the line."""


def ask(consent: Consent, show: Callable[[str], None], *, patience: float = PATIENCE) -> Grant:
    """Send the owner to the vendor's log-in, and return what the consent gave."""
    verifier = secrets.token_urlsafe(64)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    with _Door(state=secrets.token_urlsafe(32)) as door:
        show(consent.address(state=door.state, redirect=door.redirect, challenge=challenge))
        door.wait(patience)
        if door.code is None:
            raise Refusal("The owner did not consent, or the vendor refused.", exit_code=1)
        try:
            return consent.redeem(door.code, redirect=door.redirect, verifier=verifier)
        except ProviderError as error:
            raise Refusal(f"No tokens came of the consent: {error}.", exit_code=1) from error

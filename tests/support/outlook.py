"""The owner at Outlook: makes, changes and deletes events there by hand, without our adapter."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.support.stand_ins import StandIns, serving

BACK = "http://127.0.0.1:9/back"
VERIFIER = "verifier-" * 6
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
CLIENT = {"client_id": "client", "client_secret": "secret"}


class Outlook:
    """One owner's mailbox, as its owner sees it."""

    def __init__(self, vendors: StandIns, owner: str = "owner@outlook.example") -> None:
        self.owner = owner
        self.bearer = f"person.{owner}"
        self._url = vendors.at("graph") + "/v1.0"

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.bearer}", **more.pop("headers", {})}
        url = path if path.startswith("http") else self._url + path
        return requests.request(method, url, headers=headers, timeout=10, **more)

    @property
    def calendar(self) -> str:
        return self.ask("GET", "/me/calendars").json()["value"][0]["id"]

    def create(self, **facts: Any) -> dict[str, Any]:
        answer = self.ask("POST", f"/me/calendars/{self.calendar}/events", json=facts)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def change(self, name: str, **facts: Any) -> dict[str, Any]:
        answer = self.ask("PATCH", f"/me/events/{name}", json=facts)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def delete(self, name: str) -> None:
        assert self.ask("DELETE", f"/me/events/{name}").status_code == 204

    def round(self, link: str, size: int = 50) -> tuple[list[dict[str, Any]], str]:
        """Return everything of one round of a delta, and the link for the next."""
        lines: list[dict[str, Any]] = []
        while True:
            headers = {"Prefer": f"odata.maxpagesize={size}"}
            said = self.ask("GET", link, headers=headers).json()
            lines += said["value"]
            if "@odata.deltaLink" in said:
                return lines, said["@odata.deltaLink"]
            link = said["@odata.nextLink"]

    def window(self, start: str, end: str) -> str:
        view = f"/me/calendars/{self.calendar}/calendarView/delta"
        return f"{view}?startDateTime={start}&endDateTime={end}"


def at(text: str, zone: str = "UTC") -> dict[str, str]:
    return {"dateTime": text, "timeZone": zone}


def consent(vendors: StandIns, who: str = "owner@outlook.example") -> dict[str, str]:
    """Have an owner consent; return what comes back to us."""
    query = {
        "client_id": "client",
        "response_type": "code",
        "redirect_uri": BACK,
        "scope": "offline_access Calendars.ReadWrite",
        "state": "s",
        "code_challenge": CHALLENGE.decode(),
        "code_challenge_method": "S256",
        "login_hint": who,
    }
    url = vendors.at("login") + "/common/oauth2/v2.0/authorize"
    answer = requests.get(url, params=query, allow_redirects=False, timeout=10)
    assert answer.headers["location"].startswith(BACK)
    said = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in said.items()}


def redeem(vendors: StandIns, **form: str) -> requests.Response:
    url = vendors.at("login") + "/common/oauth2/v2.0/token"
    return requests.post(url, data={**CLIENT, **form}, timeout=10)


def with_code(vendors: StandIns, code: str, **more: str) -> requests.Response:
    form = {"redirect_uri": BACK, "code_verifier": VERIFIER, **more}
    return redeem(vendors, grant_type="authorization_code", code=code, **form)


def refresh(vendors: StandIns, token: str) -> requests.Response:
    return redeem(vendors, grant_type="refresh_token", refresh_token=token)


@contextmanager
def listening_for_graph(heard: list[bytes], *, answers: bool = True) -> Iterator[str]:
    """Be an address that answers as Graph wants, and keep what it hears."""

    class Address(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"] or 0)))
            token = parse_qs(urlsplit(self.path).query).get("validationToken", [""])[0]
            body = token.encode() if answers else b"no"
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the parent's name
            pass

    with serving(Address) as url:
        yield url

"""Somebody who stands between an SDK and the stand-ins and writes down what both say."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from tests.support.stand_ins import StandIns, serving


@dataclass
class Exchange:
    """One request and its answer."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    asked: bytes
    status: int
    answered: bytes
    kind: str


@dataclass
class Recorder:
    """What was said, in order."""

    url: str
    exchanges: list[Exchange] = field(default_factory=list)

    def at(self, vendor: str) -> str:
        return f"{self.url}/{vendor}"


@contextmanager
def recording(vendors: StandIns) -> Iterator[Recorder]:
    """Record until the block ends."""
    kept = Recorder("")
    host = urlsplit(vendors.url).netloc

    class Between(BaseHTTPRequestHandler):
        def _carry(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"] or 0))
            headers = {name: value for name, value in self.headers.items() if name != "Host"}
            line = http.client.HTTPConnection(host, timeout=10)
            line.request(self.command, self.path, asked, headers)
            answer = line.getresponse()
            body = answer.read()
            line.close()
            parts = urlsplit(self.path)
            kind = headers.get("Content-Type", headers.get("content-type", ""))
            kept.exchanges.append(
                Exchange(
                    method=self.command,
                    path=parts.path,
                    query=parts.query,
                    headers={name.lower(): value for name, value in headers.items()},
                    asked=asked,
                    status=answer.status,
                    answered=body,
                    kind=kind,
                )
            )
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = _carry  # noqa: N815  # the parent's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the parent's name
            pass

    with serving(Between) as url:
        kept.url = url
        yield kept

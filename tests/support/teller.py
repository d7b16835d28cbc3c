"""A server that answers every question with what it was given to say."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Teller:
    """What is said, by status, kind and body, and where."""

    def __init__(self) -> None:
        self.status, self.kind, self.says = 200, "application/json", b"{}"
        teller = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # in one piece: else each answer waits 40 ms for the other side

            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(teller.status)
                self.send_header("Content-Type", teller.kind)
                self.send_header("Content-Length", str(len(teller.says)))
                self.end_headers()
                self.wfile.write(teller.says)

            do_GET = do_POST = do_PROPFIND = do_REPORT = answer  # noqa: N815  # the library's names

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def serve(self) -> None:
        self._server.serve_forever(0.05)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def a_teller() -> Iterator[Teller]:
    """Answer until the block ends."""
    made = Teller()
    thread = threading.Thread(target=made.serve, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.close()
        thread.join(10)

"""The sandbox in a thread of this process: for suites that ask one vendor thousands of times."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from sandbox.app import CuttableProtocol, build
from tests.support.stand_ins import StandIns, free_port


@contextmanager
def stand_ins_here() -> Iterator[StandIns]:
    """Serve all vendors until the block ends."""
    port = free_port()
    config = uvicorn.Config(
        build(),
        host="127.0.0.1",
        port=port,
        http=CuttableProtocol,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 60
    while not server.started:
        assert thread.is_alive(), "the sandbox ended"
        assert time.monotonic() < end, "the sandbox does not answer"
        time.sleep(0.02)
    try:
        yield StandIns(f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join(10)

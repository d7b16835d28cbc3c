"""Nobody's number, address or words stand in the log, whoever logs and however."""

import json
import subprocess
import sys

import pytest

from tests.support.processes import ROOT

NUMBER, ADDRESS, WORDS = "+12125559999", "jane.doe@example.com", "please cancel my surgery"

SPEAKER = """
import logging, sys
import structlog
from config.logging import set_up
number, address, words, kind = sys.argv[1:]
set_up(as_json=kind == "json", level="DEBUG")
log, others = structlog.get_logger("ours"), logging.getLogger("another.library")
log.info("called", number=number, address=address)
log.info(f"called {number} of <{address}>")
log.info("listed", numbers=[number], by={"who": {address: number}}, pair=(number, address))
log.info("bytes", body=f"x{number}".encode(), glued=f"a{number}_", quoted=f"{number!r}")
log.info("keyed", **{number: 1})
others.warning("sent to %s for %s", number, address)
others.warning("sent to %(number)s", {"number": number})
others.warning("sent", extra={"body": f"{number} {words}"})
def fail():
    raise ValueError(f"{words}: {number}, {address}")
for say in (log.exception, others.exception):
    try:
        try:
            fail()
        except ValueError as error:
            raise RuntimeError(words) from error
    except RuntimeError:
        say("failed")
try:
    fail()
except ValueError as error:
    log.warning("failed", exc_info=error)
    log.warning("failed", error=error)
    others.error("Unrecoverable error: %r", error, exc_info=True)
    strange = UnicodeDecodeError("utf-8", number.encode(), 0, 1, words)
    others.error("Unrecoverable error: %s", strange)
worker = logging.getLogger("celery.worker.consumer.consumer")
worker.error("Received unregistered task of type %s.\\nbody: %s", number, words)
worker.error("Received and deleted unknown message.\\n\\nbody was: %s", words)
worker.critical("Can't decode message body: %r [type:%r]", words, number)
logging.getLogger("celery.app.trace").error("Task %s raised: %s", "x", words)
log.info("END")
"""


@pytest.mark.parametrize("kind", ["json", "console"])
def test_no_line_tells_of_a_person(kind: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SPEAKER, NUMBER, ADDRESS, WORDS, kind],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=20,
        check=True,
    )

    lines = done.stderr.splitlines()
    assert "END" in lines[-1]
    assert len(lines) == 18
    assert [line for line in lines if NUMBER[1:] in line] == []
    assert [line for line in lines if ADDRESS in line] == []
    assert [line for line in lines if "surgery" in line] == []
    assert done.stdout == ""
    if kind == "json":
        events = [json.loads(line) for line in lines]
        assert all(event["timestamp"] for event in events)
        assert "ValueError at <string>" in str([event.get("error") for event in events])

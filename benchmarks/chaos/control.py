"""The control: a text as a plain Celery task sends it, with the advice that is usually given.

Acknowledged late, rejected on a lost worker, tried again on any error: so nothing is lost in
theory. The visibility timeout is seconds here, where it is an hour by default: what comes back
after it comes back within the trial.
"""

import os
import signal
from typing import Any, Final

from celery import Celery, Task

from providers.twilio.sms import Account, TwilioTexts

SID: Final = "AC" + "c" * 32
VISIBLE: Final = 8
"""Seconds."""

app = Celery("control", broker=os.environ.get("CHAOS_BROKER"), set_as_current=False)
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": VISIBLE,
        "unacked_restore_interval": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
    },
)

_made: dict[str, Any] = {}


@app.task(bind=True, max_retries=3, shared=False)
def text(self: "Task[Any, None]", to: str) -> None:
    """Send one text; on an error, again in a second."""
    try:
        _send(to)
    except Exception as error:
        raise self.retry(exc=error, countdown=1) from error


@app.task(shared=False)
def poison(to: str) -> None:
    """Send one text, and be killed for want of memory before it is acknowledged, each time."""
    _send(to)
    os.kill(os.getpid(), signal.SIGKILL)


def _send(to: str) -> None:
    if not _made:
        account = Account(
            sid=SID,
            token="t",  # noqa: S106  # the stand-in takes any
            sender="+14155550000",
            base_url=os.environ["CHAOS_TWILIO"],
        )
        _made["texts"] = TwilioTexts(account)
    _made["texts"].send(to=to, body="Your visit is confirmed.", key=to)

"""Celery's consumer, made to survive what is no message.

Celery forgives a message that it cannot place, but not one of a strange shape: it ends the
worker, puts the message back first, and the next worker ends by it as well. One foreign
client's mistake would stop a queue for good. Here it is thrown away and counted; what is
said of it is the error's type, never a text, because that may quote the message.

Bells expire, so that a slow hour piles up no doubles, and Celery judges that by the clock of
whoever hears them. Where that and the ringer's are minutes apart, every bell would be too old.
"""

import logging
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final, cast

import structlog
from celery import signals
from celery.worker import consumer, loops
from kombu import Message

log = structlog.get_logger("worker")

OURS: Final = re.compile(r"[(\[]('([a-z]{1,20}|[0-9a-f-]{36})'(, ?)?)*[)\]]")
"""How the arguments of our own bells look: ids, and a queue's name."""

BELL: Final = 3
"""Arguments, named arguments, and what is to follow."""

NEVER_OURS: Final = frozenset({"group", "shadow", "stamps", "stamped_headers", "timelimit"})
"""Headers that Celery acts by and that none of our bells needs."""


def hide_words(message: Message) -> None:
    """Let events and Flower show ids only, whatever the one who rang says of its arguments."""
    headers = cast("object", message.headers)
    if not isinstance(headers, dict):
        return
    told = cast("dict[str, object]", headers)
    if not OURS.fullmatch(str(told.get("argsrepr", ""))):
        told["argsrepr"] = "(?)"
    told["kwargsrepr"] = "{}"


FEW: Final = 50
"""So many bells that are old cost a moment to be heard."""


class Forged(Exception):
    """A message that none of ours would send."""


def refuse_more_than_a_bell(message: Message) -> None:
    """Refuse Celery's own tasks and whatever is to follow a task: none of our bells has any.

    They make Celery call back what the message names, and an error in there costs a slot for good.
    """
    headers, told = cast("object", message.headers), cast("object", message.payload)
    if isinstance(headers, dict):
        name = cast("dict[str, object]", headers).get("task")
        if str(name).startswith("celery."):
            raise Forged
        for one in NEVER_OURS & set(cast("dict[str, object]", headers)):
            del cast("dict[str, object]", headers)[one]
    parts = cast("list[object]", told) if isinstance(told, list) else []
    follows = parts[-1] if len(parts) == BELL else None
    if isinstance(follows, dict) and any(cast("dict[str, object]", follows).values()):
        raise Forged


def hear_out(message: Message, waiting: Callable[[str], int]) -> None:
    """Hear a bell that is too old by this host's clock, unless many wait behind it.

    It may be the clock that is wrong; and what is old in truth finds no row to work.
    """
    headers, way = cast("object", message.headers), cast("object", message.delivery_info)
    queue = cast("dict[str, object]", way).get("routing_key") if isinstance(way, dict) else ""
    told = cast("dict[str, object]", headers) if isinstance(headers, dict) else {}
    until = told.get("expires")
    if not isinstance(until, str):
        return
    with suppress(ValueError, TypeError):  # no moment: Celery says so
        if datetime.fromisoformat(until) < datetime.now(UTC):
            is_busy = waiting(str(queue)) >= FEW
            told["expires"] = until if is_busy else None


class Consumer(consumer.Consumer):
    """Takes messages; throws away what is none."""

    hub: Any  # the stubs know none of these
    connection: Any
    connection_errors: tuple[type[BaseException], ...]

    @property
    def line_errors(self) -> tuple[type[BaseException], ...]:
        """What a broken connection raises.

        To kombu a KeyError is that too. But a message without an id raises one as well: it would
        break the connection, and come again over the next.
        """
        return tuple(one for one in self.connection_errors if not issubclass(one, LookupError))

    def loop(self, *args: Any) -> None:  # noqa: ANN401  # Celery's
        """Take messages until told to stop; connect anew after bytes that are no message.

        They have left the queue when they are read, so they do not come back.
        """
        try:
            loops.asynloop(*args) if self.hub else loops.synloop(*args)
        except self.line_errors:
            raise
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            log.warning("message.unreadable", error=type(error).__name__)
            raise OSError("what was read is no message") from None

    def create_task_handler(self, *args: Any, **kwargs: Any) -> Callable[[Message], None]:  # noqa: ANN401  # Celery's
        """Return what takes one message."""
        take = super().create_task_handler(*args, **kwargs)

        def take_or_throw_away(message: Message) -> None:
            hide_words(message)
            try:
                refuse_more_than_a_bell(message)
                hear_out(message, self._waiting)
                take(message)
            except self.line_errors:
                raise
            except Exception as error:  # noqa: BLE001  # whatever a strange shape leads to
                log.warning("message.refused", error=type(error).__name__)
                message.reject_log_error(logging.getLogger("worker"), self.connection_errors)
                signals.task_rejected.send(sender=self, message=message, exc=None)

        return take_or_throw_away

    def _waiting(self, queue: str) -> int:
        """Return how many bells wait in a queue; to Redis an empty one is none."""
        try:
            told = self.connection.default_channel.queue_declare(queue, passive=True)
        except self.connection.channel_errors:
            return 0
        return int(told.message_count)

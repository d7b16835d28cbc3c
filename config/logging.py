"""What is written down, and what never is.

One line a fact, named like the code (`run.taken`), with ids: JSON in production, one
readable line elsewhere. An exception is told by its type and the places it passed, not
by its message: messages carry what callers said, numbers and addresses (docs/evidence.md S5).
The masking of numbers and addresses is a backstop for what a library says unasked.
"""

import logging
import re
import sys
import traceback
from collections.abc import Mapping
from typing import Final, cast

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

PHONE: Final = re.compile(r"\+\d{7,}")
EMAIL: Final = re.compile(r"[\w.!#$%&*+/?^`{|}~-]+@[\w.-]+\.[^\W\d_]{2,}")

QUIET: Final[Mapping[str, int]] = {
    "celery": logging.WARNING,
    "celery.app.trace": logging.CRITICAL,  # prints exceptions' texts; the contract says them by id
    "kombu": logging.WARNING,
    "twilio.http_client": logging.WARNING,  # every request with its numbers at INFO
    "openai": logging.WARNING,
    "httpx": logging.WARNING,
    "httpx2": logging.WARNING,
    "httpcore2": logging.WARNING,
    "stripe": logging.WARNING,
    "urllib3": logging.WARNING,
    "alembic": logging.WARNING,
    "tornado.access": logging.WARNING,
    "sqlalchemy": logging.WARNING,
}
"""Loggers of others, and from where on they are heard."""


def places(error: BaseException) -> str:
    """Return the way of an exception, newest last: type, then file:line of each step."""
    steps = [
        f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return f"{type(error).__name__} at {' > '.join(steps[-8:])}"


def mask(text: str) -> str:
    """Return `text` without phone numbers and e-mail addresses."""
    return EMAIL.sub("[email]", PHONE.sub("[phone]", text))


def _tell_places(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Put the way of an exception in the place of its text."""
    given: object = event.pop("exc_info", None)
    error = cast("tuple[object, object]", given)[1] if isinstance(given, tuple) else given
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event["error"] = places(error)
    return event


def _mask_values(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Mask every text of the line, and say no more of an exception than its way."""
    return {key: _masked(value) for key, value in event.items()}


def _masked(value: object) -> object:
    if isinstance(value, BaseException):
        return places(value)
    return mask(value) if isinstance(value, str) else value


def _masked_line(render: Processor) -> Processor:
    """Mask once more what `render` makes: lists, keys, bytes and whatever else has a text."""

    def render_masked(logger: WrappedLogger, name: str, event: EventDict) -> str:
        return mask(str(render(logger, name, event)))

    return render_masked


class _NoBodies(logging.Filter):
    """Cut what others fill in: whole messages (docs/evidence.md B21), texts of exceptions."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the first words of a dump, and an exception's type."""
        text = str(record.msg)
        if text.startswith(("Received", "Can't decode", "Task handler raised")):
            record.msg = text.splitlines()[0].split("%")[0].strip()
            record.args = ()
        if isinstance(record.args, tuple):
            record.args = tuple(
                type(given).__name__ if isinstance(given, BaseException) else given
                for given in record.args
            )
        return True


def set_up(*, as_json: bool, level: str = "INFO") -> None:
    """Send everything that this process says to standard error, in our form."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _tell_places,
        _mask_values,
    ]
    last: Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=24)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    out = logging.StreamHandler(sys.stderr)
    out.addFilter(_NoBodies())
    out.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(allow=[]), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _masked_line(last),
            ],
        )
    )
    logging.basicConfig(handlers=[out], level=level, force=True)
    for name, floor in QUIET.items():
        logging.getLogger(name).setLevel(floor)

"""One request to Graph, and what its answers mean in the words of the domain."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from domain.calendars.ports import (
    Calendar,
    CalendarGone,
    CursorLost,
    EtagChanged,
    ItemGone,
    Tokens,
)
from domain.errors import OutcomeUnknown, ProviderError, Rejected, Retryable
from providers import api, owners
from providers.api import Answer
from providers.telling import Facts, part

HOME: Final = "https://graph.microsoft.com"
VERSION: Final = "/v1.0"
CONNECT: Final = 3.0
READ: Final = 15.0

MENDED_AFTER: Final = timedelta(minutes=5)
PREFER: Final = 'outlook.timezone="UTC", outlook.body-content-type="text", IdType="ImmutableId"'
"""Immutable: an event that its owner drags to another folder keeps its name."""

LOST: Final = frozenset({"syncstatenotfound", "syncstateinvalid", "resyncrequired"})
CONFLICT: Final = "errorirresolvableconflict"
BAD_ZONE: Final = "timezonenotsupportedexception"
ITEMS: Final = ("/me/events/", "/subscriptions/")
NAME: Final = re.compile(r"[A-Za-z._]{1,60}")
"""A code of theirs that may be repeated; another could be anything."""


class BadZone(Rejected):
    """Graph does not know the time zone by that name."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of Graph, or told it to do."""

    method: str
    path: str
    body: Facts | None = None
    query: Mapping[str, str] | None = None
    etag: str | None = None
    prefer: str = PREFER

    @property
    def is_question(self) -> bool:
        """Whether it changes nothing."""
        return self.method == "GET" or self.path == "/$batch"


class Line:
    """Graph, spoken to with an owner's token; serves many threads."""

    def __init__(
        self,
        tokens: Tokens,
        *,
        base_url: str | None = None,
        read: float = READ,
        connect: float = CONNECT,
    ) -> None:
        """Take each request's token from `tokens`."""
        self._tokens = tokens
        self._root = (base_url or HOME).rstrip("/") + VERSION
        self._line = api.Line(read=read, connect=connect)

    def close(self) -> None:
        """Let go of connections."""
        self._line.close()

    def ask(self, calendar: Calendar, ask: Ask) -> Facts:
        """Ask once, and a second time where the token was refused."""
        match = {} if ask.etag is None else {"If-Match": ask.etag}
        wanted = owners.Ask(
            method=ask.method,
            url=self._root + ask.path,
            headers={"Prefer": ask.prefer, **match},
            query=ask.query,
            body=ask.body,
        )
        try:
            answer = owners.ask(self._line, self._tokens, calendar, wanted)
        except api.Unheard as error:
            if not error.has_left:
                raise Retryable("Graph could not be reached") from error
            raise _unheard(ask, f"Graph gave no answer: {error}") from error
        return _read(ask, answer)


def rest_of(link: str) -> str:
    """Return what of a link to more is to be asked for: never another host."""
    return link.partition(VERSION)[2]


def _read(ask: Ask, answer: Answer) -> Facts:
    if answer.status == HTTPStatus.NO_CONTENT:
        return {}
    if answer.is_good and answer.facts and "error" not in answer.facts:
        return answer.facts
    if answer.is_good or not answer.facts:
        raise _of_gate(ask, answer)
    code = part(answer.facts, "error").get("code")
    raise translate(ask, answer.status, str(code or ""), answer.wait)


def _of_gate(ask: Ask, answer: Answer) -> ProviderError:
    """Say what an answer means that is not Graph's."""
    status, words = answer.status, f"Graph's answer of {answer.status} cannot be read"
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        return Retryable(words, after=answer.wait)
    is_client = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return Retryable(words, after=MENDED_AFTER) if is_client else _unheard(ask, words)


def _unheard(ask: Ask, words: str) -> ProviderError:
    return Retryable(words) if ask.is_question else OutcomeUnknown(words)


def translate(ask: Ask, status: int, code: str, wait: timedelta | None) -> ProviderError:
    """Return the word for an error of Graph's own."""
    known = _known(ask, status, code.casefold())
    if known is not None:
        return known
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        return Retryable("Graph asks us to slow down", after=wait)
    if status == HTTPStatus.UNAUTHORIZED:
        return Retryable("Graph does not take a token that is new", after=MENDED_AFTER)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return _unheard(ask, f"Graph answered {status}")
    said = code if NAME.fullmatch(code) else ""
    return Rejected(f"Graph refused: {status} {said}".rstrip())


def _known(ask: Ask, status: int, name: str) -> Rejected | None:
    """Return what the port has a word of its own for."""
    if status == HTTPStatus.GONE or name in LOST:
        return CursorLost("Graph no longer knows the link")
    if status == HTTPStatus.PRECONDITION_FAILED or name == CONFLICT:
        return EtagChanged("the event has been changed since")
    if status == HTTPStatus.NOT_FOUND and ask.path.startswith(ITEMS):
        return ItemGone("it is no longer there")
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}:
        return CalendarGone("there is no such calendar, or Graph does not let us see it")
    return BadZone("Graph does not know the time zone") if name == BAD_ZONE else None

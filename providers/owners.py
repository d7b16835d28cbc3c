"""Requests in the name of an owner: with their token, and once more where that one is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from domain.calendars.ports import Calendar, Tokens
from providers.api import Answer, Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request, whoever's token it is made with."""

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str] | None = None
    body: Mapping[str, Any] | None = None


def ask(line: Line, tokens: Tokens, calendar: Calendar, wanted: Ask) -> Answer:
    """Ask; a request whose token was refused did nothing, so another is no second one."""
    bearer = tokens.bearer(calendar)
    answer = _once(line, bearer, wanted)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        answer = _once(line, tokens.renewed(calendar, refused=bearer), wanted)
    return answer


def _once(line: Line, bearer: str, wanted: Ask) -> Answer:
    return line.ask(
        wanted.method,
        wanted.url,
        headers={**wanted.headers, "Authorization": f"Bearer {bearer}"},
        query=wanted.query,
        body=wanted.body,
    )

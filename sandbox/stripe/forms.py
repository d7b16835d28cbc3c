"""Stripe's way of writing: nested forms in, errors and lists out."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from starlette.responses import Response

from sandbox.door import reply

TYPES: Final[Mapping[int, tuple[str, str | None]]] = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", None),
    402: ("card_error", "card_declined"),
    403: ("invalid_request_error", None),
    404: ("invalid_request_error", "resource_missing"),
    409: ("idempotency_error", "idempotency_key_in_use"),
    429: ("invalid_request_error", "rate_limit"),
}
NAME: Final = re.compile(r"\[([^\]]*)\]")


class Wrong(Exception):
    """What was asked for cannot be: a status, a code and a sentence of Stripe's."""

    def __init__(self, status: int, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


def complain(status: int, code: str | None, message: str = "the sandbox says no") -> Response:
    """Answer with an error, as Stripe writes them."""
    kind, usual = TYPES.get(status, ("api_error", None))
    if code == "idempotency_error":
        kind, code = "idempotency_error", None
    error = {"type": kind, "message": message}
    code = code or usual
    if code is not None:
        error["code"] = code
    return reply({"error": error}, status, request_id=f"req_{status}")


def decoded(body: str) -> dict[str, Any]:
    """Read `items[0][price]=x` as an object in a list in an object; numbers index lists."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        head, *rest = [name.partition("[")[0], *NAME.findall(name)]
        place = found
        for step, after in zip([head, *rest], [*rest, None], strict=True):
            if after is None:
                place[step or str(len(place))] = value
            else:
                place = place.setdefault(step or str(len(place)), {})
    return cast("dict[str, Any]", _with_lists(found))


def _with_lists(part: object) -> object:
    if not isinstance(part, dict):
        return part
    inner = {key: _with_lists(value) for key, value in cast("dict[str, object]", part).items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def is_true(value: object) -> bool:
    """Read a form's boolean."""
    return value in {"true", "True", True}


def shown(thing: Any, *, is_old: bool = False) -> Any:  # noqa: ANN401  # JSON
    """Return a thing as it is shown: without what is only ours; periods where versions have them.

    Before 2025-03-31 the current period stood on the subscription; since then on its items.
    """
    if isinstance(thing, list):
        return [shown(one, is_old=is_old) for one in cast("Sequence[Any]", thing)]
    if not isinstance(thing, dict):
        return thing
    found = {
        name: shown(value, is_old=is_old)
        for name, value in cast("dict[str, Any]", thing).items()
        if not name.startswith("_")
    }
    if is_old and found.get("object") == "subscription":
        for name in ("current_period_start", "current_period_end"):
            for item in found["items"]["data"]:
                found[name] = item.pop(name)
    return found


def page(things: Sequence[dict[str, Any]], query: Mapping[str, Any], url: str) -> dict[str, Any]:
    """Return a page of a list, newest first, from where the last one ended."""
    limit = int(query.get("limit", 10))
    if not 1 <= limit <= 100:  # noqa: PLR2004  # Stripe's own bound
        raise Wrong(400, "limit is between 1 and 100")
    names = [thing["id"] for thing in things]
    first = 0
    after = query.get("starting_after")
    if after is not None:
        if after not in names:
            raise Wrong(400, f"No such object: {after}", code="resource_missing")
        first = names.index(after) + 1
    return {
        "object": "list",
        "url": url,
        "has_more": len(things) > first + limit,
        "data": list(things[first : first + limit]),
    }


def is_within(moment: int, wanted: object) -> bool:
    """Tell whether a moment is what `created` asks for: itself, or bounds."""
    if wanted is None:
        return True
    if not isinstance(wanted, dict):
        return moment == int(str(wanted))
    bounds = cast("dict[str, str]", wanted)
    return (
        moment >= int(bounds.get("gte", "0"))
        and moment > int(bounds.get("gt", "-1"))
        and moment <= int(bounds.get("lte", "99999999999"))
        and moment < int(bounds.get("lt", "99999999999"))
    )

"""Pages of a list as Twilio shows them."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.requests import Request

PAGE_SIZE: Final = 50
LARGEST_PAGE: Final = 1000


def page_of(request: Request, found: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    """Return the page that a request asks for, and where the others are."""
    query = dict(request.query_params)
    size = min(int(query.get("PageSize", PAGE_SIZE)), LARGEST_PAGE)
    page = int(query.get("Page", 0))
    first = page * size
    uri = request.url.path.removeprefix("/twilio")
    keep = {k: v for k, v in query.items() if k not in {"Page", "PageToken", "PageSize"}}

    def at(number: int) -> str:
        return f"{uri}?{urlencode({**keep, 'PageSize': size, 'Page': number}, quote_via=quote)}"

    shown = found[first : first + size]
    return {
        "first_page_uri": at(0),
        "next_page_uri": at(page + 1) if len(found) > first + size else None,
        "previous_page_uri": at(page - 1) if page else None,
        "page": page,
        "page_size": size,
        "start": first,
        "end": max(first + len(shown) - 1, 0),
        "uri": at(page),
        name: list(shown),
    }

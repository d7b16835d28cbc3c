"""An answer that was fine by its status and is none by its shape: asked for again, and said so."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar, cast

from domain.errors import Retryable

P = ParamSpec("P")
R = TypeVar("R")

SHAPELESS: Final = (
    *(KeyError, IndexError, TypeError, ValueError, AttributeError),
    *(OverflowError, RecursionError),
)
"""What reading raises where a thing is not there, or is of another kind."""


def asked_again(vendor: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Have a question whose answer cannot be read asked again later, for questions only.

    Without it one spoiled field would look like a fault of ours, and its row like nobody's.
    """

    def decorate(ask: Callable[P, R]) -> Callable[P, R]:
        @wraps(ask)
        def asking(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return ask(*args, **kwargs)
            except SHAPELESS as error:
                words = f"{vendor}'s answer cannot be read: {type(error).__name__}"
                raise Retryable(words) from error

        return asking

    return decorate


def several(facts: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return a list of objects; what is none is not taken for an empty one."""
    found: object = facts[name]
    if not isinstance(found, list):
        raise TypeError("no list")
    for one in cast("list[object]", found):
        if not isinstance(one, dict):
            raise TypeError("no object")
    return cast("list[Mapping[str, Any]]", found)

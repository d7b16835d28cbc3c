"""Every kind of work there is, by the name that people call it."""

from collections.abc import Mapping
from typing import Any, Final

from domain.errors import Refusal
from domain.work import errands
from domain.work.kinds import Kind
from domain.work.names import Area

KINDS: Final[Mapping[str, Kind[Any]]] = {each.name: each for each in (errands.kind(Area.UPKEEP),)}


def named(name: str) -> Kind[Any]:
    """Return the kind of this name."""
    if name not in KINDS:
        raise Refusal(f"There is no kind {name}: {', '.join(sorted(KINDS))}.")
    return KINDS[name]

"""A toolbox of a test's own, and the bells that are rung meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

from tasks import contract, toolbox
from tasks.toolbox import Toolbox


class Bells:
    """Hears every bell, doubles too, in place of the ringer of this process."""

    def __init__(self) -> None:
        self.rung: list[tuple[str, tuple[str, ...]]] = []

    def ring(self, name: str, ids: tuple[str, ...]) -> None:
        self.rung.append((name, ids))


@contextmanager
def working_with(**given: Any) -> Iterator[Bells]:
    """Install a toolbox of these things alone; all is put back as it was."""
    before, ringers = list(toolbox._installed), list(contract._ringers)  # noqa: SLF001  # as it was
    unused: dict[str, Any] = dict.fromkeys(field.name for field in fields(Toolbox))
    bells: Any = Bells()
    toolbox.install(Toolbox(**unused | given))
    contract._ringers[:] = [bells]  # noqa: SLF001  # so that nothing is published
    try:
        yield bells
    finally:
        toolbox._installed[:] = before  # noqa: SLF001  # what stood before
        contract._ringers[:] = ringers  # noqa: SLF001  # who rang before

"""What calendars are kept in step with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from domain.calendars.ports import Agenda
from domain.calendars.tokens import Purse
from domain.database import Begin
from domain.errors import Rejected


@dataclass(frozen=True, slots=True)
class Told:
    """Where a vendor is to tell us of changes, and by what we know that it is the vendor."""

    address: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who reads and writes calendars, by `calendar_integrations.integration_type`."""

    begin: Begin
    agendas: Mapping[str, Agenda]
    purse: Purse
    told: Callable[[str, UUID], Told | None]
    """For a vendor and an integration; None where vendors cannot reach us."""

    def agenda(self, kind: str) -> Agenda:
        """Return who speaks with calendars of a kind."""
        found = self.agendas.get(kind)
        if found is None:
            raise Rejected(f"calendars of kind {kind[:32]} cannot be reached by this release")
        return found

"""Which columns are sealed: the one list that sealing, rotation, export and tests go by."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Form(Enum):
    """What stands in a sealed column, and so what its normal form is."""

    PHONE = auto()
    EMAIL = auto()
    SECRET = auto()
    """A credential: never looked up, never shown, never exported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """One sealed column, by the name that is bound into what is sealed for it."""

    table: str
    name: str
    form: Form
    has_clear: bool = True
    """Whether other services may write a clear value into the column of this name."""

    shared: str | None = None
    """A column that says: another row of the tenant is the one known by this value."""

    @property
    def sealed(self) -> str:
        """The column that holds the ciphertext."""
        return f"{self.name}_sealed" if self.has_clear else self.name

    @property
    def hash(self) -> str | None:
        """The column by which it is looked up; a secret is not."""
        return None if self.form is Form.SECRET else f"{self.name}_hash"


SEALED: Final = (
    Sealed(table="customers", name="phone", form=Form.PHONE, shared="shares_phone"),
    Sealed(table="customers", name="email", form=Form.EMAIL),
    Sealed(table="events", name="customer_phone", form=Form.PHONE),
    Sealed(table="events", name="customer_email", form=Form.EMAIL),
)

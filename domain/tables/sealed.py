"""Which columns are sealed: the one list that sealing, rotation, export and tests go by."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Form(Enum):
    """What stands in a sealed column, and so what its normal form is."""

    PHONE = auto()
    EMAIL = auto()
    SECRET = auto()
    """A credential, or a digest: never shown, never exported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """One sealed column, by the name that is bound into what is sealed for it."""

    table: str
    name: str
    form: Form
    sealed: str
    clear: str | None = None
    """The column into which other services may write it clear, to be taken in."""

    hash: str | None = None
    """The column by which it is looked up."""

    shared: str | None = None
    """A column that says: another row of the tenant is the one known by this value."""

    is_the_houses: bool = False
    """Tenants may not write, or not even see, the column: the house seals it anew."""

    is_known_to_all: bool = False
    """Looked up across tenants, and so hashed for the house."""

    def __str__(self) -> str:
        """Say which column it is."""
        return f"{self.table}.{self.name}"


def _of_people(table: str, name: str, form: Form, *, shared: str | None = None) -> Sealed:
    """Name a number or an address: written clear by others, found by its hash."""
    return Sealed(
        table=table,
        name=name,
        form=form,
        sealed=f"{name}_sealed",
        clear=name,
        hash=f"{name}_hash",
        shared=shared,
    )


def _secret(table: str, name: str, *, clear: str | None) -> Sealed:
    """Name a credential of a tenant's: written clear by others, looked up by nobody."""
    return Sealed(table=table, name=name, form=Form.SECRET, sealed=f"{name}_sealed", clear=clear)


SEALED: Final = (
    _of_people("customers", "phone", Form.PHONE, shared="shares_phone"),
    _of_people("customers", "email", Form.EMAIL),
    _of_people("events", "customer_phone", Form.PHONE),
    _of_people("events", "customer_email", Form.EMAIL),
    _of_people("leads", "phone", Form.PHONE),
    _of_people("leads", "email", Form.EMAIL),
    _secret("calendar_integrations", "access_token", clear="access_token"),
    _secret("calendar_integrations", "refresh_token", clear="refresh_token"),
    _secret("user_ai_settings", "openrouter_api_key", clear="openrouter_api_key_encrypted"),
    _secret(
        "user_ai_settings",
        "openrouter_provisioning_key",
        clear="openrouter_provisioning_key_encrypted",
    ),
    Sealed(
        table="integrations",
        name="encrypted_credentials",
        form=Form.SECRET,
        sealed="encrypted_credentials",
    ),
    # Taken in by the area itself, which keeps the former one for a while.
    _secret("webhook_configs", "secret", clear=None),
    _secret("webhook_configs", "previous_secret", clear=None),
    _secret("webhook_configs", "headers", clear=None),
    # Known by its credential across tenants: two rows of one account would double its limit.
    Sealed(
        table="call_service_providers",
        name="api_credentials",
        form=Form.SECRET,
        sealed="api_credentials",
        hash="account_key",
        is_the_houses=True,
        is_known_to_all=True,
    ),
    Sealed(
        table="suppressions",
        name="digest",
        form=Form.SECRET,
        sealed="digest_sealed",
        hash="address_hash",
        is_the_houses=True,
    ),
)

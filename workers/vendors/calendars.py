"""Who reads and writes owners' calendars, from what the operator set."""

from collections.abc import Mapping
from uuid import UUID

from config.settings import Settings
from domain.calendars.desk import Desk, Told
from domain.calendars.ports import Agenda, Consent, Tokens
from domain.calendars.tokens import Purse
from domain.database import Begin
from domain.sealing import Keyring
from domain.webhooks.addresses import Addresses
from providers.google import login
from providers.google.agenda import GoogleAgenda
from workers.vendors import agendas as others
from workers.vendors import standing


def desk(settings: Settings, begin: Begin, keyring: Keyring) -> Desk:
    """Return what calendars are kept in step with."""
    purse = Purse(begin=begin, keyring=keyring, consents=consents(settings))
    addresses = Addresses(keyring)

    def told(vendor: str, integration_id: UUID) -> Told | None:
        at = standing.told_at(settings, vendor)
        if at is None:
            return None
        token = addresses.token(vendor, integration_id)
        return Told(f"{at}/{token}", addresses.secrets(vendor, integration_id)[0])

    return Desk(begin=begin, agendas=agendas(settings, purse), purse=purse, told=told)


def agendas(settings: Settings, tokens: Tokens) -> Mapping[str, Agenda]:
    """Return who speaks with calendars, by `calendar_integrations.integration_type`."""
    dav = others.caldav(settings, tokens)
    return {
        "google": GoogleAgenda(tokens, base_url=_google(settings)),
        "outlook": others.outlook(settings, tokens),
        "apple": dav,
        "other": dav,
    }


def consents(settings: Settings) -> Mapping[str, Consent]:
    """Return how owners let us in, by the same names; only what the operator has set up."""
    found: dict[str, Consent] = {}
    name = settings.google_client_id or standing.sandbox_key(settings, "google_client")
    secret = standing.given(settings.google_client_secret) or standing.sandbox_key(
        settings, "google"
    )
    if name and secret:
        found["google"] = login.consent(
            client_id=name, client_secret=secret, base_url=_google(settings)
        )
    microsoft = others.microsoft(settings)
    return found if microsoft is None else {**found, "outlook": microsoft}


def _google(settings: Settings) -> str | None:
    return settings.google_base_url or standing.stand_in(settings, "/google")

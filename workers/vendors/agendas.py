"""Who speaks with Microsoft's calendars and with CalDAV servers, from what the operator set."""

from typing import Final

from config.settings import Settings
from domain.calendars.ports import Consent, Tokens
from providers.caldav.agenda import CaldavAgenda
from providers.caldav.line import Line
from providers.graph.agenda import GraphAgenda
from providers.graph.consent import consent
from workers.vendors import standing
from workers.vendors.webhooks import allowed

SANDBOX_CLIENT: Final = "sandbox-client"
"""Any client is taken by the sandbox's log-in."""


def outlook(settings: Settings, tokens: Tokens) -> GraphAgenda:
    """Return who speaks with Outlook's calendars."""
    url = settings.microsoft_base_url or standing.stand_in(settings, "/graph")
    return GraphAgenda(tokens, base_url=url)


def caldav(settings: Settings, tokens: Tokens) -> CaldavAgenda:
    """Return who speaks with CalDAV servers: tenants name them, so production's are public ones.

    Those in WEBHOOKS_ALLOW may be private, and without TLS.
    """
    return CaldavAgenda(
        tokens, line=Line(allowed=allowed(settings) if standing.is_real(settings) else None)
    )


def microsoft(settings: Settings) -> Consent | None:
    """Return Microsoft's log-in; None where the operator has set no client."""
    stand_in = None if standing.is_real(settings) else SANDBOX_CLIENT
    client = settings.microsoft_client_id or stand_in
    secret = standing.given(settings.microsoft_client_secret) or stand_in
    if client is None or secret is None:
        return None
    url = settings.microsoft_login_url or standing.stand_in(settings, "/login")
    return consent(client_id=client, client_secret=secret, login_url=url)

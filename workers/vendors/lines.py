"""How the lines of a vendor's account are made: with its own key, else with the platform's."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from config.settings import Settings
from domain.errors import Refusal
from domain.outbound.ports import AccountStopped, Lines
from providers.retell.calls import Account as RetellAccount
from providers.retell.calls import RetellCalls
from providers.twilio.calls import Account as TwilioAccount
from providers.twilio.calls import TwilioCalls
from providers.vapi.calls import Account as VapiAccount
from providers.vapi.calls import VapiCalls
from workers.vendors import standing
from workers.vendors.own import field

Make: TypeAlias = Callable[[Settings, Mapping[str, Any]], Lines]
"""Make the lines of an account; its own credentials are empty where it uses the platform's."""

KEY: Final = ("api_key", "key", "token")
SID: Final = ("account_sid", "sid")
TOKEN: Final = ("auth_token", "token")


def vapi(settings: Settings, own: Mapping[str, Any]) -> Lines:
    """Return the lines of an account of Vapi's."""
    key = _own(own, *KEY) if own else standing.given(settings.vapi_api_key)
    key = _needed(key or standing.sandbox_key(settings, "vapi"), "VAPI_API_KEY")
    url = settings.vapi_base_url or standing.stand_in(settings, "/vapi")
    return VapiCalls(VapiAccount(key=key, base_url=url))


def retell(settings: Settings, own: Mapping[str, Any]) -> Lines:
    """Return the lines of an account of Retell's."""
    key = _own(own, *KEY) if own else standing.given(settings.retell_api_key)
    key = _needed(key or standing.sandbox_key(settings, "retell"), "RETELL_API_KEY")
    url = settings.retell_base_url or standing.stand_in(settings, "/retell")
    return RetellCalls(RetellAccount(key=key, base_url=url))


def twilio(settings: Settings, own: Mapping[str, Any]) -> Lines:
    """Return the lines of an account of Twilio's, which tells us over intake."""
    sid = _own(own, *SID) if own else settings.twilio_account_sid
    token = _own(own, *TOKEN) if own else standing.given(settings.twilio_auth_token)
    return TwilioCalls(
        TwilioAccount(
            sid=_needed(sid or standing.sandbox_key(settings, "twilio_sid"), "TWILIO_ACCOUNT_SID"),
            token=_needed(token or standing.sandbox_key(settings, "twilio"), "TWILIO_AUTH_TOKEN"),
            base_url=settings.twilio_base_url or standing.stand_in(settings, "/twilio"),
            callback=standing.told_at(settings, "twilio"),
        )
    )


MAKERS: Final[Mapping[str, Make]] = {"vapi": vapi, "retell": retell, "twilio": twilio}
"""By vendor."""


def _own(facts: Mapping[str, Any], *names: str) -> str:
    try:
        return field(facts, *names)
    except Refusal as error:
        raise AccountStopped(f"its own credentials are not whole: {error}") from None


def _needed(value: str | None, variable: str) -> str:
    if not value:
        raise AccountStopped(f"it has no credentials of its own, and {variable} is not set")
    return value

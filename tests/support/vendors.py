"""Our adapters, set up to speak to the stand-ins."""

from typing import Any
from uuid import UUID

from domain.messages.ports import Mail
from domain.outbound.ports import Dial, Lines
from domain.transcripts.ports import Request
from providers.openai.reader import Account as AiAccount
from providers.openai.reader import OpenAIReader
from providers.resend.mail import Account as MailAccount
from providers.resend.mail import ResendMails
from providers.retell.calls import Account as RetellAccount
from providers.retell.calls import RetellCalls
from providers.telnyx.sms import Account as TelnyxAccount
from providers.telnyx.sms import TelnyxTexts
from providers.twilio.calls import Account as TwilioAccount
from providers.twilio.calls import TwilioCalls
from providers.twilio.sms import Account as TextAccount
from providers.twilio.sms import TwilioTexts
from providers.vapi.calls import Account as VapiAccount
from providers.vapi.calls import VapiCalls
from tests.support.stand_ins import StandIns

TOKEN = "token-of-the-account"
SID = "AC" + "0" * 32
SENDER = "+15550001111"
SERVICE = "MG" + "0" * 32
TO = "+15557654321"
BODY = "See you on Tuesday at two, Ms Canary."
LETTER = Mail(to="canary@example.com", subject="Tuesday at two", text=BODY)
CALL = Request(
    instructions="Read the call.",
    transcript="Caller: this is Ms Canary, +15557654321.\nAgent: Tuesday at two?\nCaller: yes.",
)

_opened: list[Any] = []


def close_all() -> None:
    """Let go of every connection that a test opened."""
    while _opened:
        _opened.pop().close()


def texts(vendors: StandIns | str, *, callback: str | None = None, **more: Any) -> TwilioTexts:
    url = vendors if isinstance(vendors, str) else vendors.at("twilio")
    token = more.pop("token", TOKEN)
    sender = more.pop("sender", SENDER)
    account = TextAccount(sid=SID, token=token, sender=sender, base_url=url, callback=callback)
    made = TwilioTexts(account, **{"read": 10.0, **more})
    _opened.append(made)
    return made


PROFILE = "abc85f64-5717-4562-b3fc-2c9600000000"


def telnyx(vendors: StandIns | str, *, callback: str | None = None, **more: Any) -> TelnyxTexts:
    url = vendors if isinstance(vendors, str) else vendors.at("telnyx/v2")
    key, sender = more.pop("key", "KEY_test"), more.pop("sender", SENDER)
    account = TelnyxAccount(key=key, sender=sender, base_url=url, callback=callback)
    made = TelnyxTexts(account, **{"read": 10.0, **more})
    _opened.append(made)
    return made


def mails(vendors: StandIns | str, **more: Any) -> ResendMails:
    url = vendors if isinstance(vendors, str) else vendors.at("resend")
    key = more.pop("key", "re_test")
    sender = more.pop("sender", "Frontdesk <desk@example.com>")
    account = MailAccount(key=key, sender=sender, base_url=url)
    made = ResendMails(account, **{"read": 10.0, **more})
    _opened.append(made)
    return made


KEY = "call:0193a000000070008000000000000001"
"""Our name for a call."""

NUMBER_ID = "11111111-1111-4111-8111-111111111111"
TENANT = UUID("01934f00-0000-7000-8000-000000000001")
SCRIPTS = {"vapi": "assistant", "retell": "agent", "twilio": "https://scripts.example/hello?a=b"}


def dial(vendor: str, to: str = TO, **more: Any) -> Dial:
    """Return an order for a call as this vendor takes it."""
    given = {
        "caller": SENDER,
        "caller_id": NUMBER_ID,
        "assistant_id": SCRIPTS[vendor],
        "variables": {"name": "Ms Canary"},
    }
    return Dial(to=to, user_id=TENANT, **{**given, **more})


def lines(vendor: str, vendors: StandIns | str, *, key: str = "k", **more: Any) -> Lines:
    """Return the lines of an account of a vendor of calls; twilio's key is its token."""
    url = vendors if isinstance(vendors, str) else vendors.at(vendor)
    callback = more.pop("callback", None)
    more = {"read": 10.0, **more}
    made: Lines
    if vendor == "vapi":
        made = VapiCalls(VapiAccount(key=key, base_url=url), **more)
    elif vendor == "retell":
        made = RetellCalls(RetellAccount(key=key, base_url=url), **more)
    else:
        account = TwilioAccount(sid=SID, token=key, base_url=url, callback=callback)
        made = TwilioCalls(account, **more)
    _opened.append(made)
    return made


def reader(vendors: StandIns | str, **more: Any) -> OpenAIReader:
    vendor = more.pop("vendor", "openai")
    path = {"openai": "openai/v1", "openrouter": "openrouter/api/v1"}[vendor]
    url = vendors if isinstance(vendors, str) else vendors.at(path)
    key, model = more.pop("key", "sk-test"), more.pop("model", "gpt-5-mini")
    account = AiAccount(vendor=vendor, key=key, model=model, base_url=url)
    made = OpenAIReader(account, **{"read": 10.0, **more})
    _opened.append(made)
    return made

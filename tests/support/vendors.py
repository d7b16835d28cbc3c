"""Our adapters, set up to speak to the stand-ins."""

from typing import Any

from domain.messages.ports import Mail
from domain.transcripts.ports import Request
from providers.openai.reader import Account as AiAccount
from providers.openai.reader import OpenAIReader
from providers.resend.mail import Account as MailAccount
from providers.resend.mail import ResendMails
from providers.twilio.sms import Account as TextAccount
from providers.twilio.sms import TwilioTexts
from tests.support.stand_ins import StandIns

TOKEN = "token-of-the-account"
SID = "AC" + "0" * 32
SENDER = "+15550001111"
TO = "+15557654321"
BODY = "See you on Tuesday at two, Ms Canary."
LETTER = Mail(to="canary@example.com", subject="Tuesday at two", text=BODY)
CALL = Request(
    instructions="Read the call.",
    transcript="Caller: this is Ms Canary, +15557654321.\nAgent: Tuesday at two?\nCaller: yes.",
)

_opened: list[TwilioTexts | ResendMails | OpenAIReader] = []


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


def mails(vendors: StandIns | str, **more: Any) -> ResendMails:
    url = vendors if isinstance(vendors, str) else vendors.at("resend")
    key = more.pop("key", "re_test")
    sender = more.pop("sender", "Frontdesk <desk@example.com>")
    account = MailAccount(key=key, sender=sender, base_url=url)
    made = ResendMails(account, **{"read": 10.0, **more})
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

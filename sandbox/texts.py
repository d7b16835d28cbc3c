"""What Twilio knows of a text, what it refuses, and in which words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from math import ceil
from typing import Any, Final

from starlette.responses import JSONResponse

from sandbox.door import reply

VERSION: Final = "2010-04-01"
E164: Final = re.compile(r"\+[1-9]\d{6,14}")
LONGEST: Final = 1600
SOONEST: Final = timedelta(seconds=300)
LATEST: Final = timedelta(days=35)
"""How far ahead a text may be planned."""

PRICE: Final = 79
"""Ten-thousandths of a dollar for a segment."""

GSM: Final = frozenset(  # the alphabet of GSM 03.38
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)

MAGIC: Final = {
    "+15005550001": "21211",
    "+15005550002": "21612",
    "+15005550003": "21408",
    "+15005550004": "21610",
    "+15005550009": "21614",
}
"""Recipients with which Twilio lets one try its errors."""

ERRORS: Final[Mapping[str, tuple[int, str]]] = {
    "10004": (400, "Call concurrency limit exceeded"),
    "20003": (401, "Authenticate"),
    "20404": (404, "The requested resource {} was not found"),
    "20429": (429, "Too Many Requests"),
    "20500": (500, "An internal server error has occurred"),
    "20503": (503, "Service is unavailable. Please try again."),
    "21201": (400, "No 'To' number is specified"),
    "21205": (400, "Url parameter is required."),
    "21210": (400, "The source phone number provided is not yet verified for your account."),
    "21211": (400, "Invalid 'To' Phone Number: {}"),
    "21212": (400, "The 'From' number is not a valid phone number."),
    "21213": (400, "No 'From' number is specified"),
    "21214": (400, "The phone number you are attempting to call, {}, cannot be reached."),
    "21215": (400, "Account not authorized to call {}."),
    "21216": (400, "Account not allowed to call {}"),
    "21217": (400, "Phone number {} does not appear to be valid."),
    "21218": (400, "Invalid value for Status"),
    "21220": (400, "Call is not in-progress. Cannot redirect."),
    "21408": (400, "Permission to send an SMS has not been enabled for the region of the 'To': {}"),
    "21602": (400, "Message body is required."),
    "21603": (400, "A 'From' phone number is required."),
    "21604": (400, "A 'To' phone number is required."),
    "21606": (400, "The 'From' phone number {} is not a valid, SMS-capable phone number."),
    "21610": (400, "Attempt to send to unsubscribed recipient {}"),
    "21612": (400, "The 'To' phone number: {}, is not currently reachable via SMS"),
    "21614": (400, "'To' number: {}, is not a valid mobile number"),
    "30409": (400, "Message is not in a cancelable state"),
    "35111": (400, "MessagingServiceSid is required to schedule a message"),
    "35114": (400, "SendAt must be between 300 seconds and 35 days from now"),
    "35118": (400, "ScheduleType and SendAt go together"),
    "21617": (400, "The concatenated message body exceeds the 1600 character limit."),
}
STOP_WORDS: Final = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
START_WORDS: Final = frozenset({"START", "YES", "UNSTOP"})
BY_STATUS: Final = {401: "20003", 404: "20404", 429: "20429", 503: "20503"}


def count(body: str) -> int:
    """Return how many parts a carrier makes of a text."""
    single, part = (160, 153) if GSM.issuperset(body) else (70, 67)
    return 1 if len(body) <= single else ceil(len(body) / part)


def complain(status: int, code: str | None, about: str = "") -> JSONResponse:
    """Answer with Twilio's own error."""
    number = code or BY_STATUS.get(status, "20500")
    own, words = ERRORS.get(number, (status, "Request was refused"))
    final = own if code else status
    body = {
        "code": int(number),
        "message": words.format(about),
        "more_info": f"https://www.twilio.com/docs/errors/{number}",
        "status": final,
    }
    return reply(body, final)


@dataclass
class Message:
    """One text, as Twilio knows it."""

    account: str
    sid: str
    to: str
    sender: str | None
    service: str | None
    body: str
    created: datetime
    updated: datetime
    callback: str | None
    token: str = field(repr=False)
    status: str = "queued"
    direction: str = "outbound-api"
    sent: datetime | None = None
    error: int | None = None
    price: str | None = None

    @property
    def uri(self) -> str:
        """Where it is found."""
        return f"/{VERSION}/Accounts/{self.account}/Messages/{self.sid}.json"

    @property
    def segments(self) -> int:
        """How many parts the carrier makes of it."""
        return count(self.body)

    def show(self) -> dict[str, Any]:
        """Return it as Twilio's API does."""
        media = self.uri.removesuffix(".json") + "/Media.json"
        return {
            "account_sid": self.account,
            "api_version": VERSION,
            "body": self.body,
            "date_created": format_datetime(self.created),
            "date_sent": format_datetime(self.sent) if self.sent else None,
            "date_updated": format_datetime(self.updated),
            "direction": self.direction,
            "error_code": self.error,
            "error_message": None if self.error is None else "Unknown error",
            "from": self.sender,
            "messaging_service_sid": self.service,
            "num_media": "0",
            "num_segments": str(self.segments),
            "price": self.price,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": media},
            "to": self.to,
            "uri": self.uri,
        }

    def as_heard(self) -> dict[str, str]:
        """Return it as Twilio tells us of a person's own text."""
        form = {
            "AccountSid": self.account,
            "ApiVersion": VERSION,
            "Body": self.body,
            "From": self.sender or "",
            "MessageSid": self.sid,
            "NumMedia": "0",
            "NumSegments": str(self.segments),
            "SmsMessageSid": self.sid,
            "SmsSid": self.sid,
            "SmsStatus": self.status,
            "To": self.to,
        }
        word = self.body.strip().upper()
        kind = "STOP" if word in STOP_WORDS else "START" if word in START_WORDS else None
        return {**form, "OptOutType": kind} if kind else form


def leaves_at(form: Mapping[str, str]) -> datetime | None:
    """Return when a text is to leave; None: now."""
    wanted = form.get("SendAt")
    return datetime.fromisoformat(wanted) if wanted else None


def misplanned(form: Mapping[str, str], now: datetime) -> str | None:
    """Return the code of what is wrong with the moment at which a text is to leave, or None."""
    if not form.get("SendAt") and not form.get("ScheduleType"):
        return None
    if not form.get("MessagingServiceSid"):
        return "35111"
    if not form.get("SendAt") or form.get("ScheduleType") != "fixed":
        return "35118"
    try:
        moment = leaves_at(form)
    except ValueError:
        return "35114"
    is_near = moment is None or moment.tzinfo is None or not SOONEST <= moment - now <= LATEST
    return "35114" if is_near else None


def refusal(form: Mapping[str, str]) -> str | None:
    """Return the code of what is wrong with a text, or None."""
    to, body = form.get("To"), form.get("Body")
    checks = (
        (not to, "21604"),
        (not form.get("From") and not form.get("MessagingServiceSid"), "21603"),
        (not body, "21602"),
        (len(body or "") > LONGEST, "21617"),
        (to in MAGIC, MAGIC.get(to or "", "")),
        (not E164.fullmatch(to or ""), "21211"),
    )
    return next((code for is_wrong, code in checks if is_wrong), None)

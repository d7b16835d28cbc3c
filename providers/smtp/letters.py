"""A letter as SMTP carries it: headers, both texts, what goes along; all in seven bits."""

import hashlib
import re
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from typing import Final

from domain.errors import Rejected
from domain.messages.ports import Mail

SEVEN_BITS: Final = SMTP.clone(cte_type="7bit")
STARTING_DOT: Final = re.compile(rb"^\.", re.MULTILINE)


def address_of(who: str) -> str:
    """Return the bare address of `Name <address>`."""
    return parseaddr(who)[1]


def name_of(key: str, sender: str) -> str:
    """Return a letter's Message-ID: of one key always the same, so that a double can be seen."""
    domain = address_of(sender).rpartition("@")[2] or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def written(mail: Mail, *, sender: str, key: str) -> bytes:
    """Write a letter; raises Rejected for one whose headers nobody can write."""
    made = EmailMessage(policy=SEVEN_BITS)
    headers = {
        "From": sender,
        "To": mail.to,
        "Subject": mail.subject,
        "Date": formatdate(),
        "Message-ID": name_of(key, sender),
        "Auto-Submitted": "auto-generated",
    }
    if mail.unsubscribe is not None:
        headers["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    try:
        for name, value in headers.items():
            made[name] = value
        made.set_content(mail.text)
        if mail.html is not None:
            made.add_alternative(mail.html, subtype="html")
        if mail.calendar is not None:
            made.add_attachment(
                mail.calendar.encode(),
                maintype="text",
                subtype="calendar",
                filename="appointment.ics",
                params={"method": "PUBLISH", "charset": "utf-8"},
            )
        return made.as_bytes()
    except (ValueError, LookupError, TypeError) as error:  # a line's end in a header, half a pair
        raise Rejected(f"the letter cannot be written: {type(error).__name__}") from None


def as_data(letter: bytes) -> bytes:
    """Return a letter as it follows DATA: dots at the beginning of lines doubled, and the end."""
    end = b"" if letter.endswith(b"\r\n") else b"\r\n"
    return STARTING_DOT.sub(b"..", letter) + end + b".\r\n"

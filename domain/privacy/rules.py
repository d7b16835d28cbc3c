"""Normal forms of what people are found by. Pure."""

import re
from typing import Final

from domain.tables.sealed import Form

E164: Final = re.compile(r"\+[1-9]\d{6,14}")
PUNCTUATION: Final = re.compile(r"[\s().\-/\u2010-\u2015]+")
EMAIL: Final = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")


def normal(form: Form, text: str) -> str:
    """Return the form in which equal values are equal, and so the one that is hashed.

    A number becomes E.164 where it says its country; an address is lower-cased. What is
    neither stays as it was written: it is still found by who writes it the same way, and
    never by a number or an address that it is not.
    """
    words = text.strip()
    if form is Form.PHONE:
        number = PUNCTUATION.sub("", words)
        number = f"+{number[2:]}" if number.startswith("00") else number
        return number if E164.fullmatch(number) else words
    return words.lower() if form is Form.EMAIL else words


def form_of(text: str) -> Form | None:
    """Tell whether a person typed a number in E.164 or an address; None where neither."""
    if E164.fullmatch(normal(Form.PHONE, text)):
        return Form.PHONE
    return Form.EMAIL if EMAIL.fullmatch(text.strip()) else None

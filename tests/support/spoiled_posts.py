"""Vendors' notices, spoiled; signed afterwards, as if the vendor itself had gone mad."""

import json
import random
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlencode

from tests.support.notices import AT, Post, Sender
from tests.support.spoiled import cut_up, spoil


def spoiled_post(sender: Sender, dice: random.Random) -> Post:
    """Return a notice with its object or its bytes spoiled, signed where it can be."""
    event = dice.choice(list(sender.events))
    whole = sender.post(event)
    told = sender.events[event]
    if told is None or dice.randrange(3) == 0:
        body = cut_up(whole.body, dice)
    else:
        body = _written(spoil(told, dice), is_form=sender.is_form)
    return replace(whole, headers={**whole.headers, **_signed(sender, body)}, body=body)


def _written(told: Any, *, is_form: bool) -> bytes:
    if is_form and isinstance(told, dict):
        fields = cast("dict[str, Any]", told)
        text = urlencode({name: str(value) for name, value in fields.items()}, errors="replace")
        return text.encode()
    return json.dumps(told).encode()


def _signed(sender: Sender, body: bytes) -> dict[str, str]:
    try:
        return sender.sign(sender.target, body, sender.secrets[0], AT)
    except ValueError:  # no form, so nothing that Twilio could sign
        return {}

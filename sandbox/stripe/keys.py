"""Idempotency keys by Stripe's rules: what was begun is answered again, for a day."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from starlette.responses import Response

from sandbox.clock import Clock
from sandbox.door import Visit
from sandbox.stripe.forms import complain

KEY_LIVES: Final = timedelta(hours=24)
LONGEST: Final = 255


@dataclass(frozen=True, slots=True)
class Kept:
    """What a key stands for: the request, and the answer to it, errors of ours included."""

    asked: str
    status: int
    body: bytes
    until: datetime


class Keys:
    """Answers a request once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[str, Kept] = {}
        self._busy: set[str] = set()

    def reset(self) -> None:
        """Forget every key."""
        self._kept.clear()

    async def once(self, visit: Visit, answer: Callable[[], Awaitable[Response]]) -> Response:
        """Answer a request; the same key with the same words has the same answer for a day.

        What was refused before it began (400, 404, 409) is not kept, so it may be mended.
        """
        key = visit.request.headers.get("idempotency-key")
        if key is None:
            return await answer()
        if len(key) > LONGEST:
            return complain(400, None, "the idempotency key is too long")
        asked = await _fingerprint(visit)
        kept = self._kept.get(key)
        if kept is not None and kept.until > self._clock.now():
            if kept.asked != asked:
                words = "Keys for idempotent requests can only be used with the same parameters"
                return complain(400, "idempotency_error", words)
            headers = {"idempotent-replayed": "true"}
            return Response(kept.body, kept.status, headers, media_type="application/json")
        if key in self._busy:
            return complain(409, "idempotency_key_in_use", "a request with this key is under way")
        self._busy.add(key)
        try:
            await visit.linger()
            response = await answer()
        finally:
            self._busy.discard(key)
        if response.status_code < 400 or response.status_code == 402:  # noqa: PLR2004  # it began
            self._keep(key, asked, visit, response)
        return response

    def _keep(self, key: str, asked: str, visit: Visit, response: Response) -> None:
        rule = getattr(visit.request.state, "struck", None)
        if rule is not None and rule.after:  # the error is what a second try will hear, too
            response = complain(rule.status, rule.code)
        until = self._clock.now() + KEY_LIVES
        self._kept[key] = Kept(asked, response.status_code, bytes(response.body), until)


async def _fingerprint(visit: Visit) -> str:
    body = await visit.request.body()
    return hashlib.sha256(visit.request.url.path.encode() + b"\0" + body).hexdigest()

"""What Resend knows of a letter, what it refuses, and in which words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.responses import JSONResponse

from sandbox.door import reply

LONGEST_KEY: Final = 256
MOST_RECIPIENTS: Final = 50
ADDRESS: Final = re.compile(r"(?:[^<>]*<)?[^@\s<>]+@([^@\s<>]+\.[^@\s<>]+?)>?")
ERRORS: Final[Mapping[str, tuple[int, str]]] = {
    "missing_api_key": (401, "Missing API Key"),
    "restricted_api_key": (401, "This API key is restricted to only send emails"),
    "invalid_api_key": (403, "API key is invalid"),
    "validation_error": (422, "Invalid `{}` field."),
    "domain": (403, "The {} domain is not verified."),
    "missing_required_field": (422, "Missing `{}` field."),
    "invalid_idempotency_key": (400, "Idempotency keys must be 1 to 256 characters."),
    "invalid_idempotent_request": (
        409,
        "Same idempotency key used with a different request payload.",
    ),
    "concurrent_idempotent_requests": (
        409,
        "Same idempotency key used while original request is still in progress.",
    ),
    "not_found": (404, "Email not found"),
    "rate_limit_exceeded": (429, "Too many requests. You can only make 2 requests per second."),
    "daily_quota_exceeded": (429, "You have reached your daily email sending quota."),
    "monthly_quota_exceeded": (429, "You have reached your monthly email sending quota."),
    "application_error": (500, "An unexpected error occurred."),
    "service_unavailable": (503, "The service is temporarily unavailable."),
}
BY_STATUS: Final = {
    401: "missing_api_key",
    403: "invalid_api_key",
    404: "not_found",
    409: "concurrent_idempotent_requests",
    422: "validation_error",
    429: "rate_limit_exceeded",
    503: "service_unavailable",
}


def complain(status: int, code: str | None, about: str = "") -> JSONResponse:
    """Answer with Resend's own error."""
    name = code or BY_STATUS.get(status, "application_error")
    own, words = ERRORS.get(name, (status, "The request was refused."))
    status = own if code in ERRORS else status
    name = "validation_error" if name == "domain" else name
    return reply({"statusCode": status, "name": name, "message": words.format(about)}, status)


@dataclass
class Letter:
    """One letter, as Resend knows it."""

    id: str
    created: datetime
    given: Mapping[str, Any]
    last_event: str = "queued"

    def show(self, *, whole: bool) -> dict[str, Any]:
        """Return it as Resend's API does; a list has no texts."""
        line = {
            "object": "email",
            "id": self.id,
            "message_id": f"<{self.id}@email.sandbox.invalid>",
            "to": several(self.given["to"]),
            "from": self.given["from"],
            "created_at": self.created.strftime("%Y-%m-%d %H:%M:%S.%f+00"),
            "subject": self.given["subject"],
            "bcc": several(self.given.get("bcc", [])),
            "cc": several(self.given.get("cc", [])),
            "reply_to": several(self.given.get("reply_to", [])),
            "last_event": self.last_event,
        }
        texts = {name: self.given[name] for name in ("html", "text") if name in self.given}
        return {**line, **texts} if whole else line


_SMTP: Final = "smtp; 550 5.1.1 user unknown"
FACTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "bounced": {
        "bounce": {
            "diagnosticCode": [_SMTP],
            "message": "The recipient's mail server rejected the email.",
            "subType": "General",
            "type": "Permanent",
        }
    },
    "suppressed": {
        "suppressed": {
            "diagnosticCode": [_SMTP],
            "message": "The recipient is on the suppression list.",
            "reason": "previous_bounce",
            "type": "OnAccountSuppressionList",
        }
    },
    "failed": {"failed": {"reason": "reached_daily_quota"}},
}


def refusal(given: Mapping[str, Any] | None, key: str | None) -> tuple[str, str] | None:
    """Return the name of what is wrong with a letter, and the field; or None."""
    if key is not None and not 0 < len(key) <= LONGEST_KEY:
        return ("invalid_idempotency_key", "")
    if given is None:
        return ("validation_error", "body")
    missing = next((name for name in ("from", "to", "subject") if not given.get(name)), None)
    if missing:
        return ("missing_required_field", missing)
    recipients = several(given["to"])
    if len(recipients) > MOST_RECIPIENTS or not all(ADDRESS.fullmatch(to) for to in recipients):
        return ("validation_error", "to")
    sender = ADDRESS.fullmatch(str(given["from"]))
    if sender is None:
        return ("validation_error", "from")
    return ("domain", sender[1]) if sender[1] == "example.invalid" else None


def several(given: Any) -> list[str]:  # noqa: ANN401  # one address, or a list of them
    """Return addresses as a list, however many were given."""
    return [given] if isinstance(given, str) else [str(one) for one in given]

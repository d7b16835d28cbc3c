"""What Retell knows of a call, what it refuses, and in which words."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast

from starlette.responses import JSONResponse

from sandbox.door import reply
from sandbox.habits import Way
from sandbox.phone_calls import PhoneCall, Station

E164: Final = re.compile(r"\+[1-9]\d{6,14}")

CENTS_A_SECOND: Final = 0.2

FULL: Final = "concurrency_limit_reached"

REASONS: Final = {
    Way.ANSWERED: "user_hangup",
    Way.VOICEMAIL: "voicemail_reached",
    Way.BUSY: "dial_busy",
    Way.NO_ANSWER: "dial_no_answer",
    Way.FAILED: "dial_failed",
    Way.INVALID_NUMBER: "invalid_destination",
}

ERRORS: Final[Mapping[int, str]] = {
    400: "Invalid request format, please check API reference.",
    401: "API key is missing or invalid.",
    402: "Trial has ended, please add payment method.",
    404: "Cannot find requested asset under given api key.",
    422: "Cannot find requested asset under given api key.",
    429: "Account rate limited, please throttle your requests.",
}


def complain(status: int, code: str | None, about: str = "") -> JSONResponse:
    """Answer with Retell's own error; `code` may be its message."""
    words = about or code or ERRORS.get(status, "An unexpected server error occurred.")
    return reply({"status": "error", "message": words}, status)


def refusal(asked: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a request, or None."""
    for name in ("from_number", "to_number"):
        if not E164.fullmatch(str(asked.get(name) or "")):
            return f"{name} must be in E.164 format."
    variables = cast("dict[str, object]", asked.get("retell_llm_dynamic_variables") or {})
    if not all(isinstance(value, str) for value in variables.values()):
        return "retell_llm_dynamic_variables must be key value pairs of string."
    return None


def reason_of(call: PhoneCall) -> str:
    """Return Retell's word for how a call ended."""
    return call.word or REASONS[call.way]


def status_of(call: PhoneCall) -> str:
    """Return Retell's word for where a call stands."""
    if call.station is not Station.ENDED:
        return "ongoing" if call.station is Station.TALKING else "registered"
    if call.answered is not None:
        return "ended"
    is_error = call.word == FULL or call.way is Way.FAILED
    return "error" if is_error else "not_connected"


def show(call: PhoneCall, *, is_analyzed: bool = False) -> dict[str, Any]:
    """Return a call as Retell's API does."""
    own = call.own
    shown: dict[str, Any] = {
        "call_type": "phone_call",
        "call_id": call.id,
        "agent_id": own.get("override_agent_id") or "agent_of_the_number",
        "agent_version": 1,
        "call_status": status_of(call),
        "direction": "outbound",
        "from_number": call.sender,
        "to_number": call.to,
    }
    kept = ("metadata", "retell_llm_dynamic_variables")
    shown |= {name: own[name] for name in kept if own.get(name) is not None}
    started = call.answered or call.began
    if started is not None:
        shown["start_timestamp"] = _ms(started)
    if call.ended is not None:
        shown |= {"disconnection_reason": reason_of(call), "end_timestamp": _ms(call.ended)}
        shown |= {
            "duration_ms": call.seconds * 1000,
            "transcript": call.transcript("Agent", "User"),
        }
        shown["call_cost"] = _cost(call)
    if call.ended is not None and call.answered is not None:
        shown["recording_url"] = f"https://recordings.retell.example/{call.id}.wav"
    if is_analyzed:
        voicemail = call.way is Way.VOICEMAIL
        shown["call_analysis"] = {"in_voicemail": voicemail, "call_successful": not voicemail}
    return shown


def _cost(call: PhoneCall) -> dict[str, Any]:
    cents = round(call.seconds * CENTS_A_SECOND, 2)
    product = {"product": "elevenlabs_tts", "unit_price": CENTS_A_SECOND, "cost": cents}
    return {
        "product_costs": [product],
        "total_duration_seconds": call.seconds,
        "total_duration_unit_price": CENTS_A_SECOND,
        "combined_cost": cents,
    }


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def meets(call: PhoneCall, name: str, wanted: Any) -> bool:  # noqa: ANN401  # a criterion of any kind
    """Tell whether a call meets a criterion of a list."""
    shown = show(call)
    if name == "metadata":
        has = cast("dict[str, object]", shown.get("metadata") or {})
        return all(has.get(one["key"]) == one["value"] for one in wanted)
    if name == "start_timestamp":
        at = int(shown.get("start_timestamp", _ms(call.created)))
        tests = {"ge": at.__ge__, "gt": at.__gt__, "le": at.__le__, "lt": at.__lt__}
        return bool(tests[wanted["op"]](wanted["value"]))
    value = shown.get(name)
    return value in wanted["value"] if wanted["op"] == "in" else value == wanted["value"]

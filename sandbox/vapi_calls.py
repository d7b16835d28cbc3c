"""What Vapi knows of a call, what it refuses, and in which words."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from starlette.responses import JSONResponse

from sandbox.door import Visit, reply
from sandbox.habits import Way
from sandbox.phone_calls import PhoneCall, Station

E164: Final = re.compile(r"\+[1-9]\d{6,14}")

LONGEST_NAME: Final = 40

DOLLARS_A_SECOND: Final = 0.0015

WHO: Final = ("assistantId", "assistant", "squadId", "squad", "workflowId", "workflow")

MISSING_NUMBER: Final = UUID(int=0)
"""A number's id that no account has."""

WORDS: Final = {
    Station.WAITING: "queued",
    Station.DIALING: "queued",
    Station.RINGING: "ringing",
    Station.TALKING: "in-progress",
    Station.ENDED: "ended",
}

REASONS: Final = {
    Way.ANSWERED: "customer-ended-call",
    Way.VOICEMAIL: "voicemail",
    Way.BUSY: "customer-busy",
    Way.NO_ANSWER: "customer-did-not-answer",
    Way.FAILED: "call.in-progress.error-providerfault-outbound-sip-503-service-unavailable",
    Way.INVALID_NUMBER: "call.in-progress.error-providerfault-outbound-sip-404-not-found",
}

ERRORS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("Bad Request", "The request is not valid."),
    401: (
        "Unauthorized",
        "Invalid Key. Hot tip, you may be using the private key instead of the public key.",
    ),
    402: ("Payment Required", "Wallet balance is insufficient. Please add credits."),
    404: ("Not Found", "Couldn't find call."),
    429: ("Too Many Requests", "ThrottlerException: Too Many Requests"),
}


def complain(status: int, code: str | None, about: str = "") -> JSONResponse:
    """Answer with Vapi's own error; `code` may be its message."""
    name, words = ERRORS.get(status, ("Internal Server Error", "Something went wrong."))
    message = about or code or words
    return reply({"message": message, "error": name, "statusCode": status}, status)


def refusal(asked: Mapping[str, Any] | None) -> str | None:
    """Return what is wrong with a request, or None."""
    asked = asked or {}
    customer: object = asked.get("customer")
    number = (
        cast("dict[str, object]", customer).get("number") if isinstance(customer, dict) else None
    )
    own = asked.get("phoneNumberId")
    checks = (
        (not any(asked.get(name) for name in WHO), "Need Either `assistant` Or `assistantId`."),
        (not own and not asked.get("phoneNumber"), "Need `phoneNumberId` Or `phoneNumber`."),
        (own is not None and not _is_uuid(own), "phoneNumberId must be a UUID"),
        (own == str(MISSING_NUMBER), "Couldn't Get Phone Number. Phone Number Not Found."),
        (number is None, "customer.number must be a string"),
        (
            number is not None and not E164.fullmatch(str(number)),
            "customer.number must be a valid phone number in the E.164 format.",
        ),
        (
            len(asked.get("name") or "") > LONGEST_NAME,
            "name must be shorter than or equal to 40 characters",
        ),
    )
    return next((words for is_wrong, words in checks if is_wrong), None)


def _is_uuid(text: object) -> bool:
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True


def reason_of(call: PhoneCall) -> str:
    """Return Vapi's word for how a call ended."""
    return call.word or REASONS[call.way]


def show(call: PhoneCall, visit: Visit | None = None) -> dict[str, Any]:
    """Return a call as Vapi's API does."""
    own = call.own
    shown: dict[str, Any] = {
        "id": call.id,
        "orgId": str(UUID(int=int(call.account, 16))),
        "type": "outboundPhoneCall",
        "status": WORDS[call.station],
        "createdAt": _at(call.created),
        "updatedAt": _at(call.updated),
        "phoneCallTransport": "pstn",
        "customer": dict(own["customer"]),
    }
    kept = ("name", "phoneNumberId", "assistantOverrides", "metadata", *WHO)
    shown |= {name: own[name] for name in kept if own.get(name) is not None}
    if call.answered is not None:
        shown["startedAt"] = _at(call.answered)
    if call.ended is not None:
        cost = round(call.seconds * DOLLARS_A_SECOND, 4)
        shown |= {"endedAt": _at(call.ended), "endedReason": reason_of(call), "cost": cost}
        if call.answered is not None:
            shown["artifact"] = _artifact(call)
    elif visit is not None and call.station is not Station.WAITING:
        url = str(visit.request.base_url).rstrip("/")
        shown["monitor"] = {"controlUrl": f"{url}/vapi/control/{call.id}"}
    return shown


def _artifact(call: PhoneCall) -> dict[str, Any]:
    recording = f"https://storage.vapi.example/{call.id}.wav"
    return {"transcript": call.transcript("AI", "User"), "recordingUrl": recording}


def common(call: PhoneCall, at: int) -> dict[str, Any]:
    """Return what every server message says of a call; `at` in milliseconds."""
    return {"timestamp": at, "call": show(call), "customer": dict(call.own["customer"])}


def report(call: PhoneCall) -> dict[str, Any]:
    """Return what the report at the end of a call says."""
    shown = show(call)
    kept = ("endedReason", "startedAt", "endedAt", "cost", "artifact")
    return {
        "type": "end-of-call-report",
        "durationSeconds": call.seconds,
        **{name: shown[name] for name in kept if name in shown},
    }


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_wanted(call: PhoneCall, query: Mapping[str, str]) -> bool:
    """Tell whether a list that was asked for so has this call."""
    if query.get("phoneNumberId") not in {None, call.sender}:
        return False
    for name, exact in (("created", call.created), ("updated", call.updated)):
        moment = datetime.fromisoformat(_at(exact))
        for ending, holds in (
            ("Gt", moment.__gt__),
            ("Ge", moment.__ge__),
            ("Lt", moment.__lt__),
            ("Le", moment.__le__),
        ):
            bound = query.get(f"{name}At{ending}")
            if bound is not None and not holds(datetime.fromisoformat(bound)):
                return False
    return True


def earliest(query: Mapping[str, str]) -> datetime | None:
    """Return the moment before which nothing is asked for: lists are in the order of making."""
    bounds = [query[name] for name in ("createdAtGe", "createdAtGt") if name in query]
    return max(map(datetime.fromisoformat, bounds), default=None)

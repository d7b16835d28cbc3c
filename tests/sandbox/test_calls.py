"""The vendors of calls themselves: lines, lives of calls, what they tell, and what goes wrong."""

import json
import urllib.request
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode

import pytest

from tests.support import judge
from tests.support.stand_ins import Ear, StandIns

NUMBER_ID = "11111111-1111-4111-8111-111111111111"
SID = "AC" + "0" * 32
ANSWERED: dict[str, Any] = {"ways": {"answered": 1}, "rings": [2, 2], "talks": [60, 60], "dials": 1}


def ask(url: str, body: Any = None, key: str = "k", method: str = "") -> Any:
    """Say something to a vendor in plain HTTP; return what it answers."""
    form = isinstance(body, bytes)
    data = body if form or body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        url, data, method=method or ("GET" if data is None else "POST")
    )
    request.add_header("Authorization", "Basic dXNlcjp0b2tlbg==" if form else f"Bearer {key}")
    if "/twilio/" in url:
        request.add_header("Authorization", "Basic dXNlcjp0b2tlbg==")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or b"null")


def vapi(vendors: StandIns, to: str = "+15557654321", key: str = "k", **more: Any) -> Any:
    call = {"assistantId": "a", "phoneNumberId": NUMBER_ID, "customer": {"number": to}, **more}
    return ask(vendors.at("vapi/call"), call, key)


def retell(vendors: StandIns, to: str = "+15557654321", **more: Any) -> Any:
    call = {"from_number": "+15550001111", "to_number": to, **more}
    return ask(vendors.at("retell/v2/create-phone-call"), call)


def twilio(vendors: StandIns, to: str = "+15557654321", **more: str) -> Any:
    form = {"From": "+15550001111", "To": to, "Twiml": "<Response/>", **more}
    url = vendors.at(f"twilio/2010-04-01/Accounts/{SID}/Calls.json")
    return ask(url, urlencode(form).encode())


def listening(vendors: StandIns, ear: Ear) -> None:
    told = {name: {"url": f"{ear.url}/{name}", "secret": "s"} for name in ("vapi", "retell")}
    vendors.behave(listeners=told, **ANSWERED)


def words(ear: Ear) -> list[str]:
    found: list[str] = []
    for path, _, body in ear.heard:
        if path.startswith("/vapi"):
            message = json.loads(body)["message"]
            found.append(message.get("status", message["type"]))
        elif path.startswith("/retell"):
            found.append(json.loads(body)["event"])
        else:
            found.append(dict(parse_qsl(body.decode()))["CallStatus"])
    return found


@pytest.mark.parametrize(
    ("place", "told"),
    [
        (vapi, ["ringing", "in-progress", "ended", "end-of-call-report"]),
        (retell, ["call_started", "call_ended", "call_analyzed"]),
    ],
)
def test_a_call_rings_is_answered_and_ends(
    vendors: StandIns, listener: Ear, place: Any, told: list[str]
) -> None:
    listening(vendors, listener)
    place(vendors)

    vendors.advance(100)

    assert words(listener) == told
    [line] = judge.calls(vendors.effects(""))
    spoke = datetime.fromisoformat(line["ended_at"]) - datetime.fromisoformat(line["began_at"])
    assert spoke.total_seconds() == 63
    assert line["way"] == "answered"


def test_twilio_tells_of_the_events_that_it_was_asked_for(vendors: StandIns, listener: Ear) -> None:
    vendors.behave(**ANSWERED)
    twilio(vendors, StatusCallback=f"{listener.url}/?rid=1", StatusCallbackEvent="ringing")
    twilio(vendors, "+15557654322", StatusCallback=f"{listener.url}/?rid=2")

    vendors.advance(100)

    assert words(listener) == ["ringing", "completed"]
    assert [line["reference"] for line in vendors.effects("twilio")] == ["1", "2"]


def test_the_same_seed_brings_the_same_calls_in_whatever_order(vendors: StandIns) -> None:
    numbers = [f"+1555765{n:04}" for n in range(40)]
    vendors.behave(limits={"vapi": 100})
    seen: list[dict[str, str]] = []
    for order in (numbers, numbers[::-1]):
        vendors.reset(seed=5)
        vendors.behave(limits={"vapi": 100})
        for number in order:
            vapi(vendors, number)
        vendors.advance(400)
        seen.append({line["to"]: line["way"] for line in vendors.effects("vapi")})

    assert seen[0] == seen[1]
    assert {"answered", "busy"} < set(seen[0].values())


def test_ways_are_drawn_by_their_weights(vendors: StandIns) -> None:
    vendors.behave(ways={"answered": 0.5, "busy": 0.5}, limits={"vapi": None})
    for n in range(200):
        vapi(vendors, f"+1555765{n:04}")
    vendors.advance(400)

    drawn = Counter(line["way"] for line in vendors.effects("vapi"))
    assert set(drawn) == {"answered", "busy"}
    assert 60 < drawn["busy"] < 140


def test_vapi_takes_a_call_too_many_and_dials_it_when_a_line_is_free(vendors: StandIns) -> None:
    vendors.behave(limits={"vapi": 2}, **ANSWERED)
    made = [vapi(vendors, f"+1555765432{n}") for n in range(3)]
    vendors.advance(30)
    third = ask(vendors.at(f"vapi/call/{made[2]['id']}"))
    vendors.advance(40)

    blocked = [one["subscriptionLimits"]["concurrencyBlocked"] for one in made]
    assert blocked == [False, False, True]
    assert third["status"] == "queued"
    lines = judge.calls(vendors.effects("vapi"))
    assert all("began_n" in line for line in lines)
    assert max(judge.peaks(lines, judge.account).values()) == 2
    assert list(vendors.calls()["refused"].values()) == [1]


def test_a_blocked_call_that_is_deleted_is_never_dialed(vendors: StandIns) -> None:
    vendors.behave(limits={"vapi": 0})
    made = vapi(vendors)

    ask(vendors.at(f"vapi/call/{made['id']}"), method="DELETE")
    vendors.behave(limits={"vapi": 1})
    vapi(vendors, "+15557654322")
    vendors.advance(400)

    first, second = vendors.effects("vapi")
    assert "began_n" not in first
    assert "ended_n" in second


@pytest.mark.parametrize(("word", "status"), [("status", 400), ("ended", 201)])
def test_vapi_refuses_in_other_forms_too(vendors: StandIns, word: str, status: int) -> None:
    vendors.behave(limits={"vapi": 0})
    vendors.fault("over_limit", "vapi", word=word)

    if status == 201:
        made = vapi(vendors)
        assert made["status"] == "ended"
        assert made["endedReason"].endswith("concurrency-limit-reached")
    else:
        with pytest.raises(HTTPError, match="400"):
            vapi(vendors)


def test_retell_and_twilio_refuse_a_call_too_many(vendors: StandIns) -> None:
    vendors.behave(limits={"retell": 1, "twilio": 1})
    retell(vendors)
    twilio(vendors)

    with pytest.raises(HTTPError, match="429"):
        retell(vendors)
    with pytest.raises(HTTPError) as refused:
        twilio(vendors)

    assert json.load(refused.value)["code"] == 10004
    assert len(vendors.effects("")) == 2


def test_one_account_may_have_other_limits_than_the_rest(vendors: StandIns) -> None:
    vapi(vendors, key="mine")
    mine = vendors.effects("vapi")[0]["account"]
    vendors.behave(limits={"vapi": 5, f"vapi {mine}": 1})

    again = vapi(vendors, key="mine")
    other = vapi(vendors, key="yours")

    assert again["subscriptionLimits"]["concurrencyLimit"] == 1
    assert again["subscriptionLimits"]["concurrencyBlocked"] is True
    assert other["subscriptionLimits"]["concurrencyBlocked"] is False


def test_twilio_begins_one_call_a_second(vendors: StandIns) -> None:
    vendors.behave(**ANSWERED)
    for n in range(4):
        twilio(vendors, f"+1555765432{n}")

    vendors.advance(100)

    began = [datetime.fromisoformat(line["began_at"]) for line in vendors.effects("twilio")]
    apart = [(after - before).total_seconds() for before, after in pairwise(began)]
    assert apart == [1, 1, 1]


def test_a_call_is_found_by_our_own_name(vendors: StandIns) -> None:
    made = retell(vendors, metadata={"reference": "r1", "user_id": "u"})
    retell(vendors, metadata={"reference": "r2"})
    wanted = [{"key": "reference", "op": "eq", "type": "string", "value": "r1"}]
    url = vendors.at("retell/v3/list-calls")

    found = ask(url, {"filter_criteria": {"metadata": wanted}})
    vendors.fault("list_lag", "retell", "calls.list", seconds=20)
    unseen = ask(url, {"filter_criteria": {"metadata": wanted}})

    assert [call["call_id"] for call in found["items"]] == [made["call_id"]]
    assert unseen["items"] == []


def test_pages_of_a_list_hang_together(vendors: StandIns) -> None:
    vendors.behave(limits={"retell": 100})
    made = [retell(vendors, f"+155576543{n:02}")["call_id"] for n in range(25)]
    url, seen, page = vendors.at("retell/v3/list-calls"), [], {"limit": 10}
    while True:
        answer = ask(url, page)
        seen += [call["call_id"] for call in answer["items"]]
        if not answer["has_more"]:
            break
        page = {"limit": 10, "pagination_key": answer["pagination_key"]}

    assert seen == made[::-1]


def test_a_call_is_stopped_by_hand(vendors: StandIns) -> None:
    vendors.behave(**ANSWERED)
    one, two, three = (
        vapi(vendors),
        retell(vendors, "+15557654322"),
        twilio(vendors, "+15557654323"),
    )
    vendors.advance(10)

    shown = ask(vendors.at(f"vapi/call/{one['id']}"))
    ask(shown["monitor"]["controlUrl"], {"type": "end-call"})
    ask(vendors.at(f"retell/v2/stop-call/{two['call_id']}"), {})
    ask(vendors.at("twilio") + three["uri"], b"Status=completed")

    assert [line["way"] for line in vendors.effects("")] == [
        "manually-canceled",
        "manual_stopped",
        "completed",
    ]
    assert judge.open_lines(vendors.effects("")) == []


def test_a_call_may_be_stuck_forgotten_or_end_by_an_unheard_of_word(vendors: StandIns) -> None:
    vendors.behave(**ANSWERED)
    vendors.fault("outcome", "vapi", "calls.create", word="stuck", times=1)
    stuck = vapi(vendors)
    vendors.fault("outcome", "vapi", "calls.create", word="abducted-by-aliens", times=1)
    strange = vapi(vendors, "+15557654322")
    vendors.advance(1000)
    vendors.fault("forget", "vapi")
    forgotten = vapi(vendors, "+15557654323")
    vendors.advance(1000)

    assert ask(vendors.at(f"vapi/call/{stuck['id']}"))["status"] == "in-progress"
    assert ask(vendors.at(f"vapi/call/{strange['id']}"))["endedReason"] == "abducted-by-aliens"
    with pytest.raises(HTTPError, match="404"):
        ask(vendors.at(f"vapi/call/{forgotten['id']}"))


def test_notices_come_late_and_contradict_each_other(vendors: StandIns, listener: Ear) -> None:
    listening(vendors, listener)
    vendors.fault("late_webhook", "vapi", times=1, seconds=300)
    vendors.fault("contradict_webhook", "vapi")
    vapi(vendors)

    vendors.advance(400)

    assert words(listener) == [
        "in-progress",
        "ended",
        "end-of-call-report",
        "in-progress",
        "ringing",
    ]


def test_a_vendors_clock_may_be_wrong(vendors: StandIns, listener: Ear) -> None:
    listening(vendors, listener)
    vendors.fault("clock_skew", "vapi", seconds=-600)
    vapi(vendors)
    vendors.advance(2)

    [(_, headers, _)] = listener.heard
    late = datetime.now(UTC).timestamp() - int(headers["x-vapi-timestamp"])
    assert 590 < late < 660


def test_the_ledger_can_be_read_on_from_a_line(vendors: StandIns) -> None:
    for n in range(5):
        vapi(vendors, f"+1555765432{n}")

    assert [line["n"] for line in vendors.ledger(after=3)["effects"]] == [4, 5]
    assert vendors.calls()["peaks"]["to +15557654320"] == 1


def test_who_judges_sees_every_instant() -> None:
    lines = [
        {"vendor": "v", "account": "a", "from": "f", "to": "1", "began_n": 1, "ended_n": 4},
        {"vendor": "v", "account": "a", "from": "f", "to": "2", "began_n": 2, "ended_n": 3},
        {"vendor": "v", "account": "a", "from": "g", "to": "1", "began_n": 5},
        {"vendor": "v", "account": "a", "from": "g", "to": "3"},
    ]

    assert judge.peaks(lines, judge.account) == {"v a": 2}
    assert judge.peaks(lines, judge.caller) == {"f": 2, "g": 1}
    assert judge.peaks(lines, judge.recipient) == {"1": 1, "2": 1}
    assert judge.over(lines, judge.account, {"v a": 1}) == {"v a": 2}
    assert judge.over(lines, judge.caller, {"f": 2}) == {}


def test_habits_that_make_no_sense_are_refused(vendors: StandIns) -> None:
    with pytest.raises(HTTPError, match="400") as refused:
        vendors.behave(ways={"teleported": 1})

    refused.value.close()

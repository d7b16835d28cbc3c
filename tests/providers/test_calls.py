"""Vapi, Retell and Twilio as vendors of calls, behind our port, against their stand-ins."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.errors import OutcomeUnknown, ProviderError, Rejected, Retryable
from domain.outbound.ports import AccountStopped, OverCapacity, Progress, Refused
from domain.tables.outbound import AttemptState
from tests.support import judge
from tests.support.stand_ins import StandIns, page
from tests.support.vendors import KEY, TO, dial, lines

VENDORS = ["vapi", "retell", "twilio"]
ANSWERED: dict[str, Any] = {"ways": {"answered": 1}, "rings": [2, 2], "talks": [60, 60], "dials": 1}
OTHER = "call:0193a000000070008000000000000002"


def now() -> datetime:
    return datetime.now(UTC)


def place(vendor: str, vendors: StandIns, to: str = TO, key: str = KEY, **more: Any) -> Any:
    return lines(vendor, vendors).place(dial(vendor, to, **more), key=key)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_call_is_placed_once_and_carries_our_name(vendors: StandIns, vendor: str) -> None:
    made = place(vendor, vendors)
    found = lines(vendor, vendors).get(made.call_id)

    [line] = vendors.effects(vendor)
    assert line["id"] == made.call_id
    assert line["to"] == TO
    assert made.is_live
    assert found is not None
    assert found.is_live
    if vendor != "twilio":  # which tells our name with its notices alone
        assert (line["reference"], found.key) == (KEY, KEY)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_call_whose_answer_was_lost_is_found(vendors: StandIns, vendor: str) -> None:
    ours = lines(vendor, vendors)
    ours.place(dial(vendor, "+15557650000"), key=OTHER)
    vendors.fault("drop_reply", vendor, "calls.create")
    since = now()

    with pytest.raises(OutcomeUnknown):
        ours.place(dial(vendor), key=KEY)
    found = ours.find(dial(vendor), key=KEY, since=since)

    assert found is not None
    assert [line["id"] for line in vendors.effects(vendor)][1] == found.call_id


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_call_that_has_ended_meanwhile_is_found_too(vendors: StandIns, vendor: str) -> None:
    vendors.behave(ways={"busy": 1})
    since = now()
    made = place(vendor, vendors)
    vendors.advance(60)

    found = lines(vendor, vendors).find(dial(vendor), key=KEY, since=since)

    assert found is not None
    assert (found.call_id, found.outcome) == (made.call_id, AttemptState.BUSY)


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_was_never_placed_or_is_not_listed_yet_is_not_found(
    vendors: StandIns, vendor: str
) -> None:
    ours = lines(vendor, vendors)
    ours.place(dial(vendor, "+15557650000"), key=OTHER)
    assert ours.find(dial(vendor), key=KEY, since=now()) is None

    ours.place(dial(vendor), key=KEY)
    vendors.fault("list_lag", vendor, "calls.list", seconds=20)
    assert ours.find(dial(vendor), key=KEY, since=now() - timedelta(seconds=5)) is None


def test_twilio_takes_no_older_call_to_the_same_person_for_ours(vendors: StandIns) -> None:
    place("twilio", vendors)
    vendors.advance(600)

    since = now() + timedelta(seconds=600)
    assert lines("twilio", vendors).find(dial("twilio"), key=KEY, since=since) is None


ENDINGS = {
    "answered": AttemptState.COMPLETED,
    "voicemail": AttemptState.VOICEMAIL,
    "busy": AttemptState.BUSY,
    "no_answer": AttemptState.NO_ANSWER,
    "failed": AttemptState.FAILED,
}


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(("way", "outcome"), ENDINGS.items())
def test_how_a_call_ended_is_said_in_our_words(
    vendors: StandIns, vendor: str, way: str, outcome: AttemptState
) -> None:
    vendors.behave(**{**ANSWERED, "ways": {way: 1}})
    made = place(vendor, vendors)
    vendors.advance(200)

    ended = lines(vendor, vendors).get(made.call_id)

    assert ended is not None
    assert (ended.outcome, ended.is_live) == (outcome, False)
    assert ended.reason
    if way == "answered":
        assert ended.duration == timedelta(seconds=60)
        assert (ended.cost or 0) > 0
        assert ended.answered_at is not None
        assert ended.ended_at is not None


@pytest.mark.parametrize("vendor", ["vapi", "retell"])
def test_a_wrong_number_is_told_from_a_failure(vendors: StandIns, vendor: str) -> None:
    vendors.behave(ways={"invalid_number": 1})
    made = place(vendor, vendors)
    vendors.advance(60)

    ended = lines(vendor, vendors).get(made.call_id)

    assert ended is not None
    assert ended.outcome is AttemptState.INVALID_NUMBER


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_word_that_nobody_knows_is_a_failure_and_is_kept(vendors: StandIns, vendor: str) -> None:
    vendors.fault("outcome", vendor, "calls.create", word="abducted-by-aliens")
    made = place(vendor, vendors)
    vendors.advance(300)

    ended = lines(vendor, vendors).get(made.call_id)

    assert ended is not None
    assert ended.outcome is AttemptState.FAILED
    assert "abducted-by-aliens" in (ended.reason or "")


@pytest.mark.parametrize("vendor", ["vapi", "retell"])
def test_what_was_said_comes_with_the_end(vendors: StandIns, vendor: str) -> None:
    vendors.behave(**ANSWERED)
    made = place(vendor, vendors)
    vendors.advance(200)

    ended = lines(vendor, vendors).get(made.call_id)

    assert ended is not None
    assert "Does the time still suit you?" in (ended.transcript or "")
    assert ended.recording_url


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_call_that_the_vendor_has_forgotten_is_none(vendors: StandIns, vendor: str) -> None:
    vendors.fault("forget", vendor)
    vendors.behave(ways={"busy": 1})
    made = place(vendor, vendors)
    vendors.advance(100)

    assert lines(vendor, vendors).get(made.call_id) is None


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_is_going_on_is_listed_with_others_calls_too(vendors: StandIns, vendor: str) -> None:
    vendors.behave(**ANSWERED, limits={vendor: 50}, paces={"twilio": 100})
    ours = lines(vendor, vendors)
    made = [ours.place(dial(vendor, f"+155576543{n:02}"), key=f"call:{n}") for n in range(5)]
    vendors.advance(10)
    made += [ours.place(dial(vendor, "+15557654399"), key="call:99")]
    vendors.behave(numbers={"+15557654398": "busy"})
    ours.place(dial(vendor, "+15557654398"), key="call:98")
    vendors.advance(8)

    floor = ours.live(since=now() - timedelta(hours=1))

    assert {call.call_id for call in floor.calls} == {call.call_id for call in made}
    assert all(call.is_live for call in floor.calls)
    if vendor == "retell":
        assert (floor.count, floor.limit) == (6, 50)
    if vendor == "vapi":
        assert floor.limit == 50


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("wait", [0, 10])
def test_a_call_is_ended_by_hand_whether_it_rings_or_speaks(
    vendors: StandIns, vendor: str, wait: float
) -> None:
    vendors.behave(**ANSWERED)
    ours = lines(vendor, vendors)
    made = ours.place(dial(vendor), key=KEY)
    vendors.advance(2)
    vendors.advance(wait)

    ours.cancel(made.call_id)
    ours.cancel(made.call_id)

    ended = ours.get(made.call_id)
    assert ended is None or not ended.is_live
    assert judge.open_lines(vendors.effects(vendor)) == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_call_too_many_is_over_capacity_and_nobody_is_called(
    vendors: StandIns, vendor: str
) -> None:
    vendors.behave(limits={vendor: 1})
    ours = lines(vendor, vendors)
    ours.place(dial(vendor), key=KEY)

    with pytest.raises(OverCapacity):
        ours.place(dial(vendor, "+15557650000"), key=OTHER)
    vendors.advance(1000)

    begun = [line for line in vendors.effects(vendor) if "began_n" in line]
    assert [line["to"] for line in begun] == [TO]


@pytest.mark.parametrize(
    ("vendor", "word"), [("vapi", "status"), ("vapi", "ended"), ("retell", "ended")]
)
def test_the_other_forms_of_no_slot_are_over_capacity_too(
    vendors: StandIns, vendor: str, word: str
) -> None:
    vendors.behave(limits={vendor: 0})
    vendors.fault("over_limit", vendor, word=word)

    with pytest.raises(OverCapacity):
        place(vendor, vendors)


def test_a_blocked_call_that_cannot_be_taken_back_is_unknown(vendors: StandIns) -> None:
    vendors.behave(limits={"vapi": 0})
    vendors.fault("status", "vapi", "calls.delete", status=500)

    with pytest.raises(OutcomeUnknown):
        place("vapi", vendors)

    found = lines("vapi", vendors).find(dial("vapi"), key=KEY, since=now())
    assert found is not None
    assert found.is_live


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ({"kind": "status", "status": 500}, OutcomeUnknown),
        ({"kind": "status", "status": 503}, OutcomeUnknown),
        ({"kind": "status", "status": 500, "after": True}, OutcomeUnknown),
        ({"kind": "drop_reply"}, OutcomeUnknown),
        ({"kind": "cut_reply"}, OutcomeUnknown),
        ({"kind": "cut_json"}, OutcomeUnknown),
        ({"kind": "error_body"}, OutcomeUnknown),
        ({"kind": "reset"}, OutcomeUnknown),
        ({"kind": "html", "status": 502}, OutcomeUnknown),
        ({"kind": "html", "status": 404}, Retryable),
        ({"kind": "status", "status": 429}, OverCapacity),
        ({"kind": "status", "status": 401}, AccountStopped),
    ],
)
def test_what_goes_wrong_is_one_of_our_words_and_is_asked_once(
    vendors: StandIns, vendor: str, fault: dict[str, Any], word: type[ProviderError]
) -> None:
    vendors.fault(vendor=vendor, route="calls.create", **fault)

    with pytest.raises(word) as heard:
        place(vendor, vendors)

    assert type(heard.value) is word
    assert vendors.ledger(vendor)["requests"][f"{vendor} calls.create"] == 1
    assert TO not in str(heard.value)


@pytest.mark.parametrize("vendor", ["vapi", "retell"])
@pytest.mark.parametrize(
    ("status", "message", "word"),
    [
        (402, None, AccountStopped),
        (403, None, AccountStopped),
        (400, "Over Concurrency Limit", OverCapacity),
        (400, "You have run out of credits.", AccountStopped),
        (400, "something else", Refused),
    ],
)
def test_a_refusal_is_sorted_by_what_it_says(
    vendors: StandIns, vendor: str, status: int, message: str | None, word: type[ProviderError]
) -> None:
    vendors.fault("status", vendor, "calls.create", status=status, code=message)

    with pytest.raises(word) as heard:
        place(vendor, vendors)

    assert type(heard.value) is word


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("20003", AccountStopped),
        ("10004", OverCapacity),
        ("21217", Refused),
        ("21215", Retryable),
        ("21210", Retryable),
        ("21216", Retryable),
        ("21205", Refused),
    ],
)
def test_twilios_codes_are_sorted(vendors: StandIns, code: str, word: type[ProviderError]) -> None:
    vendors.fault("status", "twilio", "calls.create", code=code)

    with pytest.raises(word) as heard:
        place("twilio", vendors)

    assert type(heard.value) is word


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_number_is_refused_as_one(vendors: StandIns, vendor: str) -> None:
    with pytest.raises(Refused) as heard:
        place(vendor, vendors, to="+1")

    assert heard.value.outcome is AttemptState.INVALID_NUMBER
    assert vendors.effects(vendor) == []


@pytest.mark.parametrize(
    ("vendor", "more"),
    [
        ("vapi", {"caller_id": None}),
        ("retell", {"caller": None}),
        ("twilio", {"caller": None}),
        ("twilio", {"assistant_id": "assistant"}),
        ("twilio", {"assistant_id": None}),
        ("vapi", {"assistant_id": None}),
    ],
)
def test_an_order_that_lacks_something_is_refused(
    vendors: StandIns, vendor: str, more: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        place(vendor, vendors, **more)

    assert vendors.effects(vendor) == []


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_question_may_always_be_asked_again(vendors: StandIns, vendor: str, status: int) -> None:
    made = place(vendor, vendors)
    ours = lines(vendor, vendors)
    vendors.fault("status", vendor, "calls.*", status=status)

    questions = (
        lambda: ours.get(made.call_id),
        lambda: ours.find(dial(vendor), key=KEY, since=now()),
        lambda: ours.live(since=now()),
    )
    for ask in questions:
        with pytest.raises(Retryable) as heard:
            ask()
        assert not isinstance(heard.value, OverCapacity | AccountStopped)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_that_is_away_was_never_asked(vendor: str) -> None:
    with pytest.raises(Retryable) as heard:
        lines(vendor, "http://127.0.0.1:1").place(dial(vendor), key=KEY)

    assert type(heard.value) is Retryable


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_that_is_slow_may_have_heard_us(vendors: StandIns, vendor: str) -> None:
    vendors.fault("delay", vendor, "calls.create", seconds=1)

    with pytest.raises(OutcomeUnknown):
        lines(vendor, vendors, read=0.3).place(dial(vendor), key=KEY)

    assert len(vendors.effects(vendor)) == 1


@pytest.mark.parametrize("vendor", VENDORS)
def test_accounts_are_told_apart(vendors: StandIns, vendor: str) -> None:
    made = place(vendor, vendors)
    if vendor != "twilio":  # whose accounts have names of their own
        assert lines(vendor, vendors, key="another").get(made.call_id) is None


def test_an_account_speaks_for_itself_and_not_for_the_environment(
    vendors: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("VAPI_API_KEY", "RETELL_API_KEY", "TWILIO_AUTH_TOKEN"):
        monkeypatch.setenv(name, "of-somebody-else")

    for vendor in VENDORS:
        place(vendor, vendors)

    assert len(vendors.effects("")) == 3


def test_vapis_list_that_does_not_go_on_is_unknown(vendors: StandIns) -> None:
    vendors.behave(limits={"vapi": 100})
    ours = lines("vapi", vendors, page=3)
    for n in range(5):  # at one and the same moment
        ours.place(dial("vapi", f"+155576543{n:02}"), key=f"call:{n}")

    with pytest.raises(OutcomeUnknown):
        ours.find(dial("vapi"), key=KEY, since=now())


def test_a_call_is_ended_only_where_vapi_itself_is() -> None:
    call = b'{"id": "1", "status": "in-progress", "monitor": {"controlUrl": "http://169.254.0.1/"}}'
    with page(200, call, "application/json") as url, pytest.raises(Retryable, match="no address"):
        lines("vapi", url).cancel("1")


def test_of_more_than_can_be_looked_through_vapis_newest_are_listed(vendors: StandIns) -> None:
    vendors.behave(**ANSWERED, limits={"vapi": 100})
    ours = lines("vapi", vendors, page=2)
    made: list[str] = []
    for n in range(25):
        made.append(ours.place(dial("vapi", f"+155576543{n:02}"), key=f"call:{n}").call_id)
        vendors.advance(0.2)

    floor = ours.live(since=now())
    oldest = ours.find(dial("vapi"), key="call:0", since=now())

    assert {made[-1], made[-10]} <= {call.call_id for call in floor.calls} < set(made)
    assert oldest is not None
    assert oldest.call_id == made[0]


def test_vapis_list_is_gone_through_to_its_end(vendors: StandIns) -> None:
    vendors.behave(limits={"vapi": 100})
    ours = lines("vapi", vendors, page=10)
    made: list[Progress] = []
    for n in range(25):
        made.append(ours.place(dial("vapi", f"+155576543{n:02}"), key=f"call:{n}"))
        vendors.advance(0.2)

    found = ours.find(dial("vapi"), key="call:0", since=now())

    assert found is not None
    assert found.call_id == made[0].call_id


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_answer_that_makes_no_sense_is_unknown(vendor: str) -> None:
    with page(201, b'{"id": 5}', "application/json") as url, pytest.raises(OutcomeUnknown):
        lines(vendor, url).place(dial(vendor), key=KEY)


@pytest.mark.parametrize("vendor", ["vapi", "retell"])
def test_a_question_that_is_refused_for_good_says_so(vendors: StandIns, vendor: str) -> None:
    vendors.fault("status", vendor, "calls.list", status=400)

    with pytest.raises(Rejected):
        lines(vendor, vendors).find(dial(vendor), key=KEY, since=now())

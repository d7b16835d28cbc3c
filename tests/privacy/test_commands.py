"""What an operator says about a person and about credentials, and what is never shown."""

import json
from pathlib import Path

import pytest

from domain.database import Begin
from domain.errors import Refusal
from domain.privacy import credentials
from domain.sealing import Keyring
from tests.support.commands import told
from tests.support.databases import Database
from tests.support.people import EMAIL, PHONE, Town, a_ring
from workers.keys import KeyFile

SECRET = "sk-canary-5550100"


@pytest.mark.slow
def test_a_person_is_handed_out_and_forgotten(
    town: Town, database: Database, tmp_path: Path
) -> None:
    user = str(town.tenant())
    town.add("customers", user_id=user, name="Ann", phone=PHONE, email=EMAIL)
    url = "https://example.com/r/1"
    town.add("calls", user_id=user, phone_number=PHONE, recording_url=url, transcript="Hi")

    code, said, _ = told(tmp_path, database, "person", "export", EMAIL, "--user", user)
    exported = json.loads(said)
    assert (code, exported["person"]["phones"]) == (0, [PHONE])
    assert exported["tables"]["calls"][0]["transcript"] == "Hi"

    code, said, _ = told(tmp_path, database, "person", "erase", PHONE, "--user", user, given="n\n")
    assert code == 1
    assert "customers" in said
    assert url in said
    assert town.one("SELECT count(*) FROM customers") == 1

    words = ("person", "erase", PHONE, "--user", user, "--yes", "--json")
    code, said, _ = told(tmp_path, database, *words)
    erased = json.loads(said)
    assert (code, erased["deleted"]["customers"], erased["recordings"]) == (0, 1, [url])
    assert town.one("SELECT transcript FROM calls") is None
    actions = {action for (action,) in town.rows("SELECT action FROM audit_logs")}
    assert {"person.exported", "person.erased"} <= actions


@pytest.mark.slow
def test_who_agreed_is_asked_what_waited_for_it(
    town: Town, database: Database, tmp_path: Path
) -> None:
    user = str(town.tenant())
    words = ("person", "agree", PHONE, "--user", user, "--source", "the form of 3 May")
    code, _, errors = told(tmp_path, database, *words)
    assert (code, errors) == (2, "frontdesk: No customer has this number or address.\n")
    town.add("customers", user_id=user, name="Ann", phone=PHONE, email=EMAIL)
    held = {"channel": "sms", "status": "held", "rule": "review_request", "body": "How was it?"}
    for why in ("no_consent", "not_on_the_list"):
        verdict = json.dumps({"why": why})
        town.add("messages", user_id=user, to_number=PHONE, verdict=verdict, **held)

    code, said, _ = told(tmp_path, database, *words)

    assert (code, said) == (0, "They agreed. 1 message that waited for that goes on.\n")
    assert town.rows("SELECT verdict ->> 'why', status FROM messages ORDER BY status") == [
        ("not_on_the_list", "held"),
        (None, "pending"),
    ]
    assert town.one("SELECT marketing_consent_source FROM customers") == "the form of 3 May"
    assert town.one("SELECT metadata ->> 'source' FROM audit_logs WHERE action = 'person.agreed'")


@pytest.mark.slow
def test_credentials_are_sealed_and_never_shown(
    town: Town, database: Database, tmp_path: Path, begin_for_real: Begin
) -> None:
    user = town.tenant()
    words = ("integrations", "set", "Twilio", "--user", str(user))
    facts = json.dumps({"account_sid": "AC1", "auth_token": SECRET})

    code, said, errors = told(tmp_path, database, *words, given=facts)

    assert code == 0
    assert SECRET not in said + errors
    _, listed, _ = told(tmp_path, database, "integrations", "list", "--json")
    assert SECRET not in listed
    (row,) = json.loads(listed)
    assert (row["provider"], row["has_credentials"]) == ("twilio", True)
    assert SECRET not in str(town.rows("SELECT * FROM integrations"))
    ring = Keyring(KeyFile(tmp_path / "encryption-keys"))
    with begin_for_real(user) as session:
        read = credentials.read(session, ring, provider="twilio")
    assert read == {"account_sid": "AC1", "auth_token": SECRET}


def test_credentials_set_again_take_the_place_of_the_former(
    begin_for_real: Begin, town: Town
) -> None:
    user, ring = town.tenant(), a_ring("k1")
    for key in ("one", "two"):
        with begin_for_real(user) as session:
            credentials.put(
                session, ring, {"api_key": key}, user_id=user, provider="vapi", provider_type=None
            )

    with begin_for_real(user) as session:
        assert credentials.read(session, ring, provider="vapi") == {"api_key": "two"}
        assert credentials.read(session, ring, provider="retell") is None
    assert town.one("SELECT count(*) FROM integrations") == 1


def test_another_tenant_has_none_of_them(begin_for_real: Begin, town: Town) -> None:
    user, other, ring = town.tenant(), town.tenant(), a_ring("k1")
    with begin_for_real(user) as session:
        credentials.put(
            session, ring, {"api_key": "x"}, user_id=user, provider="vapi", provider_type=None
        )

    with begin_for_real(other) as session:
        assert credentials.read(session, ring, provider="vapi") is None


@pytest.mark.parametrize("words", ["", " \n", "{", "[1]", '"x"', "{}"])
def test_what_are_no_credentials_is_refused(words: str) -> None:
    with pytest.raises(Refusal):
        credentials.parse(words)


def test_one_key_alone_is_taken_as_it_is() -> None:
    assert credentials.parse(f" {SECRET}\n") == {"api_key": SECRET}

"""An owner's consent through a door on localhost, against the sandbox's log-in."""

import threading
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from domain.calendars.ports import Withdrawn
from domain.errors import Refusal, Retryable
from providers.graph.consent import consent
from providers.oauth import OAuthConsent
from tests.support.stand_ins import StandIns
from workers.consent import ask


@pytest.fixture
def login(vendors: StandIns) -> OAuthConsent:
    return consent(client_id="client", client_secret="secret", login_url=vendors.at("login"))


def browser(act: Callable[[str], object]) -> Callable[[str], None]:
    """Return somebody who does something with the address that is shown."""

    def show(url: str) -> None:
        threading.Thread(target=act, args=(url,), daemon=True).start()

    return show


def test_an_owner_who_consents_gives_tokens_that_can_be_renewed(login: OAuthConsent) -> None:
    grant = ask(login, browser(lambda url: requests.get(url, timeout=10)))

    again = login.renew(str(grant.refresh_token))

    assert grant.access_token != again.access_token
    assert grant.refresh_token != again.refresh_token
    assert grant.lasts is not None
    assert grant.lasts.total_seconds() == 3600
    assert grant.access_token not in repr(grant)


def test_an_owner_who_says_no_gives_nothing(login: OAuthConsent) -> None:
    def refuse(url: str) -> None:
        requests.get(f"{url}&login_hint=denied@outlook.example", timeout=10)

    with pytest.raises(Refusal, match="did not consent"):
        ask(login, browser(refuse))


def test_an_answer_that_nobody_asked_for_is_not_taken(login: OAuthConsent) -> None:
    seen: list[int] = []

    def forge_and_then_consent(url: str) -> None:
        back = parse_qs(urlsplit(url).query)["redirect_uri"][0]
        wrong = ("?code=stolen&state=guessed", "?code=stolen", "elsewhere?code=stolen")
        seen.extend(requests.get(back + one, timeout=10).status_code for one in wrong)
        requests.get(url, timeout=10)

    grant = ask(login, browser(forge_and_then_consent))

    assert seen == [404, 404, 404]
    assert grant.refresh_token


def test_who_never_comes_back_is_not_waited_for_longer_than_said(login: OAuthConsent) -> None:
    with pytest.raises(Refusal, match="in time"):
        ask(login, lambda _: None, patience=0.1)


def test_a_code_that_the_vendor_does_not_take_ends_in_one_sentence(
    vendors: StandIns, login: OAuthConsent
) -> None:
    vendors.fault("status", "login", "login.token", status=400, code="invalid_grant")

    with pytest.raises(Refusal, match="invalid_grant"):
        ask(login, browser(lambda url: requests.get(url, timeout=10)))


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ({"kind": "status", "status": 400, "code": "invalid_grant"}, Withdrawn),
        ({"kind": "status", "status": 400, "code": "interaction_required"}, Withdrawn),
        ({"kind": "status", "status": 401, "code": "invalid_client"}, Retryable),
        ({"kind": "status", "status": 503}, Retryable),
        ({"kind": "html", "status": 502}, Retryable),
        ({"kind": "reset"}, Retryable),
        ({"kind": "cut_json"}, Retryable),
        ({"kind": "drop_reply"}, Retryable),
    ],
)
def test_what_a_renewal_may_end_in(
    vendors: StandIns, login: OAuthConsent, fault: dict[str, object], word: type[Exception]
) -> None:
    grant = ask(login, browser(lambda url: requests.get(url, timeout=10)))
    kind = str(fault.pop("kind"))
    vendors.fault(kind, "login", "login.token", times=1, **fault)

    with pytest.raises(word) as raised:
        login.renew(str(grant.refresh_token))

    assert str(grant.refresh_token) not in str(raised.value)
    assert login.renew(str(grant.refresh_token)).access_token  # asked again: nobody is locked out

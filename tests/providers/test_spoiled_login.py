"""Whatever a vendor's log-in answers: tokens that can be kept and used, or one of our words."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from domain.calendars.ports import Grant
from domain.errors import ProviderError, Retryable
from providers.graph.consent import consent
from providers.oauth import OAuthConsent
from tests.support.figures import Measured
from tests.support.spoiled import JUNK, LONG, cut_up, new_dice, spoil
from tests.support.teller import Teller, a_teller

MANY = 10_000 if LONG else 120
TOKENS = {
    "access_token": "eyJ0eXAiOiJKV1QifQ.e30.c2ln",
    "refresh_token": "0.AXoA-refresh",
    "token_type": "Bearer",
    "expires_in": 3600,
    "scope": "Calendars.ReadWrite offline_access",
}
REFUSAL = {
    "error": "invalid_grant",
    "error_description": "AADSTS70008: expired",
    "error_codes": [1],
}


@pytest.fixture
def teller() -> Iterator[Teller]:
    with a_teller() as made:
        yield made


@pytest.fixture
def login(teller: Teller) -> Iterator[OAuthConsent]:
    made = consent(client_id="client", client_secret="secret", login_url=teller.url)
    yield made
    made.close()


def is_sound(grant: Grant) -> bool:
    """Whether it can be sealed, sent in a header, and added to a moment."""
    tokens = [grant.access_token] + ([grant.refresh_token] if grant.refresh_token else [])
    spans = [grant.lasts] if grant.lasts is not None else []
    return all(one.isascii() and one.isprintable() and one for one in tokens) and all(
        timedelta(0) <= span <= timedelta(days=366) for span in spans
    )


@pytest.mark.timeout(3600 if LONG else 120)
def test_a_spoiled_answer_is_a_grant_that_holds_or_one_of_our_words(
    teller: Teller, login: OAuthConsent, measured: Measured
) -> None:
    dice = new_dice()
    unread = 0

    for _ in range(MANY):
        teller.status, whole = dice.choice(((200, TOKENS), (200, TOKENS), (400, REFUSAL)))
        if dice.randrange(3):
            teller.says = json.dumps(spoil(whole, dice)).encode()
        else:
            teller.says = cut_up(json.dumps(whole).encode(), dice)
        try:
            grant = dice.choice((renewed, redeemed))(login)
        except ProviderError as error:
            unread += 1
            is_good = len(str(error)) < 100
        else:
            is_good = is_sound(grant)
        assert is_good, teller.says

    measured(f"{MANY} spoiled answers of a log-in, {unread} of them one of our words")


def renewed(login: OAuthConsent) -> Grant:
    return login.renew("0.AXoA-refresh")


def redeemed(login: OAuthConsent) -> Grant:
    return login.redeem("code", redirect="http://localhost:1/", verifier="v")


@pytest.mark.parametrize("strange", [one for one in JUNK if not isinstance(one, float | int)])
def test_what_is_no_token_is_neither_kept_nor_a_withdrawal(
    teller: Teller, login: OAuthConsent, strange: object
) -> None:
    teller.says = json.dumps({**TOKENS, "access_token": strange}).encode()

    try:
        is_good = is_sound(renewed(login))
    except ProviderError as error:
        is_good = type(error) is Retryable

    assert is_good

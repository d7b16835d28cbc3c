"""Whatever somebody writes into a variable: a value, or one sentence that does not repeat it."""

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from pydantic import SecretStr

from config.settings import Settings, settings
from domain.errors import Refusal
from tests.support.spoiled import LONG

CANARY = "canary9f3b"
VARIABLES = sorted(name.upper() for name in Settings.model_fields)
SHAPES = (
    *("{}", "postgresql://user:{}@host:5432/db", "redis://:{}@host/0", "rediss://host/{}"),
    *("redis+socket:///{}", "sentinel://{}:26379", "amqp://user:{}@host//", "https://{}.example"),
    *("http://[{}", "smtp://user:{}@host:587", "Front Desk <{}@x.example>", "{}@x.example"),
    *("k1:{}", "k1:{}==,k2:{}", "user:{}-password", "{}:8080", "127.0.0.1:{}", "AC{}", "MG{}"),
    *("+1{}", "+12125550100,{}.example", "/srv/{}", "~{}/x", "1{}", "sandbox{}"),
)
# What no environment can hold is left out: NUL, and halves of characters.
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


def written(name: str, value: str) -> Settings | str:
    """Return the settings with this value, or the sentence that refuses it."""
    with pytest.MonkeyPatch.context() as patch:
        for other in VARIABLES:
            patch.delenv(other, raising=False)
        patch.setenv(name, value)
        try:
            return settings.__wrapped__()
        except Refusal as refusal:
            return str(refusal)


@pytest.mark.parametrize("name", VARIABLES)
@hypothesis(max_examples=2_000 if LONG else 25, deadline=None)
@given(shape=st.sampled_from(SHAPES), before=WORDS, after=WORDS)
def test_it_is_a_value_or_a_sentence_that_does_not_repeat_it(
    name: str, shape: str, before: str, after: str
) -> None:
    found = written(name, shape.replace("{}", f"{before}{CANARY}{after}"))

    if isinstance(found, str):
        assert found.startswith(f"{name} ")
        assert CANARY not in found
        assert len(found.splitlines()) == 1
        return
    value = getattr(found, name.lower())
    if isinstance(value, SecretStr):
        assert CANARY not in repr(found) + str(value)

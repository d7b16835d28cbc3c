"""Prices of models from a maintained list, kept as dated rows.

The list has the shape of LiteLLM's `model_prices_and_context_window.json`: dollars for a token, by
model. A copy of the part that we ask for ships with each release (litellm 1.109.1, MIT) and is
taken hourly, which changes nothing until a release brings another; a newer file is taken by
`frontdesk prices take FILE`. A price that an operator set stands until the operator sets another.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, cast

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.database import SYSTEM, Begin
from domain.errors import Refusal

SHIPPED: Final = Path(__file__).parent / "model_prices.json"
SOURCE: Final = "litellm 1.109.1"
OPERATOR: Final = "operator"
PROVIDERS: Final = frozenset({"openai", "openrouter"})
MILLION: Final = Decimal(1_000_000)

_TAKE: Final = text(
    "INSERT INTO model_prices"
    " (provider, model, valid_from, prompt_usd, cached_usd, completion_usd, source)"
    " SELECT :provider, :model, clock_timestamp(), :prompt, :cached, :completion, :source"
    " WHERE NOT EXISTS (SELECT 1 FROM (SELECT * FROM model_prices p WHERE p.provider = :provider"
    "   AND p.model = :model AND p.valid_from <= clock_timestamp()"
    "   ORDER BY p.valid_from DESC LIMIT 1) newest WHERE newest.source = :operator"
    "   OR (newest.prompt_usd, newest.cached_usd, newest.completion_usd)"
    "    = (CAST(:prompt AS numeric), CAST(:cached AS numeric), CAST(:completion AS numeric)))"
    " RETURNING id"
)
_SET: Final = text(
    "INSERT INTO model_prices"
    " (provider, model, valid_from, prompt_usd, cached_usd, completion_usd, source)"
    " VALUES (:provider, :model, coalesce(CAST(:since AS timestamptz), clock_timestamp()),"
    "  :prompt, :cached, :completion, :operator)"
    " ON CONFLICT (provider, model, valid_from) DO UPDATE SET prompt_usd = excluded.prompt_usd,"
    "  cached_usd = excluded.cached_usd, completion_usd = excluded.completion_usd,"
    "  source = excluded.source"
)
_LIST: Final = text(
    "SELECT DISTINCT ON (provider, model) provider, model, valid_from, prompt_usd, cached_usd,"
    " completion_usd, source FROM model_prices WHERE valid_from <= clock_timestamp()"
    " ORDER BY provider, model, valid_from DESC"
)


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs, in dollars for a million tokens."""

    provider: str
    model: str
    prompt: Decimal
    cached: Decimal
    completion: Decimal


def read(file: Path) -> list[Price]:
    """Read a list; models of other vendors, and lines that are no prices of chats, are let be."""
    try:
        told = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise Refusal(f"{file} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise Refusal(f"{file} is no JSON.") from None
    if not isinstance(told, dict):
        raise Refusal(f"{file} is no list of models with their prices.")
    return list(_prices(cast("dict[str, object]", told)))


def _prices(told: Mapping[str, object]) -> Iterator[Price]:
    for name, given in told.items():
        facts = cast("dict[str, object]", given) if isinstance(given, dict) else {}
        provider = str(facts.get("litellm_provider"))
        if provider not in PROVIDERS:
            continue
        prompt = _million(facts.get("input_cost_per_token"))
        completion = _million(facts.get("output_cost_per_token"))
        if prompt is None or completion is None:
            continue
        # Where no price stands for what came from the cache, it is billed as any other.
        cached = _million(facts.get("cache_read_input_token_cost"))
        model = name.removeprefix(f"{provider}/")
        yield Price(provider, model, prompt, prompt if cached is None else cached, completion)


def _million(given: object) -> Decimal | None:
    """Return a price for a million tokens, to the last digit that was given."""
    try:
        found = Decimal(str(given)) * MILLION
    except InvalidOperation:
        return None
    return found if found.is_finite() and found >= 0 else None


def take(session: Session, prices: Sequence[Price], *, source: str) -> list[Price]:
    """Date a new row for each price that is another than the one that stands; return those."""
    return [
        price
        for price in prices
        if session.scalar(_TAKE, {**_facts(price), "source": source, "operator": OPERATOR})
    ]


def put(session: Session, price: Price, *, since: datetime | None) -> None:
    """Set a price that no list overrides."""
    session.execute(_SET, {**_facts(price), "since": since, "operator": OPERATOR})


def _facts(price: Price) -> dict[str, object]:
    return {
        "provider": price.provider,
        "model": price.model,
        "prompt": price.prompt,
        "cached": price.cached,
        "completion": price.completion,
    }


def listed(session: Session) -> list[dict[str, Any]]:
    """Return the prices of today."""
    return [dict(row) for row in session.execute(_LIST).mappings()]


def keep(begin: Begin) -> None:
    """Take the copy that ships with this release."""
    prices = read(SHIPPED)
    with begin(SYSTEM) as session:
        take(session, prices, source=SOURCE)

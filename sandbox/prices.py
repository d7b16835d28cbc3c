"""What language models cost at the vendors, in dollars for a million tokens: their own list.

It is not ours: that two lists agree is what a comparison of bills is to show.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

PRICES: Final[Mapping[str, tuple[str, str, str]]] = {
    "gpt-4o-mini": ("0.15", "0.075", "0.60"),
    "gpt-4o": ("2.50", "1.25", "10.00"),
    "gpt-4.1": ("2.00", "0.50", "8.00"),
    "gpt-4.1-mini": ("0.40", "0.10", "1.60"),
    "gpt-5-mini": ("0.25", "0.025", "2.00"),
}
"""A model: its prompt, what of the prompt was cached, and its answer."""

OTHERS: Final = ("0.15", "0.075", "0.60")


def cost(model: str, usage: Mapping[str, Any]) -> Decimal:
    """Return what an answer costs, to the last digit."""
    name = model.rsplit("/", 1)[-1]
    known = [one for one in PRICES if name == one or name.startswith(f"{one}-20")]
    prompt, cached, answer = (Decimal(one) for one in (PRICES[known[0]] if known else OTHERS))
    from_cache = int(usage["prompt_tokens_details"]["cached_tokens"])
    fresh = int(usage["prompt_tokens"]) - from_cache
    million = fresh * prompt + from_cache * cached + int(usage["completion_tokens"]) * answer
    return million.scaleb(-6)

"""Who reads transcripts, from what the operator set."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from config.settings import Settings
from domain.transcripts import when
from domain.transcripts.ports import Reader
from domain.transcripts.rules import Moment
from providers.local.reader import LocalReader
from providers.openai.reader import Account as ModelAccount
from providers.openai.reader import OpenAIReader
from workers.vendors import standing

MODEL: Final = "gpt-4o-mini"


def readers(settings: Settings) -> Sequence[Reader]:
    """Return who reads transcripts, in order; without a model's key, the reader without a model."""
    key = standing.given(settings.openai_api_key)
    wanted = settings.ai_provider or ("openai" if key else "local")
    if wanted == "local":
        return [LocalReader()]
    vendor: Literal["openai", "openrouter"]
    if wanted == "openrouter":
        vendor, key, base = (
            "openrouter",
            standing.given(settings.openrouter_api_key),
            "/openrouter/api/v1",
        )
        url = settings.openrouter_base_url
    else:
        vendor, base, url = "openai", "/openai/v1", settings.openai_base_url
    fallbacks = [one.strip() for one in (settings.openai_fallback_models or "").split(",")]
    models = [settings.openai_model or MODEL, *(one for one in fallbacks if one)]
    return [
        OpenAIReader(
            ModelAccount(
                vendor=vendor,
                key=key or standing.sandbox_key(settings, "openai") or "",
                model=model,
                base_url=url or standing.stand_in(settings, base),
            )
        )
        for model in models
    ]


def moments(
    phrase: str, said_at: datetime, zone: ZoneInfo, language: str | None
) -> Sequence[Moment]:
    """Return the moments that a phrase may mean."""
    found = when.resolve(phrase, said_at=said_at, zone=zone, language=language)
    return [
        Moment(one.starts_at, has_time=one.has_time, reading=one.reading)
        for one in found.candidates
    ]

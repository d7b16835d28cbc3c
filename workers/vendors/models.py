"""Who reads transcripts, from what the operator set."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from config.settings import Settings
from domain.database import Begin
from domain.sealing import Keyring
from domain.texts.schema import TextReading
from domain.texts.service import Classifiers
from domain.transcripts import when
from domain.transcripts.ports import Reader
from domain.transcripts.rules import Moment
from domain.transcripts.schema import Reading
from providers.local.reader import LocalReader
from providers.openai.reader import Account as ModelAccount
from providers.openai.reader import OpenAIReader
from workers.vendors import standing
from workers.vendors.own import Make, Own, field

MODEL: Final = "gpt-4o-mini"
Vendor = Literal["openai", "openrouter"]


def readers(settings: Settings, *, form: type[BaseModel] = Reading) -> Sequence[Reader]:
    """Return who reads, in order; without a model's key, the reader of calls without a model."""
    key = standing.given(settings.openai_api_key)
    wanted = settings.ai_provider or ("openai" if key else "local")
    if wanted == "local":
        return [LocalReader()]
    vendor: Vendor
    if wanted == "openrouter":
        vendor, key, base = (
            "openrouter",
            standing.given(settings.openrouter_api_key),
            "/openrouter/api/v1",
        )
        url = settings.openrouter_base_url
    else:
        vendor, base, url = "openai", "/openai/v1", settings.openai_base_url
    return _of(
        settings,
        vendor,
        key=key or standing.sandbox_key(settings, "openai") or "",
        base_url=url or standing.stand_in(settings, base),
        form=form,
    )


def classifiers(settings: Settings, begin: Begin, keyring: Keyring) -> Classifiers:
    """Return who reads reviews and texts; without a model's key, they are read by their words."""
    known = readers(settings, form=TextReading)
    models = [reader for reader in known if not isinstance(reader, LocalReader)]
    return Classifiers(
        begin=begin, readers=models, own=own(settings, begin, keyring, form=TextReading)
    )


def _of(
    settings: Settings, vendor: Vendor, *, key: str, base_url: str | None, form: type[BaseModel]
) -> Sequence[OpenAIReader]:
    """Return a reader for each model that the operator named, in order, for one account."""
    fallbacks = [one.strip() for one in (settings.openai_fallback_models or "").split(",")]
    models = [settings.openai_model or MODEL, *(one for one in fallbacks if one)]
    return [
        OpenAIReader(
            ModelAccount(vendor=vendor, key=key, model=model, base_url=base_url), form=form
        )
        for model in models
    ]


def own(
    settings: Settings, begin: Begin, keyring: Keyring, *, form: type[BaseModel] = Reading
) -> Callable[[UUID], Sequence[Reader]]:
    """Return who reads for a tenant that brought a model's key of its own.

    A key that nobody can use is the owner's to mend: meanwhile the house's models read.
    """

    def make(vendor: Vendor, base: str, url: str | None) -> Make[Sequence[Reader]]:
        return lambda facts: _of(
            settings,
            vendor,
            key=field(facts, "api_key", "key"),
            base_url=url or standing.stand_in(settings, base),
            form=form,
        )

    nobody: Sequence[Reader] = ()
    return Own(
        begin,
        keyring,
        {
            "openai": make("openai", "/openai/v1", settings.openai_base_url),
            "openrouter": make("openrouter", "/openrouter/api/v1", settings.openrouter_base_url),
        },
        platform=nobody,
        broken=lambda _facts: nobody,
    ).of


def moments(
    phrase: str, said_at: datetime, zone: ZoneInfo, language: str | None
) -> Sequence[Moment]:
    """Return the moments that a phrase may mean."""
    found = when.resolve(phrase, said_at=said_at, zone=zone, language=language)
    return [
        Moment(one.starts_at, has_time=one.has_time, reading=one.reading)
        for one in found.candidates
    ]

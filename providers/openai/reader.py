"""A language model reads our transcripts, at OpenAI or at OpenRouter."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Literal, cast

import httpx2
from openai import OpenAI
from openai.types.chat import ChatCompletion
from openai.types.shared_params import ResponseFormatJSONSchema
from pydantic import BaseModel

from domain.metering.usage import Usage
from domain.texts.ports import Answer, Request
from domain.transcripts.schema import Reading
from providers.openai.errors import translate
from providers.openai.form import strict
from providers.telling import amount, storable, whole

HOMES: Final[Mapping[str, str]] = {
    "openai": "https://api.openai.com/v1",
    "openrouter": "https://openrouter.ai/api/v1",
}
CONNECT: Final = 3.0
READ: Final = 60.0
POOL: Final = 32
MOST_TOKENS: Final = 8000
"""What one answer may take at most: thinking counts, and a form of ten events takes 1,500."""


def asked(form: type[BaseModel]) -> ResponseFormatJSONSchema:
    """Return a form as the API takes it."""
    schema = {"name": form.__name__, "strict": True, "schema": strict(form)}
    return cast("ResponseFormatJSONSchema", {"type": "json_schema", "json_schema": schema})


FORM: Final = asked(Reading)
BYTES_A_TOKEN: Final = 3
"""English has four or five, Swedish three."""

USUAL_TOKENS: Final = 1500
FINISHES: Final = frozenset({"stop", "length", "content_filter"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who pays, which model reads, and where it is found."""

    vendor: Literal["openai", "openrouter"] = "openai"
    key: str = field(repr=False)
    model: str
    base_url: str | None = None


class OpenAIReader:
    """Reads with a language model. Every answer says what it cost, also one that is no reading.

    One call is one request: the SDK would repeat it up to three times and tell of one bill.
    """

    def __init__(
        self,
        account: Account,
        *,
        form: type[BaseModel] = Reading,
        read: float = READ,
        connect: float = CONNECT,
    ) -> None:
        """Speak for `account`; connections are kept, so one of these serves many threads."""
        self.vendor: str = account.vendor
        self._form = asked(form)
        self._form_bytes = len(json.dumps(self._form))
        self._model = account.model
        limits = httpx2.Limits(max_connections=POOL, max_keepalive_connections=POOL)
        timeout = httpx2.Timeout(read, connect=connect)
        self._client = OpenAI(
            api_key=account.key,
            base_url=account.base_url or HOMES[account.vendor],
            max_retries=0,
            timeout=timeout,
            http_client=httpx2.Client(limits=limits, timeout=timeout, trust_env=False),
        )
        # The SDK takes these from the environment, which is not this account's.
        self._client.organization = self._client.project = None

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def greet(self) -> None:
        """Ask for nothing but whether our key is taken: it costs nothing."""
        try:
            self._client.models.list()
        except Exception as error:  # noqa: BLE001  # as in `read`
            raise translate(error) from None

    def estimate(self, request: Request) -> Usage:
        """Guess from the length, as a call of ten events: at most, it would block for nothing."""
        asked = f"{request.instructions}{request.transcript}".encode()
        return Usage(
            provider=self.vendor,
            model=self._model,
            request_id=request.reference,
            prompt_tokens=(len(asked) + self._form_bytes) // BYTES_A_TOKEN,
            completion_tokens=USUAL_TOKENS,
        )

    def read(self, request: Request) -> Answer:
        """Ask once. The rules come first, so that the vendor's cache knows them again."""
        rules = request.instructions
        if request.language:
            rules += f"\n\nIt is in the language {request.language}."
        if request.complaint:
            rules += f"\n\nYour last answer was no form: {request.complaint}. Fill it in again."
        # The vendor keeps this name of ours: where no answer comes, it is all there is to ask by.
        named = {"X-Client-Request-Id": request.reference} if request.reference else None
        began = time.monotonic()
        try:
            raw = self._client.chat.completions.with_raw_response.create(
                model=self._model,
                messages=[
                    {"role": "system", "content": rules},
                    {"role": "user", "content": request.transcript},
                ],
                response_format=self._form,
                max_completion_tokens=MOST_TOKENS,
                store=False,
                extra_headers=named,
            )
            latency = timedelta(seconds=time.monotonic() - began)
            name = raw.headers.get("x-request-id") or request.reference
            return self._answer(raw.parse(), name, latency)
        except Exception as error:  # noqa: BLE001  # the SDK reads answers as they come: any type may fly
            raise translate(error) from None

    def _answer(self, said: object, request_id: str | None, took: timedelta) -> Answer:
        """Say what came, and what it cost; the SDK checks neither."""
        if not isinstance(said, ChatCompletion):  # the SDK hands a page of HTML on as a text
            raise TypeError("not an answer of a model")
        usage = self._usage(said, request_id, took)
        choices: list[Any] = list(said.choices or ())
        if not choices and usage is None:
            raise ValueError("neither an answer nor a bill")
        message: Any = getattr(choices[0], "message", None) if choices else None
        if getattr(message, "refusal", None):
            return Answer(text="", usage=usage, finish="refusal")
        ended = str(choices[0].finish_reason) if choices else "stop"
        content = getattr(message, "content", None)
        return Answer(
            text=storable(content) if isinstance(content, str) else "",
            usage=usage,
            finish=ended if ended in FINISHES else "stop",
        )

    def _usage(self, said: ChatCompletion, request_id: str | None, took: timedelta) -> Usage | None:
        """Return the bill; cached tokens are part of the prompt's, reasoning of the answer's."""
        bill = said.usage
        if bill is None:
            return None
        asked, told = bill.prompt_tokens_details, bill.completion_tokens_details
        return Usage(
            provider=self.vendor,
            model=_name(said.model) or self._model,
            request_id=request_id or _name(said.id),
            prompt_tokens=whole(bill.prompt_tokens) or 0,
            cached_tokens=(whole(asked.cached_tokens) if asked else 0) or 0,
            completion_tokens=whole(bill.completion_tokens) or 0,
            reasoning_tokens=(whole(told.reasoning_tokens) if told else 0) or 0,
            latency=took,
            reported_cost=amount((bill.model_extra or {}).get("cost")),
        )


def _name(given: object) -> str | None:
    return storable(given) or None if isinstance(given, str) else None

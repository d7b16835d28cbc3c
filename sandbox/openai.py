"""OpenAI's other end, and OpenRouter's: chat completions with strict structured output.

It answers by reading the transcript without a model, bills every answer, cached and reasoning
tokens included, and writes into the ledger what each request cost: billed is also what was
answered to nobody. Any key that begins with "sk-" is taken, any model but "no-such-model".
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.transcripts import reading
from domain.transcripts.schema import Reading
from sandbox import prices
from sandbox.door import Door, House, Visit, json_of, reply
from sandbox.faults import Fault

LETTERS_A_TOKEN: Final = 4
CACHED_FROM: Final = 1024
CACHED_STEP: Final = 128
CONTEXT: Final = 128_000
REASONERS: Final = ("o1", "o3", "o4", "gpt-5")
THOUGHT: Final = 64
"""A reasoner thinks in steps of so many tokens."""

NOT_STRICT: Final = frozenset({"default", "minLength", "maxLength", "allOf", "oneOf", "not"})
SNAPSHOT: Final = "2026-03-05"
ERRORS: Final[Mapping[str, tuple[int, str, str]]] = {
    "invalid_api_key": (401, "invalid_request_error", "Incorrect API key provided: sk-***."),
    "model_not_found": (404, "invalid_request_error", "The model does not exist: {}"),
    "rate_limit_exceeded": (429, "requests", "Rate limit reached for requests. Try again in 1s."),
    "insufficient_quota": (429, "insufficient_quota", "You exceeded your current quota."),
    "context_length_exceeded": (
        400,
        "invalid_request_error",
        "This model's maximum context length is 128000 tokens.",
    ),
    "invalid_json_schema": (400, "invalid_request_error", "Invalid schema for response_format: {}"),
    "missing_required_parameter": (
        400,
        "invalid_request_error",
        "Missing required parameter: '{}'.",
    ),
}
BY_STATUS: Final = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}


def complain(status: int, code: str | None, about: str = "") -> JSONResponse:
    """Answer with OpenAI's own error."""
    name = code or BY_STATUS.get(status)
    words = "The server had an error while processing your request. Sorry about that!"
    own, kind, words = ERRORS.get(name or "", (status, "server_error", words))
    error = {"message": words.format(about), "type": kind, "param": about or None, "code": name}
    return reply({"error": error}, own if code in ERRORS else status)


@dataclass(frozen=True, slots=True)
class Draft:
    """What the model says before anything cuts it short."""

    content: str | None
    refusal: str | None = None
    finish: str = "stop"


class OpenAI:
    """Reads transcripts for money."""

    def __init__(self, house: House, vendor: str) -> None:
        self._house = house
        self._vendor = vendor
        self._door = Door(house, vendor, complain)
        self._asked = 0
        self._cache: set[str] = set()

    def reset(self) -> None:
        """Forget what is cached."""
        self._asked = 0
        self._cache.clear()

    def routes(self) -> list[Route]:
        """Return the vendor's routes."""
        door = self._door
        return [
            door.route("/chat/completions", "chat.completions", self.complete, method="POST"),
            door.route("/models", "models.list", self.models),
        ]

    async def models(self, visit: Visit) -> Response:
        """List the models: the harmless question by which a key is checked."""
        if not _is_known(visit):
            return complain(401, None)
        names = ("gpt-5-mini", "gpt-4.1-mini")
        lines = [
            {"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "system"}
            for name in names
        ]
        return reply({"object": "list", "data": lines})

    async def complete(self, visit: Visit) -> Response:
        """Answer a chat; one that is answered is billed, whether or not anybody hears it."""
        self._asked += 1
        name = hashlib.sha256(f"{self._vendor} {self._asked}".encode()).hexdigest()[:32]
        given = await json_of(visit.request)
        model = str((given or {}).get("model", ""))
        line = self._house.ledger.write(
            self._vendor,
            "completion",
            self._house.clock.now(),
            request=f"req_{name}",
            model=model,
            billed=False,
            client=visit.request.headers.get("x-client-request-id"),
        )
        wrong = complain(401, None) if not _is_known(visit) else _refusal(given)
        if wrong is not None:
            wrong.headers["x-request-id"] = f"req_{name}"
            return wrong
        chat = given or {}
        draft = self._cut_short(visit, chat, _answer(chat))
        usage = self._count(chat, draft)
        cost = prices.cost(model, usage)
        line.update(billed=True, finish=draft.finish, **usage)
        line["cost"] = str(cost)
        if self._vendor == "openrouter":
            usage["cost"] = float(cost)
        body: dict[str, Any] = {
            "id": f"chatcmpl-{name}",
            "object": "chat.completion",
            "created": int(self._house.clock.now().timestamp()),
            "model": model if model[-1:].isdigit() and "-20" in model else f"{model}-{SNAPSHOT}",
            "choices": [
                {
                    "index": 0,
                    "finish_reason": draft.finish,
                    "logprobs": None,
                    "message": {
                        "role": "assistant",
                        "content": draft.content,
                        "refusal": draft.refusal,
                        "annotations": [],
                    },
                }
            ],
            "usage": usage,
            "service_tier": "default",
            "system_fingerprint": f"fp_{name[:10]}",
        }
        return reply(body, x_request_id=f"req_{name}", openai_processing_ms="40")

    def _cut_short(self, visit: Visit, chat: Mapping[str, Any], draft: Draft) -> Draft:
        """Let the answer end as a rule wants, or where the request said that it must."""
        rule = visit.strikes(Fault.FINISH)
        word = rule.word if rule else ""
        content = draft.content or ""
        if word == "refusal":
            return Draft(None, refusal="I'm sorry, I can't help with that.")
        if word == "nonsense":
            return Draft('{"kind": "business", "events": "none')
        if word == "content_filter":
            return Draft(content[: len(content) // 3], finish="content_filter")
        most: int = chat.get("max_completion_tokens") or chat.get("max_tokens") or CONTEXT
        is_too_long = _tokens(content) > most
        if word == "length" or is_too_long:
            kept = LETTERS_A_TOKEN * most if is_too_long else len(content) // 2
            return Draft(content[:kept], finish="length")
        return draft

    def _count(self, chat: Mapping[str, Any], draft: Draft) -> dict[str, Any]:
        """Count tokens; a long beginning that was seen before is cached, as the vendor does it."""
        texts = [json.dumps(chat.get("response_format")), *_texts(chat)]
        prompt = sum(_tokens(text) for text in texts) + 4 * len(texts)
        beginning = "\n".join(texts[:-1])
        cached = 0
        if _tokens(beginning) >= CACHED_FROM:
            if beginning in self._cache:
                cached = _tokens(beginning) // CACHED_STEP * CACHED_STEP
            self._cache.add(beginning)
        said = _tokens((draft.content or "") + (draft.refusal or ""))
        is_thinker = str(chat["model"]).rsplit("/", 1)[-1].startswith(REASONERS)
        thought = THOUGHT * (1 + prompt // 1000) if is_thinker else 0
        return {
            "prompt_tokens": prompt,
            "completion_tokens": said + thought,
            "total_tokens": prompt + said + thought,
            "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": thought,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }


def _answer(chat: Mapping[str, Any]) -> Draft:
    """Read what the user said last, in the form that was asked for."""
    said = list(_texts(chat))[-1]
    form: dict[str, Any] = chat.get("response_format") or {}
    if form.get("type") != "json_schema":
        return Draft("Yes.")
    schema: dict[str, Any] = form["json_schema"]["schema"]
    if set(schema.get("properties", ())) == set(Reading.model_fields):
        return Draft(reading.read(said).model_dump_json())
    return Draft(json.dumps(_fill(schema, schema)))


def _fill(schema: Mapping[str, Any], root: Mapping[str, Any]) -> object:
    """Return the emptiest value of a form that nothing here can fill."""
    if "$ref" in schema:
        return _fill(root["$defs"][str(schema["$ref"]).rsplit("/", 1)[-1]], root)
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _fill(schema["anyOf"][-1], root)
    if schema.get("type") == "object":
        return {name: _fill(part, root) for name, part in schema.get("properties", {}).items()}
    empty: dict[object, object] = {"array": [], "string": "", "boolean": False, "null": None}
    return empty.get(schema.get("type"), 0)


def _refusal(given: Mapping[str, Any] | None) -> JSONResponse | None:
    """Return the error that a request deserves, or None."""
    if given is None:
        return complain(400, None)
    for name in ("model", "messages"):
        if not given.get(name):
            return complain(400, "missing_required_parameter", name)
    if given["model"] == "no-such-model":
        return complain(404, None, "no-such-model")
    if sum(_tokens(text) for text in _texts(given)) > CONTEXT:
        return complain(400, "context_length_exceeded", "messages")
    form: dict[str, Any] = given.get("response_format") or {}
    if form.get("type") == "json_schema" and form["json_schema"].get("strict"):
        fault = next(_faults_of(form["json_schema"]["schema"]), None)
        return complain(400, "invalid_json_schema", fault) if fault else None
    return None


def _faults_of(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield what strict structured output does not take."""
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            yield "'additionalProperties' is required to be supplied and to be false."
        if set(schema.get("required", ())) != set(schema.get("properties", ())):
            yield "'required' is required to name every key in properties."
    yield from (f"'{word}' is not permitted." for word in sorted(NOT_STRICT & set(schema)))
    if "$ref" in schema and len(schema) > 1:
        yield "$ref cannot have keywords beside it."
    for name in ("properties", "$defs"):
        for part in schema.get(name, {}).values():
            yield from _faults_of(part)
    for part in [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())]:
        yield from _faults_of(part)


def _texts(chat: Mapping[str, Any]) -> Iterator[str]:
    for message in chat["messages"]:
        content: object = message.get("content")
        if isinstance(content, str):
            yield content
        else:
            parts = cast("list[dict[str, Any]]", content or [])
            yield "".join(str(part.get("text", "")) for part in parts)


def _tokens(text: str) -> int:
    return -(-len(text) // LETTERS_A_TOKEN)


def _is_known(visit: Visit) -> bool:
    return visit.request.headers.get("authorization", "").startswith("Bearer sk-")

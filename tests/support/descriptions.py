"""The vendors' own descriptions, and how to hold what was said against them.

They lie in FRONTDESK_SHARED, or in `shared` beside the clone; without them their tests are skipped,
and counted. Properties that a description does not name are mistakes of ours.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import pytest
from jsonschema import Draft202012Validator

from config.settings import settings
from tests.support.commands import ROOT

FILES = {
    "openai": "openai.trim.json",
    "twilio": "twilio_api_v2010.trim.json",
    "resend": "resend.json",
    "retell": "retell.trim.json",
    "stripe": "stripe.requests.json",
    "telnyx": "telnyx.trim.json",
    "vapi": "vapi.calls.json",
}


def folder() -> Path:
    return (settings().frontdesk_shared or ROOT.parent / "shared") / "specs"


@cache
def description(vendor: str) -> "Description":
    path = folder() / FILES[vendor]
    if not path.exists():
        pytest.skip("the vendors' descriptions are not here: set FRONTDESK_SHARED")
    return Description(json.loads(path.read_text()))


@cache
def fixtures() -> dict[str, Any]:
    """Return Stripe's own examples of its things."""
    path = folder() / "stripe.fixtures3.2026-08.json"
    if not path.exists():
        pytest.skip("the vendors' descriptions are not here: set FRONTDESK_SHARED")
    return json.loads(path.read_text())["resources"]


def graph_faults(name: str, said: object) -> list[str]:
    """Return what Microsoft's own metadata hold against one of Graph's things."""
    path = folder() / "msgraph_calendar.schema.json"
    if not path.exists():
        pytest.skip("the vendors' descriptions are not here: set FRONTDESK_SHARED")
    schema = {"$ref": f"#/$defs/{name}", "$defs": json.loads(path.read_text())["$defs"]}
    found = Draft202012Validator(schema).iter_errors(said)
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


class Description:
    """One vendor's description, in OpenAPI 3.0 or 3.1."""

    def __init__(self, document: dict[str, Any]) -> None:
        if document["openapi"].startswith("3.0"):
            document = _of_today(document)
        self._document = document

    def part(self, name: str) -> dict[str, Any]:
        """Return what is described under a name of its own."""
        return self._document["components"]["schemas"][name]

    def faults_of_request(self, path: str, method: str, body: bytes, kind: str) -> list[str]:
        """Return what is wrong with a request's body."""
        contents = self._operation(path, method)["requestBody"]["content"]
        schema = contents[kind.split(";", maxsplit=1)[0]]["schema"]
        said: Any = json.loads(body) if "json" in kind else _form(body, schema)
        return self._faults(schema, said)

    def faults_of_query(self, path: str, method: str, query: str) -> list[str]:
        """Return the parameters that nobody described."""
        given = self._operation(path, method).get("parameters", [])
        known = {self._resolved(parameter)["name"] for parameter in given}
        return [name for name, _ in parse_qsl(query) if name.partition("[")[0] not in known]

    def faults_of_answer(self, path: str, method: str, status: int, body: bytes) -> list[str]:
        """Return what is wrong with an answer."""
        answers = self._operation(path, method)["responses"]
        if str(status) not in answers:
            return [f"{status} is not described"]
        schema = answers[str(status)]["content"]["application/json"]["schema"]
        return self._faults(schema, json.loads(body))

    def described_answer(self, path: str, method: str, status: int) -> dict[str, Any]:
        """Return how an answer's body is described."""
        answer = self._resolved(self._operation(path, method)["responses"][str(status)])
        return answer["content"]["application/json"]["schema"]

    def faults_of_part(self, name: str, said: object) -> list[str]:
        """Return what is wrong with something that has a name of its own."""
        return self._faults({"$ref": f"#/components/schemas/{name}"}, said)

    def _operation(self, path: str, method: str) -> dict[str, Any]:
        return self._document["paths"][path][method.lower()]

    def _resolved(self, part: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in part:
            return part
        found: Any = self._document
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        return found

    def _faults(self, schema: Mapping[str, Any], said: object) -> list[str]:
        closed = {
            "allOf": [schema],
            "unevaluatedProperties": False,
            "components": self._document.get("components", {}),
        }
        found = Draft202012Validator(closed).iter_errors(said)
        return [f"{error.json_path}: {error.message[:200]}" for error in found]


def _form(body: bytes, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Read a form; what is described as a list has as many values as it was given."""
    parts = schema.get("properties", {})
    return {
        name: values if parts.get(name, {}).get("type") == "array" else values[-1]
        for name, values in parse_qs(body.decode(), keep_blank_values=True).items()
    }


def _of_today(part: Any) -> Any:
    """Say "nullable" as JSON Schema says it today."""
    if isinstance(part, list):
        return [_of_today(one) for one in part]
    if not isinstance(part, dict):
        return part
    made = {name: _of_today(value) for name, value in part.items()}
    return {"anyOf": [made, {"type": "null"}]} if made.pop("nullable", False) is True else made

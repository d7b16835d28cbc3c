"""Google's own description of its calendars, and how to hold requests and answers against it."""

import json
import re
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import pytest
from jsonschema import Draft202012Validator

from tests.support.descriptions import folder
from tests.support.recorder import Exchange

KEPT = {"type", "format", "enum", "items", "properties", "additionalProperties", "description"}


@cache
def document() -> dict[str, Any]:
    path = folder() / "google_calendar.v3.discovery.json"
    if not path.exists():
        pytest.skip("the vendors' descriptions are not here: set FRONTDESK_SHARED")
    return json.loads(path.read_text())


def faults(exchange: Exchange) -> list[str]:
    """Return everything that the description holds against an exchange."""
    method = _method(exchange)
    if method is None:
        return [f"{exchange.method} {exchange.path} is not described"]
    known = {**document()["parameters"], **method.get("parameters", {})}
    found = [name for name, _ in parse_qsl(exchange.query) if name not in known]
    if exchange.asked:
        asked = json.loads(exchange.asked)
        said = _without_nulls(asked) if exchange.method == "PATCH" else asked
        found += _faults(method["request"]["$ref"], said)
    if exchange.status == 200 and "response" in method:
        found += _faults(method["response"]["$ref"], json.loads(exchange.answered))
    return found


def _method(exchange: Exchange) -> dict[str, Any] | None:
    path = exchange.path.removeprefix("/google/").removeprefix(document()["servicePath"])
    for resource in document()["resources"].values():
        for method in resource["methods"].values():
            form = re.sub(r"\{\w+\}", "[^/]+", method["path"])
            if method["httpMethod"] == exchange.method and re.fullmatch(form, path):
                return method
    return None


def _faults(name: str, said: Any) -> list[str]:
    schema = _schema({"$ref": name})
    return [
        f"{'/'.join(map(str, error.path))}: {error.message}"
        for error in Draft202012Validator(schema).iter_errors(said)
    ]


def _schema(given: Any, depth: int = 12) -> Any:
    """Write a schema of the description as JSON's own; what is not named is a mistake."""
    if "$ref" in given:
        return _schema(document()["schemas"][given["$ref"]], depth - 1) if depth else {}
    made: dict[str, Any] = {name: value for name, value in given.items() if name in KEPT}
    if given.get("type") == "any":
        made.pop("type")
    made.pop("format", None)
    if "properties" in given:
        inner = given["properties"].items()
        made["properties"] = {name: _schema(one, depth - 1) for name, one in inner}
        made["additionalProperties"] = False
    if isinstance(given.get("additionalProperties"), dict):
        made["additionalProperties"] = _schema(given["additionalProperties"], depth - 1)
    if "items" in given:
        made["items"] = _schema(given["items"], depth - 1)
    return made


def _without_nulls(facts: Any) -> Any:
    """Leave out what a change takes away: null means so, and no schema says it."""
    if isinstance(facts, dict):
        return {name: _without_nulls(one) for name, one in facts.items() if one is not None}
    return facts

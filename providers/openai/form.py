"""Our closed form, in the part of JSON Schema that strict structured output takes."""

from collections.abc import Mapping
from typing import Any, Final, cast

from pydantic import BaseModel

NOT_TAKEN: Final = frozenset({"title", "default", "minLength", "maxLength", "format"})
"""Lengths are told in words instead, and checked by us: no model is held to them."""


def strict(model: type[BaseModel]) -> dict[str, Any]:
    """Return the form of `model`: every field required, nothing else allowed.

    The SDK's own translation keeps lengths, which the API may refuse, and its `parse` throws
    away what an answer cost when the answer is cut short.
    """
    return _taken(model.model_json_schema())


def _taken(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return one part of the form, without what is not taken."""
    if "$ref" in part:
        return {"$ref": part["$ref"]}
    kept = {name: value for name, value in part.items() if name not in NOT_TAKEN}
    if "maxLength" in part:
        limit = f"At most {part['maxLength']} characters."
        kept["description"] = " ".join(filter(None, (kept.get("description"), limit)))
    for name in ("properties", "$defs"):
        if name in part:
            inner = cast("Mapping[str, Mapping[str, Any]]", part[name])
            kept[name] = {key: _taken(value) for key, value in inner.items()}
    if "anyOf" in part:
        kept["anyOf"] = [_taken(one) for one in part["anyOf"]]
    if "items" in part:
        kept["items"] = _taken(part["items"])
    if part.get("type") == "object":
        kept["additionalProperties"] = False
        kept["required"] = list(part.get("properties", ()))
    return kept

"""Examples for the description of the API: those of fields, put together to whole bodies and answers."""

from __future__ import annotations

from typing import Any

#: Texts whose form is told by the schema.
_FORMATS = {"date-time": "2026-01-31T12:00:00Z", "binary": "", "uri": "https://sw.example.com"}
#: Texts that are called the same everywhere.
_NAMED = {
    "name": "digits",
    "project": "vision",
    "user": "ada",
    "version": "7savsrzxvlax7savsrzxvlax7savsrzxvlax7sav",
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "manifest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "job": "krml3iizr3odpdf4revpzaouzgyoacgb7aplh7l4",
    "tag": "production",
    "message": "handwritten digits",
    "created_by": "ada",
    "token": "sw_a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4e5F6",
    "secret": "kPq3cVb0sX7rYz1t",
    "email": "bob@example.com",
    "path": "evaluation/nightly/results",
    "column": "score",
    "scopes": "*:read",
    "permission": "dataset:read",
}
_PLAIN: dict[str, Any] = {"integer": 1, "number": 0.5, "boolean": True, "null": None}
_DEEPEST = 6


def give_examples(description: dict[str, Any]) -> None:
    """Give an example to each JSON body and each JSON answer that has none."""
    schemas = description["components"]["schemas"]
    for item in description["paths"].values():
        for operation in item.values():
            told = [operation.get("requestBody", {}), *operation["responses"].values()]
            for each in told:
                content = each.get("content", {}).get("application/json")
                if content is not None and not {"example", "examples"} & set(content):
                    content["example"] = example_of(content.get("schema", {}), schemas)


def example_of(schema: dict[str, Any], schemas: dict[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value that fits a schema, made of the examples and defaults in it.

    Args:
        schema: The schema.
        schemas: Those that it may refer to, by name.
        name: What the value is called, which says what a text may be.
        depth: How deep it stands in the example; what refers to itself ends somewhere.
    """
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, name, depth)
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for key in ("const", "example", "default"):
        if key in schema:
            return schema[key]
    for choices in (schema.get("anyOf"), schema.get("oneOf"), schema.get("allOf")):
        if choices:
            # When something ended, expired or was removed: of most things, not yet.
            if {"type": "null"} in choices and choices[0].get("format") == "date-time":
                return None
            return example_of(choices[0], schemas, name, depth)
    return _of_type(schema, schemas, name, depth)


def _of_type(schema: dict[str, Any], schemas: dict[str, Any], name: str, depth: int) -> Any:
    kind = schema.get("type")
    if kind == "array":
        return _list(schema, schemas, name, depth)
    if kind == "string":
        return _text(schema, name)
    if kind in {"integer", "number"}:
        return max(_PLAIN[kind], schema.get("minimum", _PLAIN[kind]))
    return _PLAIN[kind] if kind in _PLAIN else _object(schema, schemas, depth)


def _list(schema: dict[str, Any], schemas: dict[str, Any], name: str, depth: int) -> list[Any]:
    if "prefixItems" in schema:
        return [example_of(each, schemas, name, depth + 1) for each in schema["prefixItems"]]
    inner = schema.get("items")
    if not inner or depth >= _DEEPEST:
        return []
    return [example_of(inner, schemas, name, depth + 1)] * max(1, schema.get("minItems", 1))


def _object(schema: dict[str, Any], schemas: dict[str, Any], depth: int) -> dict[str, Any]:
    needed = schema.get("required", ())
    found = {
        name: example_of(each, schemas, name, depth + 1)
        for name, each in schema.get("properties", {}).items()
        if name in needed or "examples" in each or depth == 0
    }
    values = schema.get("additionalProperties")
    if isinstance(values, dict) and len(found) < schema.get("minProperties", 0):
        found["mean"] = example_of(values, schemas, "mean", depth + 1)
    return found


def _text(schema: dict[str, Any], name: str) -> str:
    told = _FORMATS.get(schema.get("format", "")) or _NAMED.get(name) or _NAMED.get(name.removesuffix("s"))
    least, most = schema.get("minLength", 0), schema.get("maxLength", 1000)
    return (told or name or "text").ljust(least, "a")[:most]

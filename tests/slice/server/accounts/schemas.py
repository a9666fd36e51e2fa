"""The least body and query that the description of a route allows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from tests.slice.server.accounts.ways import Way


class Schemas:
    """Makes the least body and query that a description allows."""

    def __init__(self, app: FastAPI) -> None:
        self._all: dict[str, Any] = app.openapi().get("components", {}).get("schemas", {})

    def body(self, way: Way) -> dict[str, Any] | None:
        schema = self.schema_of_body(way)
        return None if schema is None else self.value(schema)

    def schema_of_body(self, way: Way) -> dict[str, Any] | None:
        content = way.described.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("schema")

    def names_of_query(self, way: Way) -> set[str]:
        return {each["name"] for each in way.described.get("parameters", ()) if each["in"] == "query"}

    def query(self, way: Way) -> dict[str, Any]:
        wanted = [each for each in way.described.get("parameters", ()) if each["in"] == "query"]
        return {each["name"]: self.value(each["schema"]) for each in wanted if each.get("required")}

    def value(self, schema: dict[str, Any]) -> Any:
        schema = self.resolved(schema)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return schema["enum"][0]
        kind = schema.get("type")
        if kind == "object" or "properties" in schema:
            needed = schema.get("required", ())
            named = {name: self.value(schema["properties"][name]) for name in needed}
            others = schema.get("additionalProperties")
            if schema.get("minProperties") and isinstance(others, dict):
                named["a"] = self.value(others)
            return named
        if schema.get("examples"):
            return schema["examples"][0]
        if kind == "array":
            return [self.value(schema["items"])] * schema.get("minItems", 0)
        return self._plain(schema, kind)

    def _plain(self, schema: dict[str, Any], kind: str | None) -> Any:
        if kind in {"integer", "number"}:
            return schema.get("minimum", 1)
        if kind == "boolean":
            return False
        if schema.get("format") == "date-time":
            return "2030-01-01T00:00:00Z"
        if "64}" in schema.get("pattern", ""):
            return "0" * 64
        return "a" * max(1, schema.get("minLength", 1))

    def named(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A description that may be told by its name only, with whatever forms it has."""
        while "$ref" in schema:
            schema = self._all[schema["$ref"].rpartition("/")[2]]
        return schema

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while True:
            if "$ref" in schema:
                schema = self._all[schema["$ref"].rpartition("/")[2]]
            elif schema.get("anyOf") or schema.get("oneOf"):
                schema = (schema.get("anyOf") or schema["oneOf"])[0]
            elif len(schema.get("allOf", ())) == 1:
                schema = schema["allOf"][0]
            else:
                return schema

    def reachable(
        self, schema: dict[str, Any], seen: set[str] | None = None
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every named description below one."""
        seen = set() if seen is None else seen
        name = schema.get("$ref", "").rpartition("/")[2]
        if name in seen:
            return
        if name:
            seen.add(name)
            yield name, self._all[name]
            schema = self._all[name]
        for each in schema.values():
            for below in each if isinstance(each, list) else [each]:
                if isinstance(below, dict):
                    yield from self.reachable(below, seen)
        for each in schema.get("properties", {}).values():
            yield from self.reachable(each, seen)

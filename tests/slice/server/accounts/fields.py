"""The fields that requests are made of, as the API describes them: of paths, queries and bodies.

A field of a body has a name such as ``tables[].table`` (of each member of a list) or ``bounds.*.most`` (of a
table whose keys are anything); where there are several forms of a thing, those of each are told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from tests.slice.server.accounts.schemas import Schemas
from tests.slice.server.accounts.ways import Way

_FORMS = ("anyOf", "oneOf", "allOf")
_ITEM, _ANY_KEY = "[]", "*"
#: How deep bodies that hold themselves are followed: a report holds chapters, which hold blocks.
_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Field:
    """A place for a value in a request.

    Attributes:
        place: "path", "query" or "body".
        name: What it is called there.
        steps: How it is reached from the top of the body or from the names of the query: a name, `_ITEM`,
            `_ANY_KEY`, or which of several forms.
        described: Its own description.
    """

    place: str
    name: str
    steps: tuple[str | tuple[str, int], ...]
    described: dict[str, Any]

    @property
    def is_text(self) -> bool:
        """Whether a text may stand there, be it alone or beside others."""
        return self.described.get("type", "string") == "string"

    @property
    def is_free(self) -> bool:
        """Whether it takes more than a few words that are told beforehand, or yes and no."""
        kind = self.described.get("type")
        return kind not in {"boolean", "null"} and not self.described.keys() & {"enum", "const"}


class Fields:
    """Finds the fields of the operations of an application, and fills them."""

    def __init__(self, app: FastAPI) -> None:
        self._schemas = Schemas(app)

    def of(self, way: Way) -> list[Field]:
        """Every field that takes more than a few words that are told beforehand, each once."""
        found = [Field("path", name, (name,), {"type": "string"}) for name in way.parameters]
        for each in way.described.get("parameters", ()):
            if each["in"] == "query":
                found += self._below(each["schema"], (each["name"],), "query")
        schema = self._schemas.schema_of_body(way)
        if schema is not None:
            found += self._below(schema, (), "body")
        # Of several forms that one which takes texts is kept.
        found = sorted((each for each in found if each.is_free), key=lambda each: each.is_text)
        return list({(each.place, each.name): each for each in found}.values())

    def filled(self, way: Way, field: Field, value: Any) -> dict[str, Any]:
        """What to lay over a body or a query so that a value stands in a field, and all about it fits."""
        name, *steps = field.steps
        assert isinstance(name, str)
        return {name: self._around(self._described(way, field.place, name), steps, value)}

    def _described(self, way: Way, place: str, name: str) -> dict[str, Any]:
        if place == "body":
            schema = self._schemas.schema_of_body(way)
            assert schema is not None
            return self._schemas.resolved(schema)["properties"][name]
        wanted = (each for each in way.described["parameters"] if each["in"] == place)
        return next(each["schema"] for each in wanted if each["name"] == name)

    def _below(
        self, schema: dict[str, Any], steps: tuple[str | tuple[str, int], ...], place: str
    ) -> Iterator[Field]:
        schema = self._schemas.named(schema)
        if len(steps) > _DEPTH:
            return
        inner = False
        for form in _FORMS:
            for number, each in enumerate(schema.get(form, ())):
                inner = True
                yield from self._below(each, (*steps, (form, number)) if steps else steps, place)
        for name, each in schema.get("properties", {}).items():
            inner = True
            yield from self._below(each, (*steps, name), place)
        if isinstance(schema.get("additionalProperties"), dict):
            inner = True
            yield from self._below(schema["additionalProperties"], (*steps, _ANY_KEY), place)
        if isinstance(schema.get("items"), dict):
            inner = True
            yield from self._below(schema["items"], (*steps, _ITEM), place)
        if not inner:
            yield Field(place, _name_of(steps), steps, schema)

    def _around(self, schema: dict[str, Any], steps: list[str | tuple[str, int]], value: Any) -> Any:
        schema = self._schemas.named(schema)
        if not steps:
            return value
        step, *rest = steps
        if isinstance(step, tuple):
            form, number = step
            return self._around(schema[form][number], rest, value)
        if step == _ITEM:
            return [self._around(schema["items"], rest, value)] * max(1, schema.get("minItems", 1))
        if step == _ANY_KEY:
            return {"a": self._around(schema["additionalProperties"], rest, value)}
        return {**self._schemas.value(schema), step: self._around(schema["properties"][step], rest, value)}


def _name_of(steps: tuple[str | tuple[str, int], ...]) -> str:
    return ".".join(each for each in steps if isinstance(each, str)).replace("." + _ITEM, _ITEM)

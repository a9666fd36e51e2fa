"""Fields of a dataclass as options of a command line, and the text of options as values of those fields."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, TypeVar

from starwhale.core.arguments import parse
from starwhale.core.errors import InvalidSpec, UsageError

Convert = Callable[[str], Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How the text of one option becomes a value.

    Attributes:
        type_name: Name of the type in forms: ``integer``, ``text``, ``choice``, …
        convert: Makes a value of one text; raises ValueError or TypeError.
        choices: Texts that are allowed, None for any.
        multiple: The option may be repeated, and the value is a list or a dict.
        flag: The option takes no text.
        mapping: The value is a dict.
    """

    type_name: str
    convert: Convert
    choices: tuple[str, ...] | None = None
    multiple: bool = False
    flag: bool = False
    mapping: bool = False


_PARAM_TYPES = {"integer": "INT", "float": "FLOAT", "boolean": "BOOL", "text": "STRING", "choice": "CHOICE"}


def options_of(kind: type[Any]) -> dict[str, dict[str, Any]]:
    """The options that the fields of a dataclass stand for, by field; plain enough to be stored as JSON.

    Raises:
        InvalidSpec: `kind` is no dataclass, or a type in it cannot be resolved.
    """
    return {field.name: _option(field, shape) for field, shape in _shapes(kind)}


def value_of(kind: type[T], words: Sequence[str]) -> T:
    """An instance of a dataclass, filled from what stands after ``--``.

    Raises:
        UsageError: a required option is missing, or a text is no value of its field.
    """
    shapes = _shapes(kind)
    raw = parse([_option(field, shape) for field, shape in shapes], words)
    values: dict[str, Any] = {}
    for field, shape in shapes:
        if field.name in raw:
            values[field.name] = _value(field.name, shape, raw[field.name])
        elif shape.flag and not _has_default(field):
            values[field.name] = False
    return kind(**values)


def _shapes(kind: type[Any]) -> list[tuple[Field[Any], Shape]]:
    if not (isinstance(kind, type) and is_dataclass(kind)):  # pyright: ignore[reportUnnecessaryIsInstance] - users hand over anything
        raise InvalidSpec(f"@argument takes dataclasses, not {kind!r}")
    try:
        hints = typing.get_type_hints(kind)
    except NameError as exc:
        raise InvalidSpec(f"the types of {kind.__qualname__} cannot be resolved: {exc}") from exc
    return [(field, _shape(hints[field.name])) for field in fields(kind) if field.init]


def _shape(hint: Any) -> Shape:
    origin = typing.get_origin(hint)
    inner = typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        return _union([each for each in inner if each is not types.NoneType])
    if origin is typing.Annotated:
        return _shape(inner[0])
    if origin is typing.Literal:
        return _choice({str(each): each for each in inner})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _choice({str(member.value): member for member in hint})
    holder = origin or hint
    if (
        isinstance(holder, type)
        and issubclass(holder, (list, tuple, set, frozenset, Sequence))
        and holder is not str
    ):
        item = _shape(inner[0]) if inner else _text()
        return Shape(type_name=item.type_name, convert=item.convert, choices=item.choices, multiple=True)
    if isinstance(holder, type) and issubclass(holder, Mapping):
        return Shape(type_name="text", convert=_entries, multiple=True, mapping=True)
    return _scalar(hint)


def _scalar(hint: Any) -> Shape:
    if hint is bool:
        return Shape(type_name="boolean", convert=_truth, flag=True)
    if hint is int or hint is float:
        return Shape(type_name="integer" if hint is int else "float", convert=hint)
    if hint is str or not callable(hint) or hint is Any:
        return _text()
    return Shape(type_name="text", convert=hint)


def _text() -> Shape:
    return Shape(type_name="text", convert=str)


def _union(members: list[Any]) -> Shape:
    shapes = [_shape(each) for each in members if each is not str] + [_text()] * (str in members)
    if len(shapes) == 1 or shapes[0].multiple:
        return shapes[0]
    kinds = {each.type_name for each in shapes}
    convert = _first_of([each.convert for each in shapes])
    return Shape(type_name=kinds.pop() if len(kinds) == 1 else "text", convert=convert)


def _first_of(converts: list[Convert]) -> Convert:
    def convert(text: str) -> Any:
        for each in converts[:-1]:
            try:
                return each(text)
            except (ValueError, TypeError):
                continue
        return converts[-1](text)

    return convert


def _choice(members: Mapping[str, Any]) -> Shape:
    def convert(text: str) -> Any:
        if text not in members:
            raise ValueError(text)
        return members[text]

    return Shape(type_name="choice", convert=convert, choices=tuple(members))


def _truth(text: str) -> bool:
    known = {
        "true": True,
        "1": True,
        "yes": True,
        "on": True,
        "false": False,
        "0": False,
        "no": False,
        "off": False,
    }
    if text.lower() not in known:
        raise ValueError(text)
    return known[text.lower()]


def _entries(text: str) -> dict[str, Any]:
    """Entries of a dict: a JSON object, or ``KEY=VALUE`` with the value as text."""
    key, equals, value = text.partition("=")
    if equals and not text.lstrip().startswith("{"):
        return {key: value}
    entries = json.loads(text)
    if not isinstance(entries, dict):
        raise TypeError(text)
    return typing.cast("dict[str, Any]", entries)


def _value(name: str, shape: Shape, raw: str | bool | list[str]) -> Any:
    if isinstance(raw, bool):
        return raw
    texts = raw if isinstance(raw, list) else [raw]
    values = [_one(name, shape, text) for text in texts]
    if shape.mapping:
        return {key: value for entries in values for key, value in entries.items()}
    return values if shape.multiple else values[-1]


def _one(name: str, shape: Shape, text: str) -> Any:
    try:
        return shape.convert(text)
    except (ValueError, TypeError) as exc:
        expected = f"one of {', '.join(shape.choices)}" if shape.choices else _expected(shape)
        raise UsageError(f"--{name} is {text!r}, expected {expected}") from exc


def _expected(shape: Shape) -> str:
    if shape.mapping:
        return "KEY=VALUE or a JSON object"
    return {"integer": "a whole number", "float": "a number", "boolean": "true or false"}.get(
        shape.type_name, "another text"
    )


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _option(field: Field[Any], shape: Shape) -> dict[str, Any]:
    spellings = [f"--{field.name}"]
    if "_" in field.name:
        spellings.append(f"--{field.name.replace('_', '-')}")
    return {
        "name": field.name,
        "type": {
            "name": shape.type_name,
            "param_type": _PARAM_TYPES[shape.type_name],
            "choices": list(shape.choices) if shape.choices else None,
            "case_sensitive": True,
        },
        "required": not shape.flag and not _has_default(field),
        "multiple": shape.multiple,
        "is_flag": shape.flag,
        "default": _default(field),
        "help": field.metadata.get("help"),
        "hidden": bool(field.metadata.get("hidden", False)),
        "opts": spellings,
    }


def _default(field: Field[Any]) -> str | None:
    value = field.default
    if value is MISSING:
        value = None if field.default_factory is MISSING else field.default_factory()
    if value is None or isinstance(value, str):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, (list, dict, tuple)):
        return json.dumps(value, default=str)
    return str(value)

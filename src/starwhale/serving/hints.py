"""From the type hints of a function to what checks its arguments and describes them as JSON schema."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from functools import partial
from inspect import Parameter
from typing import Annotated, Any, NotRequired, Optional, Union, get_args, get_origin, get_type_hints

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    GetPydanticSchema,
    PydanticSchemaGenerationError,
    PydanticUserError,
    TypeAdapter,
)
from pydantic_core import core_schema
from typing_extensions import TypedDict

from starwhale.core.errors import InvalidSpec
from starwhale.core.types.media import BaseArtifact
from starwhale.core.types.text import Text
from starwhale.serving.media import artifact_of, picture_of, upload_of

_FILE = {"type": "string", "format": "binary", "contentEncoding": "base64"}
_CONTAINERS = (list, tuple, set, frozenset, dict)


def parameters_of(function: Callable[..., Any]) -> dict[str, Parameter]:
    """What a function takes, without `self`.

    Raises:
        InvalidSpec: it takes ``*args``, which no request can fill.
    """
    found = dict(inspect.signature(function).parameters)
    if found and next(iter(found)) == "self":
        del found["self"]
    for name, each in found.items():
        if each.kind is Parameter.VAR_POSITIONAL:
            raise InvalidSpec(
                f"{_name(function)} takes *{name}, which a request cannot fill",
                hint="name its parameters, or take **kwargs",
            )
    return found


def hints_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The type hints of a function; none where they cannot be told."""
    try:
        return get_type_hints(inspect.unwrap(function), include_extras=True)
    except Exception:  # noqa: BLE001 - a hint may be any expression, and a wrong one is no reason to fail
        return {}


def arguments_of(function: Callable[..., Any], overrides: Mapping[str, Any]) -> TypeAdapter[dict[str, Any]]:
    """What checks the arguments of a function by name and converts them.

    A parameter that has a default may be left out, and is then missing from the result.

    Args:
        function: The user's.
        overrides: Types of parameters for which a component of a form speaks.

    Raises:
        InvalidSpec: a parameter is of a type that no request can express.
    """
    hints = hints_of(function)
    fields: dict[str, Any] = {}
    extra = "forbid"
    for name, each in parameters_of(function).items():
        if each.kind is Parameter.VAR_KEYWORD:
            extra = "allow"
            continue
        kind = overrides[name] if name in overrides else mapped(hints.get(name, Any))
        if each.default is Parameter.empty:
            fields[name] = kind
        else:
            kind = Optional[kind] if each.default is None else kind  # noqa: UP045 - a union with a marked type
            fields[name] = NotRequired[Annotated[kind, Field(json_schema_extra=_default(each.default))]]
    return _adapter(function, fields, extra)


def adapter_of(kind: Any) -> TypeAdapter[Any]:
    """What checks one value of a type."""
    return TypeAdapter(kind)


def _adapter(function: Callable[..., Any], fields: dict[str, Any], extra: str) -> TypeAdapter[dict[str, Any]]:
    shape: Any = TypedDict(_name(function), fields)  # pyright: ignore[reportArgumentType] - the fields are known now only
    shape.__pydantic_config__ = ConfigDict(extra=extra, allow_inf_nan=True)  # pyright: ignore[reportArgumentType] - `extra` is one of its words
    try:
        return TypeAdapter(shape)
    except (PydanticSchemaGenerationError, PydanticUserError) as exc:
        first = str(exc).strip().partition("\n")[0].rstrip(".")
        raise InvalidSpec(
            f"{_name(function)} takes what no request can express: {first}",
            hint="use plain types, dataclasses, pydantic models or Starwhale's data types",
        ) from exc


def _default(value: Any) -> dict[str, Any]:
    plain = value is None or isinstance(value, bool | int | float | str)
    return {"default": value} if plain and value is not None else {}


def mapped(hint: Any) -> Any:
    """The same type, with whatever holds bytes read from uploads, base64 and data URLs."""
    if hint is Parameter.empty:
        return Any
    if isinstance(hint, type) and not isinstance(hint, types.GenericAlias):
        return _mapped_class(hint)
    origin: Any = get_origin(hint)
    arguments = get_args(hint)
    if origin is Annotated:
        return Annotated[(mapped(arguments[0]), *hint.__metadata__)]
    if origin in {Union, types.UnionType}:
        return Union[tuple(mapped(each) for each in arguments)]  # noqa: UP007 - made of a list
    if origin in _CONTAINERS and arguments:
        generic: Any = origin
        return generic[tuple(each if each is Ellipsis else mapped(each) for each in arguments)]
    return hint


def _mapped_class(kind: type[Any]) -> Any:
    if issubclass(kind, BaseArtifact):
        schema = {"type": "string"} if issubclass(kind, Text) else _FILE
        return opaque(partial(artifact_of, kind), {**schema, "x-media": kind.kind.value})
    if kind.__module__.startswith("PIL.") and any(base.__name__ == "Image" for base in kind.__mro__):
        return opaque(picture_of, {**_FILE, "x-media": "image"})
    if (kind.__module__, kind.__name__) == ("numpy", "ndarray"):
        return opaque(_array_of, {"type": "array", "items": {}})
    if kind is bytes:
        return opaque(lambda value: upload_of(value).data, {**_FILE, "x-media": "binary"})
    return kind


def opaque(read: Callable[[Any], Any], schema: dict[str, Any]) -> Any:
    """A type whose values come out of `read`, and which forms know by `schema`."""
    plain = GetPydanticSchema(
        lambda _source, _handler: core_schema.any_schema(),
        lambda _schema, _handler: dict(schema),
    )
    return Annotated[Any, plain, BeforeValidator(read)]


def _array_of(value: Any) -> Any:
    import numpy as np

    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError("expected nested lists of equal lengths") from None


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", "") or type(function).__name__

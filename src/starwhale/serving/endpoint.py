"""One function behind an address: how a request becomes its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from inspect import Parameter
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from starwhale.core.errors import InvalidSpec, UsageError
from starwhale.serving.components import Component, components_of, hint_of, needs_path, shown
from starwhale.serving.hints import adapter_of, arguments_of, hints_of, mapped, parameters_of
from starwhale.serving.inference import ServiceType
from starwhale.serving.problems import rejected

_SCALARS = (str, int, float, bool)


@dataclass(kw_only=True)
class Endpoint:
    """A function and how it is to be called.

    Attributes:
        uri: The last part of its address, ``/api/URI``.
        func: As it was registered; a method still wants its object.
        inference_type: What its inputs mean; None where their names and hints say it.
        inputs: Components of its form, in the order of its parameters; may be fewer.
        outputs: Components of its results.
        batch_size: Requests that one call may serve. Above 1 the function gets lists and returns a list.
        batch_wait: Seconds that the first request of a batch waits for more.
        timeout: Seconds a call may take; None for the bound of the server.

    Raises:
        InvalidSpec: it cannot be called as it says.
    """

    uri: str
    func: Callable[..., Any]
    inference_type: ServiceType | None = None
    inputs: tuple[Component, ...] = ()
    outputs: tuple[Component, ...] = ()
    batch_size: int = 1
    batch_wait: float = 0.005
    timeout: float | None = None
    target: Callable[..., Any] = field(init=False)

    def __post_init__(self) -> None:
        self.target = self.func
        if self.batch_size < 1 or self.batch_wait < 0 or (self.timeout is not None and self.timeout <= 0):
            raise InvalidSpec(
                f"api {self.uri!r} has batch_size {self.batch_size}, batch_wait {self.batch_wait} "
                f"and timeout {self.timeout}",
                hint="batch_size is 1 or more, the times are seconds",
            )
        if self.inference_type is not None:
            self.inference_type.update_from_func(self.func)
        elif len(self.inputs) > len(parameters_of(self.func)):
            raise InvalidSpec(
                f"api {self.uri!r} has {len(self.inputs)} inputs and its function takes "
                f"{len(parameters_of(self.func))}"
            )

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """What the function takes, without `self`."""
        return parameters_of(self.func)

    @cached_property
    def arguments(self) -> TypeAdapter[Any]:
        """What checks the arguments."""
        if self.inference_type is not None:
            return adapter_of(self.inference_type.query)
        named = zip(self.parameters, self.inputs, strict=False)
        return arguments_of(self.func, {name: hint_of(each) for name, each in named})

    @cached_property
    def wants_files(self) -> bool:
        """Whether the function gets paths of files that live while it runs."""
        return any(needs_path(each) for each in self.inputs)

    @cached_property
    def is_async(self) -> bool:
        """Whether the function runs on the loop rather than in a thread."""
        return inspect.iscoroutinefunction(self.target) or inspect.isasyncgenfunction(self.target)

    @cached_property
    def whole(self) -> str:
        """The one parameter that a body may be instead of naming it; empty where there is none."""
        if self.inference_type is not None:
            return ""
        hints = hints_of(self.func)
        big = [name for name, each in self.parameters.items() if _is_big(each, hints.get(name))]
        return big[0] if len(big) == 1 else ""

    @cached_property
    def _positional(self) -> tuple[str, ...]:
        return tuple(n for n, each in self.parameters.items() if each.kind is Parameter.POSITIONAL_ONLY)

    @cached_property
    def result_schema(self) -> dict[str, Any]:
        """JSON schema of what comes back, empty where it is not told."""
        hint = mapped(hints_of(self.func).get("return", Any))
        with suppress(Exception):  # hints of results are not needed to serve
            return adapter_of(hint).json_schema()
        return {}

    @cached_property
    def schema(self) -> dict[str, Any]:
        """JSON schema of the arguments by name."""
        return self.arguments.json_schema()

    def read(self, body: bytes, query: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments from a body of JSON and the parameters of the address.

        Raises:
            UsageError: they are not what the function takes, or no JSON.
        """
        if not query and not self.whole and body:
            return self._checked(self.arguments.validator.validate_json, body)
        value = _parsed(body) if body else {}
        if self.whole and body and not self._names(value):
            value = {self.whole: value}
        if query and isinstance(value, dict):
            value = {**self.parsed(query), **value}
        return self._checked(self.arguments.validator.validate_python, value)

    def fill(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments from the fields of a form, each a text, an upload, or a list of these.

        Raises:
            UsageError: they are not what the function takes, or no JSON.
        """
        return self._checked(self.arguments.validator.validate_python, self.parsed(fields))

    def parsed(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Fields of a form with JSON read where a list or an object is wanted."""
        return {name: self._field(name, value) for name, value in fields.items()}

    def _field(self, name: str, value: Any) -> Any:
        properties = self.schema.get("properties", {})
        wanted = _types(properties.get(name, {}), self.schema)
        if isinstance(value, str) and not wanted & {"string"} and wanted & {"array", "object", "any"}:
            with suppress(ValueError):
                return orjson.loads(value)
        if "array" in wanted and not isinstance(value, list):
            return [value]
        return value

    def _names(self, value: Any) -> bool:
        """Whether a body names its arguments rather than being the one big one."""
        return isinstance(value, dict) and self.whole in value and value.keys() <= self.parameters.keys()

    def _checked(self, check: Callable[[Any], Any], given: Any) -> dict[str, Any]:
        try:
            value = check(given)
        except ValidationError as exc:
            raise rejected(exc) from exc
        if self.inference_type is not None:
            return self.inference_type.arguments(self.func, value)
        return value

    def call(self, values: dict[str, Any]) -> Any:
        """Call the function."""
        if not self._positional:
            return self.target(**values)
        rest = dict(values)
        first = [rest.pop(name) for name in self._positional if name in rest]
        return self.target(*first, **rest)

    def show(self, value: Any) -> Any:
        """What the function returned, as the outputs of its form say."""
        if not self.outputs:
            return value
        if len(self.outputs) == 1:
            return shown(self.outputs[0], value)
        values = value if isinstance(value, tuple | list) else (value,)
        return [shown(each, one) for each, one in zip(self.outputs, values, strict=False)]


def endpoint_of(
    func: Callable[..., Any], uri: str, *, inputs: Any = None, outputs: Any = None, **more: Any
) -> Endpoint:
    """Describe a function; see `Endpoint`.

    Raises:
        InvalidSpec: it cannot be served so.
    """
    return Endpoint(func=func, uri=uri, inputs=components_of(inputs), outputs=components_of(outputs), **more)


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        raise UsageError(f"the body is not JSON: {exc}") from exc


def _is_big(parameter: Parameter, hint: Any) -> bool:
    if parameter.kind in {Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL}:
        return False
    return hint is not None and hint not in _SCALARS and _types_of_hint(hint)


def _types_of_hint(hint: Any) -> bool:
    with suppress(Exception):
        schema = adapter_of(mapped(hint)).json_schema()
        return bool(_types(schema, schema) & {"object", "array", "any"})
    return False


def _types(schema: Mapping[str, Any], root: Mapping[str, Any]) -> set[str]:
    """Names of the JSON types that a schema allows; ``any`` where it does not say."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _types(root.get("$defs", {}).get(name, {}), root)
    if "anyOf" in schema:
        return {kind for each in schema["anyOf"] for kind in _types(each, root)}
    if "type" in schema:
        return {schema["type"]}
    if "enum" in schema or "const" in schema:
        return {"string"}
    return {"any"}

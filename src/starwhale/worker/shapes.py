"""How a function of the user's wants to be called, found out once so that a row costs one plain call."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from inspect import Parameter
from typing import Any

from starwhale.api.context import injected
from starwhale.core.errors import InvalidSpec
from starwhale.core.handlers import HandlerSpec

Call = Callable[..., Any]

_POSITIONAL = {Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD}


def outermost(spec: HandlerSpec, function: Call) -> Call:
    """What stands in the module under the name of the step: the function with every decorator above ours.

    The registered function, where the name means something else by now.
    """
    found = getattr(sys.modules.get(spec.module), spec.qualname, None)
    if callable(found) and inspect.unwrap(found) is inspect.unwrap(function):
        return found
    return function


def owner_of(spec: HandlerSpec) -> type[Any] | None:
    """The class whose method the step is, None for a function.

    Raises:
        InvalidSpec: the module has no such class any more.
    """
    name, dot, _ = spec.qualname.rpartition(".")
    if not dot:
        return None
    owner = getattr(sys.modules.get(spec.module), name, None)
    if not isinstance(owner, type):
        raise InvalidSpec(f"handler {spec.id!r} is a method of {name}, which is no class of {spec.module}")
    return owner


def opened(target: Any) -> AbstractContextManager[Any]:
    """`target` as a context manager, whether or not its class is one."""
    if hasattr(target, "__enter__") and hasattr(target, "__exit__"):
        return target
    return nullcontext(target)


def row_call(function: Call) -> tuple[Callable[[Any, Any], Any], bool]:
    """How `predict` is called with a row.

    Returns:
        A function of data and external, and whether it looks at external at all.

    Raises:
        InvalidSpec: the function takes no data.
    """
    parameters = _free(function)
    if not parameters:
        raise InvalidSpec(
            f"{_name(function)} takes no data", hint="give it a parameter for the features of a row"
        )
    kinds = [each.kind for each in parameters]
    first, second = parameters[0], parameters[1] if len(parameters) > 1 else None
    if kinds == [Parameter.VAR_POSITIONAL]:
        return function, True
    if kinds == [Parameter.VAR_KEYWORD] or first.kind is Parameter.KEYWORD_ONLY:
        return _by_keyword(function, parameters)
    if Parameter.VAR_KEYWORD in kinds or any(_takes(each, "external") for each in parameters):
        return lambda data, external: function(data, external=external), True
    if second is not None and second.kind in _POSITIONAL and second.default is Parameter.empty:
        return function, True
    return lambda data, _: function(data), False


def reduce_call(function: Call) -> tuple[Callable[[Any], Any], bool]:
    """How `evaluate` is called with the results, and whether it takes them at all."""
    parameters = _free(function)
    if not parameters:
        return lambda _: function(), False
    if parameters[0].kind in {Parameter.KEYWORD_ONLY, Parameter.VAR_KEYWORD}:
        name = parameters[0].name if parameters[0].kind is Parameter.KEYWORD_ONLY else "results"
        return lambda results: function(**{name: results}), True
    return function, True


def plain_call(function: Call, args: list[Any], kwargs: Mapping[str, Any]) -> Callable[[], Any]:
    """A handler with its extra arguments; without them where it does not take them."""
    filled = dict.fromkeys(injected(function))
    try:
        inspect.Signature(_free(function)).bind(*args, **{k: v for k, v in kwargs.items() if k not in filled})
    except TypeError:
        return function
    return lambda: function(*args, **kwargs)


def takes_arguments(function: Call) -> bool:
    """Whether a caller has to, or may, hand anything to `function`."""
    return bool(_free(function))


def _by_keyword(function: Call, parameters: list[Parameter]) -> tuple[Callable[[Any, Any], Any], bool]:
    names = {each.name for each in parameters}
    if "external" in names or parameters[-1].kind is Parameter.VAR_KEYWORD:
        return lambda data, external: function(data=data, external=external), True
    first = parameters[0].name
    return lambda data, _: function(**{first: data}), False


def _takes(parameter: Parameter, name: str) -> bool:
    return parameter.name == name and parameter.kind is not Parameter.POSITIONAL_ONLY


def _free(function: Call) -> list[Parameter]:
    """Parameters that neither the object nor a decorator fills."""
    inner = inspect.unwrap(getattr(function, "__func__", function))
    if inspect.iscoroutinefunction(inner):
        raise InvalidSpec(f"{_name(function)} is async", hint="handlers are plain functions")
    parameters = list(inspect.signature(inner).parameters.values())
    if inspect.ismethod(function):
        parameters = parameters[1:]
    filled = injected(function)
    return [each for each in parameters if each.name not in filled]


def _name(function: Call) -> str:
    return getattr(function, "__qualname__", repr(function))

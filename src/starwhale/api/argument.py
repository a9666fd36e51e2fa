"""`@argument`: options of `swcli model run … -- --option value` as a dataclass in the user's hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar

from starwhale.api.context import INJECTED, current, injected
from starwhale.api.options import options_of, value_of
from starwhale.api.steps import ARGUMENTS
from starwhale.core.handlers import register, registered

R = TypeVar("R")


def argument(
    dataclass_types: Any, inject_name: str = "argument"
) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Hand options that stand after ``--`` of a run to a handler, as instances of dataclasses.

    Every field becomes ``--field`` (and ``--field-name`` for ``field_name``): scalars, bools as flags with
    ``--no-field``, `Enum` and `Literal` as choices, lists as options that may be repeated, dicts as
    ``KEY=VALUE`` or JSON, `Optional` and unions. ``metadata={"help": …, "hidden": True}`` describes a field.
    Where no task runs, the defaults are used; a caller may also pass the parameter himself.

    Args:
        dataclass_types: A dataclass, or a list of them.
        inject_name: Parameter of the function that receives the instance, or the list of instances.

    Raises:
        InvalidSpec: one is no dataclass, or has a type that cannot be resolved.

    Example:
        ```python
        @dataclass
        class Options:
            size: int = field(default=64, metadata={"help": "side of the image"})

        @argument(Options)
        @evaluation.predict
        def predict(data: dict, argument: Options) -> int: ...
        ```
    """
    single = not isinstance(dataclass_types, (list, tuple))
    kinds: list[Any] = [dataclass_types] if single else list(dataclass_types)
    stored = [options_of(kind) for kind in kinds]
    names = [f"{kind.__module__}:{kind.__qualname__}" for kind in kinds]
    options = dict(zip(names, stored, strict=True))

    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        seen: tuple[Sequence[str], Any] | None = None

        @wraps(function)
        def with_argument(*args: Any, **kwargs: Any) -> R:
            nonlocal seen
            if inject_name not in kwargs:
                context = current()
                words = context.arguments if context else ()
                if seen is None or seen[0] is not words:
                    values = [value_of(kind, words) for kind in kinds]
                    seen = (words, values[0] if single else values)
                kwargs[inject_name] = seen[1]
            return function(*args, **kwargs)

        setattr(with_argument, INJECTED, injected(function) | {inject_name})
        setattr(with_argument, ARGUMENTS, {**getattr(function, ARGUMENTS, {}), **options})
        _take_over(function, with_argument)
        return with_argument

    return decorate


def _take_over(function: Callable[..., Any], wrapper: Callable[..., Any]) -> None:
    """Where the function is a step already, its step gets the options and calls the wrapper."""
    found = registered().get(f"{function.__module__}:{function.__qualname__}")
    if found is not None and found[1] is function:
        register(replace(found[0], arguments=getattr(wrapper, ARGUMENTS)), wrapper)

"""The one way in which every decorator makes a function a step of a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import isfunction
from typing import Any

from starwhale.core.errors import InvalidSpec
from starwhale.core.handlers import HandlerKind, HandlerSpec, handler_id, register, registered
from starwhale.core.resources import normalise

# Options of `@argument`, kept on the function they were declared for.
ARGUMENTS = "__starwhale_arguments__"


def declare(
    function: Callable[..., Any],
    *,
    kind: HandlerKind,
    name: str = "",
    resources: Mapping[str, Any] | None = None,
    replicas: int = 1,
    needs: Sequence[Callable[..., Any]] | None = None,
    expose: int = 0,
    require_dataset: bool = False,
    datasets: Sequence[str] | None = None,
    options: Mapping[str, Any] | None = None,
) -> None:
    """Register `function` as a step.

    Raises:
        InvalidSpec: it is no function at the top of a module or of a class, a need is no step, or an amount
            makes no sense.
    """
    if not isfunction(function):
        raise InvalidSpec(f"{function!r} is no function and cannot be a handler")
    step = handler_id(function)
    register(
        HandlerSpec(
            id=step,
            module=function.__module__,
            qualname=function.__qualname__,
            name=name,
            kind=kind.value,
            replicas=_whole(step, "replicas", replicas, least=1),
            needs=tuple(need_of(each, step) for each in needs or ()),
            resources=normalise(resources),
            expose=_whole(step, "expose", expose, least=0),
            require_dataset=require_dataset,
            datasets=tuple(str(each) for each in datasets or ()),
            options={key: value for key, value in (options or {}).items() if value is not None},
            arguments=getattr(function, ARGUMENTS, {}),
        ),
        function,
    )


def need_of(function: Callable[..., Any], step: str) -> str:
    """Id of the step that `step` names as its need.

    Raises:
        InvalidSpec: that is no function, or none that is a step.
    """
    if not isfunction(function):
        raise InvalidSpec(f"handler {step!r} needs {function!r}, which is no function")
    need = handler_id(function)
    if need not in registered():
        raise InvalidSpec(
            f"handler {step!r} needs {need!r}, which is no handler",
            hint="decorate it with @starwhale.handler()",
        )
    return need


def _whole(step: str, what: str, value: object, *, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidSpec(
            f"handler {step!r} has {what}={value!r}, expected a whole number of {least} or more"
        )
    return value

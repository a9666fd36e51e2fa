"""`@handler`: any function as a step of a job."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar, overload

from starwhale.api.finetune import FineTune
from starwhale.api.steps import declare
from starwhale.core.errors import InvalidSpec
from starwhale.core.handlers import HandlerKind

F = TypeVar("F", bound=Callable[..., Any])


@overload
def handler(resources: F) -> F: ...
@overload
def handler(
    resources: Mapping[str, Any] | None = None,
    replicas: int = 1,
    needs: Sequence[Callable[..., Any]] | None = None,
    extra_args: Sequence[Any] | None = None,
    extra_kwargs: Mapping[str, Any] | None = None,
    name: str = "",
    expose: int = 0,
    require_dataset: bool = False,
    fine_tune: FineTune | None = None,
) -> Callable[[F], F]: ...
def handler(
    resources: Mapping[str, Any] | F | None = None,
    replicas: int = 1,
    needs: Sequence[Callable[..., Any]] | None = None,
    extra_args: Sequence[Any] | None = None,
    extra_kwargs: Mapping[str, Any] | None = None,
    name: str = "",
    expose: int = 0,
    require_dataset: bool = False,
    fine_tune: FineTune | None = None,
) -> F | Callable[[F], F]:
    """Make a function, or a method of a class, a step that `swcli model run` can run.

    Args:
        resources: What a task asks for: `cpu`, `memory`, `nvidia.com/gpu`, each a scalar or
            ``{"request": …, "limit": …}``; held by servers, noted elsewhere.
        replicas: Tasks of the step; each learns its number from the `Context`.
        needs: Steps that must have succeeded before, given as their functions.
        extra_args: Positional arguments for the function.
        extra_kwargs: Keyword arguments for the function.
        name: Name shown to people.
        expose: Port of the service that the step runs, 0 for none.
        require_dataset: A run must name a dataset.
        fine_tune: Which datasets a run must name, for a step that fine-tunes by itself; see `finetune`.

    Raises:
        InvalidSpec: the function is nested too deep, or an argument makes no sense.

    Example:
        ```python
        @handler(replicas=3, resources={"cpu": 1})
        def embed() -> None: ...

        @handler(needs=[embed])
        def index() -> None: ...
        ```
    """
    if callable(resources):
        declare(resources, kind=HandlerKind.HANDLER)
        return resources

    def decorate(function: F) -> F:
        declare(
            function,
            kind=HandlerKind.HANDLER,
            name=name,
            resources=resources,
            replicas=replicas,
            needs=needs,
            expose=expose,
            require_dataset=require_dataset or bool(fine_tune and fine_tune.require_train_datasets),
            options={
                "fine_tune": None if fine_tune is None else asdict(fine_tune),
                "extra_args": _stored("extra_args", list(extra_args or [])),
                "extra_kwargs": _stored("extra_kwargs", dict(extra_kwargs or {})),
            },
        )
        return function

    return decorate


def _stored(what: str, value: Any) -> Any:
    """`value`, None where it is empty; a job is stored before it runs, and its arguments with it."""
    try:
        json.dumps(value)
    except (TypeError, ValueError) as exc:
        raise InvalidSpec(f"{what} of a handler must be values of JSON: {exc}") from exc
    return value or None

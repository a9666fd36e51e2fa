"""What user code may ask about the task it runs in."""

from __future__ import annotations

import inspect
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from starwhale.core.errors import InvalidSpec, UsageError

if TYPE_CHECKING:
    from starwhale.api.place import Project

R = TypeVar("R")

# Names of parameters that a decorator fills, kept on the function it returns.
INJECTED = "__starwhale_injected__"


class NoContext(UsageError, RuntimeError):
    """There is no context, since no task runs here."""

    code = "no_context"


class Context:
    """One task of a step of a job.

    Args:
        workdir: Directory the task runs in: the content of the model package.
        step: Id of the step.
        total: Tasks of the step.
        index: Number of this task, 0 <= index < total.
        dataset_uris: Datasets of the job, full addresses.
        version: Id of the job.
        run_project: Project the job runs in.
        log_project: Project the results go to; the same where it is not given.
        dataset_head: Rows of each dataset to use, 0 for all.
        finetune_val_dataset_uris: Datasets to validate on.
        model_name: Name of the model package.
        arguments: What stood after ``--``.
    """

    def __init__(
        self,
        workdir: Path | None = None,
        step: str = "",
        total: int = 1,
        index: int = 0,
        dataset_uris: Sequence[str] | None = None,
        version: str = "",
        run_project: Project | str | None = None,
        log_project: Project | str | None = None,
        dataset_head: int = 0,
        finetune_val_dataset_uris: Sequence[str] | None = None,
        model_name: str = "",
        arguments: Sequence[str] = (),
    ) -> None:
        self.workdir = workdir or Path()
        self.step = step
        self.total = total
        self.index = index
        self.dataset_uris = list(dataset_uris or [])
        self.version = version
        self.run_project = _project(run_project)
        self.log_project = _project(log_project) if log_project else self.run_project
        self.dataset_head = dataset_head
        self.finetune_val_dataset_uris = list(finetune_val_dataset_uris or [])
        self.model_name = model_name
        self.arguments = tuple(arguments)

    @classmethod
    def get_runtime_context(cls) -> Context:
        """The context of the task that runs in this thread, or in this process when it runs only one.

        Raises:
            NoContext: no task runs here.
        """
        context = current()
        if context is None:
            raise NoContext(
                "no task of a job runs here, so there is no context", hint="ask for it inside a handler"
            )
        return context

    @classmethod
    def set_runtime_context(cls, ctx: Context) -> None:
        """Make `ctx` the context of this thread.

        Raises:
            UsageError: it is no context.
        """
        if not isinstance(ctx, Context):  # pyright: ignore[reportUnnecessaryIsInstance] - called by users
            raise UsageError(f"{ctx!r} is not a Context")
        enter(ctx)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Context) and other.__dict__ == self.__dict__

    __hash__ = None  # pyright: ignore[reportAssignmentType] - it may be changed

    def __str__(self) -> str:
        return f"step:{self.step}, index:{self.index}/{self.total}"

    def __repr__(self) -> str:
        return f"<Context {self}, version:{self.version}, dataset_uris:{self.dataset_uris}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A task that runs in one thread.

    Attributes:
        context: What the user's code may ask.
        results: Where it logs to: the `ResultStore` that the worker commits; None outside a worker.
    """

    context: Context
    results: Any = None


_thread = threading.local()
_tasks: dict[int, Running] = {}


def running() -> Running | None:
    """The task of this thread; that of the process where the user started the thread himself."""
    task = getattr(_thread, "task", None)
    if task is None and len(_tasks) == 1:
        # A copy first: another thread may end its task at this moment.
        return next(iter(tuple(_tasks.values())), None)
    return task


def current() -> Context | None:
    """The context of the task that runs here, if one does."""
    task = running()
    return None if task is None else task.context


def enter(context: Context, results: Any = None) -> None:
    """Make `context` that of this thread, in place of what was."""
    _thread.task = _tasks[threading.get_ident()] = Running(context=context, results=results)


def leave() -> None:
    """Take the context off this thread."""
    _thread.task = None
    _tasks.pop(threading.get_ident(), None)


@overload
def pass_context(func: Callable[..., R]) -> Callable[..., R]: ...
@overload
def pass_context(func: None = None, *, name: str = "") -> Callable[[Callable[..., R]], Callable[..., R]]: ...
def pass_context(func: Callable[..., Any] | None = None, *, name: str = "") -> Callable[..., Any]:
    """Hand the `Context` to a function of the user's.

    It goes to the parameter called `context`, else to the one annotated as `Context`, else to the last one.

    Args:
        func: The function; left out when `name` is given.
        name: Parameter to use, where that choice is not the right one.

    Raises:
        InvalidSpec: the function has no such parameter.

    Example:
        ```python
        @handler(replicas=2)
        @pass_context
        def train(context: Context) -> None:
            print(context.index, context.total)
        ```
    """
    if func is None:
        return lambda function: _pass(function, name)
    return _pass(func, name)


def _pass(function: Callable[..., R], name: str) -> Callable[..., R]:
    target = _target(function, name)

    @wraps(function)
    def with_context(*args: Any, **kwargs: Any) -> R:
        if target not in kwargs:
            kwargs[target] = Context.get_runtime_context()
        return function(*args, **kwargs)

    setattr(with_context, INJECTED, injected(function) | {target})
    return with_context


def injected(function: Callable[..., Any]) -> frozenset[str]:
    """Parameters of `function` that its decorators fill."""
    return getattr(function, INJECTED, frozenset())


_SAYS_CONTEXT = re.compile(r"\bContext\b")
_NAMED = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}


def _target(function: Callable[..., Any], name: str) -> str:
    parameters = inspect.signature(inspect.unwrap(function)).parameters
    open_ended = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values())
    names = [each.name for each in parameters.values() if each.kind in _NAMED]
    if name or "context" in names or (open_ended and not _annotated(parameters)):
        name = name or "context"
        if name in names or open_ended:
            return name
        raise InvalidSpec(f"{function.__qualname__} has no parameter {name!r} for the context")
    taken = injected(function) | {"self", "data", "external"}
    fitting = _annotated(parameters) or [each for each in names if each not in taken]
    if not fitting:
        raise InvalidSpec(
            f"{function.__qualname__} has no parameter for the context", hint="add one called `context`"
        )
    return fitting[-1]


def _annotated(parameters: Mapping[str, inspect.Parameter]) -> list[str]:
    return [
        each.name
        for each in parameters.values()
        if each.kind in _NAMED
        and each.annotation is not inspect.Parameter.empty
        # Annotations are text where the module postpones them, and need not be importable here.
        and _SAYS_CONTEXT.search(inspect.formatannotation(each.annotation))
    ]


def _project(given: Project | str | None) -> Project:
    from starwhale.api.place import Project

    if given is None or isinstance(given, str):
        return Project(given or "")
    return given

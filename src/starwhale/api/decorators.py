"""`@evaluation.predict` and `@evaluation.evaluate`: map over the rows of datasets, then reduce."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, overload

from starwhale.api.steps import declare
from starwhale.core.errors import InvalidSpec
from starwhale.core.handlers import HandlerKind, LogMode

F = TypeVar("F", bound=Callable[..., Any])


@overload
def predict(function: F, /) -> F: ...
@overload
def predict(
    *,
    datasets: Sequence[str] | None = None,
    resources: Mapping[str, Any] | None = None,
    needs: Sequence[Callable[..., Any]] | None = None,
    replicas: int = 1,
    batch_size: int = 1,
    fail_on_error: bool = True,
    auto_log: bool = True,
    log_mode: str = LogMode.PICKLE,
    log_dataset_features: Sequence[str] | None = None,
) -> Callable[[F], F]: ...
def predict(
    function: F | None = None,
    /,
    *,
    datasets: Sequence[str] | None = None,
    resources: Mapping[str, Any] | None = None,
    needs: Sequence[Callable[..., Any]] | None = None,
    replicas: int = 1,
    batch_size: int = 1,
    fail_on_error: bool = True,
    auto_log: bool = True,
    log_mode: str = LogMode.PICKLE,
    log_dataset_features: Sequence[str] | None = None,
) -> F | Callable[[F], F]:
    """Make a function the step that is called with every row of the datasets of a run.

    The function takes ``(data)``, ``(data, external)``, ``(*args)`` or ``(**kw)``; `data` holds the features
    of a row, `external` has `index`, `index_with_dataset`, `dataset_info`, `context` and `dataset_uri`.

    Args:
        datasets: Datasets to use when the run names none.
        resources: What a task asks for, as in `handler`.
        needs: Steps that must have succeeded before.
        replicas: Tasks that share the rows.
        batch_size: Rows per call; above 1 `data` is a list, and as long a list or tuple is returned.
        fail_on_error: End the job when a call raises. Otherwise the row is kept with its error and counted.
        auto_log: Write what the function returns to the table ``results``; None is not written.
        log_mode: How outputs are kept. Both use typed columns: ``plain`` writes the entries of a dict to
            columns ``output/KEY`` and refuses what no column can hold; ``pickle`` gives `evaluate` the value
            back in its own shape, and pickles what no column can hold.
        log_dataset_features: Features written beside the output; None for all, an empty list for none.

    Raises:
        InvalidSpec: an argument makes no sense.

    Example:
        ```python
        @evaluation.predict(replicas=2, log_mode="plain")
        def predict(data: dict) -> int:
            return model(data["img"].to_numpy())
        ```
    """
    if function is not None:
        return predict()(function)
    options = {
        "batch_size": _whole("batch_size", batch_size),
        "fail_on_error": bool(fail_on_error),
        "auto_log": bool(auto_log),
        "log_mode": log_mode_of(log_mode),
        "log_dataset_features": None if log_dataset_features is None else list(log_dataset_features),
    }

    def decorate(function: F) -> F:
        declare(
            function,
            kind=HandlerKind.PREDICT,
            resources=resources,
            replicas=replicas,
            needs=needs,
            require_dataset=True,
            datasets=datasets,
            options=options,
        )
        return function

    return decorate


def evaluate(
    *args: Any,
    needs: Sequence[Callable[..., Any]] | None = None,
    resources: Mapping[str, Any] | None = None,
    use_predict_auto_log: bool = True,
) -> Callable[[F], F]:
    """Make a function the step that reduces the results of `predict` in one task.

    It receives an iterator of rows ``{"id", "_index", "_mode", "output", "duration_seconds", "input": {…}}``
    in the order of their ids. Rows whose call had failed are not among them: the iterator's `failed`
    counts them and its `failures()` gives them.

    Args:
        needs: Steps that must have succeeded before; at least one.
        resources: What the task asks for, as in `handler`.
        use_predict_auto_log: Hand the rows over; otherwise the function is called without them.

    Raises:
        InvalidSpec: nothing is needed, or an argument makes no sense.

    Example:
        ```python
        @evaluation.evaluate(needs=[predict])
        def evaluate(results: Iterator[dict]) -> None:
            right = [row["output"] == row["input"]["label"] for row in results]
            evaluation.log_summary(accuracy=sum(right) / len(right))
        ```
    """
    if args or not needs:
        raise InvalidSpec(
            "@evaluate says nothing of what it reduces", hint="write @evaluation.evaluate(needs=[predict])"
        )

    def decorate(function: F) -> F:
        declare(
            function,
            kind=HandlerKind.EVALUATE,
            resources=resources,
            needs=needs,
            options={"use_predict_auto_log": bool(use_predict_auto_log)},
        )
        return function

    return decorate


def log_mode_of(mode: str) -> str:
    """`mode` when it is one, given as text or as a member of an enumeration.

    Raises:
        InvalidSpec: it is neither ``plain`` nor ``pickle``.
    """
    try:
        return LogMode(getattr(mode, "value", mode)).value
    except ValueError:
        raise InvalidSpec(f"there is no log_mode {mode!r}", hint="it is 'plain' or 'pickle'") from None


def _whole(what: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidSpec(f"{what} is {value!r}, expected a whole number of 1 or more")
    return value

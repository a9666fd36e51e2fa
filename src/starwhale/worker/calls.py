"""Calling the functions of users: once per task, once per row or batch, once over all results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Protocol

from starwhale.api.context import Context, enter, leave
from starwhale.core.errors import UnsupportedValue, UserCodeError
from starwhale.core.handlers import HandlerKind, LogMode
from starwhale.datasets.rows import Features
from starwhale.jobs.plan import DatasetInput
from starwhale.worker.addresses import JOIN, context_of, resource_of, row_prefix
from starwhale.worker.blame import blame
from starwhale.worker.finetuning import call_finetune
from starwhale.worker.options import Options, goes_on_after_errors
from starwhale.worker.outputs import (
    ERROR,
    ERROR_AT,
    INPUT,
    PredictResults,
    output_columns,
    pickled_columns,
)
from starwhale.worker.ports import Row, TaskRun
from starwhale.worker.shapes import opened, outermost, owner_of, plain_call, reduce_call, row_call

RESULTS = "results"
FAILED_ROWS = "failed_rows"
# A row that calls `sys.exit` fails like one that raises; Ctrl-C and a canceled task do not belong to a row.
_FAULTS = (Exception, SystemExit)


class Log(Protocol):
    """Where results go: the part of `evaluations.results.ResultStore` that calls need."""

    def log(self, table: str, id: str | int, values: Mapping[str, Any]) -> None:  # noqa: A002 - 0.6's name
        """Merge a row into a table."""
        ...

    def log_summary(self, values: Mapping[str, Any]) -> None:
        """Merge values into the summary of the job."""
        ...

    def scan(self, table: str, *, keep_none: bool = False) -> Iterator[dict[str, Any]]:
        """Rows of a table in the order of their ids."""
        ...


@dataclass(slots=True, kw_only=True)
class Calls:
    """The runner of one task; see `worker.ports.Runner`. Use `build_runner` to make one.

    Attributes:
        run: The task.
        function: What is called, bound to its object where it is a method.
        options: How rows are fed and logged.
        context: What the user's code may ask.
        results: Where results go.
        wrap: Makes the features that `predict` gets of the columns of a row.
        info_of: What a dataset knows about itself, for ``external["dataset_info"]``.
        closing: Undoes what making the runner did.
        failed: Rows whose result is an error.
    """

    run: TaskRun
    function: Callable[..., Any]
    options: Options
    context: Context
    results: Log
    wrap: Callable[[dict[str, Any]], Mapping[str, Any]]
    info_of: Callable[[DatasetInput], Any]
    closing: ExitStack
    failed: int = 0
    _columns: dict[str, str | None] = field(default_factory=dict[str, "str | None"])

    @property
    def batch_size(self) -> int:
        """Rows that one call gets; a longer list given to `predict` is cut into such batches."""
        return self.options.batch_size

    def predict(self, dataset: DatasetInput, batches: Iterable[list[Row]]) -> None:
        """Call the function for every row, or `batch_size` rows, of a list; log before taking the next."""
        call, wants_external = row_call(self.function)
        prefix = row_prefix(dataset, self.run.datasets)
        external = self._external(dataset) if wants_external else None
        size = self.options.batch_size
        for rows in batches:
            if size == 1:
                self._singly(call, external, prefix, rows)
                continue
            for start in range(0, len(rows), size):
                self._together(call, external, prefix, rows[start : start + size])

    def call(self) -> None:
        """Call the function once."""
        if self.run.spec.kind == HandlerKind.EVALUATE:
            self._evaluate()
        elif self.run.spec.kind == HandlerKind.FINETUNE:
            call_finetune(self.run, self.function, self.results.log_summary)
        else:
            extra = self.run.spec.options
            plain_call(self.function, extra.get("extra_args") or [], extra.get("extra_kwargs") or {})()

    def close(self) -> None:
        """Leave the objects and the context that the runner entered."""
        self.closing.close()

    def _evaluate(self) -> None:
        call, takes_results = reduce_call(self.function)
        wanted = self.run.spec.options.get("use_predict_auto_log", self.options.auto_log)
        rows = PredictResults(self.run.job, lambda: self.results.scan(RESULTS, keep_none=True))
        if wanted and takes_results:
            call(rows)
        else:
            self.function()
        if not self.options.fail_on_error or goes_on_after_errors(self.run.spec):
            self.results.log_summary({FAILED_ROWS: rows.failed})

    def _singly(self, call: Callable[[Any, Any], Any], external: Any, prefix: str, rows: list[Row]) -> None:
        for key, row in rows:
            features = self.wrap(row)
            if external is not None:
                external = {**external, "index": key, "index_with_dataset": f"{prefix}{key}"}
            began = perf_counter()
            try:
                output = call(features, external)
            except _FAULTS as error:
                self._fault(error, prefix, [(key, features)], perf_counter() - began)
                continue
            if output is not None and self.options.auto_log:
                self._log_output(prefix, key, features, output, perf_counter() - began)

    def _together(self, call: Callable[[Any, Any], Any], external: Any, prefix: str, rows: list[Row]) -> None:
        wrapped = [(key, self.wrap(row)) for key, row in rows]
        if external is not None:
            keys = [key for key, _ in rows]
            external = {**external, "index": keys, "index_with_dataset": [f"{prefix}{key}" for key in keys]}
        began = perf_counter()
        try:
            outputs = _same_length(call([features for _, features in wrapped], external), len(rows))
        except _FAULTS as error:
            self._fault(error, prefix, wrapped, perf_counter() - began)
            return
        seconds = perf_counter() - began
        if self.options.auto_log:
            for (key, features), output in zip(wrapped, outputs, strict=True):
                if output is not None:
                    self._log_output(prefix, key, features, output, seconds)

    def _log_output(
        self, prefix: str, key: str | int, features: Mapping[str, Any], output: Any, seconds: float
    ) -> None:
        mode, name = self.options.log_mode, f"{prefix}{key}"
        values = {"_mode": mode, "_index": key, "duration_seconds": seconds, **self._inputs(features)}
        try:
            try:
                self.results.log(RESULTS, name, {**values, **output_columns(output, mode)})
            except UnsupportedValue:
                if mode == LogMode.PLAIN:
                    raise
                self.results.log(RESULTS, name, {**values, **pickled_columns(output)})
        except UnsupportedValue as refused:
            if self.options.fail_on_error:
                raise UnsupportedValue(
                    f"row {key!r} of dataset {prefix.removesuffix(JOIN)!r}: {refused.message}",
                    hint=refused.hint,
                ) from refused
            self._fault(refused, prefix, [(key, features)], seconds)

    def _inputs(self, features: Mapping[str, Any]) -> dict[str, Any]:
        columns = self._columns
        inputs: dict[str, Any] = {}
        for name, value in features.items():
            if name not in columns:
                chosen = self.options.log_dataset_features
                columns[name] = f"{INPUT}{name}" if chosen is None or name in chosen else None
            column = columns[name]
            if column is not None:
                inputs[column] = value
        return inputs

    def _fault(
        self, error: BaseException, prefix: str, rows: list[tuple[Any, Mapping[str, Any]]], seconds: float
    ) -> None:
        found = blame(error, self.run.workdir)
        if self.options.fail_on_error:
            which = f"row {rows[0][0]!r}" if len(rows) == 1 else f"rows {rows[0][0]!r} to {rows[-1][0]!r}"
            raise UserCodeError(
                f"{self.run.spec.id} failed on {which} of dataset {prefix.removesuffix(JOIN)!r}: {found}",
                hint="fail_on_error=False goes on after such rows and counts them",
            ) from error
        self.failed += len(rows)
        mode = self.options.log_mode
        for key, features in rows:
            told = {
                "_mode": mode,
                "_index": key,
                "duration_seconds": seconds,
                ERROR: found.error,
                ERROR_AT: found.place,
            }
            self.results.log(RESULTS, f"{prefix}{key}", {**told, **self._inputs(features)})

    def _external(self, dataset: DatasetInput) -> dict[str, Any]:
        return {
            "index": None,
            "index_with_dataset": None,
            "dataset_info": self.info_of(dataset),
            "context": self.context,
            "dataset_uri": resource_of(dataset),
        }


def build_runner(
    run: TaskRun,
    function: Callable[..., Any],
    *,
    results: Any,
    wrap: Callable[[dict[str, Any]], Mapping[str, Any]] = Features,
    info_of: Callable[[DatasetInput], Any] = lambda _: {},
) -> Calls:
    """Make what calls the user's function for one attempt at a task, in the thread that will use it.

    The context of the thread is set, `evaluation.log` goes to `results`, and where the step is a method, an
    object of its class is made (and entered, where it is a context manager).

    Args:
        run: The task.
        function: What was registered under its handler.
        results: The `ResultStore` of this attempt.
        wrap: Makes the features that `predict` gets.
        info_of: What a dataset knows about itself; asked once per dataset.

    Raises:
        InvalidSpec: the function cannot be called as its step wants.
        Exception: whatever making the object raises.
    """
    context = context_of(run)
    closing = ExitStack()
    enter(context, results)
    closing.callback(leave)
    try:
        owner = owner_of(run.spec)
        target: Any = None if owner is None else closing.enter_context(opened(owner()))
        bound = (
            outermost(run.spec, function)
            if owner is None
            else getattr(target, run.spec.qualname.rpartition(".")[2])
        )
        if run.spec.kind == HandlerKind.PREDICT:
            row_call(bound)  # a shape that cannot be called is told before the first row
        return Calls(
            run=run,
            function=bound,
            options=Options.of(run, target),
            context=context,
            results=results,
            wrap=wrap,
            info_of=info_of,
            closing=closing,
        )
    except BaseException:
        closing.close()
        raise


def _same_length(outputs: Any, rows: int) -> list[Any] | tuple[Any, ...]:
    if outputs is None:
        return [None] * rows
    if not isinstance(outputs, (list, tuple)):
        raise TypeError(
            f"predict got {rows} rows and returned {type(outputs).__name__}, expected a list of as many"
        )
    if len(outputs) != rows:
        raise ValueError(f"predict got {rows} rows and returned {len(outputs)} outputs")
    return outputs

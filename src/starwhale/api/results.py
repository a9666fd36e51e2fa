"""`Evaluation`: the tables that a job logs to, and the functions that mean the job one runs in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

from starwhale.api.context import Context, running
from starwhale.api.place import Project
from starwhale.core.errors import InvalidName, UsageError

if TYPE_CHECKING:
    from types import TracebackType

    from starwhale.evaluations.results import ResultStore

RESULTS = "results"
Row = dict[str, Any]


class Evaluation:
    """The results of one evaluation: tables of rows that are merged by `id`, and one summary.

    Args:
        id: Id of the job, or any name of ``[A-Za-z0-9_-]`` for results that come from elsewhere.
        project: Where it lies.

    Raises:
        InvalidName: the id has other characters.

    Example:
        ```python
        with Evaluation("nightly", project="self") as results:
            results.log("losses", 1, {"train": 0.5, "val": {"top1": 0.9}})
            results.log_summary(accuracy=0.9)
        ```
    """

    def __init__(self, id: str, project: Project | str = "") -> None:  # noqa: A002 - its name since 0.6
        if not id or not id.replace("-", "").replace("_", "").isalnum() or not id.isascii():
            raise InvalidName(f"{id!r} cannot name an evaluation", hint="letters, digits, '-' and '_'")
        self.id = id
        self.project = Project(project) if isinstance(project, str) else project
        self._store: ResultStore | None = None
        self._shared = False

    @classmethod
    def from_context(cls) -> Evaluation:
        """The results of the job that runs here.

        What is logged through it becomes durable together with the rows of the task.

        Raises:
            NoContext: no task runs here.
        """
        context = Context.get_runtime_context()
        evaluation = cls(context.version, context.log_project)
        task = running()
        if task is not None and task.results is not None:
            evaluation._store = task.results
            evaluation._shared = True
        return evaluation

    @property
    def store(self) -> ResultStore:
        """What holds the tables; opened when first needed."""
        if self._store is not None:
            return self._store
        from starwhale.api.session import results_of

        self._store = store = results_of(self.project, self.id)
        return store

    def log(self, category: str, id: str | int, metrics: Mapping[str, Any]) -> None:  # noqa: A002 - as above
        """Merge a row into the table `category`; columns that are not mentioned keep their values.

        Args:
            category: Name of the table, such as ``labels`` or ``roc_auc/cat``.
            id: Key of the row.
            metrics: Values by column; nested dicts become ``outer/inner``.

        Raises:
            UnsupportedValue: a value that no column can hold; the message names the column.
        """
        self.store.log(category, id, metrics)

    def log_result(self, id: str | int, metrics: Mapping[str, Any]) -> None:  # noqa: A002 - as above
        """Merge a row into the table ``results``."""
        self.store.log(RESULTS, id, metrics)

    def log_summary(self, *args: Mapping[str, Any], **metrics: Any) -> None:
        """Merge values into the row of this evaluation in the summary of its project.

        Args:
            *args: One mapping.
            **metrics: The values themselves.

        Raises:
            UsageError: both are given, or something else than a mapping.
        """
        if len(args) > 1 or (args and metrics) or (args and not isinstance(args[0], Mapping)):  # pyright: ignore[reportUnnecessaryIsInstance] - users hand over anything
            raise UsageError("log_summary takes either one dict or keyword arguments")
        self.store.log_summary(args[0] if args else metrics)

    def get_summary(self) -> Row:
        """The row of this evaluation in the summary; empty when nothing was logged."""
        return self.store.get_summary()

    def scan(
        self,
        category: str,
        start: str | int | None = None,
        end: str | int | None = None,
        keep_none: bool = False,
        end_inclusive: bool = False,
    ) -> Iterator[Row]:
        """Rows of a table in the order of their ids; none when there is no such table.

        Args:
            category: Name of the table.
            start: First id, None for the beginning.
            end: Id to stop before, None for all.
            keep_none: Give columns that hold None; otherwise they are left out of their rows.
            end_inclusive: Stop behind `end`.
        """
        return self.store.scan(category, start, end, keep_none=keep_none, end_inclusive=end_inclusive)

    def scan_results(
        self,
        start: str | int | None = None,
        end: str | int | None = None,
        keep_none: bool = False,
        end_inclusive: bool = False,
    ) -> Iterator[Row]:
        """Rows of the table ``results``; see `scan`."""
        return self.scan(RESULTS, start, end, keep_none, end_inclusive)

    def get_tables(self) -> list[str]:
        """Names of the tables that have rows."""
        return self.store.tables()

    def flush(self, category: str | None = None, artifacts_flush: bool = True) -> None:
        """Make what was logged to a table durable and visible to everybody, or to all tables.

        Args:
            category: Name of the table, None for all.
            artifacts_flush: Without effect; media are always written with their rows.
        """
        self.store.flush(category)

    def flush_results(self, artifacts_flush: bool = True) -> None:
        """`flush` of the table ``results``."""
        self.store.flush(RESULTS)

    def flush_summary(self, artifacts_flush: bool = True) -> None:
        """`flush` of the summary and everything else."""
        self.store.flush()

    def flush_all(self, artifacts_flush: bool = True) -> None:
        """`flush` of every table."""
        self.store.flush()

    def close(self) -> None:
        """Make everything durable; what belongs to a running task is left to that task."""
        if self._store is not None and not self._shared:
            self._store.flush()
            self._store.close()
            self._store = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Evaluation {self.id} in {self.project}>"


def _here() -> ResultStore:
    """The store of the task that runs here, without the ceremony: this is called once per row."""
    task = running()
    if task is not None and task.results is not None:
        return task.results
    return Evaluation.from_context().store


def log(category: str, id: str | int, metrics: Mapping[str, Any]) -> None:  # noqa: A002 - as above
    """Merge a row into a table of the job that runs here; see `Evaluation.log`."""
    _here().log(category, id, metrics)


def log_result(id: str | int, metrics: Mapping[str, Any]) -> None:  # noqa: A002 - as above
    """Merge a row into the table ``results`` of the job that runs here."""
    _here().log(RESULTS, id, metrics)


def log_summary(*args: Mapping[str, Any], **metrics: Any) -> None:
    """Merge values into the summary of the job that runs here; see `Evaluation.log_summary`."""
    Evaluation.from_context().log_summary(*args, **metrics)


def get_summary() -> Row:
    """The summary of the job that runs here; empty when nothing was logged."""
    return _here().get_summary()


def scan(
    category: str,
    start: str | int | None = None,
    end: str | int | None = None,
    keep_none: bool = False,
    end_inclusive: bool = False,
) -> Iterator[Row]:
    """Rows of a table of the job that runs here; see `Evaluation.scan`."""
    return _here().scan(category, start, end, keep_none=keep_none, end_inclusive=end_inclusive)


def scan_results(
    start: str | int | None = None,
    end: str | int | None = None,
    keep_none: bool = False,
    end_inclusive: bool = False,
) -> Iterator[Row]:
    """Rows of the table ``results`` of the job that runs here; see `Evaluation.scan`."""
    return scan(RESULTS, start, end, keep_none, end_inclusive)


def flush(category: str | None = None, artifacts_flush: bool = True) -> None:  # noqa: ARG001 - kept from 0.6
    """Make what was logged so far durable and visible to everybody; see `Evaluation.flush`.

    Without it, what a task logs becomes visible when the rows that the task was given are done.
    """
    _here().flush(category)

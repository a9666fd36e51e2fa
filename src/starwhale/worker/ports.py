"""What a worker needs of the rest of the house, and of whatever calls the user's function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from starwhale.core.handlers import HandlerSpec
from starwhale.jobs.ledger import WorkerLedger
from starwhale.jobs.plan import DatasetInput, Key
from starwhale.jobs.planner import Splittable

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

Row = tuple[Key, dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRun:
    """One attempt at a task, as the worker was given it.

    Attributes:
        job: Id of the job.
        project: Project the job belongs to.
        log_project: Project its results go to.
        task: Id of the task inside the job.
        attempt: Which attempt this is, counted from 1.
        index: Number of the task in its step, 0 <= index < total.
        total: Tasks of the step.
        spec: The handler to call.
        workdir: Directory that holds the user's code; the working directory of the process.
        datasets: What the step reads.
        validation_datasets: What a fine-tuning validates on.
        dataset_head: Rows of each dataset to use, 0 for all.
        model: Full address of the model, empty for a bare work directory.
        model_name: Its name.
        arguments: What stood after ``--``.
        modules: What was imported of the user's code.
    """

    job: str
    project: str
    log_project: str
    task: str
    attempt: int
    index: int
    total: int
    spec: HandlerSpec
    workdir: Path
    datasets: tuple[DatasetInput, ...] = ()
    validation_datasets: tuple[DatasetInput, ...] = ()
    dataset_head: int = 0
    model: str = ""
    model_name: str = ""
    arguments: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()


class Results(Protocol):
    """Where one attempt at a task writes its results."""

    @property
    def pending(self) -> int:
        """Rows that were written since the last flush."""
        ...

    def flush(self, *, guard: Callable[[Session], None] | None = None) -> None:
        """Make everything written so far durable, in one transaction of the catalog together with `guard`.

        Raises:
            Exception: what `guard` raised; nothing of this flush is visible then.
        """
        ...

    def close(self) -> None:
        """Let go of files; what was not flushed is forgotten."""
        ...


class Rows(Splittable, Protocol):
    """One version of a dataset."""

    def scan(self, start: Key | None = None, end: Key | None = None) -> Iterator[Row]:
        """Rows from `start` (included) to `end` (left out) in the order of their keys."""
        ...


class Bench(Protocol):
    """What a worker works with: the ledger, datasets, and a place for results."""

    @property
    def ledger(self) -> WorkerLedger:
        """Where leases are asked for."""
        ...

    def results(self, project: str, job: str) -> Results:
        """Where one attempt at a task of `job` writes."""
        ...

    def rows(self, dataset: DatasetInput) -> Rows:
        """Open a version of a dataset.

        Raises:
            NotFound: it is gone.
        """
        ...

    def features(self, columns: dict[str, Any]) -> Mapping[str, Any]:
        """What `predict` gets of a row."""
        ...

    def info_of(self, dataset: DatasetInput) -> Any:
        """What a dataset knows about itself."""
        ...


class Runner(Protocol):
    """Calls the user's function for one attempt at a task; made by `worker.calls.build_runner`.

    It is made, used and closed in the same thread.
    """

    @property
    def batch_size(self) -> int:
        """Rows that one call gets."""
        ...

    @property
    def failed(self) -> int:
        """Rows so far whose result is an error, where the handler goes on after one."""
        ...

    def predict(self, dataset: DatasetInput, batches: Iterable[list[Row]]) -> None:
        """Call the function for each batch, and log its results before asking for the next.

        Asking for the next batch may flush what was logged, and may raise to end the task.

        Raises:
            UserCodeError: the function raised and the handler does not go on after an error; the sentence
                names row and dataset. The user's exception is its cause (``raise ... from exc``).
        """
        ...

    def call(self) -> None:
        """Call the function once: a plain handler, or evaluate over all results.

        Raises:
            Exception: whatever the function raises.
        """
        ...

    def close(self) -> None:
        """Undo what making it did to the thread: the context, open pipelines."""
        ...

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from starwhale.core.handlers import Function, HandlerSpec, registered
from starwhale.jobs.plan import DatasetInput
from starwhale.storage.layers.cells import cell_of
from starwhale.worker.calls import Calls, build_runner
from starwhale.worker.ports import TaskRun

MNIST = DatasetInput(
    uri=f"local/project/self/dataset/mnist/version/{'a' * 40}", project="self", name="mnist", version="a" * 40
)


@dataclass
class Table:
    """Keeps rows in memory; a value that no column can hold is refused as the real one refuses it."""

    rows: dict[str | int, dict[str, Any]] = field(default_factory=dict[str | int, dict[str, Any]])
    summary: dict[str, Any] = field(default_factory=dict[str, Any])

    def log(self, table: str, id: str | int, values: Mapping[str, Any]) -> None:  # noqa: A002
        assert table == "results"
        row = dict(_flat(values))
        for name, value in row.items():
            cell_of(value, name)
        self.rows.setdefault(id, {}).update(row)

    def log_summary(self, values: Mapping[str, Any]) -> None:
        self.summary.update(values)

    def scan(self, table: str, *, keep_none: bool = False) -> Iterator[dict[str, Any]]:
        for key in sorted(self.rows, key=str):
            yield {"id": key, **self.rows[key]}


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}", value


Start = Callable[..., Calls]


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def start(table: Table, request: pytest.FixtureRequest) -> Iterator[Start]:
    """Makes the runner of a step that this process knows, by its function or its qualified name."""
    runners: list[Calls] = []

    def make(step: Function | str, datasets: tuple[DatasetInput, ...] = (MNIST,), **more: Any) -> Calls:
        spec, function = _find(step, request.module.__name__)
        run = TaskRun(
            job="job1",
            project="self",
            log_project="self",
            task="0.1",
            attempt=1,
            index=1,
            total=2,
            spec=spec,
            workdir=Path(__file__).parent,
            datasets=datasets,
            model_name="digits",
            **more,
        )
        runners.append(build_runner(run, function, results=table))
        return runners[-1]

    yield make
    for runner in runners:
        runner.close()


def _find(step: Function | str, module: str) -> tuple[HandlerSpec, Function]:
    for spec, function in registered().values():
        if function is step or (spec.qualname == step and spec.module == module):
            return spec, function
    raise AssertionError(f"{step} is no step")

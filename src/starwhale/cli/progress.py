"""Progress of a running job on stderr: a live display in a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from starwhale.cli import units
from starwhale.cli.plain import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.progress import Progress, TaskID

LINE_EVERY = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProgress:
    """How far a step is.

    Attributes:
        name: What the user calls it.
        state: State of the step.
        done: Rows that are durable; 0 where the step reads no rows.
        total: Rows to do; 0 where it reads none.
        failed: Rows among `done` whose result is an error.
        workers: Tasks that a worker has now.
    """

    name: str
    state: str
    done: int = 0
    total: int = 0
    failed: int = 0
    workers: int = 0


class JobDisplay:
    """Shows what `show` is told; a context manager, so that the terminal is as it was afterwards.

    Args:
        console: Where to, usually stderr.
        quiet: Show nothing.
    """

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._live = console.is_terminal and not quiet
        self._bars: Progress | None = None
        self._ids: dict[str, TaskID] = {}
        self._said: dict[str, str] = {}
        self._next_line = 0.0

    def __enter__(self) -> Self:
        if self._live:
            self._bars = _bars(self._console)
            self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bars is not None:
            self._bars.stop()

    def show(self, steps: Sequence[StepProgress]) -> None:
        """Show how far the steps are."""
        if self._quiet:
            return
        if self._bars is not None:
            self._draw(self._bars, steps)
        else:
            self._print(steps)

    def print(self, text: str) -> None:
        """Write a line of talk above the bars."""
        if not self._quiet:
            self._console.print(visible(text), soft_wrap=True)

    def _draw(self, bars: Progress, steps: Sequence[StepProgress]) -> None:
        for step in steps:
            if step.name not in self._ids:
                self._ids[step.name] = bars.add_task(visible(step.name), total=None, note="")
            finished = step.state == "SUCCESS"
            total = step.total or (1 if finished else None)
            done = step.done if step.total else int(finished)
            waiting = step.state == "CREATED"
            bars.update(
                self._ids[step.name],
                total=1 if waiting else total,
                completed=0 if waiting else done,
                note=_note(step),
            )

    def _print(self, steps: Sequence[StepProgress]) -> None:
        """One line per change of state, and one every few seconds while rows are being done."""
        now = time.monotonic()
        due = now >= self._next_line
        for step in steps:
            changed = self._said.get(step.name) != step.state
            if (changed and step.state != "CREATED") or (due and step.state == "RUNNING" and step.total):
                self._said[step.name] = step.state
                self._console.print(visible(f"{step.name}: {_note(step)}"))
                self._next_line = now + LINE_EVERY


def _bars(console: Console) -> Progress:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[note]}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=False,
        expand=True,
    )


def _note(step: StepProgress) -> str:
    rows = f"{units.number(step.done)}/{units.number(step.total)} rows" if step.total else ""
    failed = f"{units.number(step.failed)} failed" if step.failed else ""
    workers = f"{step.workers} workers" if step.workers > 1 and step.state == "RUNNING" else ""
    state = step.state.lower() if step.state != "RUNNING" or not rows else ""
    return ", ".join(part for part in (state, rows, failed, workers) if part)

"""Progress of a running job on stderr: a live display in a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from starwhale.cli import units
from starwhale.cli.plain import visible
from starwhale.cli.progress_pace import Pace, StepNow, StepProgress, rate_text, span_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console
    from rich.live import Live

    from starwhale.cli.progress_lines import Board

__all__ = ["JobDisplay", "StepProgress"]

LINE_EVERY = 10.0
FRAME_EVERY = 0.15


class JobDisplay:
    """Shows what `show` is told; a context manager, so that the terminal is as it was afterwards.

    Args:
        console: Where to, usually stderr.
        quiet: Show nothing.
        clock: Gives seconds.
    """

    def __init__(
        self, console: Console, *, quiet: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._quiet = quiet
        self._clock = clock
        self._lively = console.is_terminal and not console.is_dumb_terminal and not quiet
        self._live: Live | None = None
        self._board: Board | None = None
        self._paces: dict[str, Pace] = {}
        self._said: dict[str, str] = {}
        self._next_line = 0.0
        self._next_frame = 0.0

    def __enter__(self) -> Self:
        if self._lively:
            from rich.live import Live

            from starwhale.cli.progress_lines import Board

            self._board = Board()
            # No thread of its own: the scheduler shows often enough.
            self._live = Live(
                self._board, console=self._console, auto_refresh=False, vertical_overflow="crop"
            )
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None and self._board is not None:
            self._board.mend(self._console)
            self._live.stop()

    def show(self, steps: Sequence[StepProgress]) -> None:
        """Show how far the steps are."""
        if self._quiet:
            return
        now = self._clock()
        moments = [self._now(step, now) for step in steps]
        if self._board is None or self._live is None:
            self._print(moments, now)
            return
        changed = self._changed(steps)
        self._board.moments = moments
        if changed or now >= self._next_frame:
            self._next_frame = now + FRAME_EVERY
            self._board.mend(self._console)
            self._live.refresh()

    def print(self, text: str) -> None:
        """Write a line of talk above the display."""
        if self._quiet:
            return
        if self._board is not None:
            self._board.mend(self._console)
        self._console.print(visible(text), soft_wrap=True)

    def _now(self, step: StepProgress, now: float) -> StepNow:
        pace = self._paces.get(step.name)
        if pace is None:
            pace = self._paces[step.name] = Pace()
        pace.note(now, step.counted[0], running=step.state == "RUNNING")
        return StepNow(step=step, rate=pace.rate, took=pace.took)

    def _changed(self, steps: Sequence[StepProgress]) -> bool:
        states = {step.name: step.state for step in steps}
        changed = states != self._said
        self._said = states
        return changed

    def _print(self, moments: Sequence[StepNow], now: float) -> None:
        """One line per change of state, and one every few seconds while something is being done."""
        due = now >= self._next_line
        for moment in moments:
            step = moment.step
            changed = self._said.get(step.name) != step.state
            counts = step.state == "RUNNING" and bool(step.total or step.tasks > 1)
            if (changed and step.state != "CREATED") or (due and counts):
                self._said[step.name] = step.state
                self._console.print(visible(f"{step.name}: {_note(moment)}"), soft_wrap=True)
                self._next_line = now + LINE_EVERY


def _note(moment: StepNow) -> str:
    step = moment.step
    done, total, what = step.counted
    counted = f"{units.number(done)}/{units.number(total)} {what}" if step.total or step.tasks > 1 else ""
    failed = step.failed or step.tasks_failed
    running = step.state == "RUNNING"
    parts = (
        step.state.lower() if not running or not counted else "",
        counted,
        f"{units.number(failed)} failed" if failed else "",
        f"{step.workers} workers" if step.workers > 1 and running else "",
        f"{rate_text(moment.rate)} {what}/s" if moment.rate and running else "",
        f"{span_text(moment.left)} left" if moment.left is not None else "",
    )
    return ", ".join(part for part in parts if part)

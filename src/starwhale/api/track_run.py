"""A run as the process that takes part in it holds it in hand."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from starwhale.api.track_endings import code_directory, watch_multiprocessing
from starwhale.api.track_exits import EXITS, failure
from starwhale.api.track_place import Destination
from starwhale.core.errors import Unavailable, UsageError

if TYPE_CHECKING:
    from types import TracebackType

    from starwhale.experiments.collectors.console import ConsoleCollector
    from starwhale.experiments.collectors.hardware import HardwareCollector
    from starwhale.experiments.recorder import Recorder
    from starwhale.experiments.schemas import RunRequest

log = logging.getLogger(__name__)

PATIENCE = 20.0
"""Seconds that the end of a run waits for what is still being collected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """What is collected without being asked.

    Attributes:
        facts: Git, the environment, gauges of the machine.
        console: What is printed.
        sample_seconds: From one sample of the gauges to the next.
        report_seconds: From one report of the gauges to the next.
    """

    facts: bool
    console: bool
    sample_seconds: float
    report_seconds: float


class Run:
    """A run that this process takes part in; `track.start` makes it.

    A child that this process forks takes part too, from the first thing that it logs.

    Args:
        place: Where it is kept.
        request: What it is.
        collecting: What to collect.
        on_end: Told when it ends here.
    """

    def __init__(
        self,
        place: Destination,
        request: RunRequest,
        collecting: Collecting,
        *,
        on_end: Callable[[Run], None],
    ) -> None:
        self._place = place
        self._on_end = on_end
        self._undo: list[Callable[[], None]] = []
        self._joining = threading.Lock()
        self._console: ConsoleCollector | None = None
        self._hardware: HardwareCollector | None = None
        self._facts: threading.Thread | None = None
        self._ended = False
        self._recorder: Recorder | None = self._join(request)
        self._request = replace(request, id=self._recorder.place.run)
        self._collect(self._recorder, collecting)

    def _join(self, request: RunRequest) -> Recorder:
        return self._place.start(request)

    @property
    def id(self) -> str:
        """Its id."""
        return self._request.id

    @property
    def name(self) -> str:
        """What it is called."""
        return self._request.name

    @property
    def project(self) -> str:
        """Name of its project."""
        return self._place.project

    @property
    def recorder(self) -> Recorder:
        """What takes the values of this process.

        Raises:
            UsageError: the run was ended here.
        """
        found = self._recorder
        if found is None:
            if self._ended:
                raise UsageError(f"run {self.id} was ended here", hint="begin another with track.start")
            with self._joining:
                found = self._recorder
                if found is None:
                    child = replace(self._request, name="", tags=(), description="", forked=True)
                    found = self._recorder = self._join(child)
                    watch_multiprocessing(lambda: self, forked=True)
        return found

    def metrics(self, values: Mapping[str, Any], step: int | None = None, *, commit: bool = True) -> None:
        """Log a point of each metric; see `track.metrics`."""
        self.recorder.metrics(values, step, commit=commit)

    def params(self, values: Mapping[str, Any]) -> None:
        """Log parameters; see `track.params`."""
        self.recorder.params(values)

    def artifacts(self, values: Mapping[str, Any], step: int | None = None) -> None:
        """Keep artifacts; see `track.artifacts`."""
        self.recorder.artifacts(values, step)

    def flush(self) -> None:
        """Bring all that was logged to the disk and into the tables."""
        if self._recorder is not None:
            self._recorder.flush()

    def end(self, error: BaseException | None = None) -> None:
        """End the run here; a second time is a no-op.

        Args:
            error: What ended it, where it did not end well; `sys.exit(0)` is no such thing.

        Raises:
            Unavailable: this is a job of a server that does not answer: what it has logged goes with it.
        """
        if self._ended:
            return
        self._ended = True
        error = failure(error)
        self._on_end(self)
        for undo in reversed(self._undo):
            undo()
        if self._console is not None:
            self._console.stop()
        if self._hardware is not None:
            self._hardware.stop()
        if self._facts is not None and self._facts is not threading.current_thread():
            self._facts.join(PATIENCE)
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return
        try:
            recorder.end(failed=error is not None, error="" if error is None else _told(error))
        except Unavailable as problem:
            if not self._place.is_patient:
                raise
            # The training is done, and nothing of it is lost: no reason to fail.
            log.warning(
                "what run %s has logged waits on this machine, until `swcli track list` brings it there: %s",
                self.id,
                problem,
            )

    def undo_at_end(self, undo: Callable[[], None]) -> None:
        """Have something undone when the run ends here."""
        self._undo.append(undo)

    def become_child(self) -> None:
        """In a forked child: let go of what is the parent's, and join anew with the first value."""
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            recorder.abandon()
        if self._console is not None:
            self._console.abandon()
        self._console = self._hardware = self._facts = None
        self._joining = threading.Lock()

    def _collect(self, recorder: Recorder, collecting: Collecting) -> None:
        if collecting.console:
            from starwhale.experiments.collectors.console import ConsoleCollector

            self._console = ConsoleCollector(recorder.printed)
            self._console.start()
        if collecting.facts:
            from starwhale.experiments.collectors.hardware import HardwareCollector

            self._hardware = HardwareCollector(
                recorder.gauges,
                sample_seconds=collecting.sample_seconds,
                report_seconds=collecting.report_seconds,
            )
            self._hardware.start()
            self._facts = threading.Thread(
                target=_collect_facts, args=(recorder,), name="starwhale-facts", daemon=True
            )
            self._facts.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(error)

    def __repr__(self) -> str:
        return f"<Run {self.name or self.id} in {self.project}{', ended' if self._ended else ''}>"


def _told(error: BaseException) -> str:
    """An error in one line, with the line of the program where it came from."""
    import traceback

    text = "".join(traceback.format_exception_only(error)).strip().splitlines()
    frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename != EXITS]
    where = f" (line {frames[-1].lineno} of {frames[-1].filename})" if frames else ""
    return f"{text[-1] if text else type(error).__name__}{where}"


def _collect_facts(recorder: Recorder) -> None:
    from starwhale.experiments.collectors.environment import environment_facts
    from starwhale.experiments.collectors.git import git_facts

    try:
        recorder.fact("environment", environment_facts(os.environ))
        found = git_facts(code_directory())
        if found:
            recorder.fact("git", found)
    except Exception as error:  # noqa: BLE001 - the training goes on, whatever is wrong with its surroundings
        log.warning("what surrounds the run could not be collected: %s", error)

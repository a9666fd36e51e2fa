"""The part that one process takes in a run."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from starwhale.core.errors import Unavailable, UsageError
from starwhale.experiments.artifacts import check_storable, put_artifacts
from starwhale.experiments.journal import SUFFIX, Journal
from starwhale.experiments.paths import PROCESSES, RunPlace
from starwhale.experiments.ports import Tables, Writer
from starwhale.experiments.settling import GROUP_BYTES, Group, Settler
from starwhale.experiments.spool import Spool
from starwhale.experiments.values import check_step, flat, numbers
from starwhale.kit.process import this_process
from starwhale.kit.times import utc_now
from starwhale.storage.tables.cells import pack_whole

log = logging.getLogger(__name__)

SYNC_SECONDS = 0.2
"""What was logged is on the disk after so long, in case the power fails."""

BEAT_SECONDS = 30.0
"""A process that lives says so this often."""

FAR_SECONDS = 10.0
"""Nobody but this machine sees what waits in a journal: tables on a server are behind by so long at most."""

BACKLOG = 1 << 20
"""So many bytes of journal are moved into tables without waiting."""

MAX_ERROR = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which part of which run a recorder is for.

    Attributes:
        place: The run.
        process: Name of this process within it.
        forked: This process is a child of another one of the run.
        step: The step that comes next.
        far: The tables lie on a server: everything goes through the journal, which waits for it.
    """

    place: RunPlace
    process: str
    forked: bool = False
    step: int = 0
    far: bool = False


class Recorder:
    """Takes metrics, parameters, artifacts and printed lines. Safe to share among threads.

    Whatever was taken when a method returns outlives this process, even when it is killed. Parameters and
    artifacts are on the disk and visible to everybody then; metrics and lines are within a fraction of a
    second on the disk, and visible at once to those that look at runs of this machine.

    Tables on a server may be out of reach: then all of it waits in the journal until they are back.

    Args:
        tables: All tables of the instance.
        part: The run, and the part of this process.
    """

    def __init__(self, tables: Tables, part: Part) -> None:
        self.place = part.place
        self.process = part.process
        self._settler = Settler(tables, part.place, part.process, fresh=True)
        self._journal = Journal(part.place.journals / f"{part.process}{SUFFIX}")
        self._far = part.far
        self._writer: Writer = (
            Spool(self._journal, part.place, self._deliver) if part.far else tables.writer()
        )
        self._steps = threading.Lock()
        self._rows = threading.Lock()
        self._settling = threading.Lock()
        self._next = part.step
        self._offset = 0
        self._began = time.monotonic()
        self._trouble = ""
        self._wake = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tend, name="starwhale-track", daemon=True)
        self._join(part)

    def _join(self, part: Part) -> None:
        now, me = utc_now(), this_process()
        try:
            self._settler.commit(
                Group(),
                host=me.host,
                pid=me.pid,
                started=me.started,
                forked=part.forked,
                joined_at=now,
                seen_at=now,
            )
        except BaseException:
            self._journal.close(remove=True)
            raise
        self._thread.start()

    # What user code calls.

    def metrics(self, values: Mapping[str, Any], step: int | None = None, *, commit: bool = True) -> int:
        """Log a point of each metric.

        Args:
            values: Numbers by name; nested dicts become names joined with "/".
            step: Their place on the x axis; the step that comes next where nothing is said.
            commit: The step is complete: the next call without one goes to the step after it.

        Returns:
            The step.

        Raises:
            UnsupportedValue: a value is no number; nothing is logged.
            InvalidName: a metric has no usable name; nothing is logged.
            UsageError: the step is no whole number from 0.
            StorageFull: there is no space for it.
        """
        found: dict[str, Any] = numbers(values)
        if not all(map(isfinite, found.values())):
            found = {name: value if isfinite(value) else repr(value) for name, value in found.items()}
        if step is not None:
            step = check_step(step)
        with self._steps:
            at = self._next if step is None else step
            self._journal.append(["m", at, time.time(), found])
            self._next = at + 1 if commit else at
        if self._journal.size - self._offset > BACKLOG:
            self._wake.set()
        return at

    def params(self, values: Mapping[str, Any]) -> None:
        """Log parameters; one that was logged before gets the new value.

        Raises:
            UnsupportedValue: a value has no stored form; nothing is logged.
            InvalidName: a parameter has no usable name; nothing is logged.
        """
        found, now = flat(values, "parameter"), utc_now()
        check_storable(found)
        with self._rows:
            self._need_open()
            for name, value in found.items():
                row = {"value": value, "at": now, "process": self.process}
                self._writer.put(self.place.params, name, row)
            self._writer.flush()

    def artifacts(self, values: Mapping[str, Any], step: int | None = None) -> None:
        """Log artifacts; one that was logged before under the same name and step gets the new content.

        Args:
            values: Paths of files and directories, bytes, text, arrays, or Starwhale's data types, by name.
            step: The step they belong to, if any.

        Raises:
            NotFound: there is no such file.
            UnsupportedValue: a value has no stored form.
            InvalidName: an artifact has no usable name.
            StorageFull: there is no space for it.
        """
        found = flat(values, "artifact")
        at = None if step is None else check_step(step)
        with self._rows:
            self._need_open()
            put_artifacts(self._writer, self.place, found, at)

    def fact(self, name: str, values: Mapping[str, Any]) -> None:
        """Keep what a collector has found."""
        with self._rows:
            self._need_open()
            self._writer.put(self.place.facts, f"{name}/{self.process}", {"facts": dict(values)})
            self._writer.flush()

    def gauges(self, values: Mapping[str, float], count: int) -> None:
        """Keep a sample of the machine, the `count`-th."""
        self._journal.append(["s", count, time.time(), dict(values)])

    def printed(self, stream: str, text: str) -> None:
        """Keep a line of output."""
        clean = text.encode("utf-8", "backslashreplace").decode()
        self._journal.append(["c", time.time(), stream, clean])

    def flush(self) -> None:
        """Bring everything to the disk and into the tables."""
        with self._settling:
            self._journal.sync()
            self._settle()

    def end(self, *, failed: bool = False, error: str = "") -> None:
        """End the part of this process; a second time is a no-op.

        Args:
            failed: It did not end well.
            error: Why, in one line.

        Raises:
            Unavailable: the tables cannot be reached; what was logged stays in the journal, from where
                whoever looks at the run from this machine brings it there.
        """
        now = utc_now()
        ending = {"ended_at": now, "seen_at": now, "failed": failed, "error": error[:MAX_ERROR]}
        with self._rows, self._settling:
            if self._over.is_set():
                return
            self._over.set()
            self._wake.set()
            try:
                # The end as well, so that whoever takes the journal over knows how it was.
                cells = {name: pack_whole(value, name) for name, value in ending.items()}
                self._journal.append(["r", time.time(), PROCESSES, self.process, cells])
                self._journal.sync()
                self._settle()
            except BaseException:
                self._journal.close()
                self._settler.close()
                raise
            self._journal.close(remove=True)
            self._settler.fold([self.place.params, self.place.artifacts, self.place.facts])
            self._settler.close()
            self._writer.close()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def abandon(self) -> None:
        """In a forked child: let go of what belongs to the parent, touching no lock."""
        self._over.set()
        self._journal.abandon()

    def _need_open(self) -> None:
        if self._over.is_set():
            raise UsageError(f"run {self.place.run} was ended here", hint="begin another with track.start")

    # What a thread of its own does.

    def _tend(self) -> None:
        settled = beat = time.monotonic()
        idle = False
        while not self._over.is_set():
            self._wake.wait(SYNC_SECONDS)
            if self._over.is_set():
                return
            now = time.monotonic()
            hurry = self._wake.is_set()
            self._wake.clear()
            try:
                with self._settling:
                    if self._over.is_set():
                        return
                    idle = not self._journal.sync()
                    waiting = self._journal.size > self._offset
                    if hurry or (waiting and now - settled >= self._pause(now)):
                        self._settle()
                        settled = beat = now
                    elif idle and now - beat >= BEAT_SECONDS:
                        self._settler.commit(Group(), seen_at=utc_now())
                        beat = now
            except Exception as error:  # noqa: BLE001 - the journal still has everything; it is tried again
                self._waits(error)
                settled = beat = time.monotonic()
            else:
                self._trouble = ""

    def _deliver(self) -> None:
        """Bring what is in the journal to tables elsewhere, unless it is known that they are out of reach."""
        if self._trouble:
            return
        try:
            with self._settling:
                self._settle()
        except Unavailable as error:
            self._waits(error)

    def _waits(self, error: Exception) -> None:
        """Say once why what was logged is not in the tables yet."""
        if str(error) != self._trouble:
            self._trouble = str(error)
            log.warning("what was tracked waits in %s: %s", self._journal.path, error)

    def _pause(self, now: float) -> float:
        """Seconds from one commit to the next: a long run needs no commit every second."""
        most = FAR_SECONDS if self._far else BEAT_SECONDS
        return min(max((now - self._began) / 100, 1.0), most)

    def _settle(self) -> None:
        limit = GROUP_BYTES
        while data := self._journal.read(self._offset, limit):
            taken = self._settler.settle(data)
            self._offset += taken
            # A single record may be larger than what was read.
            limit = GROUP_BYTES if taken else limit * 2
        if self._offset > BACKLOG and self._journal.forget(self._offset):
            self._offset = 0

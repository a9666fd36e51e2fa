"""Rows of runs: written, and read as what they tell. What is still in journals is seen as well."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starwhale.core.errors import NotFound
from starwhale.experiments import states
from starwhale.experiments.journal import SUFFIX, claimed
from starwhale.experiments.paths import RunPlace, runs_path, series_range
from starwhale.experiments.ports import Reader, Tables
from starwhale.experiments.schemas import Line, ProcessRead, RunRead
from starwhale.experiments.settling import GROUP_BYTES, Group, Settler, gather
from starwhale.experiments.tallies import Tally
from starwhale.kit.process import ProcessId, is_alive

Row = dict[str, Any]
TRIES = 20


@dataclass(frozen=True, slots=True)
class RunRepository:
    """The runs of one instance.

    Attributes:
        tables: All its tables.
        root: Where it lies.
    """

    tables: Tables
    root: Path

    def place(self, project: str, run: str) -> RunPlace:
        """Where a run lies."""
        return RunPlace(self.root, project, run)

    def reader(self, path: str) -> Reader | None:
        """A table as it is now; None while nothing was written to it."""
        try:
            return self.tables.reader(path)
        except NotFound:
            return None

    def rows(self, path: str, start: str | None = None, end: str | None = None) -> Iterator[tuple[str, Row]]:
        """Rows of a table by key; none while nothing was written to it."""
        reader = self.reader(path)
        if reader is not None:
            yield from ((str(key), row) for key, row in reader.scan(start, end))

    def run_rows(self, project: str) -> dict[str, Row]:
        """The rows of all runs of a project by id, those in the trash as well."""
        return dict(self.rows(runs_path(project)))

    def run(self, place: RunPlace, row: Mapping[str, Any], now: datetime) -> RunRead:
        """What is known of a run."""
        processes = self.processes(place)
        state = states.state_of(processes, now)
        return RunRead(
            id=place.run,
            project=place.project,
            name=row["name"],
            state=state,
            owner=row["owner"],
            created_at=row["created_at"],
            ended_at=states.end_of(processes, now),
            tags=tuple(row.get("tags") or ()),
            description=row.get("description") or "",
            error=states.blame(processes, now),
            destination=row.get("destination") or "",
            removed_at=row.get("removed_at"),
            processes=processes,
        )

    def processes(self, place: RunPlace) -> list[ProcessRead]:
        """The processes of a run, the first that joined first."""
        found = [_process(key, row) for key, row in self.rows(place.processes) if "pid" in row]
        return sorted(found, key=lambda process: (process.joined_at, process.id))

    def last_step(self, place: RunPlace) -> int:
        """The highest step that any process has logged; -1 when there is none."""
        return max((row.get("step", -1) for _key, row in self.rows(place.processes)), default=-1)

    # What lies in journals.

    def recover(self, place: RunPlace) -> int:
        """Move what dead processes have left in their journals into the tables; how many they were."""
        count = 0
        for path in self._journals(place):
            with claimed(path) as free:
                if free:
                    self._take_over(place, path)
                    count += 1
        return count

    def _take_over(self, place: RunPlace, path: Path) -> None:
        settler = Settler(self.tables, place, path.name.removesuffix(SUFFIX))
        try:
            with path.open("rb") as file:
                waiting = b""
                while data := file.read(GROUP_BYTES):
                    waiting += data
                    waiting = waiting[settler.settle(waiting) :]
            settler.fold()
        finally:
            settler.close()
        path.unlink(missing_ok=True)

    # What is in tables and journals together.

    def summaries(self, place: RunPlace, kind: str) -> dict[str, Tally]:
        """Summary of each series of a kind by name."""
        rows, fresh = self._steady(place, place.summary(kind))
        found: dict[str, Tally] = {}
        for row in rows:
            tally = Tally.from_row(row)
            found[row["name"]] = found[row["name"]].merged(tally) if row["name"] in found else tally
        for group in fresh.values():
            for (of, name), points in group.points.items():
                if of == kind:
                    found.setdefault(name, Tally()).add(points.steps, points.values, points.times)
        return dict(sorted(found.items()))

    def points(self, place: RunPlace, kind: str, name: str) -> Iterator[tuple[int, float, float]]:
        """Points (step, time, value) of a series, in no particular order."""
        rows, fresh = self._steady(place, place.points(kind), *series_range(name))
        for row in rows:
            if row["name"] == name:
                yield from zip(row["steps"], row["times"], row["values"], strict=True)
        for group in fresh.values():
            points = group.points.get((kind, name))
            if points is not None:
                yield from zip(points.steps, points.times, points.values, strict=True)

    def lines(self, place: RunPlace) -> Iterator[Line]:
        """What was printed, about in the order of time."""
        rows, fresh = self._steady(place, place.console)
        for row in rows:
            triples = zip(row["times"], row["streams"], row["texts"], strict=True)
            yield from (_line(row["process"], *each) for each in triples)
        for name, group in fresh.items():
            yield from (_line(name, *each) for each in group.lines)

    def _steady(
        self, place: RunPlace, path: str, start: str | None = None, end: str | None = None
    ) -> tuple[list[Row], dict[str, Group]]:
        """Rows of a table, and by process what journals hold beyond them: no record twice, none missing."""
        waiting = self._waiting(place)
        if not any(waiting.values()):
            return [row for _key, row in self.rows(path, start, end)], {}
        rows, settled = list[Row](), dict[str, int]()
        for _ in range(TRIES):
            settled = self._settled(place)
            rows = [row for _key, row in self.rows(path, start, end)]
            if self._settled(place) == settled:
                break  # nothing was moved from journals to tables while we looked
        return rows, {name: gather(data, settled.get(name, 0)) for name, data in waiting.items()}

    def _waiting(self, place: RunPlace) -> dict[str, bytes]:
        """What journals hold, by process; to be read before the tables are."""
        found: dict[str, bytes] = {}
        for path in self._journals(place):
            with contextlib.suppress(FileNotFoundError):  # its process has ended: it is all in the tables
                found[path.name.removesuffix(SUFFIX)] = path.read_bytes()
        return found

    def _settled(self, place: RunPlace) -> dict[str, int]:
        return {key: row.get("settled", 0) for key, row in self.rows(place.processes)}

    def _journals(self, place: RunPlace) -> list[Path]:
        return sorted(place.journals.glob(f"*{SUFFIX}"))


def _line(process: str, at: float, stream: str, text: str) -> Line:
    return Line(at=datetime.fromtimestamp(at, UTC), stream=stream, process=process, text=text)


def _process(key: str, row: Mapping[str, Any]) -> ProcessRead:
    ended = row.get("ended_at")
    identity = ProcessId(host=row["host"], pid=row["pid"], started=row["started"])
    return ProcessRead(
        id=key,
        host=row["host"],
        pid=row["pid"],
        started=row["started"],
        forked=bool(row.get("forked")),
        joined_at=row["joined_at"],
        seen_at=row["seen_at"],
        ended_at=ended,
        failed=bool(row.get("failed")),
        error=row.get("error") or "",
        alive=None if ended is not None else is_alive(identity),
    )

"""From the journal of a process into the tables of its run, each record exactly once.

The rows of a group and the number of its last record are committed in one transaction, so that whoever goes
on after a crash knows where to begin. Records are

    ["m", step, time, {metric: number}]    ["s", count, time, {gauge: number}]
    ["c", time, "stdout" | "stderr", text]
    ["r", time, table, key, {column: packed value}]

with times in seconds of the epoch, and numbers that JSON has no form for as text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starwhale.core.errors import NotFound
from starwhale.experiments.journal import Record, records_of
from starwhale.experiments.paths import METRICS, SYSTEM, RunPlace, series_key
from starwhale.experiments.ports import Tables, Writer
from starwhale.experiments.tallies import Tally
from starwhale.storage.layers.packed import unpack

GROUP_BYTES = 4 << 20
FOLD_COMMITS = 200
KINDS = {"m": METRICS, "s": SYSTEM}


@dataclass(slots=True)
class Points:
    """Points of one series, as columns."""

    steps: list[int] = field(default_factory=list[int])
    values: list[float] = field(default_factory=list[float])
    times: list[float] = field(default_factory=list[float])

    def add(self, step: int, value: float, at: float) -> None:
        """Take one in."""
        self.steps.append(step)
        self.values.append(value)
        self.times.append(at)


@dataclass(slots=True)
class Group:
    """Records that are settled together.

    Attributes:
        first: Sequence of the first.
        last: Sequence of the last; 0 when there is none.
        end: Where in what was read the last one ends.
        points: Points by kind and name.
        lines: What was printed: time, stream, text.
        rows: Rows of other tables: table, key, packed values.
        step: Highest step of a metric; -1 when there is none.
        at: Time of the last record.
    """

    first: int = 0
    last: int = 0
    end: int = 0
    points: dict[tuple[str, str], Points] = field(default_factory=dict[tuple[str, str], Points])
    lines: list[tuple[float, str, str]] = field(default_factory=list[tuple[float, str, str]])
    rows: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list[tuple[str, str, dict[str, Any]]])
    step: int = -1
    at: float = 0.0

    def add(self, record: Record) -> None:
        """Take one record in."""
        if record[0] == "c":
            _, self.at, stream, text = record
            self.lines.append((self.at, stream, text))
            return
        if record[0] == "r":
            _, self.at, table, key, cells = record
            self.rows.append((table, key, cells))
            return
        kind, step, self.at, values = KINDS[record[0]], *record[1:]
        if kind == METRICS and step > self.step:
            self.step = step
        for name, value in values.items():
            found = self.points.get((kind, name))
            if found is None:
                found = self.points[kind, name] = Points()
            found.add(step, float(value), self.at)


def gather(data: bytes, after: int) -> Group:
    """The records of `data` with a sequence above `after`."""
    group = Group()
    for end, sequence, record in records_of(data):
        group.end = end
        if sequence > after:
            group.first = group.first or sequence
            group.last = sequence
            group.add(record)
    return group


class Settler:
    """Moves the records of one process.

    Args:
        tables: All tables of the instance.
        place: The run.
        process: The process, by its name within the run.
        fresh: Nothing of it can have been settled yet.
    """

    def __init__(self, tables: Tables, place: RunPlace, process: str, *, fresh: bool = False) -> None:
        self._tables = tables
        self._place = place
        self._process = process
        self._writer: Writer = tables.writer()
        self._tallies: dict[tuple[str, str], Tally] = {}
        self._commits = 0
        self._touched: set[str] = set()
        self._known = fresh
        row = {} if fresh else _row(tables, place.processes, process)
        self.settled: int = row.get("settled", 0)
        self._step: int = row.get("step", -1)

    def settle(self, data: bytes) -> int:
        """Commit the records of `data` that are new; how many bytes of it they and older ones take."""
        group = gather(data, self.settled)
        if group.last:
            self.commit(group)
        return group.end

    def commit(self, group: Group, **columns: Any) -> None:
        """Commit a group; durable and visible when this returns.

        Args:
            group: The records; may be empty.
            columns: More to say of the process, such as its end.
        """
        writer, place = self._writer, self._place
        tallies = dict(self._tallies)
        for (kind, name), points in group.points.items():
            key = series_key(name, self._process, group.first)
            put = {"name": name, "steps": points.steps, "values": points.values, "times": points.times}
            writer.put(place.points(kind), key, put)
            tally = self._tally(kind, name).merged(Tally())
            tally.add(points.steps, points.values, points.times)
            tallies[kind, name] = tally
            row = {"name": name, "process": self._process, **tally.to_row()}
            writer.put(place.summary(kind), series_key(name, self._process), row)
            self._touched |= {place.points(kind), place.summary(kind)}
        if group.lines:
            times, streams, texts = (list(each) for each in zip(*group.lines, strict=True))
            put = {"process": self._process, "times": times, "streams": streams, "texts": texts}
            writer.put(place.console, f"{int(times[0] * 1000):015d}/{self._process}/{group.first:010d}", put)
            self._touched.add(place.console)
        for table, key, cells in group.rows:
            path = f"{place.prefix}{table}"
            writer.put(path, key, {name: unpack(packed) for name, packed in cells.items()})
            self._touched.add(path)
        settled, step = max(self.settled, group.last), max(self._step, group.step)
        if group.last:
            columns = {"seen_at": datetime.fromtimestamp(group.at, UTC), **columns}
        writer.put(place.processes, self._process, {**columns, "settled": settled, "step": step})
        self._touched.add(place.processes)
        writer.flush()
        self.settled, self._step, self._tallies = settled, step, tallies
        self._commits += 1
        if self._commits % FOLD_COMMITS == 0:
            self.fold()

    def _tally(self, kind: str, name: str) -> Tally:
        known = self._tallies.get((kind, name))
        if known is not None or self._known:
            return known or Tally()
        row = _row(self._tables, self._place.summary(kind), series_key(name, self._process))
        return Tally.from_row(row)

    def fold(self, paths: Iterable[str] = ()) -> None:
        """Bring the tables into a form that is quick to read."""
        for path in (*sorted(self._touched), *paths):
            self._tables.fold(path)
        self._touched.clear()

    def close(self) -> None:
        """Let go of the log."""
        self._writer.close()


def _row(tables: Tables, path: str, key: str) -> dict[str, Any]:
    try:
        return tables.reader(path).get(key) or {}
    except NotFound:
        return {}

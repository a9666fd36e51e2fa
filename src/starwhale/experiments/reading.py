"""What is told of runs, wherever their tables lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import NotFound
from starwhale.core.version import short
from starwhale.experiments.artifacts import artifact_of, bytes_of
from starwhale.experiments.comparison import Comparison, compare
from starwhale.experiments.paths import METRICS, SYSTEM
from starwhale.experiments.repository import Row, RunRepository
from starwhale.experiments.schemas import ArtifactRead, Line, RunDetails, RunRead
from starwhale.experiments.series import Series, series_of
from starwhale.kit.suggest import nearest

if TYPE_CHECKING:
    from starwhale.experiments.ports import Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReading:
    """Reads runs that were found.

    Attributes:
        tables: Where they lie.
        root: Directory under which the journals of processes of this machine lie.
    """

    tables: Tables
    root: Path

    @property
    def _runs(self) -> RunRepository:
        return RunRepository(self.tables, self.root)

    def details(self, run: RunRead) -> RunDetails:
        """All of a run but its points, its console and its files."""
        runs, place = self._runs, self._runs.place(run.project, run.id)
        order = {process.id: number for number, process in enumerate(run.processes)}
        rows = [(*key.partition("/")[::2], row["facts"]) for key, row in runs.rows(place.facts)]
        # Where several processes took part, the one that joined last tells.
        rows.sort(key=lambda each: order.get(each[1], -1))
        facts: dict[str, dict[str, Any]] = {name: found for name, _process, found in rows}
        return RunDetails(
            run=run,
            params={name: row.get("value") for name, row in runs.rows(place.params)},
            metrics=runs.summaries(place, METRICS),
            system=runs.summaries(place, SYSTEM),
            artifacts=self.artifacts(run),
            facts=facts,
        )

    def series(self, run: RunRead, name: str) -> Series:
        """The points of a metric, or of a gauge of the machine as ``system/NAME``.

        Raises:
            NotFound: the run has none of that name; the hint names the nearest.
        """
        place = self._runs.place(run.project, run.id)
        found = series_of(name, self._runs.points(place, METRICS, name))
        if not len(found) and name.startswith(f"{SYSTEM}/"):
            found = series_of(name, self._runs.points(place, SYSTEM, name.removeprefix(f"{SYSTEM}/")))
        if not len(found):
            names = [*self._runs.summaries(place, METRICS)]
            names += [f"{SYSTEM}/{each}" for each in self._runs.summaries(place, SYSTEM)]
            near = nearest(name, names)
            hint = f"did you mean {near!r}?" if near else f"it has {', '.join(names[:10]) or 'none'}"
            raise NotFound(f"run {short(run.id)} has no metric {name!r}", hint=hint)
        return found

    def compare(self, runs: Sequence[RunRead]) -> Comparison:
        """Runs side by side."""
        return compare([self.details(run) for run in runs])

    def lines(self, run: RunRead) -> Iterator[Line]:
        """What a run has printed."""
        return self._runs.lines(self._runs.place(run.project, run.id))

    def artifacts(self, run: RunRead) -> Sequence[ArtifactRead]:
        """The artifacts of a run by name and step."""
        place = self._runs.place(run.project, run.id)
        found = [artifact_of(key, row) for key, row in self._runs.rows(place.artifacts)]
        return sorted(found, key=lambda each: (each.name, -1 if each.step is None else each.step))

    def artifact(self, run: RunRead, key: str) -> tuple[ArtifactRead, Any]:
        """An artifact and its value; None as the value of a large file.

        Raises:
            NotFound: the run has none of that name.
        """
        row = self._artifact_row(run, key)
        return artifact_of(key, row), row["value"]

    def artifact_bytes(self, run: RunRead, key: str) -> Iterator[bytes]:
        """The bytes of an artifact, a piece at a time; arrays as npy, other values as JSON.

        Raises:
            NotFound: the run has none of that name.
        """
        row = self._artifact_row(run, key)
        return bytes_of(row, self._runs.reader(self._runs.place(run.project, run.id).parts))

    def _artifact_row(self, run: RunRead, key: str) -> Row:
        reader = self._runs.reader(self._runs.place(run.project, run.id).artifacts)
        row = reader.get(key) if reader is not None else None
        if row is None:
            near = nearest(key, [each.key for each in self.artifacts(run)])
            hint = f"did you mean {near!r}?" if near else f"list them with `swcli track info {short(run.id)}`"
            raise NotFound(f"run {short(run.id)} has no artifact {key!r}", hint=hint)
        return row

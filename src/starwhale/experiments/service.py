"""Rules of runs: how they begin, are found, read, compared and removed."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import Conflict, NotFound
from starwhale.core.names import check_reference
from starwhale.core.page import Page, PageRequest
from starwhale.core.permissions import READ_RUN, WRITE_RUN
from starwhale.core.version import random_version, short
from starwhale.experiments.artifacts import artifact_of, bytes_of
from starwhale.experiments.comparison import Comparison, compare
from starwhale.experiments.lookup import changed_columns, chosen
from starwhale.experiments.paths import METRICS, SYSTEM, RunPlace, runs_path
from starwhale.experiments.recorder import Part, Recorder
from starwhale.experiments.repository import Row, RunRepository
from starwhale.experiments.schemas import ArtifactRead, Line, RunDetails, RunRead, RunRequest, RunState
from starwhale.experiments.series import Series, series_of
from starwhale.experiments.values import check_label
from starwhale.kit.files import locked
from starwhale.kit.suggest import nearest
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService

if TYPE_CHECKING:
    from datetime import datetime

    from starwhale.catalog.engine import Catalog, Session
    from starwhale.catalog.tablelog import CatalogRevisions
    from starwhale.core.actor import Actor
    from starwhale.storage.tables.store import TableStore


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentService:
    """Runs of one instance.

    Attributes:
        catalog: Its database.
        tables: Its live tables.
        revisions: The order of commits to them.
        root: Directory of the store.
    """

    catalog: Catalog
    tables: TableStore
    revisions: CatalogRevisions
    root: Path

    @property
    def _runs(self) -> RunRepository:
        return RunRepository(self.tables, self.root)

    # Writing.

    def start(self, actor: Actor, request: RunRequest) -> Recorder:
        """Begin a run, or take part in one that is there.

        Raises:
            NotFound: there is no such project.
            InvalidName: name, id or a tag cannot be used.
            Conflict: the run lies in the trash.
        """
        if request.id:
            check_reference(request.id, "run id")
        if request.name:
            check_label(request.name, "run")
        for tag in request.tags:
            check_label(tag, "tag")
        ProjectService(self.catalog).check(actor, request.project, WRITE_RUN)
        run, runs = request.id or random_version(), self._runs
        place = runs.place(request.project, run)
        with locked(place.journals / "lock"):
            known = runs.run_row(place)
            if known and known.get("removed_at"):
                raise Conflict(f"run {run} is in the trash", hint=f"swcli track recover {run}")
            runs.put_run(place, changed_columns(known, request, actor))
        step = runs.last_step(place) + 1 if known else 0
        part = Part(place=place, process=secrets.token_hex(6), forked=request.forked, step=step)
        return Recorder(self.tables, part)

    def remove(self, actor: Actor, project: str, text: str, *, force: bool = False) -> RunRead:
        """Put a run into the trash, or with `force` delete it for good.

        Raises:
            NotFound: there is no such run.
            Ambiguous: there are several.
            Conflict: it runs.
        """
        ProjectService(self.catalog).check(actor, project, WRITE_RUN)
        run = self.find(actor, project, text, removed=None if force else False)
        if run.state is RunState.RUNNING:
            raise Conflict(f"run {short(run.id)} is running", hint="end it first")
        place = self._runs.place(project, run.id)
        if not force:
            self._runs.put_run(place, {"removed_at": utc_now()})
            return run
        with self.catalog.begin() as session:
            self.revisions.drop(session, place.prefix)
        self._delete_row(place)
        shutil.rmtree(place.journals, ignore_errors=True)
        return run

    def recover(self, actor: Actor, project: str, text: str) -> RunRead:
        """Take a run back out of the trash.

        Raises:
            NotFound: there is no such run.
            Conflict: it was not removed.
        """
        ProjectService(self.catalog).check(actor, project, WRITE_RUN)
        run = self.find(actor, project, text, removed=True)
        self._runs.put_run(self._runs.place(project, run.id), {"removed_at": None})
        return run

    def purge(self, session: Session, before: datetime) -> int:
        """Delete for good what went into the trash before a moment; how many runs went.

        Their rows stay in the table of runs, where nobody sees them: it has transactions of its own.
        """
        gone = 0
        for path in self.tables.paths():
            project, _, rest = path.partition("/")
            if f"/{rest}" != runs_path(""):
                continue
            for run, row in self._runs.run_rows(project).items():
                place = self._runs.place(project, run)
                if row.get("removed_at") and row["removed_at"] < before and self._is_kept(place):
                    self.revisions.drop(session, place.prefix)
                    gone += 1
        return gone

    def _is_kept(self, place: RunPlace) -> bool:
        return self.tables.exists(place.processes)

    def _delete_row(self, place: RunPlace) -> None:
        writer = self.tables.writer()
        try:
            writer.delete(place.runs, place.run)
            writer.flush()
        finally:
            writer.close()

    # Reading.

    def list(
        self,
        actor: Actor,
        project: str,
        page: PageRequest | None = None,
        *,
        tag: str = "",
        name: str = "",
        state: RunState | None = None,
        removed: bool = False,
    ) -> Page[RunRead]:
        """One page of the runs of a project, the newest first.

        Args:
            actor: Who asks.
            project: Of which project.
            page: Which page.
            tag: Only runs with this tag.
            name: Only runs whose name begins so.
            state: Only runs in this state.
            removed: Those in the trash, in place of the others.

        Raises:
            NotFound: there is no such project.
        """
        ProjectService(self.catalog).check(actor, project, READ_RUN)
        wanted, now = page or PageRequest(), utc_now()
        rows = [
            (run, row)
            for run, row in self._runs.run_rows(project).items()
            if bool(row.get("removed_at")) == removed
            and (not removed or self._is_kept(self._runs.place(project, run)))
            and (not tag or tag in (row.get("tags") or ()))
            and row["name"].startswith(name)
        ]
        rows.sort(key=lambda item: (item[1]["created_at"], item[0]), reverse=True)
        if state is not None:
            found = [self._read(project, run, row, now) for run, row in rows]
            found = [run for run in found if run.state is state]
            shown = found[wanted.offset : wanted.offset + wanted.size]
            return Page(items=tuple(shown), total=len(found), request=wanted)
        part = rows[wanted.offset : wanted.offset + wanted.size]
        items = tuple(self._read(project, run, row, now) for run, row in part)
        return Page(items=items, total=len(rows), request=wanted)

    def find(self, actor: Actor, project: str, text: str, *, removed: bool | None = False) -> RunRead:
        """The run that `text` means: its id, the beginning of its id, or its name.

        Args:
            actor: Who asks.
            project: Of which project.
            text: What was typed.
            removed: Among those in the trash, among the others, or None for both.

        Raises:
            NotFound: there is no such run; the hint names the nearest.
            Ambiguous: there are several; the message lists them.
        """
        ProjectService(self.catalog).check(actor, project, READ_RUN)
        rows = {
            run: row
            for run, row in self._runs.run_rows(project).items()
            if not row.get("removed_at") or self._is_kept(self._runs.place(project, run))
        }
        run = chosen(rows, text, project, removed=removed)
        return self._read(project, run, rows[run], utc_now())

    def _read(self, project: str, run: str, row: Row, now: datetime) -> RunRead:
        place = self._runs.place(project, run)
        self._runs.recover(place)
        return self._runs.run(place, row, now)

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

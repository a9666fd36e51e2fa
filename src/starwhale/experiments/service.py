"""Rules of runs: how they begin, are found and removed."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starwhale.catalog.outbox import emit
from starwhale.core.cursor import cursor_of, no_place, values_of
from starwhale.core.errors import Conflict, NotFound
from starwhale.core.names import check_reference
from starwhale.core.page import Page, PageRequest
from starwhale.core.permissions import MANAGE_RUN, READ_RUN, WRITE_RUN, Permission
from starwhale.core.version import random_version, short
from starwhale.experiments.lookup import changed_columns, chosen
from starwhale.experiments.paths import RunPlace, runs_path
from starwhale.experiments.reading import RunReading
from starwhale.experiments.recorder import Part, Recorder
from starwhale.experiments.repository import Row
from starwhale.experiments.schemas import Begun, RunRead, RunRequest, RunState
from starwhale.experiments.values import check_label
from starwhale.experiments.writing import EXPERIMENT
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService

if TYPE_CHECKING:
    from starwhale.catalog.engine import Catalog, Session
    from starwhale.catalog.tablelog import CatalogRevisions
    from starwhale.core.actor import Actor
    from starwhale.storage.tables.store import TableStore

TRIES = 50
FOLD_ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentService(RunReading):
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

    # Writing.

    def start(self, actor: Actor, request: RunRequest) -> Recorder:
        """Begin a run, or take part in one that is there; see `begin`."""
        begun = self.begin(actor, request)
        place = self._runs.place(request.project, begun.run)
        process = secrets.token_hex(6)
        return Recorder(
            self.tables, Part(place=place, process=process, forked=request.forked, step=begun.step)
        )

    def begin(self, actor: Actor, request: RunRequest) -> Begun:
        """Say that a process takes part in a run, which is made where it is not there.

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
        place = self._runs.place(request.project, request.id or random_version())
        for _ in range(TRIES):
            known, revision = self._seen(place)
            _check_kept(place.run, known)
            try:
                self._change(
                    actor, place, "started", changed_columns(known, request, actor), expected=revision
                )
            except _Overtaken:
                continue  # another process began a run, perhaps this one
            return Begun(run=place.run, step=self._runs.last_step(place) + 1 if known else 0)
        raise Conflict(f"too many runs begin at once in project {request.project!r}", hint="try again")

    def check_open(self, actor: Actor, project: str, run: str) -> None:
        """Refuse to have something written to what is no run, or none any more.

        Args:
            actor: Who wants to.
            project: Where.
            run: Its whole id.

        Raises:
            NotFound: there is no such project or run.
            Forbidden: the caller may not write runs there.
            Conflict: it lies in the trash.
        """
        ProjectService(self.catalog).check(actor, project, WRITE_RUN)
        known, _ = self._seen(self._runs.place(project, run))
        if known is None:
            raise NotFound(f"no run {run[:80]!r} in project {project!r}")
        _check_kept(run, known)

    def _seen(self, place: RunPlace) -> tuple[Row | None, int]:
        """The row of a run, and the revision of the table that it was read at."""
        try:
            reader = self.tables.reader(place.runs)
        except NotFound:
            return None, 0
        return reader.get(place.run), reader.state.revision

    def _change(
        self,
        actor: Actor,
        place: RunPlace,
        participle: str,
        values: dict[str, Any] | None,
        *,
        wanted: Permission = WRITE_RUN,
        expected: int | None = None,
        also: Callable[[Session, int], None] | None = None,
    ) -> None:
        """Write columns of the row of a run, or with None delete it, and tell of it, all in one transaction.

        Args:
            actor: Who.
            place: Which run.
            participle: What happens to it.
            values: The columns.
            wanted: What he has to be allowed.
            expected: Nothing happens unless the table is at this revision.
            also: What else belongs to it.
        """

        def guard(session: Session) -> None:
            number = ProjectService(self.catalog).id_in(session, actor, place.project, wanted)
            if expected is not None and self.revisions.locked_revision(session, place.runs) != expected:
                raise _Overtaken
            if also is not None:
                also(session, number)
            facts = {"project": place.project, "run": place.run}
            emit(session, actor, f"run.{participle}", facts, project=number)

        writer = self.tables.writer()
        try:
            if values is None:
                writer.delete(place.runs, place.run)
            else:
                writer.put(place.runs, place.run, values)
            writer.flush(guard=guard)
        finally:
            writer.close()
        if self.tables.tail_rows(place.runs) > FOLD_ROWS:
            self.tables.fold(place.runs)

    def remove(self, actor: Actor, project: str, text: str, *, force: bool = False) -> RunRead:
        """Put a run into the trash, or with `force` delete it for good.

        Raises:
            NotFound: there is no such run.
            Ambiguous: there are several.
            Conflict: it runs.
            Forbidden: the caller may not change it; for good, he does not own the project.
        """
        wanted = MANAGE_RUN if force else WRITE_RUN
        ProjectService(self.catalog).check(actor, project, wanted)
        run = self.find(actor, project, text, removed=None if force else False)
        if run.state is RunState.RUNNING:
            raise Conflict(f"run {short(run.id)} is running", hint="end it first")
        place = self._runs.place(project, run.id)

        def end(session: Session, number: int) -> None:
            """Nobody writes to it from here on."""
            self.revisions.end_sessions(session, number, EXPERIMENT, run.id)
            if force:
                self.revisions.drop(session, place.prefix)

        values = None if force else {"removed_at": utc_now()}
        self._change(actor, place, "removed", values, wanted=wanted, also=end)
        if force:
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
        place = self._runs.place(project, run.id)

        def there(session: Session, _: int) -> None:
            if not self.revisions.locked_revision(session, place.processes):
                raise NotFound(f"run {short(run.id)} has been deleted for good meanwhile")

        self._change(actor, place, "recovered", {"removed_at": None}, also=there)
        return replace(run, removed_at=None)

    def expired(self, before: datetime) -> Sequence[RunPlace]:
        """The runs that went into the trash before a moment, and have not been deleted since."""
        found: list[RunPlace] = []
        for path in self.tables.paths():
            project, _, rest = path.partition("/")
            if f"/{rest}" == runs_path(""):
                rows = self._runs.run_rows(project).items()
                places = [self._runs.place(project, run) for run, row in rows if _is_older(row, before)]
                found += filter(self._is_kept, places)
        return found

    def purge(self, session: Session, some: Sequence[RunPlace], before: datetime) -> Sequence[RunPlace]:
        """Delete for good which of some runs went into the trash before a moment, and `clear` them then.

        Their rows stay in the table of runs, where nobody sees them: it has transactions of its own.
        """
        gone: list[RunPlace] = []
        for place in some:
            # Whoever takes one out of the trash writes there, and has ended or waits for us.
            self.revisions.locked_revision(session, place.runs)
            row, _ = self._seen(place)
            if row is not None and _is_older(row, before):
                self.revisions.drop(session, place.prefix)
                gone.append(place)
        return gone

    def clear(self, gone: Sequence[RunPlace]) -> None:
        """Delete what runs that are gone have left outside of the catalog."""
        for place in gone:
            shutil.rmtree(place.journals, ignore_errors=True)

    def _is_kept(self, place: RunPlace) -> bool:
        return self.tables.exists(place.processes)

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
            rows = [(run.id, row) for (_, row), run in zip(rows, found, strict=True) if run.state is state]
        part, further = _part(rows, wanted)
        items = tuple(self._read(project, run, row, now) for run, row in part)
        return Page(items=items, total=len(rows), request=wanted, next=further)

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


def _is_older(row: Row, removed: datetime) -> bool:
    return bool(row.get("removed_at")) and row["removed_at"] < removed


def _part(
    rows: Sequence[tuple[str, Row]], wanted: PageRequest
) -> tuple[Sequence[tuple[str, Row]], str | None]:
    """One page of runs that come newest first, and where the next one begins."""
    if wanted.after:
        moment, last = values_of(wanted.after, [datetime, str])
        if moment is None or last is None:
            raise no_place(wanted.after)
        behind = [each for each in rows if (each[1]["created_at"], each[0]) < (moment, last)]
    else:
        behind = rows[wanted.offset :]
    part = behind[: wanted.size]
    more = len(behind) > len(part)
    return part, cursor_of([part[-1][1]["created_at"], part[-1][0]]) if more else None


def _check_kept(run: str, known: Row | None) -> None:
    if known and known.get("removed_at"):
        raise Conflict(f"run {run} is in the trash", hint=f"swcli track recover {run}")


class _Overtaken(Conflict):
    """Somebody else wrote between reading and writing."""

    def __init__(self) -> None:
        super().__init__("somebody else was quicker")

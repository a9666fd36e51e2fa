"""The evaluations of a project: its jobs that evaluate something, each with its row in the summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from starwhale.catalog.tables.jobs import JobRow
from starwhale.core.errors import NotFound
from starwhale.core.page import Page, PageRequest
from starwhale.core.permissions import READ_TABLE
from starwhale.evaluations.results import SUMMARY
from starwhale.jobs.schemas import JobFilter

if TYPE_CHECKING:
    from starwhale.core.actor import Actor
    from starwhale.evaluations.tables import TableService
    from starwhale.jobs.schemas import JobRead
    from starwhale.jobs.service import JobService
    from starwhale.storage.layers.cells import Cell
    from starwhale.storage.tables.reader import TableReader

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One evaluation.

    Attributes:
        id: Of its job; or the name that somebody gave it who logged without one.
        job: The job; None where it is none of this project.
        summary: Its row in the summary; empty while it has none.
    """

    id: str
    job: JobRead | None
    summary: Mapping[str, Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationPage:
    """Some evaluations.

    Attributes:
        items: The evaluations among one page of the jobs, the newest first; behind the last of them those
            that are no job of the project.
        jobs: The page of the jobs.
    """

    items: Sequence[Evaluation]
    jobs: Page[JobRead]


@dataclass(frozen=True, slots=True)
class EvaluationOverview:
    """Finds the evaluations of projects.

    Attributes:
        jobs: Jobs of the instance.
        tables: Its tables.
    """

    jobs: JobService
    tables: TableService

    def page(self, actor: Actor, project: str, wanted: PageRequest, text: str = "") -> EvaluationPage:
        """Those among one page of the jobs that read a dataset or have logged a summary.

        Args:
            actor: Who asks.
            project: Where.
            wanted: Which page of the jobs.
            text: What jobs are searched for; names that people gave contain it.

        Raises:
            NotFound: there is no such project.
        """
        found = self.jobs.list(actor, project, wanted, wanted=JobFilter(text=text))
        reader = self._summary(actor, project)
        rows = {job.id: reader.cells(job.id) or {} for job in found.items} if reader else {}
        items = [
            Evaluation(id=job.id, job=job, summary=rows.get(job.id, {}))
            for job in found.items
            if job.plan.datasets or rows.get(job.id)
        ]
        if reader is not None and found.next is None:
            items += (
                each for each in self._others(actor, project, reader) if text.lower() in each.id.lower()
            )
        return EvaluationPage(items=items, jobs=found)

    def _summary(self, actor: Actor, project: str) -> TableReader | None:
        try:
            return self.tables.access.reader(actor, project, SUMMARY)
        except NotFound:
            return None

    def _others(self, actor: Actor, project: str, reader: TableReader) -> Iterator[Evaluation]:
        """Rows of a summary that are of no job, or of a job of another project."""
        rows = {str(key): cells for key, cells in reader.scan_cells()}
        names, own = list(rows), set[str]()
        with self.jobs.catalog.read() as session:
            number = self.tables.projects.id_in(session, actor, project, READ_TABLE)
            asked = select(JobRow.id).where(JobRow.project_id == number)
            for start in range(0, len(names), _AT_ONCE):
                own.update(session.scalars(asked.where(JobRow.id.in_(names[start : start + _AT_ONCE]))))
        return (Evaluation(id=name, job=None, summary=rows[name]) for name in names if name not in own)

"""`Job`: one run of a handler, its state, its summary and its tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from starwhale.api.handler import handler
from starwhale.api.place import Project, Resource, defaults
from starwhale.api.results import Evaluation, Row
from starwhale.core.errors import UsageError
from starwhale.core.uri import JobUri, parse_job

if TYPE_CHECKING:
    from starwhale.jobs.schemas import JobRead

__all__ = ["Handler", "Job", "job"]


class Handler:
    """What `@handler` was called inside Starwhale 0.6."""

    register = staticmethod(handler)


class Job:
    """A job that has been created; what it answers is looked up anew each time.

    Args:
        uri: Its address; the beginning of its id is enough.

    Raises:
        InvalidUri: it is no address of a job.

    Example:
        ```python
        from starwhale import Job

        jobs, page = Job.list()
        print(jobs[0].status, jobs[0].summary)
        for row in jobs[0].get_table_rows("results"):
            print(row["id"], row["output"])
        ```
    """

    def __init__(self, uri: Resource | str) -> None:
        text = uri.full_uri if isinstance(uri, Resource) else uri
        self._address = parse_job(text, defaults())
        self._store: Evaluation | None = None

    @classmethod
    def get(cls, uri: str) -> Job:
        """The job that an address or the beginning of an id means.

        Raises:
            NotFound: there is none.
            Ambiguous: there are several.
        """
        found = cls(uri)
        found._address = _address(found.info())
        return found

    @classmethod
    def list(
        cls, project: str = "", page_index: int = 1, page_size: int = 20
    ) -> tuple[list[Job], dict[str, Any]]:
        """Jobs of a project, newest first.

        Args:
            project: Its name or address; the current one where it is empty.
            page_index: Which page, counted from 1.
            page_size: Jobs on a page.

        Returns:
            The jobs of the page, and ``{"page_num", "page_size", "pages", "total"}``.
        """
        from starwhale.api.session import local
        from starwhale.core.page import PageRequest

        place = _local_project(Project(project))
        instance = local()
        page = instance.jobs.list(instance.actor, place.name, PageRequest(number=page_index, size=page_size))
        pages = -(-page.total // page_size)
        told = {"page_num": page_index, "page_size": page_size, "pages": pages, "total": page.total}
        return [cls(Resource.of(_address(each))) for each in page], told

    @property
    def uri(self) -> Resource:
        """Its address."""
        return Resource.of(self._address)

    @property
    def id(self) -> str:
        """Its whole id."""
        return self.info().id

    def info(self) -> JobRead:
        """Everything that is known of it: states, steps, tasks, versions of model and datasets.

        Raises:
            NotFound: there is no such job.
            Ambiguous: its id begins like those of several.
        """
        from starwhale.api.session import local

        instance = local()
        return instance.jobs.info(instance.actor, self._address)

    @property
    def basic_info(self) -> JobRead:
        """The same as `info`."""
        return self.info()

    @property
    def status(self) -> str:
        """CREATED, READY, PAUSED, RUNNING, CANCELLING, CANCELED, SUCCESS, FAIL or UNKNOWN."""
        return str(self.info().state)

    @property
    def evaluation_store(self) -> Evaluation:
        """Where it logs to."""
        if self._store is None:
            read = self.info()
            project = read.plan.log_project or read.project
            self._store = Evaluation(read.id, Project(project))
        return self._store

    @property
    def summary(self) -> Row:
        """Its row in the summary of its project; empty when nothing was logged."""
        return self.evaluation_store.get_summary()

    @property
    def tables(self) -> Sequence[str]:
        """Names of the tables it has logged to."""
        return self.evaluation_store.get_tables()

    def get_table_rows(
        self,
        name: str,
        start: str | int | None = None,
        end: str | int | None = None,
        keep_none: bool = False,
        end_inclusive: bool = False,
    ) -> Iterator[Row]:
        """Rows of one of its tables in the order of their ids; see `Evaluation.scan`."""
        return self.evaluation_store.scan(name, start, end, keep_none, end_inclusive)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Job) and other._address == self._address

    def __hash__(self) -> int:
        return hash(self._address)

    def __repr__(self) -> str:
        return f"<Job {self.uri}>"


def job(uri: str) -> Job:
    """The job that an address or the beginning of an id means; see `Job.get`."""
    return Job.get(uri)


def _address(read: JobRead) -> JobUri:
    return JobUri(instance="local", project=read.project, job=read.id)


def _local_project(project: Project) -> Project:
    if not project.instance.is_local:
        raise UsageError(f"{project} lies on a server", hint="name a project of the local instance")
    return project

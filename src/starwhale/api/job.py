"""`Job`: one run of a handler, its state, its summary and its tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from starwhale.api.handler import handler
from starwhale.api.job_info import JobInfo
from starwhale.api.place import Project, Resource, defaults
from starwhale.api.results import Evaluation, Row
from starwhale.core.addresses import parse_job
from starwhale.core.errors import UsageError
from starwhale.core.instances import LOCAL
from starwhale.core.uri import DEFAULT_PROJECT, JobUri, ProjectUri

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
        found._address = _address(found.info(), found._address.instance)
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
        from starwhale.api.session import at
        from starwhale.core.page import PageRequest

        place = Project(project)
        instance = at(place.place.instance)
        page = instance.jobs.list(instance.actor, place.name, PageRequest(number=page_index, size=page_size))
        pages = -(-page.total // page_size)
        told = {"page_num": page_index, "page_size": page_size, "pages": pages, "total": page.total}
        return [cls(Resource.of(_address(each, place.place.instance))) for each in page], told

    @classmethod
    def create(
        cls,
        project: Project | str,
        model: Resource | str,
        run_handler: str,
        datasets: Sequence[str | Resource] | None = None,
        runtime: Resource | str | None = None,
        resource_pool: str = "default",
        ttl: int = 0,
        dev_mode: bool = False,
        dev_mode_password: str = "",
        dataset_head: int = 0,
        overwrite_specs: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        arguments: Sequence[str] = (),
        priority: int = 0,
    ) -> Job:
        """Run a handler of a model as a job: on this machine, and wait for its end; or have a server run it.

        Args:
            project: Project of the job.
            model: The model package.
            run_handler: Id or name of the handler, or the part of its id behind the colon.
            datasets: What it reads; what the handlers name themselves where it is left out.
            runtime: For servers; a local job runs in the environment of this process.
            resource_pool: For servers.
            ttl: For servers: seconds after which the job is canceled, from when it begins; 0 for never.
            dev_mode: For servers.
            dev_mode_password: For scripts of 0.6; who may look into a job is a matter of roles.
            dataset_head: Rows of each dataset to use, 0 for all.
            overwrite_specs: ``{handler: {"replicas": 2, "resources": {…}}}``.
            arguments: What the handler is given, as on a command line: ``["--epochs", "3"]``.
            priority: For servers: the highest goes first, from -1000 to 1000.

        Returns:
            The job, which has succeeded; on a server one that waits to be run.

        Raises:
            JobFailed: it has failed; the message is the cause.
            Canceled: it was canceled, by Ctrl-C or from elsewhere.
            NotFound: there is no such project, model, handler or dataset.
            UsageError: a step reads rows and nobody said which, or an argument is none of the handler's.
        """
        place = Project(project) if isinstance(project, str) else project
        if not place.instance.is_local:
            return cls.create_remote(
                place,
                model,
                run_handler,
                datasets,
                runtime,
                resource_pool,
                ttl,
                dev_mode,
                dev_mode_password,
                dataset_head,
                overwrite_specs,
                arguments=arguments,
                priority=priority,
            )
        return cls.create_local(
            model, run_handler, project, datasets, dataset_head, overwrite_specs, arguments=arguments
        )

    @classmethod
    def create_remote(
        cls,
        project: Project | str,
        model: Resource | str,
        run_handler: str,
        datasets: Sequence[str | Resource] | None = None,
        runtime: Resource | str | None = None,
        resource_pool: str = "default",
        ttl: int = 0,
        dev_mode: bool = False,
        dev_mode_password: str = "",  # noqa: ARG003 - kept from 0.6
        dataset_head: int = 0,
        overwrite_specs: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        arguments: Sequence[str] = (),
        priority: int = 0,
    ) -> Job:
        """`create` on a server, which runs the job as soon as there is room for it."""
        from starwhale.api.job_creation import order_job

        place = Project(project) if isinstance(project, str) else project
        read = order_job(
            place,
            model,
            run_handler,
            tuple(datasets or ()),
            runtime=runtime,
            head=dataset_head,
            overrides=overwrite_specs or {},
            pool=resource_pool,
            auto_release_time=ttl,
            debug=dev_mode,
            arguments=arguments,
            priority=priority,
        )
        return cls(Resource.of(_address(read, place.place.instance)))

    @classmethod
    def create_local(
        cls,
        model: Resource | str,
        run_handler: str,
        project: Project | str = DEFAULT_PROJECT,
        datasets: Sequence[str | Resource] | None = None,
        dataset_head: int = 0,
        overwrite_specs: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        arguments: Sequence[str] = (),
    ) -> Job:
        """`create` on the local instance."""
        from starwhale.api.job_creation import run_job

        place = _local_project(Project(project) if isinstance(project, str) else project)
        read = run_job(
            place, model, run_handler, tuple(datasets or ()), dataset_head, overwrite_specs or {}, arguments
        )
        return cls(Resource.of(_address(read)))

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
        from starwhale.api.session import at

        instance = at(self._address.instance)
        return instance.jobs.info(instance.actor, self._address)

    @property
    def basic_info(self) -> JobInfo:
        """What it is and how far, in a few words; `info` has everything."""
        return JobInfo.of(self.info())

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
            place = ProjectUri(instance=self._address.instance, project=project)
            self._store = Evaluation(read.id, Project.at(place))
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


def _address(read: JobRead, instance: str = LOCAL) -> JobUri:
    return JobUri(instance=instance, project=read.project, job=read.id)


def _local_project(project: Project) -> Project:
    if not project.instance.is_local:
        raise UsageError(f"{project} lies on a server", hint="name a project of the local instance")
    return project

"""Coming to a task while it runs: to look into it with a terminal, or to use the service that it offers.

Both happen on the machine on which the task runs. Who may come, and to which process, is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from starwhale.accounts.secrets import is_token
from starwhale.catalog.outbox import emit
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, NotFound, Unauthorized
from starwhale.core.permissions import WRITE_RUN, WRITE_SHELL, Permission
from starwhale.core.uri import JobUri
from starwhale.core.version import short
from starwhale.jobs.executors.surroundings import Surroundings, find_surroundings
from starwhale.jobs.liveness import ATTENDED
from starwhale.jobs.looking import SeenJobs
from starwhale.jobs.passes import PassService
from starwhale.jobs.schemas import JobRead, TaskRead
from starwhale.jobs.states import TaskState
from starwhale.jobs.veils import VeilService
from starwhale.jobs.wire import TOKEN
from starwhale.kit.process import this_host
from starwhale.projects.service import ProjectService

#: States in which a worker is at a task.
_AT_WORK = frozenset({TaskState.PREPARING, TaskState.RUNNING, TaskState.CANCELLING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A terminal that somebody opens in a task.

    Attributes:
        project: Number of the project.
        job: Whole id of the job.
        task: Id of the task.
        command: What is run; empty for a shell.
    """

    project: int
    job: JobRead
    task: str
    command: tuple[str, ...] = ()

    @property
    def facts(self) -> dict[str, object]:
        """What the audit tells of it."""
        words = " ".join(self.command)[:500]
        return {"project": self.job.project, "job": self.job.id, "task": self.task, "command": words}


@dataclass(frozen=True, slots=True)
class EntryService:
    """Ways into tasks.

    Args:
        jobs: The jobs of the instance.
    """

    jobs: SeenJobs

    # Terminals.

    def visit(
        self, actor: Actor, uri: JobUri, task: str = "", command: Sequence[str] = ()
    ) -> tuple[Visit, Surroundings]:
        """Come to a task of a job in debug mode.

        Args:
            actor: Who comes.
            uri: The job.
            task: Id of the task; empty for the first that runs.
            command: What he wants to run there; empty for a shell.

        Returns:
            What to note, and where the worker is; that is to be closed.

        Raises:
            NotFound: there is no such job or task.
            Forbidden: he may not open terminals there, or the job may do more than he.
            Conflict: the job is not in debug mode, or the task does not run, or runs elsewhere.
            Unavailable: this system has no way in.
        """
        self.check(actor, uri, WRITE_SHELL)
        job = self.jobs.info(actor, uri)
        number = self.check_shell(actor, job)
        name = short(job.id)
        if not job.plan.debug:
            hint = "order it again in debug mode: `swcli model run --debug`"
            raise Conflict(f"job {name} is not in debug mode, so nobody can look into it", hint=hint)
        found = _task_of(job, task)
        return Visit(project=number, job=job, task=found.id, command=tuple(command)), self._enter(job, found)

    def check(self, actor: Actor, uri: JobUri, wanted: Permission) -> int:
        """Number of the project of a job, for whoever may do there what he wants to do."""
        return ProjectService(self.jobs.catalog).check(actor, uri.project, wanted)

    def check_shell(self, actor: Actor, job: JobRead) -> int:
        """Number of the project of a job, for whoever may open terminals in its tasks.

        Whoever has a terminal has all that the job has: so nothing of that may be closed to him.

        Raises:
            NotFound: there is no such job, or it is made of what he may not look into.
            Forbidden: he may not open terminals there, or not write where the job's results go.
        """
        number = self.check(actor, self.jobs.uri(job), WRITE_SHELL)
        VeilService(self.jobs.catalog).check_plan(actor, job.plan)
        return number

    def note_begin(self, actor: Actor, visit: Visit) -> None:
        """Note who opens a terminal where."""
        with self.jobs.catalog.begin() as session:
            emit(session, actor, "shell.opened", visit.facts, project=visit.project)

    def note_end(self, actor: Actor, visit: Visit, *, seconds: float, status: int | None, cause: str) -> None:
        """Note how a terminal ended.

        Args:
            actor: Who had it.
            visit: Where.
            seconds: How long he had it.
            status: Of the program; None where it was ended.
            cause: Why it was; empty where it ended by itself.
        """
        facts = {**visit.facts, "seconds": round(seconds, 3), "status": status, "cause": cause}
        with self.jobs.catalog.begin() as session:
            emit(session, actor, "shell.closed", facts, project=visit.project)

    # Services.

    def service(self, actor: Actor, uri: JobUri, port: int) -> tuple[JobRead, list[Surroundings]]:
        """Come to the service that a job offers on a port.

        Returns:
            The job, and where those workers are that may offer it; each is to be closed.

        Raises:
            NotFound: there is no such job, or none of its steps offers anything there.
            Forbidden: he may not use services of jobs there.
            Conflict: no such step runs, or the job runs elsewhere.
            Unavailable: this system has no way in.
        """
        self.check(actor, uri, WRITE_RUN)
        job = self.jobs.info(actor, uri)
        steps = [at for at, step in enumerate(job.plan.steps) if step.spec.expose == port]
        if not steps:
            raise NotFound(f"job {short(job.id)} offers no service on port {port}")
        tasks = [task for at in steps for task in job.steps[at].tasks if task.state in _AT_WORK]
        if job.state not in ATTENDED or not tasks:
            raise Conflict(
                f"the service on port {port} of job {short(job.id)} does not run: the job is {job.state}"
            )
        found: list[Surroundings] = []
        for task in tasks:
            try:
                found.append(self._enter(job, task))
            except Conflict:
                if task is tasks[-1] and not found:
                    raise
        return job, found

    def _enter(self, job: JobRead, task: TaskRead) -> Surroundings:
        scheduler = job.scheduler
        if scheduler is None:
            raise Conflict(f"nobody runs job {short(job.id)} at this moment", hint="try again in a moment")
        if scheduler.host != this_host():
            where = scheduler.host.partition("/")[0]
            raise Conflict(
                f"job {short(job.id)} runs on the machine {where!r}, which this is not",
                hint="ask the server there",
            )
        return find_surroundings(task.worker, partial(self._is_of, job, scheduler.pid))

    def _is_of(
        self, job: JobRead, scheduler: int, environment: Mapping[str, str], words: Sequence[str]
    ) -> bool:
        """Whether a process is a worker of a job: on a server by its token, else by who has started it."""
        token = environment.get(TOKEN, "")
        if not is_token(token):
            return str(scheduler) in words
        try:
            return PassService(self.jobs.catalog).read(token).job == job.id
        except Unauthorized:
            return False


def _task_of(job: JobRead, task: str) -> TaskRead:
    """The task that is meant, which a worker is at.

    Raises:
        NotFound: the job has no such task.
        Conflict: no worker is at it.
    """
    name = short(job.id)
    tasks = [each for step in job.steps for each in step.tasks]
    running = [each for each in tasks if each.state in _AT_WORK]
    if job.state not in ATTENDED:
        raise Conflict(f"job {name} is {job.state}, so that none of its tasks runs")
    if not task:
        if not running:
            raise Conflict(f"no task of job {name} runs at this moment", hint="try again in a moment")
        return running[0]
    found = next((each for each in tasks if each.id == task), None)
    if found is None:
        raise NotFound(f"job {name} has no task {task!r}")
    if found not in running:
        more = f"; {running[0].id} runs" if running else ""
        raise Conflict(f"task {task} of job {name} is {found.state}{more}")
    return found

"""Whoever attends to jobs: takes them from the queue, has them run beside the server, fires schedules.

Each server may have one. They share nothing but the catalog: a job belongs to whoever adopts it there, and
one whose server is gone is adopted by another.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, StarwhaleError, Unavailable
from starwhale.core.uri import JobUri
from starwhale.instance.home import Home
from starwhale.instance.workplace import Workplace, of_job
from starwhale.jobs.executors.confinement import Confinement
from starwhale.jobs.executors.local import LocalExecutor
from starwhale.jobs.executors.port import Outfit
from starwhale.jobs.executors.room import Room
from starwhale.jobs.executors.users import Users, check_user
from starwhale.jobs.hosts import Host
from starwhale.jobs.liveness import ATTENDED
from starwhale.jobs.passes import Renewal
from starwhale.jobs.progress import JobProgress
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.service_ports import PORTS
from starwhale.jobs.wire import TOKEN, URL
from starwhale.server.firing import fire_schedules
from starwhale.server.grounds import Grounds, SharedLogs, enclose
from starwhale.server.machine import capacity_of
from starwhale.server.reach import Reach

if TYPE_CHECKING:
    from fastapi import FastAPI

    from starwhale.server.services import Services

_log = logging.getLogger("starwhale.jobs")
BENCH = "starwhale.worker.remote:open_bench"
#: Seconds between two looks at the queue, and at the schedules.
PAUSE = 0.5
SCHEDULES = 5.0
#: Seconds until a job is tried again that could not be begun for what is away, such as the store of objects:
#: at first, and at most; and for how long it is tried.
LATER, LATEST = 5.0, 300.0
PATIENCE = 24 * 3600.0
#: Seconds that jobs have to be let go of when the server ends.
FAREWELL = 8.0


class Leaving(StarwhaleError):
    """The server ends; another one, or the next, goes on with the job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What an attendant has to run jobs with.

    Attributes:
        url: Where workers reach the server.
        most: Jobs at the same time.
        host: What other servers are told of this one.
        user: Whom of this machine workers run as (see `Users`); empty for the one that runs the server.
    """

    url: str
    most: int
    host: Host
    user: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Later:
    """A job that could not be begun.

    Attributes:
        since: When it could not for the first time.
        pause: Seconds that it waits this time.
        at: When it is tried again.
    """

    since: float
    pause: float
    at: float


class Attendant:
    """See the module.

    Args:
        house: The services of the server.
        means: What it runs jobs with.

    Raises:
        UsageError: workers cannot be started as the user that is named.
    """

    def __init__(self, house: Services, means: Means) -> None:
        if means.user:
            check_user(means.user, means.most)
            enclose(house.settings)
        self._house = house
        self._means = means
        self._users = Users(means.user)
        self._room = Room(means.host.capacity)
        self._reach = Reach(house.job_queue, house.jobs.hosts, means.host)
        self._running: dict[str, threading.Thread] = {}
        self._later: dict[str, _Later] = {}
        self._news = threading.Event()
        self._leaving = threading.Event()
        self._fired = 0.0
        self._thread = threading.Thread(target=self._attend, name="starwhale-attendant", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Let go of all jobs; none of their workers is left when it returns."""
        self._leaving.set()
        self._news.set()
        patience = time.monotonic() + FAREWELL
        for thread in (self._thread, *self._running.values()):
            if thread.is_alive():
                thread.join(max(0.0, patience - time.monotonic()))
        with suppress(StarwhaleError):
            self._house.jobs.hosts.withdraw(self._means.host)

    def wake(self) -> None:
        """Look at the queue now."""
        self._news.set()

    def _attend(self) -> None:
        while not self._leaving.is_set():
            # Neither one schedule nor one job must keep the others from being made and run.
            for each in (self._reach.announce, self._fire, self._take):
                try:
                    each()
                except StarwhaleError as error:
                    _log.warning("jobs wait: %s", error)
                except Exception:  # noqa: BLE001 - see above
                    _log.exception("the queue could not be worked through")
            self._news.wait(PAUSE)
            self._news.clear()

    def _take(self) -> None:
        for job, thread in list(self._running.items()):
            if not thread.is_alive():
                del self._running[job]
        if len(self._running) >= self._means.most:
            return
        now, waiting = time.monotonic(), self._house.job_queue.waiting(self._running.keys())
        self._reach.look([uri.job for uri, _ in waiting])
        for uri, lost in waiting:
            if len(self._running) >= self._means.most:
                return
            later = self._later.get(uri.job)
            busy = uri.job in self._running or (later is not None and later.at > now)
            if busy or not self._reach.takes(uri.job):
                continue
            name = f"starwhale-job-{uri.job[:8]}"
            thread = threading.Thread(target=self._run, args=(uri, lost), name=name, daemon=True)
            self._running[uri.job] = thread
            thread.start()

    def _fire(self) -> None:
        if time.monotonic() - self._fired < SCHEDULES:
            return
        self._fired = time.monotonic()
        fire_schedules(self._house)

    # One job.

    def _run(self, uri: JobUri, lost: bool) -> None:
        try:
            self._run_once(uri, lost)
            self._later.pop(uri.job, None)
        except (Conflict, Leaving):
            self._later.pop(uri.job, None)  # somebody else has it, or will have
        except Unavailable as error:
            self._try_later(uri.job, error)
        except StarwhaleError as error:
            self._give_up(uri.job, error.message)
        except Exception as error:  # noqa: BLE001 - whatever it is, the job's owner is told, and the log
            _log.exception("job %s could not be run", uri.job[:12])
            self._give_up(uri.job, f"the server could not run it: {type(error).__name__}")
        finally:
            self._news.set()

    def _run_once(self, uri: JobUri, lost: bool) -> None:
        house = self._house
        everybody = house.actor
        job = house.jobs.info(everybody, uri)
        if job.broken:
            house.job_queue.set_aside(job.id, job.cause)
            return
        if job.state in ATTENDED and job.scheduler is not None and not lost:
            return  # another server was quicker
        if house.job_queue.heed(job):
            return
        owner = house.work.passes.owner(job.created_by)
        runner = Actor(name=owner.name, admin=True, user=owner.user)
        exposed = [step.spec.expose for step in job.plan.steps if step.spec.expose]
        with self._users.own(job.id) as identity, PORTS.own(exposed) as ports:
            grounds = Grounds(house.settings, job.id, identity, ports)
            self._run_on(grounds, job, uri, runner, lost=lost)

    def _run_on(self, grounds: Grounds, job: JobRead, uri: JobUri, runner: Actor, *, lost: bool) -> None:
        house = self._house
        place = of_job(house, job)
        try:
            token = house.work.passes.issue(job)
            try:
                grounds.prepare(place.workdir if place.is_copy else None)
                logs = SharedLogs(house.jobs, job.id)
                with place.held(), self._executor(grounds, token, job.project) as executor, logs:
                    # What was away is there again: how long, counts from the next time on.
                    self._later.pop(job.id, None)
                    house.jobs.run(
                        runner,
                        uri,
                        executor,
                        outfit=_outfit(place),
                        watch=partial(self._look_after, logs, Renewal(house.work.passes, token)),
                        force=lost,
                    )
            finally:
                house.work.leave(job.id, token)
        finally:
            grounds.clear()
            place.clear()

    def _executor(self, grounds: Grounds, token: str, project: str) -> LocalExecutor:
        # What user code calls `local` in a job is the server, as far as the job's token reaches.
        home = Home(url=self._means.url, token=token, project=project)
        return LocalExecutor(
            grounds.place,
            environment={
                **grounds.environment(),
                **home.to_env(),
                URL: self._means.url,
                TOKEN: token,
            },
            context=BENCH,
            confinement=Confinement(clean=True, identity=grounds.identity),
            room=self._room,
        )

    def _look_after(self, logs: SharedLogs, renewal: Renewal, _: JobProgress) -> None:
        logs.copy()
        renewal.look()
        if self._leaving.is_set():
            raise Leaving("its server ended")

    def _try_later(self, job: str, error: StarwhaleError) -> None:
        now = time.monotonic()
        known = self._later.get(job, _Later(since=now, pause=0.0, at=now))
        if now - known.since > PATIENCE:
            self._give_up(job, error.message)
            return
        pause = min(LATEST, known.pause * 2 or LATER)
        self._later[job] = replace(known, pause=pause, at=now + pause)
        _log.warning("job %s waits: %s", job[:12], error)
        try:
            self._house.job_queue.note_wait(job, f"it waits, and is tried again: {error.message}")
        except StarwhaleError as untold:
            _log.warning("why job %s waits could not be written down: %s", job[:12], untold)

    def _give_up(self, job: str, cause: str) -> None:
        self._later.pop(job, None)
        queue = self._house.job_queue
        try:
            try:
                queue.fail(job, cause)
            except StarwhaleError:
                raise
            except Exception:  # noqa: BLE001 - what its steps and tasks are at cannot be read
                queue.set_aside(job, cause)
        except StarwhaleError as error:
            _log.warning("job %s: %s; and that could not be written down: %s", job[:12], cause, error)
            now = time.monotonic()
            self._later[job] = _Later(since=now, pause=LATER, at=now + LATER)


async def attend_jobs(app: FastAPI) -> None:
    """Run jobs for as long as the server lives, where it is told to."""
    life, settings = app.state.life, app.state.settings
    if settings.executor == "none":
        while await life.pause(3600.0):
            continue
        return
    host = Host(labels=settings.labels, capacity=capacity_of(settings.capacity))
    means = Means(url=address_of(app), most=settings.most_jobs, host=host, user=settings.worker_user)
    attendant = await run_in_threadpool(Attendant, app.state.services, means)
    await run_in_threadpool(lambda: app.state.services.catalog)
    app.state.attendant = attendant
    attendant.start()
    try:
        while await life.pause(3600.0):
            continue
    finally:
        await run_in_threadpool(attendant.stop)


def address_of(app: FastAPI) -> str:
    """Where processes of this machine reach the server."""
    found = getattr(app.state, "address", "")
    if found:
        return found
    host = app.state.settings.host
    return f"http://{'127.0.0.1' if host in {'0.0.0.0', '::'} else host}:{app.state.settings.port}"  # noqa: S104 - compared, not listened on


def _outfit(place: Workplace) -> Outfit:
    return Outfit(
        workdir=place.workdir,
        modules=place.modules,
        environment={**place.interpreter.environment, **place.environment},
        python=place.interpreter.python,
    )

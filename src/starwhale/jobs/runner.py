"""A scheduler at work: it drives the pure core with the ledger and an executor until the job rests."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from starwhale.core.errors import StarwhaleError, Unavailable
from starwhale.jobs.driver import Driver, Order
from starwhale.jobs.events import (
    Begin,
    Event,
    Finish,
    Requested,
    Submit,
    TaskLost,
    TaskPreparing,
    TaskRunning,
    Tick,
)
from starwhale.jobs.executors.port import Attempt, Executor, Launch, Outfit, Progress, Told
from starwhale.jobs.interrupts import Interrupts, caught
from starwhale.jobs.leases import Fenced
from starwhale.jobs.ledger import SchedulerLedger
from starwhale.jobs.plan import THREAD
from starwhale.jobs.progress import Tally, Watch
from starwhale.jobs.release import ReleaseTime
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.states import Want
from starwhale.jobs.usage import TaskUsage
from starwhale.jobs.usage_tracks import UsageTracks
from starwhale.kit.process import this_process
from starwhale.kit.times import utc_now

#: Seconds between two entries in the ledger: where much happens, it is written down together.
GATHER_SECONDS = 0.01
#: Seconds between two looks at what was asked for.
LOOK_SECONDS = 0.25
#: Seconds between two looks at how far the job is.
SHOW_SECONDS = 0.1
#: Seconds between two entries in the ledger about what is used, where nothing else is written.
USED_SECONDS = 5.0
#: Seconds that workers whose job is at rest may take to be gone.
CLEAR_SECONDS = 10.0

log = logging.getLogger(__name__)


class JobRunner:
    """Runs one job in this process.

    Args:
        ledger: Where states and leases are kept.
        executor: Runs the tasks.
        job: The job as it is now.
        outfit: What workers need.
        logs: Directory for the logs of its tasks.
        usage: Directory for what they use over time.
        lease_seconds: How long a lease lasts.
        watch: Told how far the job is, now and then.
    """

    def __init__(
        self,
        ledger: SchedulerLedger,
        executor: Executor,
        job: JobRead,
        *,
        outfit: Outfit,
        logs: Path,
        usage: Path,
        lease_seconds: float,
        watch: Watch | None = None,
    ) -> None:
        self._ledger = ledger
        self._executor = executor
        self._job = job
        self._outfit = outfit
        self._logs = logs
        self._usage = usage
        self._lease = lease_seconds
        self._watch = watch
        self._supervises = executor.capabilities().supervises
        self._tally = Tally(job)
        self._shared: dict[int, dict[str, Any]] = {}
        self._want = Want.RUN
        self._looked = self._beaten = self._answered = self._wrote = time.monotonic()
        self._shown = -SHOW_SECONDS

    def run(self, *, force: bool = False) -> None:
        """Run the job until it rests: at its end, or paused.

        Args:
            force: Take it even from a scheduler that seems to live.

        Raises:
            Conflict: somebody else runs it, it is done, or somebody took it over meanwhile.
            StarwhaleError: the catalog cannot be written any more; the job can be resumed.
        """
        adopted = self._ledger.adopt(self._job.id, this_process(), utc_now(), force=force)
        release = ReleaseTime(self._job.plan.auto_release_time, adopted.since, utc_now())
        driver = Driver(self._ledger, self._job.id, adopted)
        try:
            with caught(self._executor.wake) as interrupts:
                self._loop(driver, interrupts, release)
        except Fenced:
            raise
        except BaseException as error:
            # The job is not at its end. Whoever asks is told why nobody runs it.
            with suppress(StarwhaleError):
                cause = f"its scheduler stopped: {error or type(error).__name__}"
                self._ledger.resign(driver.id, driver.epoch, cause, utc_now())
            raise
        finally:
            self._clear()

    def _loop(self, driver: Driver, interrupts: Interrupts, release: ReleaseTime) -> None:
        events: list[Event] = release.due() or [Begin()]
        tasks = {name: task.step for name, task in driver.job.tasks.items()}
        threads = self._job.plan.isolation == THREAD
        tracks = UsageTracks(self._usage, tasks, driver.epoch, threads=threads)
        fed = 0.0
        while True:
            orders = self._feed(driver, events)
            self._obey(driver, orders)
            finished = any(isinstance(order, Finish) for order in orders)
            tracks.tick(last=finished)
            self._show(driver, always=finished)
            if finished:
                return
            told = self._executor.poll(self._pause())
            if told and (early := fed + GATHER_SECONDS - time.monotonic()) > 0:
                time.sleep(early)
                told += self._executor.poll(0)
            fed = time.monotonic()
            events = [Tick(now=time.monotonic())]
            for each in told:
                self._hear(driver, tracks, each, events)
            events += interrupts.requests()
            events += release.due()
            events += self._look(driver)

    def _hear(self, driver: Driver, tracks: UsageTracks, told: Told, events: list[Event]) -> None:
        if isinstance(told, Progress):
            self._tally.note(told)
        elif isinstance(told, TaskUsage):
            tracks.note(told)
            driver.note(told)
        else:
            if not isinstance(told, TaskPreparing | TaskRunning):
                tracks.end(told.task, told.attempt)
            events.append(told)

    def _feed(self, driver: Driver, events: Iterable[Event]) -> list[Order]:
        """Feed the core; a catalog that does not answer is asked again for as long as a lease lasts."""
        try:
            orders = driver.feed(events, utc_now())
        except Unavailable as error:
            if time.monotonic() - self._answered > self._lease:
                raise
            log.warning("job %s: %s", driver.id[:12], error)
            return []
        self._answered = time.monotonic()
        return orders

    def _obey(self, driver: Driver, orders: Iterable[Order]) -> None:
        for order in orders:
            if isinstance(order, Submit):
                self._executor.submit(self._launch(driver, (order.task, order.attempt)))
            elif not isinstance(order, Finish):
                self._executor.stop((order.task, order.attempt), order.want, order.grace)

    def _pause(self) -> float:
        return max(0.0, self._looked + LOOK_SECONDS - time.monotonic())

    def _look(self, driver: Driver) -> list[Event]:
        """See what was asked for, and say that this scheduler lives, each when it is time."""
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return []
        self._looked = now
        try:
            if now - self._beaten > self._lease / 3:
                self._beaten = now
                live = self._executor.live() if self._supervises else ()
                self._ledger.beat(driver.id, driver.epoch, live, utc_now())
            if now - self._wrote > USED_SECONDS:
                self._wrote = now
                driver.write_used(utc_now())
            notice = self._ledger.look(driver.id, driver.epoch, utc_now(), silent=not self._supervises)
        except Unavailable as error:
            log.warning("job %s: %s", driver.id[:12], error)
            return []
        cause = f"no word from its worker for {self._lease:g} s"
        events: list[Event] = [
            TaskLost(task=task, attempt=attempt, cause=cause, silent=True) for task, attempt in notice.silent
        ]
        if notice.want is not self._want or notice.hurry:
            self._want = notice.want
            events.append(Requested(want=notice.want, cause=notice.cause, hurry=notice.hurry))
        return events

    def _launch(self, driver: Driver, attempt: Attempt) -> Launch:
        name, number = attempt
        position = driver.job.tasks[name].step
        shared = self._shared.get(position)
        if shared is None:
            shared = self._shared[position] = self._of_step(driver, position)
        own = {
            "task": name,
            "attempt": number,
            "index": int(name.rpartition(".")[2]),
            "log": str(self._logs / f"{name}.log"),
        }
        threads = self._job.plan.isolation == THREAD
        return Launch(
            attempt=attempt, outfit=self._outfit, run={**shared, **own}, step=position, threads=threads
        )

    def _of_step(self, driver: Driver, position: int) -> dict[str, Any]:
        """What all tasks of a step are told."""
        plan = self._job.plan
        step = plan.steps[position]
        return {
            "job": driver.id,
            "epoch": driver.epoch,
            "project": plan.project,
            "log_project": plan.log_project,
            "step": position,
            "total": step.spec.replicas,
            "spec": step.spec.to_json(),
            "modules": list(plan.modules),
            "datasets": [asdict(each) for each in step.datasets],
            "validation_datasets": [asdict(each) for each in plan.validation_datasets],
            "dataset_head": plan.dataset_head,
            "model": plan.model,
            "model_name": plan.model_name,
            "arguments": list(plan.arguments),
            "lease_seconds": self._lease,
            "hold": plan.hold,
        }

    def _show(self, driver: Driver, *, always: bool) -> None:
        now = time.monotonic()
        if self._watch is not None and (always or now - self._shown > SHOW_SECONDS):
            self._shown = now
            self._watch(self._tally.progress(driver.job))

    def _clear(self) -> None:
        """Leave no attempt running that nobody waits for."""
        for attempt in self._executor.live():
            self._executor.stop(attempt, Want.CANCEL, 0)
        patience = time.monotonic() + CLEAR_SECONDS
        while self._executor.live() and time.monotonic() < patience:
            self._executor.poll(0.1)

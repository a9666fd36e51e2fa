"""The workers of a local executor: whom a launch goes to, who is started for it, who is buried."""

from __future__ import annotations

import os
import secrets
import selectors
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from starwhale.jobs.executors.confinement import Confinement
from starwhale.jobs.executors.pace import Pace
from starwhale.jobs.executors.port import Launch, Outfit
from starwhale.jobs.executors.process import WorkerProcess
from starwhale.jobs.executors.room import Grant, Room
from starwhale.kit.leftovers import TREE, kill_marked

#: Workers that may be starting at the same time.
STARTING = max(2, os.cpu_count() or 1)
#: Where there are so many, one more is started only when no attempt has ended for so many seconds: tasks that
#: are over sooner than a worker has started need no further ones.
WORTH_WAITING = 0.5
#: Threads of one worker that run tasks at the same time.
MOST_THREADS = 64
#: Seconds a worker that has nothing to do may take to end by itself.
FAREWELL = 2.0
#: The variable that says which devices a worker sees.
DEVICES = "CUDA_VISIBLE_DEVICES"
#: A worker that is busy with one task for so many seconds hands back what waits in it.
STUCK_SECONDS = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What workers are started with.

    Attributes:
        logs: Directory for what they print while they run no task.
        environment: Variables that every one gets beside those of this process and of its outfit.
        context: What they build their services with, as ``module:function``.
        most: Processes at the same time.
        confinement: Keeps them from what is not theirs.
        room: What the machine has for them; None: whatever they ask for is not counted.
        wake: Has whoever asks for workers ask again.
    """

    logs: Path
    context: str
    most: int
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    confinement: Confinement = field(default_factory=Confinement)
    room: Room | None = None
    wake: Callable[[], object] = lambda: None


class Crew:
    """Workers that live. For one thread.

    Args:
        kit: What they are started with.
        selector: Where their channels are waited for.

    Attributes:
        pace: How quick tasks are.
        ended: When an attempt ended last, by `time.monotonic`.
    """

    def __init__(self, kit: Equipment, selector: selectors.BaseSelector) -> None:
        self._kit = kit
        self._selector = selector
        self._workers: list[WorkerProcess] = []
        self._buried: set[str] = set()
        self._waits = False
        self.pace = Pace()
        self.ended = 0.0

    @property
    def workers(self) -> tuple[WorkerProcess, ...]:
        """All of them."""
        return tuple(self._workers)

    def __contains__(self, worker: object) -> bool:
        return worker in self._workers

    def free(self, launch: Launch) -> WorkerProcess | None:
        """A worker for a launch: a warm one, else a new one; None when there are too many."""
        most = MOST_THREADS if launch.threads else 1
        fitting = [
            worker
            for worker in self._workers
            if worker.outfit == launch.outfit and not worker.told_to_end and not worker.has_ended()
        ]
        for worker in fitting:
            if len(worker.attempts) < most:
                return worker
        if launch.threads and fitting:
            return None
        starting = sum(not worker.ready for worker in self._workers)
        flows = time.monotonic() - self.ended < WORTH_WAITING
        if starting >= STARTING or (flows and len(self._workers) >= STARTING):
            return self._ahead(launch, fitting)
        if len(self._workers) >= self._kit.most:
            idle = next((worker for worker in self._workers if not worker.attempts), None)
            if idle is not None and not idle.told_to_end:
                # It wears another outfit: make room.
                idle.told_to_end = True
                idle.send({"op": "exit"})
            return None
        return self._begin(launch, fitting)

    def _begin(self, launch: Launch, fitting: list[WorkerProcess]) -> WorkerProcess | None:
        """A new worker, where the machine has what it asks for."""
        room, ask = self._kit.room, launch.outfit.ask
        if room is None or not ask:
            return self.start(launch.outfit)
        grant = room.take(self, ask, self._kit.wake)
        self._waits = grant is None
        if grant is None:
            return self._ahead(launch, fitting)
        try:
            return self.start(launch.outfit, grant)
        except OSError:
            room.give_back(grant)
            raise

    def tidy(self, next_: Launch | None) -> None:
        """Have nothing wait in a worker that is stuck, and keep nothing of the machine that is not used.

        Args:
            next_: What is to be run next, and has no worker; None for nothing.
        """
        self._recall()
        if self._waits and (next_ is None or not next_.outfit.ask) and self._kit.room is not None:
            self._kit.room.forget(self)
            self._waits = False
        for worker in self._workers:
            if worker.grant is not None and not worker.attempts and not worker.told_to_end:
                worker.told_to_end = True
                worker.kill_at = time.monotonic() + FAREWELL
                worker.send({"op": "exit"})

    def _ahead(self, launch: Launch, fitting: list[WorkerProcess]) -> WorkerProcess | None:
        """The least busy worker, where the tasks of the step are so quick that they may wait in one."""
        ready = [worker for worker in fitting if worker.ready and not worker.recalled]
        least = min(ready, key=lambda worker: len(worker.attempts), default=None)
        return least if least and len(least.attempts) < self.pace.room(launch.step) else None

    def _recall(self) -> None:
        """Have workers hand back what waits in them while one task takes long."""
        now = time.monotonic()
        for worker in self._workers:
            stuck = worker.current is not None and now - worker.since > STUCK_SECONDS
            if stuck and len(worker.attempts) > 1 and not worker.recalled:
                worker.recalled = True
                worker.send({"op": "recall"})

    def idle(self, outfit: Outfit) -> WorkerProcess | None:
        """A worker that runs nothing and is dressed so."""
        for worker in self._workers:
            if worker.outfit == outfit and not worker.attempts and not worker.told_to_end:
                return worker
        return None

    def foresee(self, outfit: Outfit, tasks: int) -> None:
        """Have as many workers start as tasks will want at once, while something else is waited for."""
        with suppress(OSError):
            for _ in range(len(self._workers), min(tasks, STARTING)):
                self.start(outfit).send({"op": "warm", "modules": list(outfit.modules)})

    def start(self, outfit: Outfit, grant: Grant | None = None) -> WorkerProcess:
        """Start one.

        Args:
            outfit: What it needs.
            grant: What it has to itself.

        Raises:
            OSError: it cannot be started.
        """
        environment = self._kit.confinement.environment(outfit, self._kit.environment)
        if self._kit.room is not None and self._kit.room.capacity.hides:
            environment[DEVICES] = ",".join(grant.gpus if grant else ())
        log = self._kit.logs / f"{secrets.token_hex(6)}.log"
        worker = WorkerProcess(outfit, environment, self._kit.context, log, self._kit.confinement.identity)
        worker.grant = grant
        self._workers.append(worker)
        self._selector.register(worker.channel, selectors.EVENT_READ, worker)
        if worker.watch is not None:
            self._selector.register(worker.watch, selectors.EVENT_READ, worker)
        return worker

    def bury(self, worker: WorkerProcess) -> None:
        """Take a worker off the list; what it leaves behind is killed by `clear_up`."""
        self._selector.unregister(worker.channel)
        if worker.watch is not None:
            self._selector.unregister(worker.watch)
        self._workers.remove(worker)
        self._buried.add(worker.tree)
        worker.reap()
        if worker.grant is not None and self._kit.room is not None:
            self._kit.room.give_back(worker.grant)
        worker.log.unlink(missing_ok=True)

    def clear_up(self) -> None:
        """Kill what workers that are gone have started and what has left their group."""
        if self._buried:
            kill_marked(TREE, self._buried)
            self._buried.clear()

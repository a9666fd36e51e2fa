"""Workers as processes of this machine: one for each task that runs, kept warm for the next."""

from __future__ import annotations

import os
import secrets
import selectors
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from starwhale.core.errors import Unavailable, UserCodeError, error_of
from starwhale.core.handlers import HandlerSpec
from starwhale.core.release import __version__
from starwhale.jobs.events import TaskDone, TaskFailed, TaskLost, TaskPreparing, TaskRunning, TaskStopped
from starwhale.jobs.executors.confinement import Confinement
from starwhale.jobs.executors.pace import Pace
from starwhale.jobs.executors.port import Attempt, Capabilities, Launch, Outfit, Progress, Told
from starwhale.jobs.executors.process import WorkerProcess
from starwhale.jobs.executors.wire import Message
from starwhale.jobs.plan import THREAD, JobPlan, RangePlan
from starwhale.jobs.states import Want
from starwhale.kit.leftovers import TREE, kill_marked

CONTEXT = "starwhale.worker.local:open_bench"
MOST_WORKERS = 64
#: Workers that may be starting at the same time.
STARTING = max(2, os.cpu_count() or 1)
#: Where there are so many, one more is started only when no attempt has ended for so many seconds: tasks that
#: are over sooner than a worker has started need no further ones.
WORTH_WAITING = 0.5
#: Seconds a worker that has nothing to do may take to end by itself.
FAREWELL = 2.0
#: Threads of one worker that run tasks at the same time.
MOST_THREADS = 64
#: A worker that is busy with one task for so many seconds hands back what waits in it.
STUCK_SECONDS = 0.25


class LocalExecutor:
    """See `Executor`. Close it, or use it as a context manager.

    Args:
        run_dir: Directory for the logs of workers.
        environment: Variables that every worker gets beside those of this process and of its outfit.
        context: What workers build their services with, as ``module:function``.
        most_workers: Processes at the same time; further attempts wait.
        confinement: Keeps workers from what is not theirs; by default they may do what this process may.
    """

    def __init__(
        self,
        run_dir: Path,
        *,
        environment: Mapping[str, str] | None = None,
        context: str = CONTEXT,
        most_workers: int = MOST_WORKERS,
        confinement: Confinement | None = None,
    ) -> None:
        self._logs = run_dir / "workers"
        self._environment = dict(environment or {})
        self._context = context
        self._most = most_workers
        self._confinement = confinement or Confinement()
        self._workers: list[WorkerProcess] = []
        self._buried: set[str] = set()
        self._waiting: deque[Launch] = deque()
        self._ended = 0.0
        self._pace = Pace()
        self._told: list[Told] = []
        self._replies: dict[int, Message] = {}
        self._questions = 0
        self._selector = selectors.DefaultSelector()
        self._bell, self._rope = os.pipe()
        for end in (self._bell, self._rope):
            os.set_blocking(end, False)
        self._selector.register(self._bell, selectors.EVENT_READ)

    def capabilities(self) -> Capabilities:
        """See `Executor`."""
        return Capabilities(supervises=True)

    def discover(self, outfit: Outfit) -> list[HandlerSpec]:
        """Import the modules of an outfit in a worker, which stays warm, and tell what handlers they define.

        Raises:
            UserCodeError: a module does not import; the message has the user's own line.
            InvalidSpec: there is no such module, or a handler contradicts itself.
            Unavailable: no worker can be started.
        """
        found = self._ask(outfit, {"op": "discover"})
        self.warm(outfit)
        return [HandlerSpec.from_json(each) for each in found["handlers"]]

    def warm(self, outfit: Outfit) -> None:
        """Have a worker open what it will need, while this process does something else.

        Whatever goes wrong is told when the worker is asked for something.
        """
        with suppress(OSError):
            worker = self._idle(outfit) or self._start(outfit)
            worker.send({"op": "warm", "modules": list(outfit.modules)})

    def split(self, outfit: Outfit, plan: JobPlan, position: int) -> list[RangePlan]:
        """Have a worker do `planner.split_step`, so that this process need not open datasets.

        Raises:
            NotFound: there is no such dataset.
        """
        step = plan.steps[position]
        self._foresee(outfit, 1 if plan.isolation == THREAD else len(step.tasks))
        question = {"op": "split", "position": position, "step": step.to_json(), "head": plan.dataset_head}
        return [RangePlan(**each) for each in self._ask(outfit, question)["ranges"]]

    def submit(self, launch: Launch) -> None:
        """See `Executor`."""
        if not self._waiting:
            self._ended = time.monotonic()
        self._waiting.append(self._confinement.confined(launch))
        self._dispatch()

    def poll(self, timeout: float) -> list[Told]:
        """See `Executor`."""
        self._wait(0 if self._told else timeout)
        self._dispatch()
        self._recall()
        told, self._told = self._told, []
        return told

    def stop(self, attempt: Attempt, want: Want, grace: float) -> None:
        """See `Executor`."""
        waiting = [launch for launch in self._waiting if launch.attempt == attempt]
        for launch in waiting:
            self._waiting.remove(launch)
            self._told.append(TaskStopped(task=attempt[0], attempt=attempt[1]))
        for worker in self._workers:
            if attempt in worker.attempts:
                worker.send({"op": "stop", "task": attempt[0], "attempt": attempt[1], "want": want.value})
                if grace <= 0:
                    worker.signal(signal.SIGKILL)
                elif want is Want.CANCEL:
                    worker.signal(signal.SIGTERM)
                    worker.kill_at = time.monotonic() + grace

    def live(self) -> set[Attempt]:
        """See `Executor`."""
        running = {attempt for worker in self._workers for attempt in worker.attempts}
        return running | {launch.attempt for launch in self._waiting}

    def wake(self) -> None:
        """See `Executor`."""
        with suppress(BlockingIOError):
            os.write(self._rope, b"!")

    def close(self) -> None:
        """See `Executor`."""
        self._waiting.clear()
        for worker in self._workers:
            # One that is at work has been told to end before, or will not listen now.
            if worker.attempts:
                worker.signal(signal.SIGKILL)
            else:
                worker.send({"op": "exit"})
        patience = time.monotonic() + FAREWELL
        while self._workers and time.monotonic() < patience:
            self._wait(patience - time.monotonic(), clear=False)
        for worker in tuple(self._workers):
            self._bury(worker)
        self._clear()
        self._selector.close()
        os.close(self._bell)
        os.close(self._rope)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Workers.

    def _dispatch(self) -> None:
        while self._waiting:
            launch = self._waiting[0]
            try:
                worker = self._free(launch)
            except OSError as error:
                self._waiting.popleft()
                cause = f"no worker can be started: {error.strerror or error}"
                self._told.append(TaskLost(task=launch.attempt[0], attempt=launch.attempt[1], cause=cause))
                continue
            if worker is None:
                return
            self._waiting.popleft()
            if not worker.attempts:
                worker.since = worker.paced = time.monotonic()
            worker.attempts[launch.attempt] = launch
            worker.send({"op": "run", "threads": launch.threads, **launch.run})

    def _free(self, launch: Launch) -> WorkerProcess | None:
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
        flows = time.monotonic() - self._ended < WORTH_WAITING
        if starting >= STARTING or (flows and len(self._workers) >= STARTING):
            return self._ahead(launch, fitting)
        if len(self._workers) >= self._most:
            idle = next((worker for worker in self._workers if not worker.attempts), None)
            if idle is not None and not idle.told_to_end:
                # It wears another outfit: make room.
                idle.told_to_end = True
                idle.send({"op": "exit"})
            return None
        return self._start(launch.outfit)

    def _ahead(self, launch: Launch, fitting: list[WorkerProcess]) -> WorkerProcess | None:
        """The least busy worker, where the tasks of the step are so quick that they may wait in one."""
        ready = [worker for worker in fitting if worker.ready and not worker.recalled]
        least = min(ready, key=lambda worker: len(worker.attempts), default=None)
        return least if least and len(least.attempts) < self._pace.room(launch.step) else None

    def _recall(self) -> None:
        """Have workers hand back what waits in them while one task takes long."""
        now = time.monotonic()
        for worker in self._workers:
            stuck = worker.current is not None and now - worker.since > STUCK_SECONDS
            if stuck and len(worker.attempts) > 1 and not worker.recalled:
                worker.recalled = True
                worker.send({"op": "recall"})

    def _idle(self, outfit: Outfit) -> WorkerProcess | None:
        """A worker that runs nothing and is dressed so."""
        for worker in self._workers:
            if worker.outfit == outfit and not worker.attempts and not worker.told_to_end:
                return worker
        return None

    def _foresee(self, outfit: Outfit, tasks: int) -> None:
        """Have as many workers start as tasks will want at once, while something else is waited for."""
        with suppress(OSError):
            for _ in range(len(self._workers), min(tasks, STARTING)):
                self._start(outfit).send({"op": "warm", "modules": list(outfit.modules)})

    def _start(self, outfit: Outfit) -> WorkerProcess:
        environment = self._confinement.environment(outfit, self._environment)
        log = self._logs / f"{secrets.token_hex(6)}.log"
        worker = WorkerProcess(outfit, environment, self._context, log, self._confinement.user)
        self._workers.append(worker)
        self._selector.register(worker.channel, selectors.EVENT_READ, worker)
        if worker.watch is not None:
            self._selector.register(worker.watch, selectors.EVENT_READ, worker)
        return worker

    def _bury(self, worker: WorkerProcess) -> None:
        """Take a worker off the list, and tell what it leaves behind."""
        self._selector.unregister(worker.channel)
        if worker.watch is not None:
            self._selector.unregister(worker.watch)
        self._workers.remove(worker)
        self._buried.add(worker.tree)
        worker.reap()
        worker.log.unlink(missing_ok=True)
        blamed = worker.current if worker.current in worker.attempts else next(iter(worker.attempts), None)
        for launch in worker.attempts.values():
            task, attempt = launch.attempt
            if launch.threads or launch.attempt == blamed:
                self._told.append(TaskLost(task=task, attempt=attempt, cause=worker.ending))
            else:
                # It was not at work for this one, so it is none of its doing.
                self._told.append(TaskStopped(task=task, attempt=attempt))
        worker.attempts.clear()

    def _clear(self) -> None:
        """Kill what workers that are gone have started and what has left their group."""
        if self._buried:
            kill_marked(TREE, self._buried)
            self._buried.clear()

    # News.

    def _wait(self, timeout: float, *, clear: bool = True) -> None:
        deadlines = [worker.kill_at for worker in self._workers if worker.kill_at is not None]
        if deadlines:
            timeout = min(timeout, max(0.0, min(deadlines) - time.monotonic()))
        for key, _ in self._selector.select(max(0.0, timeout)):
            if key.data is None:
                with suppress(BlockingIOError):
                    os.read(self._bell, 4096)
            elif key.data in self._workers and key.fileobj is key.data.channel:
                self._listen(key.data)
        now = time.monotonic()
        for worker in tuple(self._workers):
            if worker.has_ended():
                self._drain(worker)
                self._bury(worker)
            elif worker.kill_at is not None and worker.kill_at <= now:
                worker.kill_at = None
                worker.signal(signal.SIGKILL)
        if clear:
            self._clear()

    def _listen(self, worker: WorkerProcess) -> bool:
        messages = worker.channel.receive()
        if messages is None:
            # It has closed its end and will not be heard again: whatever it still does, it is lost.
            worker.signal(signal.SIGKILL)
            return False
        for message in messages:
            self._hear(worker, message)
        return True

    def _drain(self, worker: WorkerProcess) -> None:
        """Hear the last words of a worker that is gone."""
        with selectors.DefaultSelector() as readable:
            readable.register(worker.channel, selectors.EVENT_READ)
            while readable.select(0) and self._listen(worker):
                continue

    def _hear(self, worker: WorkerProcess, message: Message) -> None:
        worker.ready = worker.ready or message["op"] not in {"hello", "preparing"}
        if message["op"] == "reply":
            self._replies[message["question"]] = message
            return
        if message["op"] == "recalled":
            worker.recalled = False
            back = [worker.attempts.pop((task, attempt), None) for task, attempt in message["attempts"]]
            self._waiting.extendleft(launch for launch in reversed(back) if launch is not None)
            return
        if message["op"] == "hello":
            if message["version"] != __version__:
                worker.ending = f"its worker is Starwhale {message['version']}, this is {__version__}"
                worker.signal(signal.SIGKILL)
            return
        if message["op"] == "settled":
            self._end(worker, [(task, attempt) for task, attempt in message["attempts"]])
            return
        attempt = (message["task"], message["attempt"])
        if attempt not in worker.attempts:
            return
        if message["op"] in {"done", "failed", "stopped", "lost"}:
            self._end(worker, [attempt], _EVENTS[message["op"]](worker, message))
            worker.told_to_end = worker.told_to_end or bool(message.get("ends"))
            return
        if worker.current != attempt and not worker.attempts[attempt].threads:
            worker.current, worker.since = attempt, time.monotonic()
        self._told.append(_EVENTS[message["op"]](worker, message))

    def _end(self, worker: WorkerProcess, attempts: Sequence[Attempt], told: Told | None = None) -> None:
        """Take attempts from a worker that are done, unless something else is told of the one."""
        ended = [worker.attempts.pop(attempt) for attempt in attempts if attempt in worker.attempts]
        self._told += [
            told or TaskDone(task=launch.attempt[0], attempt=launch.attempt[1]) for launch in ended
        ]
        now = self._ended = time.monotonic()
        if ended and not ended[0].threads:
            self._pace.note(ended[0].step, len(ended), now - worker.paced)
            worker.paced = now

    def _ask(self, outfit: Outfit, question: Message) -> Message:
        """Ask a worker that runs nothing, and wait for the answer."""
        try:
            worker = self._idle(outfit) or self._start(outfit)
        except OSError as error:
            raise Unavailable(f"no worker can be started: {error.strerror or error}") from error
        self._questions += 1
        number = self._questions
        worker.send({**question, "question": number, "modules": list(outfit.modules)})
        while number not in self._replies:
            self._wait(1.0)
            if worker not in self._workers and number not in self._replies:
                raise UserCodeError(f"importing {', '.join(outfit.modules)}: {worker.ending}")
        reply = self._replies.pop(number)
        if "error" in reply:
            raise error_of(**reply["error"])
        return reply


def _about(message: Message) -> dict[str, Any]:
    return {"task": message["task"], "attempt": message["attempt"]}


_EVENTS: dict[str, Callable[[WorkerProcess, Message], Told]] = {
    "preparing": lambda worker, told: TaskPreparing(worker=worker.name, **_about(told)),
    "running": lambda worker, told: TaskRunning(worker=worker.name, **_about(told)),
    "done": lambda _, told: TaskDone(**_about(told)),
    "failed": lambda _, told: TaskFailed(cause=told["cause"], **_about(told)),
    "stopped": lambda _, told: TaskStopped(**_about(told)),
    "lost": lambda _, told: TaskLost(cause=told["cause"], **_about(told)),
    "progress": lambda _, told: Progress(
        done=told["done"], fresh=told["fresh"], failed=told["failed"], **_about(told)
    ),
}

"""Workers as processes of this machine: one for each task that runs, kept warm for the next."""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from starwhale.core.errors import Unavailable, UserCodeError, error_of
from starwhale.core.handlers import HandlerSpec
from starwhale.core.release import __version__
from starwhale.jobs.events import TaskDone, TaskLost, TaskStopped
from starwhale.jobs.executors.confinement import Confinement
from starwhale.jobs.executors.crew import FAREWELL, Crew, Equipment
from starwhale.jobs.executors.hearing import LAST, last_words, told_by, use_told_by
from starwhale.jobs.executors.port import Attempt, Capabilities, Launch, Outfit, Told
from starwhale.jobs.executors.process import WorkerProcess
from starwhale.jobs.executors.room import Room
from starwhale.jobs.executors.wire import Message
from starwhale.jobs.plan import THREAD, JobPlan, RangePlan
from starwhale.jobs.states import Want

CONTEXT = "starwhale.worker.local:open_bench"
MOST_WORKERS = 64


class LocalExecutor:
    """See `Executor`. Close it, or use it as a context manager.

    Args:
        run_dir: Directory for logs of workers.
        environment: Variables that every worker gets beside those of this process and of its outfit.
        context: What workers build their services with, as ``module:function``.
        most_workers: Processes at the same time; further attempts wait.
        confinement: Keeps workers from what is not theirs; by default they may do what this process may.
        room: What the machine has for workers, which other executors use too; not counted by default.
    """

    def __init__(
        self,
        run_dir: Path,
        *,
        environment: Mapping[str, str] | None = None,
        context: str = CONTEXT,
        most_workers: int = MOST_WORKERS,
        confinement: Confinement | None = None,
        room: Room | None = None,
    ) -> None:
        self._confinement = confinement or Confinement()
        self._selector = selectors.DefaultSelector()
        kit = Equipment(
            logs=run_dir / "workers",
            environment=dict(environment or {}),
            context=context,
            most=most_workers,
            confinement=self._confinement,
            room=room,
            wake=self.wake,
        )
        self._crew = Crew(kit, self._selector)
        self._waiting: deque[Launch] = deque()
        self._told: list[Told] = []
        self._replies: dict[int, Message] = {}
        self._questions = 0
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
            worker = self._crew.idle(outfit) or self._crew.start(outfit)
            worker.send({"op": "warm", "modules": list(outfit.modules)})

    def split(self, outfit: Outfit, plan: JobPlan, position: int) -> list[RangePlan]:
        """Have a worker do `planner.split_step`, so that this process need not open datasets.

        Raises:
            NotFound: there is no such dataset.
        """
        step = plan.steps[position]
        self._crew.foresee(outfit, 1 if plan.isolation == THREAD else len(step.tasks))
        question = {"op": "split", "position": position, "step": step.to_json(), "head": plan.dataset_head}
        return [RangePlan(**each) for each in self._ask(outfit, question)["ranges"]]

    def submit(self, launch: Launch) -> None:
        """See `Executor`."""
        if not self._waiting:
            self._crew.ended = time.monotonic()
        self._waiting.append(self._confinement.confined(launch))
        self._dispatch()

    def poll(self, timeout: float) -> list[Told]:
        """See `Executor`."""
        self._wait(0 if self._told else timeout)
        self._dispatch()
        self._crew.tidy(next(iter(self._waiting), None))
        told, self._told = self._told, []
        return told

    def stop(self, attempt: Attempt, want: Want, grace: float) -> None:
        """See `Executor`."""
        waiting = [launch for launch in self._waiting if launch.attempt == attempt]
        for launch in waiting:
            self._waiting.remove(launch)
            self._told.append(TaskStopped(task=attempt[0], attempt=attempt[1]))
        for worker in self._crew.workers:
            if attempt in worker.attempts:
                worker.send({"op": "stop", "task": attempt[0], "attempt": attempt[1], "want": want.value})
                if grace <= 0:
                    worker.signal(signal.SIGKILL)
                elif want is Want.CANCEL:
                    worker.signal(signal.SIGTERM)
                    worker.kill_at = time.monotonic() + grace

    def live(self) -> set[Attempt]:
        """See `Executor`."""
        running = {attempt for worker in self._crew.workers for attempt in worker.attempts}
        return running | {launch.attempt for launch in self._waiting}

    def wake(self) -> None:
        """See `Executor`."""
        with suppress(BlockingIOError):
            os.write(self._rope, b"!")

    def close(self) -> None:
        """See `Executor`."""
        self._waiting.clear()
        for worker in self._crew.workers:
            # One that is at work has been told to end before, or will not listen now.
            if worker.attempts:
                worker.signal(signal.SIGKILL)
            else:
                worker.send({"op": "exit"})
        patience = time.monotonic() + FAREWELL
        while self._crew.workers and time.monotonic() < patience:
            self._wait(patience - time.monotonic(), clear=False)
        for worker in self._crew.workers:
            self._bury(worker)
        self._crew.clear_up()
        self._crew.tidy(None)
        self._selector.close()
        os.close(self._bell)
        os.close(self._rope)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _dispatch(self) -> None:
        while self._waiting:
            launch = self._waiting[0]
            try:
                worker = self._crew.free(launch)
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

    def _bury(self, worker: WorkerProcess) -> None:
        """Take a worker off the list, and tell what it leaves."""
        self._crew.bury(worker)
        self._told += last_words(worker)

    def _wait(self, timeout: float, *, clear: bool = True) -> None:
        deadlines = [worker.kill_at for worker in self._crew.workers if worker.kill_at is not None]
        if deadlines:
            timeout = min(timeout, max(0.0, min(deadlines) - time.monotonic()))
        for key, _ in self._selector.select(max(0.0, timeout)):
            if key.data is None:
                with suppress(BlockingIOError):
                    os.read(self._bell, 4096)
            elif key.data in self._crew and key.fileobj is key.data.channel:
                self._listen(key.data)
        now = time.monotonic()
        for worker in self._crew.workers:
            if worker.has_ended():
                self._drain(worker)
                self._bury(worker)
            elif worker.kill_at is not None and worker.kill_at <= now:
                worker.kill_at = None
                worker.signal(signal.SIGKILL)
        if clear:
            self._crew.clear_up()

    def _listen(self, worker: WorkerProcess) -> bool:
        messages = worker.channel.receive()
        if messages is None:
            # It has closed its end and will not be heard again: whatever it still does, it is lost.
            worker.signal(signal.SIGKILL)
            return False
        try:
            for message in messages:
                self._hear(worker, message)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            # Nothing that a worker says is of this form, but the user's code may say it in its name.
            worker.ending = f"its worker said what no worker says: {error!r:.200}"
            worker.signal(signal.SIGKILL)
            return False
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
            if message["question"] == self._questions:
                self._replies[self._questions] = message
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
            self._end(worker, message["attempts"])
            return
        attempt = (message["task"], message["attempt"])
        if attempt not in worker.attempts:
            return
        if message["op"] in LAST:
            self._end(worker, [message], told_by(worker, message))
            worker.told_to_end = worker.told_to_end or bool(message.get("ends"))
            return
        if worker.current != attempt and not worker.attempts[attempt].threads:
            worker.current, worker.since = attempt, time.monotonic()
        self._told.append(told_by(worker, message))

    def _end(self, worker: WorkerProcess, about: Sequence[Message], told: Told | None = None) -> None:
        """Take attempts from a worker that are done, unless something else is told of the one."""
        ended: list[Launch] = []
        for each in about:
            launch = worker.attempts.pop((each["task"], each["attempt"]), None)
            if launch is not None:
                ended.append(launch)
                self._told += use_told_by(each)
                self._told.append(told or TaskDone(task=each["task"], attempt=each["attempt"]))
        now = self._crew.ended = time.monotonic()
        if ended and not ended[0].threads:
            self._crew.pace.note(ended[0].step, len(ended), now - worker.paced)
            worker.paced = now

    def _ask(self, outfit: Outfit, question: Message) -> Message:
        """Ask a worker that runs nothing, and wait for the answer."""
        try:
            worker = self._crew.idle(outfit) or self._crew.start(outfit)
        except OSError as error:
            raise Unavailable(f"no worker can be started: {error.strerror or error}") from error
        self._questions += 1
        number = self._questions
        worker.send({**question, "question": number, "modules": list(outfit.modules)})
        while number not in self._replies:
            self._wait(1.0)
            if worker not in self._crew and number not in self._replies:
                raise UserCodeError(f"importing {', '.join(outfit.modules)}: {worker.ending}")
        reply = self._replies.pop(number)
        if "error" in reply:
            raise error_of(**reply["error"])
        return reply

"""What workers say, as the executor tells it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starwhale.jobs.events import TaskDone, TaskFailed, TaskLost, TaskPreparing, TaskRunning, TaskStopped
from starwhale.jobs.executors.port import Progress, Told
from starwhale.jobs.executors.process import WorkerProcess
from starwhale.jobs.executors.wire import Message
from starwhale.jobs.usage import TaskUsage, Usage

#: Messages with which an attempt ends.
LAST = frozenset({"done", "failed", "stopped", "lost"})


def told_by(worker: WorkerProcess, message: Message) -> Told:
    """What a message about one attempt means."""
    return _EVENTS[message["op"]](worker, message)


def use_told_by(message: Message) -> list[Told]:
    """What the message that ends an attempt tells of what it used."""
    used = message.get("used")
    return [] if used is None else [TaskUsage(usage=Usage.from_wire(used), **_about(message))]


def last_words(worker: WorkerProcess) -> list[Told]:
    """What becomes of the attempts of a worker that is gone, none of which it has any more then."""
    told: list[Told] = []
    blamed = worker.current if worker.current in worker.attempts else next(iter(worker.attempts), None)
    for launch in worker.attempts.values():
        task, attempt = launch.attempt
        if launch.threads or launch.attempt == blamed:
            told.append(TaskLost(task=task, attempt=attempt, cause=worker.ending))
        else:
            # It was not at work for this one, so it is none of its doing.
            told.append(TaskStopped(task=task, attempt=attempt))
    worker.attempts.clear()
    return told


def _about(message: Message) -> dict[str, Any]:
    return {"task": message["task"], "attempt": message["attempt"]}


_EVENTS: dict[str, Callable[[WorkerProcess, Message], Told]] = {
    "preparing": lambda worker, told: TaskPreparing(worker=worker.name, **_about(told)),
    "running": lambda worker, told: TaskRunning(worker=worker.name, **_about(told)),
    "used": lambda _, told: TaskUsage(usage=Usage.from_wire(told["used"]), **_about(told)),
    "done": lambda _, told: TaskDone(**_about(told)),
    "failed": lambda _, told: TaskFailed(cause=told["cause"], **_about(told)),
    "stopped": lambda _, told: TaskStopped(**_about(told)),
    "lost": lambda _, told: TaskLost(cause=told["cause"], **_about(told)),
    "progress": lambda _, told: Progress(
        done=told["done"], fresh=told["fresh"], failed=told["failed"], **_about(told)
    ),
}

"""An executor, user code for it, and what it tells: for any executor, of processes or of pods."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from textwrap import dedent
from typing import Generic, TypeVar

from starwhale.core.handlers import HandlerKind, HandlerSpec
from starwhale.jobs.events import TaskRunning
from starwhale.jobs.executors.port import Attempt, Executor, Launch, Outfit, Progress, Told
from starwhale.jobs.plan import DatasetInput
from starwhale.jobs.usage import TaskUsage, Usage

REPOSITORY = str(Path(__file__).parents[3])
Port = TypeVar("Port", bound=Executor)
DATASET = DatasetInput(uri="local/project/self/dataset/12/version/v", project="self", name="12", version="v")
CODE = """
    import os, resource, signal, subprocess, sys, tempfile, time
    from starwhale import Context, evaluation, handler

    print("imported")

    @handler
    def hello():
        print("hello from", os.getpid())
        print("to stderr", file=sys.stderr)
        subprocess.run(["echo", "from a child"])

    @handler
    def nothing():
        pass

    @handler
    def divide():
        return 1 / 0

    @handler
    def leave():
        sys.exit(3)

    @handler
    def die():
        os.kill(os.getpid(), signal.SIGSEGV)

    @handler
    def wait():
        print("waiting", flush=True)
        time.sleep(600)

    @handler
    def wait_deaf():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("waiting", flush=True)
        time.sleep(600)

    @handler
    def fork():
        child = os.fork()
        if child == 0:
            time.sleep(600)
        print("waiting", flush=True)
        os.waitpid(child, 0)
        time.sleep(600)

    @handler
    def has_no_children():
        try:
            os.wait()
        except ChildProcessError:
            print("no children")

    @handler
    def tell_of_itself():
        context = Context.get_runtime_context()
        print("I am", context.index, "of", context.total)
        print("A is", os.environ.get("A"))
        print("in", os.getcwd())
        print("file sizes", resource.getrlimit(resource.RLIMIT_FSIZE)[0])

    @handler
    def start_a_child():
        child = subprocess.Popen(["sleep", "600"])
        print("child", child.pid, flush=True)
        time.sleep(600)

    def work(seconds):
        while time.process_time() < seconds:
            sum(range(1000))

    @handler
    def use():
        work(time.process_time() + 0.2)
        block = b"x" * (96 << 20)
        # On a disk: what lies in memory is written nowhere.
        with tempfile.TemporaryFile(dir="/var/tmp") as file:
            file.write(block[: 8 << 20])
            file.flush()
            os.fsync(file.fileno())
        del block

    @handler
    def use_in_a_child():
        child = os.fork()
        if child == 0:
            block = b"x" * (96 << 20)
            work(0.3)
            time.sleep(600)
        print("waiting", flush=True)
        time.sleep(600)

    @evaluation.predict
    def slow(data):
        print("row", data["x"])
        time.sleep(0.05)
        return data["x"]
"""


class Bay(Generic[Port]):
    """An executor, with a directory of user code.

    Args:
        place: Empty directory.
        executor: What runs the code.
        threads: Whether all tasks of a job share one worker.
    """

    def __init__(self, place: Path, executor: Port, *, threads: bool = False) -> None:
        self.place, self.executor, self.threads = place, executor, threads
        self.outfit = Outfit(workdir=place / "user", modules=("code_of_user",))
        self.outfit.workdir.mkdir()
        self.told: list[Told] = []
        self.code(CODE)

    def code(self, text: str) -> None:
        (self.outfit.workdir / "code_of_user.py").write_text(dedent(text))

    def start(
        self,
        name: str,
        task: str = "1.0",
        *,
        total: int = 1,
        threads: bool | None = None,
        outfit: Outfit | None = None,
    ) -> Attempt:
        """Have a task run a function of the user code; one of its step's `total`."""
        threads = self.threads if threads is None else threads
        reads = name == "slow"
        spec = HandlerSpec(
            id=f"code_of_user:{name}",
            module="code_of_user",
            qualname=name,
            kind=HandlerKind.PREDICT if reads else HandlerKind.HANDLER,
        )
        run = {
            "job": "j",
            "epoch": 1,
            "project": "self",
            "log_project": "",
            "task": task,
            "attempt": 1,
            "step": 0 if reads else 1,
            "index": int(task.partition(".")[2] or 0),
            "total": total,
            "spec": spec.to_json(),
            "modules": ["code_of_user"],
            "datasets": [asdict(DATASET)] if reads else [],
            "validation_datasets": [],
            "dataset_head": 0,
            "model": "",
            "model_name": "",
            "arguments": [],
            "lease_seconds": 30.0,
            "log": str(self.log(task)),
        }
        launch = Launch(attempt=(task, 1), outfit=outfit or self.outfit, run=run, threads=threads)
        self.executor.submit(launch)
        return launch.attempt

    def log(self, task: str = "1.0") -> Path:
        return self.place / "logs" / f"{task}.log"

    def until(self, holds: Callable[[], object], seconds: float = 20) -> None:
        patience = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < patience, self.told
            self.told += self.executor.poll(0.05)

    def until_idle(self) -> list[type[Told]]:
        """What was told by the time that nothing runs, without progress and what was used."""
        self.until(lambda: not self.executor.live())
        self.told += self.executor.poll(0)
        return [type(each) for each in self.told if not isinstance(each, Progress | TaskUsage)]

    def prints(self, text: str, task: str = "1.0") -> None:
        self.until(lambda: self.log(task).exists() and text in self.log(task).read_text())

    def worker(self, task: str = "1.0") -> str:
        """Who runs a task; told beside what the task prints, so it may come later."""

        def named() -> list[str]:
            return [each.worker for each in self.told if isinstance(each, TaskRunning) and each.task == task]

        self.until(named)
        return named()[0]

    def used(self, task: str = "1.0") -> list[Usage]:
        """What was told of what a task uses, in this order."""
        return [each.usage for each in self.told if isinstance(each, TaskUsage) and each.task == task]

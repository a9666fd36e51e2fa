"""One attempt in its worker: from the order to the last word about it."""

from __future__ import annotations

import faulthandler
import os
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Event
from typing import Any, TextIO

from starwhale.core.errors import StarwhaleError, Unavailable
from starwhale.core.handlers import HandlerSpec
from starwhale.jobs.executors.wire import Message
from starwhale.jobs.leases import Fenced, Holder, Lease
from starwhale.jobs.plan import DatasetInput
from starwhale.jobs.states import Want
from starwhale.worker.blame import blame
from starwhale.worker.calls import build_runner
from starwhale.worker.loading import Code
from starwhale.worker.metering import LOOK_SECONDS, Meter, start_meter
from starwhale.worker.output import flush_streams, open_log, process_output, thread_output
from starwhale.worker.ports import Bench, TaskRun
from starwhale.worker.stopping import Stopped
from starwhale.worker.task import Attempt
from starwhale.worker.tracking import runs_end

_HERE = str(Path(__file__).resolve().parent.parent)


class Running:
    """An attempt that is being run.

    Args:
        order: What the scheduler said.
        code: The user's modules.
        bench: Opens what there is to work with.
        tell: Tells the scheduler something.
        settle: Ends a lease of a task that left no results, and tells that the task is done and what it used.

    Attributes:
        order: What the scheduler said.
        interruptible: SIGTERM may break into it now.
        interrupted: SIGTERM broke into it: the process is in no fit state for another task.
    """

    def __init__(
        self,
        order: Message,
        code: Code,
        bench: Callable[[], Bench],
        tell: Callable[[Message], None],
        settle: Callable[[Lease, list[float] | None], None],
    ) -> None:
        self.order = order
        self._code = code
        self._open_bench = bench
        self._tell_scheduler = tell
        self._settle = settle
        self._unit: Callable[[], Lease | None] | None = None
        self._run = _task_run(order, code.workdir)
        self._attempt: Attempt | None = None
        self._stop: Want | None = None
        self._told_to_stop = Event()
        self._began = time.monotonic()
        self._meter: Meter | None = None
        self.interruptible = False
        self.interrupted = False

    def keep(self) -> None:
        """Keep its lease from running out; end it where that was taken back.

        Raises:
            StarwhaleError: it cannot be prolonged now.
        """
        attempt = self._attempt
        if attempt is not None and not attempt.keep():
            self.stop(Want.CANCEL)

    def stop(self, want: Want) -> None:
        """End it between two rows."""
        self._stop = want
        self._told_to_stop.set()
        if self._attempt is not None:
            self._attempt.stop = want

    def look(self) -> None:
        """Tell the scheduler what it uses, if it has run for a while."""
        meter = self._meter
        if meter is not None and time.monotonic() - self._began >= LOOK_SECONDS:
            self._say("used", used=meter.look().to_wire())

    def go(self, unit: Callable[[], Lease | None] | None = None) -> None:
        """Run it, and tell the scheduler how it ended.

        Args:
            unit: Leases the unit of work of a task that reads no rows; by default it is asked for alone.
        """
        self._unit = unit
        output: Callable[[TextIO], AbstractContextManager[None]]
        output = thread_output if self.order["threads"] else process_output
        last: Message | None = None
        self._meter = start_meter(thread=self.order["threads"])
        used: list[float] | None = None
        try:
            with open_log(Path(self.order["log"])) as log, output(log):
                # A crash in C leaves the lines it happened at.
                faulthandler.enable(log)
                if self._run.attempt > 1:
                    sys.stderr.write(f"starwhale: attempt {self._run.attempt}\n")
                if not self._code.is_loaded(tuple(self.order["modules"])):
                    self._say("preparing")
                last = self._outcome()
                used = self._used()
                if last["op"] == "failed" and self.order.get("hold"):
                    self._hold(last["cause"])
                faulthandler.enable(2)
        except OSError as error:
            last = last or {"op": "failed", "cause": f"the log of the task cannot be written: {error}"}
        # Only now is the log complete.
        owed = self._attempt.owed if self._attempt is not None else None
        self._attempt = None
        if owed is not None and last["op"] == "done":
            self._settle(owed, used)
            return
        about = {"task": self._run.task, "attempt": self._run.attempt}
        self._tell_scheduler({**last, **about, "used": used})

    def _used(self) -> list[float] | None:
        """What it has used, at its end; None where this system does not tell."""
        meter, self._meter = self._meter, None
        return None if meter is None else meter.end().to_wire()

    def _outcome(self) -> Message:
        try:
            self.interruptible = True
            self._work()
            self.interruptible = False
        except Stopped:
            self.interrupted = not self.interruptible
            return {"op": "stopped", "ends": self.interrupted}
        except Fenced:
            return {"op": "stopped"}
        except Unavailable as error:
            return {"op": "lost", "cause": str(error)}
        except StarwhaleError as error:
            if error.__cause__ is not None:
                _print_error(error.__cause__)
            _print(f"{error}\n")
            return {"op": "failed", "cause": error.message}
        except BaseException as error:  # noqa: BLE001 - whatever user code raises is told, KeyboardInterrupt as well
            _print_error(error)
            cause = f"{self._run.spec.id} failed: {blame(error, self._run.workdir)}"
            return {"op": "failed", "cause": cause}
        finally:
            self.interruptible = False
        return {"op": "done"}

    def _work(self) -> None:
        run = self._run
        function = self._code.function(tuple(self.order["modules"]), run.spec.id)
        if not self.order["threads"]:
            os.chdir(self._code.home)
        bench = self._open_bench()
        results = bench.results(run.log_project, run.job)
        attempt = Attempt(run, holder_of(self.order), bench, results, self._report, unit=self._unit)
        attempt.stop = self._stop
        self._attempt = attempt
        try:
            with runs_end(alone=not self.order["threads"]):
                runner = build_runner(
                    run, function, results=results, wrap=bench.features, info_of=bench.info_of
                )
                try:
                    self._say("running")
                    attempt.work(runner)
                finally:
                    runner.close()
            # What objects of the user's log when they are left.
            results.flush()
        except Stopped:
            if self.interruptible:
                attempt.give_back()
            raise
        finally:
            results.close()

    def _hold(self, cause: str) -> None:
        """Wait with what has failed, so that somebody can look at it, until told to stop, or long enough."""
        job, task = self._run.job[:12], self._run.task
        _print(
            f"starwhale: {cause}\n"
            f"starwhale: the job is in debug mode, so the worker of task {task} waits to be looked into: "
            f"`swcli job exec {job} --task {task}`, then `swcli job cancel {job}`\n"
        )
        self._told_to_stop.wait(max(0.0, self._began + self.order["hold"] - time.monotonic()))

    def _report(self, done: int, fresh: int, failed: int) -> None:
        self._say("progress", done=done, fresh=fresh, failed=failed)

    def _say(self, op: str, **more: Any) -> None:
        self._tell_scheduler({"op": op, "task": self._run.task, "attempt": self._run.attempt, **more})


def holder_of(order: Message) -> Holder:
    """The attempt that an order is about, as it asks for work."""
    return Holder(
        job=order["job"],
        epoch=order["epoch"],
        step=order["step"],
        task=order["task"],
        attempt=order["attempt"],
    )


def _task_run(order: Message, workdir: Path) -> TaskRun:
    return TaskRun(
        job=order["job"],
        project=order["project"],
        log_project=order["log_project"] or order["project"],
        task=order["task"],
        attempt=order["attempt"],
        index=order["index"],
        total=order["total"],
        spec=HandlerSpec.from_json(order["spec"]),
        workdir=workdir,
        datasets=tuple(DatasetInput(**each) for each in order["datasets"]),
        validation_datasets=tuple(DatasetInput(**each) for each in order["validation_datasets"]),
        dataset_head=order["dataset_head"],
        model=order["model"],
        model_name=order["model_name"],
        arguments=tuple(order["arguments"]),
        modules=tuple(order["modules"]),
    )


def _print_error(error: BaseException) -> None:
    """Write an error to the task's log with the user's own frames; ours would only hide them."""
    told = traceback.TracebackException.from_exception(error)
    chain: list[traceback.TracebackException] = [told]
    while chain:
        each = chain.pop()
        own = [frame for frame in each.stack if not frame.filename.startswith(_HERE)]
        each.stack = traceback.StackSummary.from_list(own or list(each.stack))
        chain += [other for other in (each.__cause__, each.__context__) if other is not None]
    _print("".join(told.format()))


def _print(text: str) -> None:
    flush_streams()
    sys.stderr.write(text)

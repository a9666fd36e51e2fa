"""What every executor promises; the one for processes of this machine so far."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from textwrap import dedent

import pytest

from starwhale.core.errors import InvalidSpec, Unavailable, UserCodeError
from starwhale.core.handlers import HandlerKind, HandlerSpec
from starwhale.jobs.events import TaskDone, TaskFailed, TaskLost, TaskPreparing, TaskRunning, TaskStopped
from starwhale.jobs.executors.local import LocalExecutor
from starwhale.jobs.executors.port import Attempt, Launch, Outfit, Progress, Told
from starwhale.jobs.plan import DatasetInput, JobPlan, RangePlan, StepPlan
from starwhale.jobs.states import Want

REPOSITORY = str(Path(__file__).parents[3])
DATASET = DatasetInput(uri="local/project/self/dataset/12/version/v", project="self", name="12", version="v")
CODE = """
    import os, signal, subprocess, sys, time
    from starwhale import evaluation, handler

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

    @evaluation.predict
    def slow(data):
        print("row", data["x"])
        time.sleep(0.05)
        return data["x"]
"""


class Bay:
    """An executor, with a directory of user code."""

    def __init__(self, place: Path, executor: LocalExecutor) -> None:
        self.place, self.executor = place, executor
        self.outfit = Outfit(workdir=place / "user", modules=("code_of_user",))
        self.outfit.workdir.mkdir()
        self.told: list[Told] = []
        self.code(CODE)

    def code(self, text: str) -> None:
        (self.outfit.workdir / "code_of_user.py").write_text(dedent(text))

    def start(
        self, name: str, task: str = "1.0", *, threads: bool = False, outfit: Outfit | None = None
    ) -> Attempt:
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
            "index": 0,
            "total": 1,
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
        """What was told by the time that nothing runs, without progress."""
        self.until(lambda: not self.executor.live())
        self.told += self.executor.poll(0)
        return [type(each) for each in self.told if not isinstance(each, Progress)]

    def prints(self, text: str, task: str = "1.0") -> None:
        self.until(lambda: self.log(task).exists() and text in self.log(task).read_text())

    def worker(self, task: str = "1.0") -> str:
        return next(each.worker for each in self.told if isinstance(each, TaskRunning) and each.task == task)


@pytest.fixture(params=["0", "1"], ids=["programs of their own", "from a template"])
def bay(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bay]:
    # pytest's variable says another thing in every test, so that no two would share a template.
    environment = {"PYTHONPATH": REPOSITORY, "SW_WORKER_TEMPLATE": request.param, "PYTEST_CURRENT_TEST": ""}
    made = LocalExecutor(
        tmp_path / "run",
        environment=environment,
        context="tests.contract.jobs.bench:open_bench",
        most_workers=3,
    )
    with made as executor:
        yield Bay(tmp_path, executor)


def test_an_attempt_is_told_from_its_beginning_to_its_end(bay: Bay) -> None:
    attempt = bay.start("hello")
    assert bay.executor.live() == {attempt}
    assert bay.until_idle() == [TaskPreparing, TaskRunning, TaskDone]


def test_what_user_code_prints_goes_to_the_log_of_its_task_alone(
    bay: Bay, capfd: pytest.CaptureFixture[str]
) -> None:
    bay.start("hello")
    bay.until_idle()
    text = bay.log().read_text()
    for line in ("imported", "hello from", "to stderr", "from a child"):
        assert line in text
    assert capfd.readouterr() == ("", "")


def test_a_log_can_be_followed_while_it_is_written(bay: Bay) -> None:
    attempt = bay.start("wait")
    bay.prints("waiting")
    assert bay.executor.live() == {attempt}


def test_an_error_of_the_user_is_one_sentence_with_his_own_line(bay: Bay) -> None:
    bay.start("divide")
    bay.until_idle()
    (failed,) = (each for each in bay.told if isinstance(each, TaskFailed))
    assert failed.cause == (
        "code_of_user:divide failed: ZeroDivisionError: division by zero at code_of_user.py:19: return 1 / 0"
    )
    text = bay.log().read_text()
    assert 'code_of_user.py", line 19, in divide' in text
    assert "starwhale/worker" not in text


def test_leaving_the_interpreter_is_a_failure_and_not_the_end_of_the_worker(bay: Bay) -> None:
    bay.start("leave")
    assert bay.until_idle()[-1] is TaskFailed
    bay.start("hello", "1.1")
    assert bay.until_idle()[-1] is TaskDone
    assert bay.worker("1.0") == bay.worker("1.1")


def test_a_worker_that_dies_is_told_in_words_and_leaves_the_line(bay: Bay) -> None:
    bay.start("die")
    assert bay.until_idle()[-1] is TaskLost
    lost = bay.told[-1]
    assert isinstance(lost, TaskLost)
    assert lost.cause == "the worker was killed by SIGSEGV"
    assert "in die" in bay.log().read_text()


def test_a_warm_worker_runs_the_next_task_and_the_discovery_before(bay: Bay) -> None:
    specs = bay.executor.discover(bay.outfit)
    assert "code_of_user:slow" in [spec.id for spec in specs]
    for task in ("1.0", "1.1"):
        bay.start("hello", task)
        bay.until_idle()
    assert bay.worker("1.0") == bay.worker("1.1")
    assert "imported" not in bay.log("1.0").read_text()


def test_tasks_at_the_same_time_have_processes_of_their_own(bay: Bay) -> None:
    for task in ("0.0", "0.1"):
        bay.start("slow", task)
    bay.until_idle()
    assert bay.worker("0.0") != bay.worker("0.1")


def test_another_outfit_needs_another_worker(bay: Bay) -> None:
    bay.start("hello")
    bay.until_idle()
    other = Outfit(workdir=bay.outfit.workdir, modules=bay.outfit.modules, environment={"A": "b"})
    bay.start("hello", "1.1", outfit=other)
    bay.until_idle()
    assert bay.worker("1.0") != bay.worker("1.1")


def test_attempts_wait_when_there_are_enough_workers_and_can_be_stopped_there(bay: Bay) -> None:
    attempts = [bay.start("wait", f"1.{index}") for index in range(4)]
    for index in range(3):
        bay.prints("waiting", f"1.{index}")
    assert not bay.log("1.3").exists()
    assert bay.executor.live() == set(attempts)
    bay.executor.stop(attempts[3], Want.CANCEL, 1)
    assert bay.executor.poll(0) == [TaskStopped(task="1.3", attempt=1)]
    bay.executor.stop(attempts[0], Want.CANCEL, 5)
    bay.start("hello", "1.4")
    bay.prints("hello", "1.4")


def test_pause_ends_an_attempt_between_two_rows(bay: Bay) -> None:
    attempt = bay.start("slow", "0.0")
    bay.prints("row 3", "0.0")
    bay.executor.stop(attempt, Want.PAUSE, 10)
    assert bay.until_idle()[-1] is TaskStopped
    lines = bay.log("0.0").read_text().split("\n")
    last = int([line for line in lines if line.startswith("row")][-1].split()[1])
    assert f"advanced to {last + 1}" in lines
    assert "gave back" in lines
    done = [each.done for each in bay.told if isinstance(each, Progress)]
    assert done[-1] == last + 1


def test_cancel_breaks_into_code_that_waits(bay: Bay) -> None:
    attempt = bay.start("wait")
    bay.prints("waiting")
    began = time.monotonic()
    bay.executor.stop(attempt, Want.CANCEL, 10)
    assert bay.until_idle()[-1] is TaskStopped
    assert time.monotonic() - began < 2


def test_a_child_that_user_code_forked_does_not_speak_for_the_worker(bay: Bay) -> None:
    attempt = bay.start("fork")
    bay.prints("waiting")
    bay.executor.stop(attempt, Want.CANCEL, 10)
    assert bay.until_idle() == [TaskPreparing, TaskRunning, TaskStopped]
    pid = int(bay.worker().removeprefix("pid "))
    bay.until(lambda: not _alive_in_group(pid))


def test_user_code_finds_no_children_but_its_own(bay: Bay) -> None:
    bay.start("has_no_children")
    assert bay.until_idle()[-1] is TaskDone
    assert "no children" in bay.log().read_text()


def test_a_wish_to_stop_that_comes_before_the_task_has_begun_is_kept(bay: Bay) -> None:
    bay.code("import time; time.sleep(0.5)\n" + dedent(CODE))
    attempt = bay.start("slow", "0.0")
    time.sleep(0.1)
    bay.executor.stop(attempt, Want.PAUSE, 10)
    assert bay.until_idle()[-1] is TaskStopped
    assert "row 1" not in bay.log("0.0").read_text()


def test_code_that_does_not_listen_is_killed_after_the_grace(bay: Bay) -> None:
    attempt = bay.start("wait_deaf")
    bay.prints("waiting")
    began = time.monotonic()
    bay.executor.stop(attempt, Want.CANCEL, 0.5)
    assert bay.until_idle()[-1] is TaskLost
    assert 0.4 < time.monotonic() - began < 3


def test_without_grace_it_is_killed_at_once(bay: Bay) -> None:
    attempt = bay.start("wait_deaf")
    bay.prints("waiting")
    bay.executor.stop(attempt, Want.CANCEL, 0)
    began = time.monotonic()
    assert bay.until_idle()[-1] is TaskLost
    assert time.monotonic() - began < 1


def test_quick_tasks_do_not_wait_behind_a_long_one(bay: Bay) -> None:
    attempts = [bay.start("wait" if index == 30 else "nothing", f"1.{index}") for index in range(90)]
    bay.until(lambda: bay.executor.live() == {attempts[30]})
    done = {each.task for each in bay.told if isinstance(each, TaskDone)}
    assert done == {task for task, _ in attempts if task != "1.30"}
    bay.executor.stop(attempts[30], Want.CANCEL, 1)
    bay.until_idle()


def test_a_worker_that_dies_takes_no_task_along_that_waited_in_it(bay: Bay) -> None:
    for index in range(90):
        bay.start("die" if index == 30 else "nothing", f"1.{index}")
    bay.until_idle()
    assert [each.task for each in bay.told if isinstance(each, TaskLost)] == ["1.30"]
    ended = [each.task for each in bay.told if isinstance(each, (TaskDone, TaskStopped))]
    assert sorted(ended) == sorted(f"1.{index}" for index in range(90) if index != 30)


def test_tasks_that_print_nothing_leave_no_log(bay: Bay) -> None:
    bay.start("nothing")
    bay.until_idle()
    bay.start("nothing", "1.1")
    bay.until_idle()
    assert bay.log().read_text() == "imported\n"
    assert not bay.log("1.1").exists()


def test_stopping_what_has_ended_does_nothing(bay: Bay) -> None:
    attempt = bay.start("hello")
    bay.until_idle()
    bay.executor.stop(attempt, Want.CANCEL, 0)
    bay.start("hello", "1.1")
    assert bay.until_idle()[-1] is TaskDone
    assert bay.worker("1.0") == bay.worker("1.1")


def test_threads_of_one_worker_run_at_the_same_time_with_logs_of_their_own(bay: Bay) -> None:
    for task in ("0.0", "0.1"):
        bay.start("slow", task, threads=True)
    began = time.monotonic()
    bay.until_idle()
    assert bay.worker("0.0") == bay.worker("0.1")
    assert time.monotonic() - began < 4
    for task in ("0.0", "0.1"):
        rows = [line for line in bay.log(task).read_text().split("\n") if line.startswith("row")]
        assert rows == [f"row {row}" for row in range(12)]


def test_closing_ends_every_worker_also_one_that_is_at_work(tmp_path: Path) -> None:
    executor = LocalExecutor(
        tmp_path / "run",
        environment={"PYTHONPATH": REPOSITORY},
        context="tests.contract.jobs.bench:open_bench",
    )
    bay = Bay(tmp_path, executor)
    bay.start("wait")
    bay.prints("waiting")
    pid = int(bay.worker().removeprefix("pid "))
    executor.close()
    # The kernel may still be about to carry out the last sentence.
    patience = time.monotonic() + 2
    while _alive_in_group(pid):
        assert time.monotonic() < patience
    assert not list((tmp_path / "run" / "workers").iterdir())


def _alive_in_group(group: int) -> list[int]:
    found = subprocess.run(["ps", "-eo", "pid=,pgid=,stat="], capture_output=True, text=True, check=True)
    rows = [line.split() for line in found.stdout.splitlines()]
    return [int(pid) for pid, pgid, state in rows if int(pgid) == group and not state.startswith("Z")]


def test_a_bell_wakes_a_poll(bay: Bay) -> None:
    threading.Timer(0.2, bay.executor.wake).start()
    began = time.monotonic()
    assert bay.executor.poll(30) == []
    assert time.monotonic() - began < 5


def test_a_worker_splits_datasets(bay: Bay) -> None:
    spec = HandlerSpec(
        id="m:p", module="m", qualname="p", kind=HandlerKind.PREDICT, options={"batch_size": 5}
    )
    reads, other = StepPlan(spec=spec, datasets=(DATASET,)), StepPlan(spec=spec)
    plan = JobPlan(project="self", handler="m:p", steps=(other, other, other, reads), dataset_head=11)
    found = bay.executor.split(bay.outfit, plan, 3)
    assert found == [
        RangePlan(step=3, dataset=0, start=0, end=5, rows=5),
        RangePlan(step=3, dataset=0, start=5, end=10, rows=5),
        RangePlan(step=3, dataset=0, start=10, end=11, rows=1),
    ]


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        (
            "import nothing_like_that",
            UserCodeError,
            "named 'nothing_like_that' at code_of_user.py:1",
        ),
        ("x = 1\nx.y()", UserCodeError, "'int' object has no attribute 'y' at code_of_user.py:2: x.y()"),
        ("x = (", UserCodeError, "code_of_user.py:1"),
        ("import os; os._exit(7)", UserCodeError, "importing code_of_user: the worker ended with status 7"),
        (
            "from starwhale import handler\n@handler(resources={'disk': 1})\ndef f(): ...",
            InvalidSpec,
            "code_of_user.py:2: there is no resource 'disk'",
        ),
    ],
)
def test_code_that_does_not_import_is_told_with_the_users_own_line(
    bay: Bay, code: str, error: type[Exception], words: str
) -> None:
    (bay.outfit.workdir / "code_of_user.py").write_text(code)
    with pytest.raises(error, match=re.escape(words)):
        bay.executor.discover(bay.outfit)


def test_a_missing_module_suggests_the_nearest(bay: Bay) -> None:
    with pytest.raises(InvalidSpec, match="no module 'code_of_usr'") as caught:
        bay.executor.discover(Outfit(workdir=bay.outfit.workdir, modules=("code_of_usr",)))
    assert "code_of_user" in caught.value.hint


def test_a_directory_that_is_gone_starts_no_worker(bay: Bay) -> None:
    nowhere = Outfit(workdir=bay.place / "nowhere", modules=("m",))
    with pytest.raises(Unavailable, match="no worker can be started"):
        bay.executor.discover(nowhere)
    bay.start("hello", outfit=nowhere)
    assert bay.until_idle() == [TaskLost]


def test_a_module_of_the_user_does_not_stand_in_for_the_standard_library(bay: Bay) -> None:
    (bay.outfit.workdir / "json.py").write_text("raise SystemExit('not this one')")
    bay.start("hello")
    assert bay.until_idle()[-1] is TaskDone


def test_a_signal_to_a_worker_at_rest_ends_it_and_the_next_task_gets_another(bay: Bay) -> None:
    bay.start("hello")
    bay.until_idle()
    pid = int(bay.worker().removeprefix("pid "))
    os.kill(pid, signal.SIGTERM)
    bay.until(lambda: not _alive_in_group(pid))
    bay.start("hello", "1.1")
    assert bay.until_idle()[-1] is TaskDone
    assert bay.worker("1.0") != bay.worker("1.1")

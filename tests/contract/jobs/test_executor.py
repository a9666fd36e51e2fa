"""What the executor for processes of this machine promises beyond the port; see `executors/test_port.py`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.executors.bay import DATASET, REPOSITORY, Bay

from starwhale.core.errors import InvalidSpec, Unavailable, UserCodeError
from starwhale.core.handlers import HandlerKind, HandlerSpec
from starwhale.jobs.events import TaskDone, TaskFailed, TaskLost, TaskPreparing, TaskRunning, TaskStopped
from starwhale.jobs.executors.local import LocalExecutor
from starwhale.jobs.executors.port import Outfit, Progress
from starwhale.jobs.plan import JobPlan, RangePlan, StepPlan
from starwhale.jobs.states import Want

LocalBay = Bay[LocalExecutor]


@pytest.fixture(params=["0", "1"], ids=["programs of their own", "from a template"])
def bay(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[LocalBay]:
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


def test_leaving_the_interpreter_is_a_failure_and_not_the_end_of_the_worker(bay: LocalBay) -> None:
    bay.start("leave")
    assert bay.until_idle()[-1] is TaskFailed
    bay.start("hello", "1.1")
    assert bay.until_idle()[-1] is TaskDone
    assert bay.worker("1.0") == bay.worker("1.1")


def test_a_worker_that_dies_is_told_in_words_and_leaves_the_line(bay: LocalBay) -> None:
    bay.start("die")
    assert bay.until_idle()[-1] is TaskLost
    lost = bay.told[-1]
    assert isinstance(lost, TaskLost)
    assert lost.cause == "the worker was killed by SIGSEGV"
    assert "in die" in bay.log().read_text()


def test_a_warm_worker_runs_the_next_task_and_the_discovery_before(bay: LocalBay) -> None:
    specs = bay.executor.discover(bay.outfit)
    assert "code_of_user:slow" in [spec.id for spec in specs]
    for task in ("1.0", "1.1"):
        bay.start("hello", task)
        bay.until_idle()
    assert bay.worker("1.0") == bay.worker("1.1")
    assert "imported" not in bay.log("1.0").read_text()


def test_tasks_at_the_same_time_have_processes_of_their_own(bay: LocalBay) -> None:
    for task in ("0.0", "0.1"):
        bay.start("slow", task)
    bay.until_idle()
    assert bay.worker("0.0") != bay.worker("0.1")


def test_another_outfit_needs_another_worker(bay: LocalBay) -> None:
    bay.start("hello")
    bay.until_idle()
    other = Outfit(workdir=bay.outfit.workdir, modules=bay.outfit.modules, environment={"A": "b"})
    bay.start("hello", "1.1", outfit=other)
    bay.until_idle()
    assert bay.worker("1.0") != bay.worker("1.1")


def test_attempts_wait_when_there_are_enough_workers_and_can_be_stopped_there(bay: LocalBay) -> None:
    attempts = [bay.start("wait", f"1.{index}") for index in range(4)]
    for index in range(3):
        bay.prints("waiting", f"1.{index}")
    assert not bay.log("1.3").exists()
    assert bay.executor.live() == set(attempts)
    bay.executor.stop(attempts[3], Want.CANCEL, 1)
    assert TaskStopped(task="1.3", attempt=1) in bay.executor.poll(0)
    bay.executor.stop(attempts[0], Want.CANCEL, 5)
    bay.start("hello", "1.4")
    bay.prints("hello", "1.4")


def test_pause_ends_an_attempt_between_two_rows(bay: LocalBay) -> None:
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


def test_cancel_breaks_into_code_that_waits(bay: LocalBay) -> None:
    attempt = bay.start("wait")
    bay.prints("waiting")
    began = time.monotonic()
    bay.executor.stop(attempt, Want.CANCEL, 10)
    assert bay.until_idle()[-1] is TaskStopped
    assert time.monotonic() - began < 2


def test_a_child_that_user_code_forked_does_not_speak_for_the_worker(bay: LocalBay) -> None:
    attempt = bay.start("fork")
    bay.prints("waiting")
    bay.executor.stop(attempt, Want.CANCEL, 10)
    assert bay.until_idle() == [TaskPreparing, TaskRunning, TaskStopped]
    pid = int(bay.worker().removeprefix("pid "))
    bay.until(lambda: not _alive_in_group(pid))


def test_user_code_finds_no_children_but_its_own(bay: LocalBay) -> None:
    bay.start("has_no_children")
    assert bay.until_idle()[-1] is TaskDone
    assert "no children" in bay.log().read_text()


def test_tasks_that_print_nothing_leave_no_log(bay: LocalBay) -> None:
    bay.start("nothing")
    bay.until_idle()
    bay.start("nothing", "1.1")
    bay.until_idle()
    assert bay.log().read_text() == "imported\n"
    assert not bay.log("1.1").exists()


def test_stopping_what_has_ended_does_nothing(bay: LocalBay) -> None:
    attempt = bay.start("hello")
    bay.until_idle()
    bay.executor.stop(attempt, Want.CANCEL, 0)
    bay.start("hello", "1.1")
    assert bay.until_idle()[-1] is TaskDone
    assert bay.worker("1.0") == bay.worker("1.1")


def test_threads_of_one_worker_run_at_the_same_time_with_logs_of_their_own(bay: LocalBay) -> None:
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


def test_a_worker_splits_datasets(bay: LocalBay) -> None:
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
    bay: LocalBay, code: str, error: type[Exception], words: str
) -> None:
    (bay.outfit.workdir / "code_of_user.py").write_text(code)
    with pytest.raises(error, match=re.escape(words)):
        bay.executor.discover(bay.outfit)


def test_a_missing_module_suggests_the_nearest(bay: LocalBay) -> None:
    with pytest.raises(InvalidSpec, match="no module 'code_of_usr'") as caught:
        bay.executor.discover(Outfit(workdir=bay.outfit.workdir, modules=("code_of_usr",)))
    assert "code_of_user" in caught.value.hint


def test_a_directory_that_is_gone_starts_no_worker(bay: LocalBay) -> None:
    nowhere = Outfit(workdir=bay.place / "nowhere", modules=("m",))
    with pytest.raises(Unavailable, match="no worker can be started"):
        bay.executor.discover(nowhere)
    bay.start("hello", outfit=nowhere)
    assert bay.until_idle() == [TaskLost]


def test_a_signal_to_a_worker_at_rest_ends_it_and_the_next_task_gets_another(bay: LocalBay) -> None:
    bay.start("hello")
    bay.until_idle()
    pid = int(bay.worker().removeprefix("pid "))
    os.kill(pid, signal.SIGTERM)
    bay.until(lambda: not _alive_in_group(pid))
    bay.start("hello", "1.1")
    assert bay.until_idle()[-1] is TaskDone
    assert bay.worker("1.0") != bay.worker("1.1")

"""What every executor promises, whatever its workers are; see `starwhale.jobs.executors.port`."""

from __future__ import annotations

import re
import sys
import threading
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from textwrap import dedent

import pytest
from tests.contract.executors.bay import CODE, Bay
from tests.contract.executors.kinds import Kind

from starwhale.jobs.events import TaskDone, TaskFailed, TaskLost, TaskPreparing, TaskRunning, TaskStopped
from starwhale.jobs.executors.port import Executor, Outfit, Progress
from starwhale.jobs.states import Want
from starwhale.jobs.usage import TaskUsage

AnyBay = Bay[Executor]
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what processes use")


# --- Start, output and end ---


def test_an_attempt_is_told_from_its_beginning_to_its_end(bay: AnyBay) -> None:
    attempt = bay.start("hello")
    assert bay.executor.live() == {attempt}
    assert bay.until_idle() == [TaskPreparing, TaskRunning, TaskDone]
    assert bay.executor.live() == set()


def test_what_user_code_prints_goes_to_the_log_of_its_task_alone(
    bay: AnyBay, kind: Kind, capfd: pytest.CaptureFixture[str]
) -> None:
    bay.start("hello")
    bay.until_idle()
    text = bay.log().read_text()
    # Of tasks that share a process, children write where the process does.
    lines = ["imported", "hello from", "to stderr", *([] if kind.threads else ["from a child"])]
    assert [line in text for line in lines] == [True] * len(lines)
    assert "starwhale/worker" not in text
    if not kind.threads:
        assert capfd.readouterr() == ("", "")


def test_a_log_can_be_followed_while_it_is_written(bay: AnyBay) -> None:
    attempt = bay.start("wait")
    bay.prints("waiting")
    assert bay.executor.live() == {attempt}


def test_tasks_that_print_nothing_leave_no_log(bay: AnyBay) -> None:
    bay.start("nothing")
    bay.until_idle()
    bay.start("nothing", "1.1")
    bay.until_idle()
    assert not bay.log("1.1").exists()


def test_progress_is_told_while_rows_are_done(bay: AnyBay) -> None:
    bay.start("slow", "0.0")
    assert bay.until_idle()[-1] is TaskDone
    done = [each.done + each.fresh for each in bay.told if isinstance(each, Progress)]
    assert done == sorted(done)
    assert done[-1] == 12


# --- What is used ---


@linux
def test_what_a_task_used_is_told_before_its_end(bay: AnyBay, kind: Kind) -> None:
    bay.start("use")
    assert bay.until_idle()[-1] is TaskDone
    assert isinstance(bay.told[-2], TaskUsage)
    used = bay.used()[-1]
    assert used.cpu_seconds >= 0.2
    assert used.seconds >= used.cpu_seconds / 4
    assert used.bytes_written >= 8 << 20
    # Memory that was let go of shows in the peak of a process; threads share one.
    assert used.memory < used.memory_peak or kind.threads
    assert used.memory_peak >= 96 << 20 or kind.threads


@linux
def test_each_task_of_a_warm_worker_is_told_its_own_use(bay: AnyBay, kind: Kind) -> None:
    bay.start("use")
    bay.until_idle()
    bay.start("nothing", "1.1")
    bay.until_idle()
    first, second = bay.used("1.0")[-1], bay.used("1.1")[-1]
    assert second.cpu_seconds < 0.2 <= first.cpu_seconds
    assert second.bytes_written < 8 << 20
    assert second.memory_peak < first.memory_peak or kind.threads


@linux
def test_what_failed_tells_what_it_used(bay: AnyBay) -> None:
    bay.start("divide")
    assert bay.until_idle()[-1] is TaskFailed
    assert bay.used()[-1].memory_peak > 0


@linux
def test_use_is_told_meanwhile_with_that_of_what_the_task_has_started(bay: AnyBay, kind: Kind) -> None:
    if kind.threads:
        pytest.skip("what a thread starts cannot be told from what others start")
    attempt = bay.start("use_in_a_child")
    bay.prints("waiting")
    bay.until(lambda: any(each.cpu_seconds >= 0.25 and each.memory >= 96 << 20 for each in bay.used()), 60)
    told = bay.used()
    assert all(a.cpu_seconds <= b.cpu_seconds and a.seconds < b.seconds for a, b in pairwise(told))
    # Pages that both have count once.
    assert told[-1].memory < 3 * (96 << 20)
    bay.executor.stop(attempt, Want.CANCEL, 0)
    bay.until_idle()


# --- Failure ---


def test_an_error_of_the_user_is_one_sentence_with_his_own_line(bay: AnyBay) -> None:
    bay.start("divide")
    bay.until_idle()
    (failed,) = (each for each in bay.told if isinstance(each, TaskFailed))
    said = "code_of_user:divide failed: ZeroDivisionError: division by zero at code_of_user.py:"
    assert failed.cause.startswith(said)
    assert re.fullmatch(r"\d+: return 1 / 0", failed.cause.removeprefix(said))
    text = bay.log().read_text()
    assert "in divide" in text
    assert "starwhale/worker" not in text


def test_leaving_the_interpreter_is_a_failure_and_the_next_task_runs(bay: AnyBay) -> None:
    bay.start("leave")
    assert bay.until_idle()[-1] is TaskFailed
    bay.start("hello", "1.1")
    assert bay.until_idle()[-1] is TaskDone


def test_code_that_does_not_import_fails_its_task(bay: AnyBay) -> None:
    bay.code("import nothing_like_that")
    bay.start("hello")
    assert bay.until_idle()[-1] is TaskFailed
    failed = bay.told[-1]
    assert isinstance(failed, TaskFailed)
    assert "nothing_like_that" in failed.cause


def test_a_directory_that_is_gone_starts_no_worker(bay: AnyBay) -> None:
    bay.start("hello", outfit=Outfit(workdir=bay.place / "nowhere", modules=("m",)))
    assert bay.until_idle() == [TaskLost]


def test_a_module_of_the_user_does_not_stand_in_for_the_standard_library(bay: AnyBay) -> None:
    (bay.outfit.workdir / "json.py").write_text("raise SystemExit('not this one')")
    bay.start("hello")
    assert bay.until_idle()[-1] is TaskDone


# --- Lost workers ---


def test_a_worker_that_dies_is_told_in_words(bay: AnyBay) -> None:
    bay.start("die")
    assert bay.until_idle()[-1] is TaskLost
    lost = bay.told[-1]
    assert isinstance(lost, TaskLost)
    assert "SIGSEGV" in lost.cause


def test_a_worker_whose_machine_fails_is_lost_and_the_next_task_gets_another(bay: AnyBay, kind: Kind) -> None:
    bay.start("wait")
    bay.prints("waiting")
    worker = bay.worker()
    kind.kill(worker)
    assert bay.until_idle()[-1] is TaskLost
    bay.start("hello", "1.1")
    assert bay.until_idle()[-1] is TaskDone
    assert bay.worker("1.1") != worker


def test_what_a_lost_worker_has_started_is_gone_too(bay: AnyBay, kind: Kind) -> None:
    bay.start("start_a_child")
    bay.prints("child")
    worker = bay.worker()
    assert kind.alive(worker)
    kind.kill(worker)
    assert bay.until_idle()[-1] is TaskLost
    bay.until(lambda: not kind.alive(worker))


# --- Ending it ---


def test_cancel_breaks_into_code_that_waits(bay: AnyBay, kind: Kind) -> None:
    attempt = bay.start("wait")
    bay.prints("waiting")
    bay.executor.stop(attempt, Want.CANCEL, 10)
    assert bay.until_idle()[-1] in ((TaskStopped, TaskLost) if kind.threads else (TaskStopped,))
    assert bay.executor.live() == set()


def test_pause_ends_an_attempt_between_two_rows(bay: AnyBay) -> None:
    attempt = bay.start("slow", "0.0")
    bay.prints("row 3", "0.0")
    bay.executor.stop(attempt, Want.PAUSE, 30)
    assert bay.until_idle()[-1] is TaskStopped
    lines = bay.log("0.0").read_text().split("\n")
    rows = [int(line.split()[1]) for line in lines if line.startswith("row")]
    done = [each.done for each in bay.told if isinstance(each, Progress)]
    assert done[-1] == rows[-1] + 1


def test_code_that_does_not_listen_is_killed_after_the_grace(bay: AnyBay, kind: Kind) -> None:
    if kind.threads:
        pytest.skip("a thread cannot set what a process does at a signal")
    attempt = bay.start("wait_deaf")
    bay.prints("waiting")
    began = time.monotonic()
    bay.executor.stop(attempt, Want.CANCEL, 0.5)
    assert bay.until_idle()[-1] is TaskLost
    assert time.monotonic() - began > 0.4


def test_without_grace_it_is_killed_at_once(bay: AnyBay, kind: Kind) -> None:
    attempt = bay.start("wait" if kind.threads else "wait_deaf")
    bay.prints("waiting")
    bay.executor.stop(attempt, Want.CANCEL, 0)
    # A process that does not listen can only have been killed; a thread may have been told in time.
    assert bay.until_idle()[-1] in ((TaskLost, TaskStopped) if kind.threads else (TaskLost,))
    assert bay.executor.live() == set()


def test_a_wish_to_stop_that_comes_before_the_task_has_begun_is_kept(bay: AnyBay) -> None:
    bay.code("import time; time.sleep(0.5)\n" + dedent(CODE))
    attempt = bay.start("slow", "0.0")
    bay.executor.stop(attempt, Want.PAUSE, 30)
    assert bay.until_idle()[-1] is TaskStopped
    assert not bay.log("0.0").exists() or "row 1" not in bay.log("0.0").read_text()


def test_stopping_what_has_ended_does_nothing(bay: AnyBay) -> None:
    attempt = bay.start("hello")
    bay.until_idle()
    bay.executor.stop(attempt, Want.CANCEL, 0)
    bay.executor.stop(("9.9", 1), Want.CANCEL, 0)
    bay.start("hello", "1.1")
    assert bay.until_idle()[-1] is TaskDone


def test_closing_ends_every_worker_also_one_that_is_at_work(kind: Kind, tmp_path: Path) -> None:
    with kind.open(tmp_path) as executor:
        bay = Bay(tmp_path, executor, threads=kind.threads)
        bay.start("start_a_child")
        bay.prints("child")
        worker = bay.worker()
        assert kind.alive(worker)
    deadline = time.monotonic() + 20
    while kind.alive(worker):
        assert time.monotonic() < deadline
        time.sleep(0.05)


# --- What a task is given ---


def test_replicas_know_which_they_are(bay: AnyBay) -> None:
    for index in range(3):
        bay.start("tell_of_itself", f"1.{index}", total=3)
    bay.until_idle()
    assert {each.task for each in bay.told if isinstance(each, TaskDone)} == {"1.0", "1.1", "1.2"}
    for index in range(3):
        assert f"I am {index} of 3" in bay.log(f"1.{index}").read_text()


def test_tasks_of_a_step_run_at_the_same_time(bay: AnyBay, kind: Kind) -> None:
    attempts = [bay.start("wait", f"1.{index}", total=2) for index in range(2)]
    for index in range(2):
        bay.prints("waiting", f"1.{index}")
    assert bay.executor.live() == set(attempts)
    assert (bay.worker("1.0") == bay.worker("1.1")) == kind.threads
    for attempt in attempts:
        bay.executor.stop(attempt, Want.CANCEL, 0)
    bay.until_idle()


def test_a_task_finds_its_environment_and_its_code_and_nothing_of_others(bay: AnyBay) -> None:
    other = replace(bay.outfit, environment={"A": "of the other"})
    bay.start("tell_of_itself", "1.0")
    bay.start("tell_of_itself", "1.1", outfit=other)
    bay.until_idle()
    assert "A is None" in bay.log("1.0").read_text()
    assert "A is of the other" in bay.log("1.1").read_text()
    assert f"in {bay.outfit.workdir}" in bay.log("1.0").read_text()
    assert bay.worker("1.0") != bay.worker("1.1")


def test_a_task_is_held_to_its_limits_and_others_are_not(bay: AnyBay) -> None:
    held = replace(bay.outfit, limits={"RLIMIT_FSIZE": 1 << 30})
    bay.start("tell_of_itself", "1.0", outfit=held)
    bay.start("tell_of_itself", "1.1")
    bay.until_idle()
    assert f"file sizes {1 << 30}" in bay.log("1.0").read_text()
    assert f"file sizes {1 << 30}" not in bay.log("1.1").read_text()


# --- Many ---


def test_quick_tasks_do_not_wait_behind_a_long_one(bay: AnyBay) -> None:
    attempts = [bay.start("wait" if index == 30 else "nothing", f"1.{index}") for index in range(90)]
    bay.until(lambda: bay.executor.live() == {attempts[30]}, 60)
    done = {each.task for each in bay.told if isinstance(each, TaskDone)}
    assert done == {task for task, _ in attempts if task != "1.30"}
    bay.executor.stop(attempts[30], Want.CANCEL, 0)
    bay.until_idle()


def test_a_worker_that_dies_takes_no_task_along_that_waited_in_it(bay: AnyBay, kind: Kind) -> None:
    for index in range(90):
        bay.start("die" if index == 30 else "nothing", f"1.{index}")
    bay.until_idle()
    lost = {each.task for each in bay.told if isinstance(each, TaskLost)}
    assert "1.30" in lost
    # Whatever shared the process has ended with it; each is told of, and may be tried again.
    assert kind.threads or lost == {"1.30"}
    ends = (TaskDone, TaskStopped, TaskLost)
    ended = sorted(each.task for each in bay.told if isinstance(each, ends))
    assert ended == sorted(f"1.{index}" for index in range(90))


def test_a_bell_wakes_a_poll(bay: AnyBay) -> None:
    threading.Timer(0.2, bay.executor.wake).start()
    began = time.monotonic()
    assert bay.executor.poll(60) == []
    assert time.monotonic() - began < 30


def test_it_says_whether_it_knows_what_lives(bay: AnyBay) -> None:
    assert bay.executor.capabilities().supervises in (True, False)

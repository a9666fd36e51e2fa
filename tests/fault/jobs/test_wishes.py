"""Ctrl-C, cancel, pause, resume and take-over while a job runs in another process."""

from __future__ import annotations

import os
import signal
import time

import pytest
from tests.fault.jobs.lab import NEEDS_PROC, Make, doubling

from starwhale.core.errors import Conflict
from starwhale.jobs.states import JobState

pytestmark = [pytest.mark.fault, NEEDS_PROC]

SLOW = doubling(0.02)
DEAF = """
    import signal, time
    from starwhale import evaluation

    @evaluation.predict
    def predict(data):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if data["x"] == 3:
            open("ready", "w").close()
            time.sleep(600)
        return data["x"] * 2
"""


def test_ctrl_c_cancels_the_job_and_ends_its_workers(make: Make) -> None:
    lab = make(200, SLOW)
    with lab.play("run", "replicas=2") as play:
        lab.until(lambda: lab.durable(play.job) > 0)
        began = time.monotonic()
        play.send(signal.SIGINT)
        assert play.end() == "CANCELED canceled by Ctrl-C"
        assert time.monotonic() - began < 2
    lab.until_gone(1)
    job = lab.job(play.job)
    assert job.state is JobState.CANCELED
    assert {task.state for step in job.steps for task in step.tasks} == {"CANCELED"}
    with lab.play("resume", play.job) as again:
        again.end()
    lab.check_success(play.job)


def test_code_that_ignores_the_request_to_end_is_killed_after_a_grace(make: Make) -> None:
    lab = make(10, DEAF)
    with lab.play("run") as play:
        lab.until((lab.workdir / "ready").exists)
        began = time.monotonic()
        play.send(signal.SIGINT)
        assert play.end() == "CANCELED canceled by Ctrl-C"
        assert 2 < time.monotonic() - began < 8
    lab.until_gone(1)


def test_a_second_ctrl_c_waits_for_nobody(make: Make) -> None:
    lab = make(10, DEAF)
    with lab.play("run") as play:
        lab.until((lab.workdir / "ready").exists)
        play.send(signal.SIGINT)
        time.sleep(0.3)
        began = time.monotonic()
        play.send(signal.SIGINT)
        assert play.end() == "CANCELED canceled by Ctrl-C"
        assert time.monotonic() - began < 1
    lab.until_gone(1)


def test_a_process_that_is_asked_to_end_leaves_its_job_paused(make: Make) -> None:
    lab = make(150, SLOW)
    with lab.play("run") as play:
        lab.until(lambda: lab.durable(play.job) > 0)
        play.send(signal.SIGTERM)
        assert play.end() == ""
        assert play.process.returncode == -signal.SIGTERM
    lab.until_gone(1)
    job = lab.job(play.job)
    assert (job.state, job.cause) == (JobState.PAUSED, "paused, since its process was asked to end")
    with lab.play("resume", play.job) as again:
        again.end()
    lab.check_success(play.job)


def test_cancel_from_another_process_is_heeded_at_once(make: Make) -> None:
    lab = make(1000, SLOW)
    with lab.play("run", "replicas=2") as play:
        lab.until(lambda: lab.durable(play.job) > 0)
        began = time.monotonic()
        job = lab.jobs.cancel(lab.actor, lab.uri(play.job))
        assert job.state is JobState.CANCELED
        assert job.cause == f"canceled by {lab.actor.name}"
        assert time.monotonic() - began < 1.5
        assert play.end().startswith("CANCELED")
    lab.until_gone(1)
    with pytest.raises(Conflict, match="is CANCELED already"):
        lab.jobs.cancel(lab.actor, lab.uri(play.job))


def test_a_paused_job_loses_no_row_and_goes_on_in_another_process(make: Make) -> None:
    lab = make(150, SLOW)
    with lab.play("run", "replicas=2") as play:
        lab.until(lambda: lab.durable(play.job) > 0)
        began = time.monotonic()
        job = lab.jobs.pause(lab.actor, lab.uri(play.job))
        assert job.state is JobState.PAUSED
        assert time.monotonic() - began < 1.5
        assert play.end() == f"PAUSED paused by {lab.actor.name}"
        lab.until_gone(1)
        durable = lab.durable(play.job)
        # What was done when the wish came was made durable, down to the row.
        assert durable == len(lab.outputs(play.job)) == job.done
        assert 0 < durable < lab.rows
    with lab.play("resume", play.job) as again:
        again.end()
    lab.check_success(play.job)


def test_cancel_and_pause_act_also_when_the_scheduler_is_gone(make: Make) -> None:
    lab = make(150, SLOW)
    with lab.play("run") as play:
        lab.until(lambda: lab.durable(play.job) > 0)
        play.kill()
    lab.until_gone()
    assert lab.jobs.pause(lab.actor, lab.uri(play.job)).state is JobState.PAUSED
    assert lab.jobs.cancel(lab.actor, lab.uri(play.job)).state is JobState.CANCELED
    with lab.play("resume", play.job) as again:
        again.end()
    lab.check_success(play.job)


def test_a_job_that_runs_is_not_run_a_second_time(make: Make) -> None:
    lab = make(200, SLOW)
    with lab.play("run") as play:
        lab.until(lambda: lab.durable(play.job) > 0)
        with lab.play("resume", play.job) as second:
            said = second.end()
            assert said.startswith("conflict:")
            assert f"run by process {play.process.pid} on" in said
        assert play.end() == "SUCCESS"
    lab.check_success(play.job)


def test_a_stopped_scheduler_that_lost_its_job_commits_nothing_more(make: Make) -> None:
    lab = make(150, SLOW)
    with lab.play("run", "replicas=2") as first:
        lab.until(lambda: lab.durable(first.job) > 0)
        first.send(signal.SIGSTOP)
        with lab.play("resume", first.job, "force") as second:
            # Workers of the first go on until they meet the fence.
            lab.until(lambda: lab.job(first.job).scheduler is not None)
            time.sleep(0.5)
            first.send(signal.SIGCONT)
            assert second.end() == "SUCCESS"
        assert "another process runs job" in first.end()
    lab.check_success(first.job)
    lab.until_gone()


def test_five_schedulers_want_a_job_and_one_runs_it(make: Make) -> None:
    lab = make(150, SLOW)
    with lab.play("run") as play:
        play.kill()
    plays = [lab.play("resume", play.job) for _ in range(5)]
    said = [each.__enter__().end() for each in plays]
    for each in plays:
        each.__exit__(None, None, None)
    assert said.count("SUCCESS") == 1
    assert sum(words.startswith("conflict:") for words in said) == 4
    lab.check_success(play.job)


def test_a_worker_that_is_asked_to_end_by_somebody_is_replaced(make: Make) -> None:
    lab = make(200, SLOW)
    with lab.play("run") as play:
        lab.until(lambda: lab.durable(play.job) > 0)
        os.kill(lab.workers()[0], signal.SIGTERM)
        assert play.end() == "SUCCESS"
    lab.check_success(play.job)
    lab.until_gone()

"""Jobs through their service, on both databases."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from tests.slice.jobs.conftest import ANN, EVALUATE, PREDICT, House

from starwhale.catalog.tables.events import EventRow
from starwhale.catalog.tables.jobs import JobRow, TaskRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.errors import Ambiguous, Canceled, Conflict, InvalidSpec, JobFailed, NotFound, UsageError
from starwhale.core.page import PageRequest
from starwhale.core.version import random_version
from starwhale.jobs.driver import settle
from starwhale.jobs.executors.port import Outfit
from starwhale.jobs.logs import LogArchive
from starwhale.jobs.lookup import check_success
from starwhale.jobs.plan import DatasetInput
from starwhale.jobs.progress import JobProgress
from starwhale.jobs.runner import LOOK_SECONDS
from starwhale.jobs.schemas import JobFilter
from starwhale.jobs.states import JobState, StepState, TaskState, Want
from starwhale.jobs.veils import HIDDEN
from starwhale.kit.process import this_process
from starwhale.kit.times import utc_now
from starwhale.storage.objects.directory import DirectoryObjects

pytestmark = pytest.mark.usefixtures("dataset")


def at_row(row: int, act: Callable[[], object]) -> Callable[[int], object]:
    """Do something once, before a row, and give the scheduler the time to see it."""
    done: list[int] = []

    def before(present: int) -> None:
        if present == row and not done:
            done.append(row)
            act()
            time.sleep(LOOK_SECONDS * 1.2)

    return before


def audit(house: House) -> list[str]:
    with house.catalog.read() as session:
        names = session.scalars(select(EventRow.name).order_by(EventRow.id))
        return [name for name in names if name.startswith("job.")]


def test_a_job_is_made_of_resolved_versions(house: House, dataset: DatasetInput) -> None:
    job = house.create(comment="first try")
    assert job.state is JobState.CREATED
    assert job.plan.datasets == (dataset,)
    assert [step.spec.id for step in job.plan.steps] == ["m:predict", "m:evaluate"]
    assert (job.rows, job.done, job.failed) == (20, 0, 0)
    assert job.plan.comment == "first try"
    assert job.created_by == "ann"
    assert [[task.id for task in step.tasks] for step in job.steps] == [["0.0", "0.1"], ["1.0"]]
    assert audit(house) == ["job.created"]


def test_a_job_runs_to_its_success(house: House) -> None:
    job = house.run(house.create())
    assert job.state is JobState.SUCCESS
    assert (job.rows, job.done) == (20, 20)
    assert {step.state for step in job.steps} == {StepState.SUCCESS}
    assert {task.state for step in job.steps for task in step.tasks} == {TaskState.SUCCESS}
    assert job.started_at is not None
    assert job.finished_at is not None
    assert job.started_at <= job.finished_at
    assert job.scheduler is None
    assert audit(house) == ["job.created", "job.rested"]
    check_success(job)


def test_the_history_tells_every_state_with_its_time(house: House) -> None:
    job = house.run(house.create())
    events = house.jobs.events(ANN, house.uri(job))
    assert [(e.old, e.new) for e in events if e.subject == "job"] == [
        ("CREATED", "READY"),
        ("READY", "RUNNING"),
        ("RUNNING", "SUCCESS"),
    ]
    assert [e.new for e in events if e.name == "1.0"] == [
        "READY",
        "ASSIGNING",
        "PREPARING",
        "RUNNING",
        "SUCCESS",
    ]
    assert [e.at for e in events] == sorted(e.at for e in events)
    half = house.jobs.events(ANN, house.uri(job), limit=5)
    assert [*half, *house.jobs.events(ANN, house.uri(job), after=half[-1].id)] == list(events)


def test_progress_is_shown_while_a_job_runs(house: House) -> None:
    seen: list[JobProgress] = []
    job = house.run(house.create(), watch=seen.append)
    done = [each.steps[0].done for each in seen]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 20)
    assert seen[-1].state is JobState.SUCCESS
    assert {each.id for each in seen} == {job.id}
    assert [step.rows for step in seen[0].steps] == [20, 0]


def test_an_error_of_the_user_fails_the_job_with_its_cause(house: House) -> None:
    house.script.raises = {6: "predict failed on row 6 of dataset 'd': ValueError: no"}
    job = house.run(house.create())
    assert job.state is JobState.FAIL
    assert job.cause == "predict failed on row 6 of dataset 'd': ValueError: no"
    assert [step.state for step in job.steps] == [StepState.FAIL, StepState.CANCELED]
    failed = [task for step in job.steps for task in step.tasks if task.state is TaskState.FAIL]
    assert [task.cause for task in failed] == [job.cause]
    with pytest.raises(JobFailed, match="ValueError: no"):
        check_success(job)


def test_the_event_of_a_failure_names_nothing_of_other_projects(house: House) -> None:
    """Guests of the project read it, and strangers where it is a public one."""
    house.script.raises = {6: "predict failed on row 6 of dataset 'shut/secret': ValueError: no"}
    job = house.create()
    with house.catalog.begin() as session:
        row = session.get_one(JobRow, job.id)
        text = json.dumps(row.plan).replace(
            "local/project/self/dataset/d/", "local/project/shut/dataset/secret/"
        )
        row.plan = json.loads(text)
    job = house.run(job)
    assert "shut/secret" in job.cause
    with house.catalog.read() as session:
        told = session.scalars(select(EventRow).where(EventRow.name == "job.rested")).one().payload
    assert told["cause"] == f"predict failed on row 6 of dataset '{HIDDEN}': ValueError: no"


def test_a_failed_job_is_resumed_and_does_only_what_is_left(house: House) -> None:
    house.script.raises = {6: "no"}
    job = house.run(house.create())
    done = job.done
    assert 0 < done < 20
    house.script.raises = {}
    executor = house.executor()
    again = house.jobs.resume(ANN, house.uri(job), executor)
    assert again.state is JobState.SUCCESS
    assert len(executor.done) == 20 - done
    assert again.id == job.id


def test_rows_whose_worker_dies_are_done_by_another(house: House) -> None:
    house.script.dies = {5: 2, 14: 1}
    job = house.run(house.create())
    assert job.state is JobState.SUCCESS
    assert max(task.attempt for step in job.steps for task in step.tasks) > 1


def test_rows_that_kill_every_worker_fail_the_job_and_are_named(house: House) -> None:
    house.script.dies = {8: 99}
    job = house.run(house.create())
    assert job.state is JobState.FAIL
    assert job.cause == "3 workers in a row died on row 8 of dataset d; the last: killed by SIGKILL"


def test_a_job_that_succeeded_cannot_be_run_again(house: House) -> None:
    job = house.run(house.create())
    with pytest.raises(Conflict, match="has succeeded"):
        house.run(job)
    for ask in (house.jobs.cancel, house.jobs.pause):
        with pytest.raises(Conflict, match="is SUCCESS already"):
            ask(ANN, house.uri(job))


def test_a_job_is_canceled_while_it_runs(house: House) -> None:
    job = house.create()
    house.script.before = at_row(6, lambda: house.jobs.cancel(ANN, house.uri(job), wait=0))
    job = house.run(job)
    assert job.state is JobState.CANCELED
    assert job.cause == "canceled by ann"
    with pytest.raises(Canceled, match="canceled by ann"):
        check_success(job)


def test_a_job_is_paused_while_it_runs_and_goes_on(house: House) -> None:
    job = house.create()
    house.script.before = at_row(6, lambda: house.jobs.pause(ANN, house.uri(job), wait=0))
    job = house.run(job)
    assert job.state is JobState.PAUSED
    check_success(job)
    house.script.before = lambda _: None
    assert house.jobs.resume(ANN, house.uri(job), house.executor()).state is JobState.SUCCESS
    assert "job.pause_requested" in audit(house)
    assert "job.resumed" in audit(house)
    house.jobs.remove(ANN, house.uri(job))
    house.jobs.recover(ANN, house.uri(job))
    house.jobs.remove(ANN, house.uri(job), force=True)
    # Whoever listens to the project, reads what happened in it or has it sent on learns of each.
    with house.catalog.read() as session:
        told = session.execute(select(EventRow.name, EventRow.project_id)).all()
        (project,) = session.scalars(select(ProjectRow.id))
    assert {name for name, place in told if name.startswith("job.") and place != project} == set()


def test_a_wish_to_pause_does_not_undo_a_wish_to_cancel(house: House) -> None:
    job = house.create()
    refused: list[Conflict] = []

    def both() -> None:
        house.jobs.cancel(ANN, house.uri(job), wait=0)
        try:
            house.jobs.pause(ANN, house.uri(job), wait=0)
        except Conflict as error:
            refused.append(error)

    house.script.before = at_row(6, both)
    assert house.run(job).state is JobState.CANCELED
    assert "is being canceled" in str(refused[0])


def test_a_job_that_has_not_begun_is_canceled_or_paused_at_once(house: House) -> None:
    first, second = house.create(), house.create()
    assert house.jobs.cancel(ANN, house.uri(first)).state is JobState.CANCELED
    assert house.jobs.pause(ANN, house.uri(second)).state is JobState.PAUSED
    assert house.run(second).state is JobState.SUCCESS


def test_a_job_that_begins_at_the_moment_of_the_wish_hears_of_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = house.create()

    def late(*given: object) -> None:
        house.jobs.ledger.adopt(job.id, this_process(), utc_now())
        settle(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("starwhale.jobs.asking.settle", late)
    found = house.jobs.cancel(ANN, house.jobs.uri(job), wait=0)
    assert (found.want, found.scheduler) == (Want.CANCEL, this_process())
    assert audit(house)[-1] == "job.cancel_requested"


def test_a_job_whose_scheduler_is_gone_is_shown_as_unknown_and_can_be_resumed(house: House) -> None:
    job = house.create()
    gone = replace(this_process(), started="before")
    house.jobs.ledger.adopt(job.id, gone, utc_now())
    shown = house.jobs.info(ANN, house.uri(job))
    assert shown.state is JobState.UNKNOWN
    assert shown.cause == f"the process {os.getpid()} on {gone.host.partition('/')[0]} that ran it is gone"
    assert [each.state for each in house.jobs.list(ANN, "self")] == [JobState.UNKNOWN]
    for state, found in ((JobState.UNKNOWN, [job.id]), (JobState.READY, []), (JobState.RUNNING, [])):
        listed = house.jobs.list(ANN, "self", wanted=JobFilter(states=(state,)))
        assert [each.id for each in listed] == found, "it is found by the state that it is shown in"
    either = JobFilter(states=(JobState.UNKNOWN, JobState.SUCCESS))
    assert house.jobs.list(ANN, "self", wanted=either).total == 1
    assert house.jobs.resume(ANN, house.uri(job), house.executor()).state is JobState.SUCCESS


def test_an_error_of_our_own_leaves_the_job_to_be_resumed_and_tells_why(house: House) -> None:
    job = house.create()

    def break_down(_: int) -> None:
        raise MemoryError("the machine is too small")

    house.script.before = break_down
    with pytest.raises(MemoryError):
        house.run(job)
    shown = house.jobs.info(ANN, house.uri(job))
    assert shown.state is JobState.UNKNOWN
    assert "the machine is too small" in shown.cause
    house.script.before = lambda _: None
    assert house.run(job).state is JobState.SUCCESS


def test_a_job_runs_in_a_thread_too(house: House) -> None:
    job = house.create()
    found: list[JobState] = []
    thread = threading.Thread(target=lambda: found.append(house.run(job).state))
    thread.start()
    thread.join()
    assert found == [JobState.SUCCESS]


def test_the_beginning_of_an_id_is_enough(house: House) -> None:
    job = house.create()
    assert house.jobs.info(ANN, house.uri(job.id[:5])).id == job.id
    with pytest.raises(NotFound, match="no job 'zzzzz'"):
        house.jobs.info(ANN, house.uri("zzzzz"))


def test_a_beginning_that_several_jobs_share_is_ambiguous(house: House) -> None:
    jobs = [house.create() for _ in range(40)]
    by_first = {job.id[0]: job for job in jobs}
    twice = next(job for job in jobs if by_first[job.id[0]].id != job.id)
    # Of many only a few are named.
    with pytest.raises(Ambiguous, match=rf"\b{twice.id[0]}\w{{11}}\b"):
        house.jobs.info(ANN, house.uri(twice.id[0]))


def test_jobs_are_listed_newest_first_a_page_at_a_time(house: House) -> None:
    made = [house.create().id for _ in range(5)]
    first = house.jobs.list(ANN, "self", PageRequest(number=1, size=3))
    second = house.jobs.list(ANN, "self", PageRequest(number=2, size=3))
    assert [job.id for job in (*first, *second)] == made[::-1]
    assert first.total == 5
    with pytest.raises(NotFound):
        house.jobs.list(ANN, "nowhere")


def test_a_removed_job_is_out_of_sight_until_it_is_recovered(house: House) -> None:
    job = house.run(house.create())
    house.jobs.remove(ANN, house.uri(job))
    with pytest.raises(NotFound, match="was removed"):
        house.jobs.info(ANN, house.uri(job))
    assert not house.jobs.list(ANN, "self").items
    assert house.jobs.list(ANN, "self", include_removed=True).items[0].removed_at is not None
    assert house.jobs.info(ANN, house.uri(job), removed=True).removed_at is not None
    assert house.jobs.recover(ANN, house.uri(job)).removed_at is None
    with pytest.raises(Conflict, match="was not removed"):
        house.jobs.recover(ANN, house.uri(job))


def test_a_job_removed_by_force_is_gone_with_its_logs(house: House) -> None:
    job = house.run(house.create())
    log = house.jobs.settings.run / job.id / "logs" / "0.0.log"
    log.parent.mkdir(parents=True)
    log.write_text("x")
    house.jobs.remove(ANN, house.uri(job), force=True)
    assert not log.exists()
    with pytest.raises(NotFound):
        house.jobs.recover(ANN, house.uri(job))


def test_a_job_that_runs_is_not_removed(house: House) -> None:
    job = house.create()
    refused: list[Conflict] = []

    def remove() -> None:
        try:
            house.jobs.remove(ANN, house.uri(job))
        except Conflict as error:
            refused.append(error)

    house.script.before = at_row(6, remove)
    assert house.run(job).state is JobState.SUCCESS
    assert "swcli job cancel" in str(refused[0])


def test_a_removed_job_is_not_run(house: House) -> None:
    job = house.create()
    house.jobs.remove(ANN, house.uri(job))
    with pytest.raises(Conflict, match="was removed"):
        house.jobs.ledger.adopt(job.id, this_process(), utc_now())


def test_a_log_is_read_from_where_one_left_off(house: House) -> None:
    job = house.create()
    assert house.jobs.logs(ANN, house.uri(job), "0.0").data == b""
    log = house.jobs.settings.run / job.id / "logs" / "0.0.log"
    log.parent.mkdir(parents=True)
    log.write_bytes(b"one\ntwo\n")
    first = house.jobs.logs(ANN, house.uri(job), "0.0", limit=4)
    assert (first.data, first.next, first.ended) == (b"one\n", 4, False)
    house.run(job)
    rest = house.jobs.logs(ANN, house.uri(job), "0.0", first.next)
    assert (rest.data, rest.next, rest.ended) == (b"two\n", 8, True)
    with pytest.raises(NotFound, match=r"no task '7\.7'"):
        house.jobs.logs(ANN, house.uri(job), "7.7")


def test_the_log_of_a_task_that_is_over_ends_though_its_job_goes_on_at_another_server(
    house: House, tmp_path: Path
) -> None:
    archive = LogArchive(DirectoryObjects(tmp_path / "objects"))
    jobs = replace(house.jobs, archive=archive)
    job = house.create()
    uri = house.uri(job)
    archive.objects.put(f"joblogs/{job.id}/0.0/{0:016d}", b"done\n")

    def ended(state: TaskState, seconds: float) -> bool:
        moment = utc_now()
        with house.catalog.begin() as session:
            session.execute(update(JobRow).values(state="RUNNING", heartbeat_at=moment))
            told = {"state": state.value, "finished_at": moment - timedelta(seconds=seconds)}
            session.execute(update(TaskRow).where(TaskRow.id == "0.0").values(told))
        read = jobs.logs(ANN, uri, "0.0")
        assert read.data == b"done\n"
        return read.ended

    assert not ended(TaskState.RUNNING, 3600)
    # Its last lines may still be on their way.
    assert not ended(TaskState.SUCCESS, 5)
    assert ended(TaskState.SUCCESS, 60)


@pytest.mark.parametrize("way", ["link", "pipe", "folder"])
def test_what_a_task_puts_in_the_place_of_its_log_is_not_read(house: House, way: str) -> None:
    """The server may read more than the task, and must not wait for it."""
    job = house.create()
    log = house.jobs.settings.run / job.id / "logs" / "0.0.log"
    log.parent.mkdir(parents=True)
    if way == "link":
        log.symlink_to("/etc/hostname")
    elif way == "pipe":
        os.mkfifo(log)
    else:
        log.mkdir()
    assert house.jobs.logs(ANN, house.uri(job), "0.0").data == b""
    assert house.jobs.log_sizes(ANN, house.uri(job)) == {}


def test_only_the_first_rows_are_used_when_asked_for(house: House) -> None:
    executor = house.executor()
    job = house.create(dataset_head=6)
    assert house.jobs.run(ANN, house.uri(job), executor).rows == 6
    assert sorted(executor.done) == list(range(6))


def test_a_launch_carries_what_the_worker_must_know(house: House, dataset: DatasetInput) -> None:
    job = house.run(
        house.create(arguments=("--x", "1"), model_name="digits", environment={"A": "b"}, isolation="thread")
    )
    first = house.script.launched[0]
    assert first.outfit.workdir == house.place / "user"
    assert first.outfit.environment == {"A": "b"}
    assert first.threads
    run = dict(first.run)
    assert run["job"] == job.id
    assert run["arguments"] == ["--x", "1"]
    assert run["model_name"] == "digits"
    assert (run["task"], run["index"], run["total"]) == ("0.0", 0, 2)
    assert [each["uri"] for each in run["datasets"]] == [dataset.uri]
    assert run["log"].endswith(f"run/{job.id}/logs/0.0.log")


def test_a_directory_that_is_gone_is_told_before_anything_runs(house: House) -> None:
    job = house.create()
    (house.place / "user").rmdir()
    with pytest.raises(NotFound, match=r"directory .* is gone"):
        house.run(job)
    other = house.place / "elsewhere"
    other.mkdir()
    assert house.run(job, outfit=Outfit(workdir=other)).state is JobState.SUCCESS


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"handler": "evalate"}, NotFound),
        ({"isolation": "container"}, InvalidSpec),
        ({"overrides": {"nothing": {"replicas": 1}}}, NotFound),
        ({"specs": {PREDICT.id: replace(PREDICT, datasets=())}, "handler": "predict"}, UsageError),
        ({"specs": {PREDICT.id: replace(PREDICT, datasets=("nope",))}, "handler": "predict"}, NotFound),
        ({"specs": {EVALUATE.id: EVALUATE}}, InvalidSpec),
    ],
)
def test_a_wrong_request_makes_no_job(house: House, wish: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        house.create(**wish)
    assert not house.jobs.list(ANN, "self").items


def test_a_job_in_a_project_that_is_not_there_is_refused(house: House) -> None:
    request = replace(house.request(), project="nowhere")
    with pytest.raises(NotFound, match="'nowhere'"):
        house.jobs.create(ANN, request, split=lambda *_: [])


def test_job_ids_are_told_from_each_other(house: House) -> None:
    assert house.create().id != house.create().id
    assert len(random_version()) == 40

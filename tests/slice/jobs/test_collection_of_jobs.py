"""What is left of a job when it is deleted for good, and what garbage collection leaves alone."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from starwhale.catalog.tables.jobs import JobRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.errors import NotFound
from starwhale.core.handlers import HandlerSpec
from starwhale.core.uri import JobUri
from starwhale.instance.local import LocalInstance
from starwhale.instance.runs import Runs
from starwhale.instance.workplace import of_directory
from starwhale.jobs.plan import JobPlan, StepPlan
from starwhale.jobs.repository import JobRepository
from starwhale.jobs.request import JobRequest
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.states import JobState
from starwhale.kit.times import utc_now
from starwhale.projects.repository import ProjectRepository

CODE = """
from starwhale import evaluation, handler

@handler()
def work():
    evaluation.log("numbers", 1, {"value": 2})
    evaluation.log_summary(done=True)
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalInstance]:
    monkeypatch.setenv("SW_LOCAL_STORAGE", str(tmp_path / "store"))
    monkeypatch.setenv("SW_CLI_CONFIG", str(tmp_path / "config.yaml"))
    with LocalInstance() as instance:
        yield instance


@pytest.fixture
def ran(here: LocalInstance, tmp_path: Path) -> JobRead:
    """A job that has succeeded, made from a directory that is gone meanwhile."""
    source = tmp_path / "code"
    source.mkdir()
    (source / "task.py").write_text(CODE)
    place = of_directory(here, str(source), modules=("task",))
    with Runs(here) as runs:
        request = JobRequest(
            project="self",
            specs=runs.handlers(place),
            workdir=place.workdir,
        )
        job = runs.run(runs.create(request, place), place)
    assert job.state == "SUCCESS", job.cause
    (source / "task.py").unlink()
    return job


def uri(job: JobRead) -> JobUri:
    return JobUri(instance="local", project=job.project, job=job.id)


def test_collection_keeps_the_code_and_the_results_of_a_job(here: LocalInstance, ran: JobRead) -> None:
    here.collection.run(here.actor, grace=timedelta(seconds=-2))
    assert list(here.results("self", ran.id).scan("numbers")) == [{"id": 1, "value": 2}]
    assert not Path(ran.plan.workdir).exists()
    again = here.models.lay_out(ran.plan.code, here.settings.run / "again")
    assert (again / "task.py").read_text() == CODE


def test_a_job_deleted_for_good_takes_its_tables_logs_and_code_along(
    here: LocalInstance, ran: JobRead
) -> None:
    assert here.tables.exists(f"self/evaluation/{ran.id}/numbers")
    here.jobs.remove(here.actor, uri(ran), force=True)
    with pytest.raises(NotFound):
        here.jobs.info(here.actor, uri(ran))
    assert here.tables.paths(f"self/evaluation/{ran.id}/") == []
    assert not (here.settings.run / ran.id).exists()
    here.collection.run(here.actor, grace=timedelta(seconds=-2))
    assert not here.blobs.exists(ran.plan.code)


def summaries(here: LocalInstance, project: str = "self") -> set[str]:
    return {str(key) for key, _ in here.tables.reader(f"{project}/summary").scan()}


@pytest.mark.parametrize("collected", [False, True])
def test_a_job_deleted_for_good_takes_its_row_in_the_summary_along(
    here: LocalInstance, ran: JobRead, collected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (ran.id, "by-hand"):
        store = here.results("self", name)
        store.log_summary({"accuracy": 0.5})
        store.flush()
        store.close()
    here.jobs.remove(here.actor, uri(ran))
    assert summaries(here) == {ran.id, "by-hand"}

    def broken(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(JobRepository, "delete", broken)
        with pytest.raises(RuntimeError):
            here.jobs.delete(here.actor, uri(ran))
    assert summaries(here) == {ran.id, "by-hand"}, "it goes in the same moment, or stays with the job"
    if collected:
        here.collection.run(here.actor, trash=timedelta(seconds=-1))
    else:
        here.jobs.delete(here.actor, uri(ran))
    assert summaries(here) == {"by-hand"}, "what was logged without a job stays"
    here.tables.fold("self/summary")
    assert summaries(here) == {"by-hand"}


def finished(here: LocalInstance, project: str, results: str) -> str:
    """A job of a project that has written a row, and one into the summary."""
    spec = HandlerSpec(id="m:run", module="m", qualname="run")
    plan = JobPlan(project=project, handler="m:run", steps=(StepPlan(spec=spec),), log_project=results)
    with here.catalog.begin() as session:
        number = ProjectRepository(session).id_of(project)
        assert number is not None
        job = JobRepository(session).add(number, plan, [], "ann", utc_now())
        session.execute(update(JobRow).where(JobRow.id == job).values(state=JobState.SUCCESS.value))
    log_results(here, results or project, job)
    return job


def log_results(here: LocalInstance, project: str, job: str) -> None:
    store = here.results(project, job)
    store.log("numbers", 1, {"value": 2})
    store.log_summary({"of": project})
    store.flush()
    store.close()


@pytest.mark.parametrize(
    ("project", "results", "collected"),
    [("sound", "", True), ("sound", "sound", True), ("self", "sound", True), ("self", "sound", False)],
)
def test_the_results_of_a_job_are_found_where_their_removed_project_lies(
    here: LocalInstance, project: str, results: str, collected: bool
) -> None:
    here.projects.create(here.actor, "sound")
    log_results(here, "sound", "by-hand")
    here.projects.remove(here.actor, "sound")
    (earlier,) = [path for path in here.tables.paths("~removed/") if path.endswith("/summary")]
    here.projects.create(here.actor, "sound")
    job, kept = (finished(here, project, results) for _ in range(2))
    place = JobUri(instance="local", project=project, job=job)
    here.jobs.remove(here.actor, place)
    here.projects.remove(here.actor, "sound")
    here.projects.create(here.actor, "sound")
    log_results(here, "sound", "by-hand")
    before = here.tables.reader("sound/summary").state.revision
    if collected:
        with here.catalog.begin() as session:
            assert here.jobs.purge(session, [job, kept], utc_now()) == [job]
    else:
        here.jobs.delete(here.actor, place)
    assert here.tables.reader("sound/summary").state.revision == before, "it is another project's"
    assert here.tables.reader(earlier).state.revision == 1, "and this as well"

    with here.catalog.begin() as session:
        # That one goes for good, so that the first one gets its name again.
        session.execute(delete(ProjectRow).where(ProjectRow.removed_at.is_(None), ProjectRow.name == "sound"))
        here.revisions.drop(session, "sound/")
    here.projects.recover(here.actor, "sound")
    assert summaries(here, "sound") == {kept}
    assert here.tables.paths("sound/evaluation/") == [f"sound/evaluation/{kept}/numbers"]


def test_a_job_whose_results_went_with_their_project_is_collected(here: LocalInstance) -> None:
    here.projects.create(here.actor, "sound")
    job = finished(here, "self", "sound")
    here.jobs.remove(here.actor, JobUri(instance="local", project="self", job=job))
    here.projects.remove(here.actor, "sound")
    here.project_trash.purge(here.actor, "sound")
    here.projects.create(here.actor, "sound")
    log_results(here, "sound", "by-hand")
    assert here.collection.run(here.actor, trash=timedelta(seconds=-1)).purged == 1
    assert here.tables.reader("sound/summary").state.revision == 1


def test_a_dry_run_writes_nothing(here: LocalInstance) -> None:
    job = finished(here, "self", "")
    here.jobs.remove(here.actor, JobUri(instance="local", project="self", job=job))

    def written() -> dict[Path, int]:
        files = [path for path in here.settings.root.rglob("*") if path.is_file()]
        return {path: path.stat().st_size for path in files if not path.name.startswith("catalog.")}

    before = written()
    told = here.collection.run(here.actor, trash=timedelta(seconds=-1), dry_run=True)
    assert (told.purged, written()) == (1, before)
    assert summaries(here) == {job}
    done = here.collection.run(here.actor, trash=timedelta(seconds=-1))
    assert (done.purged, summaries(here)) == (1, set())


def test_the_trash_is_emptied_after_its_time(here: LocalInstance, ran: JobRead) -> None:
    here.jobs.remove(here.actor, uri(ran))
    kept = here.collection.run(here.actor)
    assert kept.purged == 0
    assert here.jobs.recover(here.actor, uri(ran)).id == ran.id
    here.jobs.remove(here.actor, uri(ran))
    printed = here.settings.run / ran.id
    assert here.collection.run(here.actor, trash=timedelta(seconds=-1), dry_run=True).purged == 1
    assert printed.exists()
    here.jobs.recover(here.actor, uri(ran))
    here.jobs.remove(here.actor, uri(ran))
    assert here.collection.run(here.actor, trash=timedelta(seconds=-1)).purged == 1
    with pytest.raises(NotFound):
        here.jobs.recover(here.actor, uri(ran))
    assert here.tables.paths(f"self/evaluation/{ran.id}/") == []
    assert not printed.exists()


def test_code_that_a_killed_run_left_behind_is_cleared_a_day_later(here: LocalInstance, ran: JobRead) -> None:
    left, fresh = (here.settings.run / "code" / name for name in ("left", "fresh"))
    for copy in (left, fresh):
        copy.mkdir(parents=True)
    yesterday = time.time() - 2 * 86_400
    os.utime(left, (yesterday, yesterday))
    here.collection.run(here.actor)
    assert not left.exists()
    assert fresh.exists()


def test_a_store_inside_the_directory_that_is_run_stays_out_of_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "task.py").write_text(CODE)
    monkeypatch.setenv("SW_LOCAL_STORAGE", str(code / "my [store]"))
    with LocalInstance() as here:
        here.projects.list(here.actor)  # now there is something in it
        place = of_directory(here, str(code), modules=("task",))
        assert [path.name for path in place.workdir.iterdir()] == ["task.py"]

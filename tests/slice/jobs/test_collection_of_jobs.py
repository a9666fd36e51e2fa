"""What is left of a job when it is deleted for good, and what garbage collection leaves alone."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from starwhale.core.errors import NotFound
from starwhale.core.uri import JobUri
from starwhale.instance.local import LocalInstance
from starwhale.instance.runs import Runs
from starwhale.instance.workplace import of_directory
from starwhale.jobs.request import JobRequest
from starwhale.jobs.schemas import JobRead

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

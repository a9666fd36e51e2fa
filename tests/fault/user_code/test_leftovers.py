"""Code that leaves processes, threads and changed files behind it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.fault.user_code.conftest import Rogue

pytestmark = [pytest.mark.fault, pytest.mark.e2e]


def test_every_step_begins_where_the_code_lies_wherever_the_one_before_went(rogue: Rogue) -> None:
    ended = rogue.run("is_where_it_belongs")
    assert ended.job.state == "SUCCESS", ended.said
    assert rogue.summary(ended.job) == {"found": "here", "at_home": True}


def test_a_directory_that_a_module_goes_to_when_it_is_imported_stays(rogue: Rogue) -> None:
    (rogue.code / "mover.py").write_text(
        "import os\nfrom starwhale import evaluation, handler\nos.chdir('folder')\n"
        "@handler()\ndef first():\n    open('a.txt').close()\n    os.chdir('/')\n"
        "@handler(needs=[first])\ndef second():\n    evaluation.log_summary(a=open('a.txt').read())\n"
    )
    job = rogue.json("model", "run", "-w", ".", "-m", "mover", "-h", "mover:second")
    assert (job["state"], job["summary"]) == ("SUCCESS", {"a": "a"})


def test_threads_of_the_users_neither_hold_the_job_up_nor_outlive_it(rogue: Rogue) -> None:
    ended = rogue.run("works_beside_them")
    assert ended.job.state == "SUCCESS", ended.said
    assert rogue.summary(ended.job) == {"done": True}
    assert rogue.workers()
    assert rogue.alive() == []


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to tell who is alive")
def test_children_do_not_outlive_the_job(rogue: Rogue) -> None:
    ended = rogue.run("has_children")
    assert ended.job.state == "SUCCESS", ended.said
    assert len(rogue.workers()) == 2
    rogue.wait(lambda: not rogue.alive())


def test_a_package_stays_as_it_was_whatever_its_code_does_to_the_files(rogue: Rogue) -> None:
    assert rogue.run("spoils_its_package").job.state == "SUCCESS"
    whole = rogue("model", "verify", "naughty")
    assert whole.returncode == 0, whole.stderr
    ended = rogue.run("looks_at_its_package")
    assert rogue.summary(ended.job) == {
        "weights": "heavy",
        "big": True,
        "gone": True,
        "new": False,
        "folder": "a",
    }

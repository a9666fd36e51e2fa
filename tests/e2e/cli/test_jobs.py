"""Jobs as a person runs them: to their end, into errors, with Ctrl-C, and on again."""

from __future__ import annotations

import json
import os
import shutil
import signal
from typing import TYPE_CHECKING

import pytest
from tests.e2e.cli.conftest import Shell

from starwhale.core.settings import Settings
from starwhale.instance.local import LocalInstance

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

ROWS = 300
CODE = """
import dataclasses
import os
import pathlib
import time

from starwhale import argument, evaluation, handler

pathlib.Path(os.environ["MARKS"], str(os.getpid())).touch()


def rows():
    for number in range(300):
        yield {"number": number}


@evaluation.predict(replicas=2)
def double(data):
    return data.number * 2


@evaluation.evaluate(needs=[double])
def total(results):
    print("adding up")
    evaluation.log_summary(total=sum(row["output"] for row in results))


@evaluation.predict(replicas=2)
def slow(data):
    if not pathlib.Path(os.environ["MARKS"] + "-hurry").exists():
        time.sleep(0.2)
    return data.number


@evaluation.predict
def failing(data):
    if data.number == 7:
        raise ValueError("seven")
    return data.number


@evaluation.predict(fail_on_error=False)
def limping(data):
    return failing.__wrapped__(data) if hasattr(failing, "__wrapped__") else failing(data)


@dataclasses.dataclass
class Greeting:
    name: str = dataclasses.field(default="world", metadata={"help": "whom to greet"})


@handler()
@argument(Greeting)
def greet(argument):
    print("hello", argument.name, "in", os.getcwd())
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with handlers and a dataset `numbers` of 300 rows; copied for each test."""
    home = tmp_path_factory.mktemp("template")
    shell = Shell.at(home)
    (shell.code / "work.py").write_text(CODE)
    built = shell("dataset", "build", "--handler", "work:rows", "--name", "numbers")
    assert built.returncode == 0, built.stderr
    return home


@pytest.fixture
def work(template: Path, shell: Shell) -> Shell:
    """A shell in a home of its own, made like the template."""
    for name in ("code", "store"):
        shutil.copytree(template / name, shell.home / name, dirs_exist_ok=True)
    return shell


def run(handler: str, *more: str) -> list[str]:
    return ["model", "run", "-w", ".", "-m", "work", "-h", handler, *more]


def results(shell: Shell, job: str) -> dict[str, int]:
    """Output by row, as the job has stored it."""
    with LocalInstance(Settings.from_env(shell.environ)) as instance:
        return {row["id"]: row["output"] for row in instance.results("self", job).scan("results")}


def test_a_directory_is_evaluated(work: Shell) -> None:
    ran = work(*run("total", "-d", "numbers", "-o", "json"))
    assert ran.returncode == 0, ran.stderr
    job = json.loads(ran.stdout)
    assert (job["state"], job["rows"], job["done"], job["failed"]) == ("SUCCESS", ROWS, ROWS, 0)
    assert job["summary"]["total"] == sum(range(ROWS)) * 2
    assert [step["state"] for step in job["steps"]] == ["SUCCESS", "SUCCESS"]
    assert len(results(work, job["id"])) == ROWS
    assert not any((work.home / "store/run/code").iterdir())


def test_a_package_is_evaluated_and_told(work: Shell) -> None:
    assert work("model", "build", ".", "-m", "work", "-n", "doubling").returncode == 0
    ran = work("model", "run", "-u", "doubling", "-h", "total", "-d", "numbers", "-dh", "10")
    assert ran.returncode == 0, ran.stderr
    assert "is SUCCESS" in ran.stdout
    assert "total:  90" in ran.stdout
    assert "0.0 |" not in ran.stderr
    assert "1.0 | adding up" in ran.stderr
    shown = work("job", "info", work.newest_job()["id"][:8])
    assert "10 of 10 done" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_the_users_code_never_runs_in_the_process_of_the_command(work: Shell) -> None:
    process = work.start(*run("double", "-d", "numbers"))
    process.communicate()
    assert process.returncode == 0
    assert work.workers()
    assert process.pid not in work.workers()
    assert work.alive() == []


def test_a_directory_is_run_as_a_copy_unless_that_is_forbidden(work: Shell) -> None:
    copied = work(*run("greet"))
    assert "hello world in" in copied.stderr
    assert f"in {work.code}\n" not in copied.stderr
    assert f"in {work.code}\n" in work(*run("greet", "--forbid-snapshot")).stderr
    kept = work(*run("greet", "--no-cleanup-snapshot"))
    (copy,) = (work.home / "store/run/code").iterdir()
    assert f"kept in {copy}" in kept.stderr


def test_arguments_reach_the_handler_and_wrong_ones_are_refused(work: Shell) -> None:
    assert "hello whale in" in work(*run("greet", "--", "--name", "whale")).stderr
    wrong = work(*run("greet", "--", "--nam", "whale"))
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "did you mean --name?" in wrong.stderr
    before = work(*run("greet", "--name", "whale"))
    assert "stand behind `--`" in before.stderr
    listed = work(*run("greet", "--show-argument", "-o", "json"))
    assert json.loads(listed.stdout)[0]["option"] == "--name"
    assert len(work.json("job", "list")) == 1


def test_what_tasks_print_can_be_read_later(work: Shell) -> None:
    assert work(*run("total", "-d", "numbers")).returncode == 0
    job = work.newest_job()["id"]
    assert "1.0 | adding up" in work("job", "logs", job).stdout.splitlines()
    assert work("job", "logs", job, "1.0").stdout == "adding up\n"
    assert work("job", "logs", job, "7.7").returncode == 3


def test_a_failing_row_is_named_and_fails_the_job(work: Shell) -> None:
    ran = work(*run("failing", "-d", "numbers"))
    assert ran.returncode == 7
    last = ran.stderr.splitlines()[-1]
    assert last.startswith("Error: job ")
    for part in ("row 7", "self/numbers", "ValueError: seven", "work.py:"):
        assert part in last
    assert "Traceback" not in ran.stderr
    job = work.newest_job()
    assert job["state"] == "FAIL"
    assert "ValueError: seven" in job["cause"]


def test_json_is_printed_for_a_failed_job_as_well(work: Shell) -> None:
    ran = work(*run("failing", "-d", "numbers", "-o", "json"))
    assert ran.returncode == 7
    assert json.loads(ran.stdout)["state"] == "FAIL"


def test_rows_that_may_fail_are_counted(work: Shell) -> None:
    ran = work(*run("limping", "-d", "numbers"))
    assert ran.returncode == 0, ran.stderr
    assert "300 of 300 done, 1 failed" in ran.stdout


def hurry(work: Shell) -> None:
    """Have `slow` take no time any more, since nobody is to stop it before it is done."""
    work.marks.with_name(f"{work.marks.name}-hurry").touch()


def test_ctrl_c_cancels_and_resume_finishes(work: Shell) -> None:
    process = work.start(*run("slow", "-d", "numbers"))
    work.wait(lambda: work.newest_job_done() > 20)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.splitlines()[-1].startswith("Error: job ")
    job = work.newest_job()
    assert job["state"] == "CANCELED"
    assert 0 < job["done"] < ROWS
    assert work.alive() == []
    hurry(work)
    again = work("job", "resume", job["id"][:10])
    assert again.returncode == 0, again.stderr
    assert sorted(results(work, job["id"]).values()) == list(range(ROWS))


def test_a_killed_command_leaves_no_process_and_its_job_can_be_resumed(work: Shell) -> None:
    process = work.start(*run("slow", "-d", "numbers"))
    work.wait(lambda: work.newest_job_done() > 20)
    process.kill()
    process.communicate()
    work.wait(lambda: not work.alive())
    job = work.newest_job()
    assert job["state"] == "UNKNOWN"
    hurry(work)
    again = work("job", "resume", job["id"], "-o", "json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["state"] == "SUCCESS"
    assert sorted(results(work, job["id"]).values()) == list(range(ROWS))


@pytest.mark.parametrize(("word", "state", "status"), [("cancel", "CANCELED", 130), ("pause", "PAUSED", 130)])
def test_another_shell_can_stop_a_job(work: Shell, word: str, state: str, status: int) -> None:
    process = work.start(*run("slow", "-d", "numbers"))
    work.wait(lambda: work.newest_job_done() > 20)
    job = work.newest_job()["id"]
    asked = work("job", word, job)
    assert asked.returncode == 0, asked.stderr
    assert f"is {state}" in asked.stdout
    tasks = f"2 tasks of job {job[:12]}"
    what = f"the rows that {tasks} have at hand" if word == "pause" else f"{tasks} to end"
    assert asked.stderr == f"waiting for {what}; --force ends the workers at once\n"
    process.communicate(timeout=30)
    assert process.returncode == status
    assert work.newest_job()["state"] == state
    hurry(work)
    assert work("job", "resume", job).returncode == 0
    assert sorted(results(work, job).values()) == list(range(ROWS))


def test_removed_jobs_can_be_recovered(work: Shell) -> None:
    work(*run("greet"))
    job = work.newest_job()["id"]
    assert work("job", "rm", job[:9]).returncode == 0
    assert work("job", "info", job).returncode == 3
    assert work("job", "recover", job).returncode == 0
    assert work.newest_job()["id"] == job
    assert work("job", "rm", "-f", job).returncode == 0
    assert work("job", "recover", job).returncode == 3


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["model", "run"], 2, "either --workdir or --uri"),
        (["model", "run", "-w", ".", "-u", "x"], 2, "either --workdir or --uri"),
        (["model", "run", "-u", "nowhere"], 3, "no model 'nowhere'"),
        (["model", "run", "-w", "."], 2, "nothing says which modules"),
        (["model", "run", "-w", ".", "-m", "wrok"], 2, "did you mean 'work'?"),
        (run("doubel", "-d", "numbers"), 3, "did you mean 'double'?"),
        (run("double"), 2, "reads a dataset and none is given"),
        (run("double", "-d", "numbers", "-lp", "nowhere"), 3, "no project 'nowhere'"),
        (run("double", "-d", "numbers", "-dh", "-1"), 2, "--dataset-head"),
        (run("double", "-d", "numbers", "-dh", "99999999999999999999"), 2, "--dataset-head"),
        (run("double", "-d", "number"), 3, "did you mean 'numbers'?"),
        (run("double", "-d", "numbers", "-p", "nowhere"), 3, "no project 'nowhere'"),
        (["job", "info", "aaaaaa"], 3, "no job 'aaaaaa'"),
        (["job", "resume", "a/b/c"], 2, "is not the address of a job"),
    ],
)
def test_a_wrong_request_is_one_sentence_and_makes_no_job(
    work: Shell, words: list[str], status: int, said: str
) -> None:
    ran = work(*words)
    assert (ran.returncode, ran.stdout) == (status, "")
    assert said in ran.stderr
    assert ran.stderr.startswith("Error: ")
    assert len(ran.stderr.splitlines()) == 1
    assert work.json("job", "list") == []


def test_a_module_that_does_not_import_is_told_with_the_users_line(work: Shell) -> None:
    (work.code / "broken.py").write_text("import work\n\n1 / 0\n")
    ran = work("model", "run", "-w", ".", "-m", "broken")
    assert ran.returncode == 6
    assert "ZeroDivisionError: division by zero at broken.py:3: 1 / 0" in ran.stderr
    assert not any((work.home / "store/run/code").iterdir())

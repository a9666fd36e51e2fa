"""Jobs that are made again: changed, under a name, from the queue, and at their times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.cli.conftest import Shell

pytestmark = pytest.mark.e2e

CODE = """
import dataclasses
import os

from starwhale import argument, evaluation, handler


def rows():
    for number in range({rows}):
        yield {{"number": number}}


@dataclasses.dataclass
class Options:
    times: int = dataclasses.field(default=1)


@evaluation.predict(log_mode="plain")
@argument(Options)
def multiply(data, argument):
    return data.number * argument.times


@evaluation.evaluate(needs=[multiply])
def total(results):
    evaluation.log_summary(total=sum(row["output"] for row in results))


@handler()
@argument(Options)
def note(argument):
    with open(os.path.join(os.environ["HOME"], "order"), "a") as file:
        print(argument.times, file=file)
"""


@pytest.fixture
def ready(shell: Shell) -> Shell:
    """Two datasets, and a job over the first of them."""
    for name, count in (("four", 4), ("ten", 10)):
        (shell.code / "work.py").write_text(CODE.format(rows=count))
        shell.json("dataset", "build", "-h", "work:rows", "-n", name)
    shell.json("model", "run", "-w", ".", "-m", "work", "-h", "total", "-d", "four", "--comment", "first")
    return shell


def last(shell: Shell) -> str:
    return shell.json("job", "list", "--size", "1")[0]["id"]


def test_a_job_is_run_again_with_other_rows_and_arguments_but_the_code_of_then(ready: Shell) -> None:
    first = last(ready)
    assert ready.json("job", "info", first)["summary"]["total"] == 6
    (ready.code / "work.py").write_text("raise RuntimeError('newer code')")
    again = ready.json("job", "rerun", first)
    assert (again["summary"]["total"], again["comment"]) == (6, "first")
    other = ready.json("job", "rerun", first, "-d", "ten", "--comment", "more", "--", "--times", "2")
    assert (other["summary"]["total"], other["comment"]) == (90, "more")
    assert ready("job", "rerun", first, "--latest").returncode != 0
    assert "did you mean --times" in ready("job", "rerun", first, "--", "--tims", "2").stderr


def test_the_queue_goes_by_priority_and_a_failure_does_not_stop_it(ready: Shell) -> None:
    (ready.code / "work.py").write_text(CODE.format(rows=4))
    for times, priority in (("1", "0"), ("2", "5"), ("3", "-5"), ("4", "5")):
        words = ["model", "run", "-w", ".", "-m", "work", "-h", "note", "--queue", "--priority", priority]
        assert ready.json(*words, "--", "--times", times)["state"] == "CREATED"
    done = ready("job", "work")
    assert done.returncode == 0, done.stderr
    assert (ready.home / "order").read_text().split() == ["2", "4", "1", "3"]
    assert ready.json("job", "work") == {"run": 0}
    assert "-1000 to 1000" in ready("job", "rerun", last(ready), "--priority", "1001").stderr


def test_a_template_is_run_under_its_name_and_by_its_schedule(ready: Shell) -> None:
    first = last(ready)
    assert ready.json("job", "template", "save", "sum", first)["handler"] == "work:total"
    assert ready("job", "template", "save", "sum", first).returncode != 0
    assert ready.json("job", "template", "run", "sum", "-d", "ten")["summary"]["total"] == 45
    added = ready.json("job", "schedule", "add", "minutely", "sum", "* * * * *", "--no-install")
    assert added["due"] is not None
    assert [each["name"] for each in ready.json("job", "schedule", "list")] == ["minutely"]
    assert "did you mean 'sum'" in ready("job", "template", "run", "sun").stderr
    assert ready.json("job", "schedule", "remove", "minutely")["removed"]
    assert ready.json("job", "template", "remove", "sum")["removed"]
    # What was made of it stays.
    assert ready.json("job", "list")[0]["state"] == "SUCCESS"


def test_a_pinned_job_comes_first_and_is_not_removed(ready: Shell) -> None:
    first = last(ready)
    ready.json("job", "rerun", first)
    assert ready.json("job", "pin", first)["pinned"]
    assert last(ready) == first
    assert "pinned" in ready("job", "remove", first).stderr
    assert not ready.json("job", "pin", "--remove", first)["pinned"]
    assert ready("job", "remove", first).returncode == 0
    assert ready("job", "comment", last(ready), "good").stdout == "good\n"

"""Parts of jobs: one step, one task, what another job has done already, and no longer than it may."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.cli.conftest import Shell

pytestmark = pytest.mark.e2e

CODE = """
import os
import pathlib
import threading
import time

from starwhale import Context, evaluation, handler

pathlib.Path(os.environ["MARKS"], str(os.getpid())).touch()


def rows():
    for number in range(6):
        yield {"number": number}


@evaluation.predict(log_mode="plain")
def double(data):
    print("doubling")
    return data.number * 2


@evaluation.evaluate(needs=[double])
def total(results):
    evaluation.log_summary(total=sum(row["output"] for row in results) * int(os.environ.get("FACTOR", "1")))


@handler(replicas=3)
def part():
    context = Context.get_runtime_context()
    evaluation.log("parts", context.index, {"total": context.total})


@handler(needs=[part])
def whole():
    evaluation.log_summary(parts=len(list(evaluation.scan("parts"))))


@handler()
def stuck():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
"""


@pytest.fixture
def ready(shell: Shell) -> Shell:
    (shell.code / "work.py").write_text(CODE)
    return shell


def run(shell: Shell, *words: str) -> list[str]:
    return ["model", "run", "-w", ".", "-m", "work", *words]


def test_one_step_runs_without_those_it_needs_and_one_task_without_the_others(ready: Shell) -> None:
    job = ready.json(*run(ready, "-h", "whole"))
    assert job["summary"] == {"parts": 3}
    job = ready.json(*run(ready, "-h", "whole", "--step", "whole"))
    assert ([step["handler"] for step in job["steps"]], job["summary"]) == (["work:whole"], {"parts": 0})
    job = ready.json(*run(ready, "-h", "part", "--task-index", "2", "--override-task-num", "7"))
    (step,) = job["steps"]
    assert [task["index"] for task in step["tasks"]] == [2]
    assert "has tasks 0 to 2, not 3" in ready(*run(ready, "-h", "part", "--task-index", "3")).stderr
    assert "--step" in ready(*run(ready, "-h", "whole", "--task-index", "0")).stderr
    assert "no step 'nothing'" in ready(*run(ready, "-h", "whole", "--step", "nothing")).stderr


def test_what_another_job_has_done_is_not_done_again(ready: Shell) -> None:
    ready.json("dataset", "build", "-h", "work:rows", "-n", "six")
    first = ready.json(*run(ready, "-h", "total", "-d", "six"))
    ready.environ["FACTOR"] = "10"
    again = ready.json(*run(ready, "-h", "total", "-d", "six", "--reuse", first["id"]))
    assert [step["handler"] for step in again["steps"]] == ["work:total"]
    assert (first["summary"]["total"], again["summary"]["total"]) == (30, 300)
    # Each has tables of its own from then on.
    assert ready("job", "remove", first["id"], "--force").returncode == 0
    assert ready.json("job", "info", again["id"])["tables"] == ["results"]
    third = ready.json(*run(ready, "-h", "total", "-d", "six", "--reuse", again["id"]))
    assert third["summary"]["total"] == 300


def test_a_task_that_never_ends_is_ended_by_its_deadline(ready: Shell) -> None:
    done = ready(*run(ready, "-h", "stuck", "--deadline", "1"))
    assert "took longer than the 1 s that it had" in done.stderr
    assert done.returncode != 0
    ready.wait(lambda: not ready.alive())
    assert "number of seconds" in ready(*run(ready, "-h", "stuck", "--deadline", "-1")).stderr


ENGINE = """#!/bin/sh
# Stands for an engine whose containers are this very machine.
echo "$@" > "$HOME/asked"
while [ "$1" != "--entrypoint" ]; do
    case "$1" in -w) cd "$2";; -e) export "$2";; esac
    shift
done
shift 3
exec /bin/sh -ec "$(printf '%s' "$2" | sed 's/^python3 -m pip[^;]*; //; s/python3/PYTHON/')"
"""


def test_a_container_gets_the_same_command_with_store_and_code(ready: Shell) -> None:
    import sys

    bin_ = ready.home / "bin"
    bin_.mkdir()
    ready.environ["PATH"] = f"{bin_}:/usr/bin:/bin"
    nothing = ready(*run(ready, "-h", "part", "--in-container", "-i", "python:3.12"))
    assert "no engine of containers" in nothing.stderr
    engine = bin_ / "podman"
    engine.write_text(ENGINE.replace("PYTHON", sys.executable.replace("/", r"\/")))
    engine.chmod(engine.stat().st_mode | stat.S_IXUSR)
    assert "no image" in ready(*run(ready, "-h", "part", "--in-container")).stderr
    done = ready(*run(ready, "-h", "part", "--in-container", "-i", "python:3.12", "--comment", "it's in"))
    assert done.returncode == 0, done.stderr
    asked = (ready.home / "asked").read_text()
    assert f"-v {ready.home / 'store'}:{ready.home / 'store'}" in asked
    assert "--in-container" not in asked
    assert "python:3.12" in asked
    (job,) = ready.json("job", "list")
    assert (job["state"], job["comment"]) == ("SUCCESS", "it's in")
    for status, told in ((125, "Error: podman could not start the container"), (7, "")):
        engine.write_text(f"#!/bin/sh\necho Cannot connect >&2; exit {status}\n")
        failed = ready(*run(ready, "-h", "part", "--in-container", "-i", "python:3.12"))
        assert (failed.returncode, told in failed.stderr) == (11 if told else status, True)
        assert "unexpected" not in failed.stderr
    assert "--image is for --in-container" in ready(*run(ready, "-h", "part", "-i", "x")).stderr

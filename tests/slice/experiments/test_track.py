"""What user code tracks, and what is there afterwards."""

from __future__ import annotations

import math
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.slice.experiments.conftest import Runs

from starwhale import Image, Text
from starwhale.api import track
from starwhale.core.errors import (
    Ambiguous,
    Conflict,
    InvalidName,
    NotFound,
    StarwhaleError,
    Unavailable,
    UnsupportedValue,
    UsageError,
)
from starwhale.core.page import PageRequest
from starwhale.core.settings import Settings
from starwhale.experiments.schemas import RunState
from starwhale.instance.local import LocalInstance
from starwhale.kit.times import utc_now

Quiet = dict[str, Any]


def test_metrics_are_there_when_the_call_returns(runs: Runs, quiet: Quiet) -> None:
    track.start("a", **quiet)
    track.metrics(loss=0.5, acc=1)
    track.metrics({"val": {"loss": np.float32(0.25)}}, step=7)
    track.metrics({"loss": 0.25, "acc": True})
    loss = runs.series("a", "loss")
    assert (list(loss.steps), list(loss.values)) == ([0, 8], [0.5, 0.25])
    assert list(runs.series("a", "val/loss").steps) == [7]
    assert runs.find("a").state is RunState.RUNNING
    track.end()
    assert list(runs.series("a", "loss").values) == [0.5, 0.25]
    assert runs.find("a").state is RunState.FINISHED
    assert runs.details("a").metrics["loss"].low_step == 8


def test_what_is_not_committed_belongs_to_the_same_step(runs: Runs, quiet: Quiet) -> None:
    with track.start("a", **quiet):
        track.metrics(loss=1, commit=False)
        track.metrics(acc=2)
        track.metrics(loss=3)
    assert list(runs.series("a", "loss").steps) == [0, 1]
    assert list(runs.series("a", "acc").steps) == [0]


def test_numbers_that_are_not_finite_stay_what_they_are(runs: Runs, quiet: Quiet) -> None:
    with track.start("a", **quiet):
        for value in (1.0, math.nan, math.inf, -math.inf):
            track.metrics(loss=value)
    values = runs.series("a", "loss").values
    assert repr(values) == "(1.0, nan, inf, -inf)"
    tally = runs.details("a").metrics["loss"]
    assert (tally.count, tally.odd, tally.low, tally.high, tally.mean) == (4, 3, 1.0, 1.0, 1.0)


def test_params_are_kept_with_their_types_and_replaced(runs: Runs, quiet: Quiet) -> None:
    with track.start("a", **quiet):
        track.params({"optimizer": {"name": "adam", "betas": (0.9, 0.99)}, "lr": 0.1}, seed=1)
        track.params(lr="auto")
    assert runs.details("a").params == {
        "lr": "auto",
        "optimizer/betas": (0.9, 0.99),
        "optimizer/name": "adam",
        "seed": 1,
    }


def test_artifacts_of_every_kind_come_back(runs: Runs, quiet: Quiet, tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(b"weights")
    (tmp_path / "logs" / "deep").mkdir(parents=True)
    (tmp_path / "logs" / "deep" / "a.txt").write_text("hello")
    array = np.arange(6, dtype=np.uint8).reshape(2, 3)
    with track.start("a", **quiet):
        track.artifacts(model=tmp_path / "model.pt", logs=str(tmp_path / "logs"), raw=b"\0\1", note="a text")
        track.artifacts(
            {"matrix": array, "page": Text("long"), "picture": Image(b"\x89PNG", mime_type="image/png")}
        )
        track.artifacts({"sample": b"one"}, step=1)
        track.artifacts({"sample": b"two"}, step=2)
    run = runs.find("a")
    assert {each.key: (each.kind, each.size) for each in runs.service.artifacts(run)} == {
        "logs/deep/a.txt": ("file", 5),
        "matrix": ("ndarray", 6),
        "model": ("file", 7),
        "note": ("str", 6),
        "page": ("text", 4),
        "picture": ("image", 4),
        "raw": ("bytes", 2),
        "sample@1": ("bytes", 3),
        "sample@2": ("bytes", 3),
    }
    assert b"".join(runs.service.artifact_bytes(run, "model")) == b"weights"
    assert b"".join(runs.service.artifact_bytes(run, "sample@2")) == b"two"
    assert (runs.service.artifact(run, "matrix")[1] == array).all()
    with pytest.raises(NotFound, match="did you mean 'model'"):
        runs.service.artifact_bytes(run, "modle")


def test_a_large_file_is_kept_in_pieces(
    runs: Runs, quiet: Quiet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starwhale.experiments.artifacts.PIECE", 1 << 16)
    content = bytes(range(256)) * 1000
    (tmp_path / "big").write_bytes(content)
    with track.start("a", **quiet):
        track.artifacts(big=tmp_path / "big")
    run = runs.find("a")
    assert runs.service.artifact(run, "big")[0].size == len(content)
    assert b"".join(runs.service.artifact_bytes(run, "big")) == content


def test_threads_share_a_run(runs: Runs, quiet: Quiet) -> None:
    track.start("a", **quiet)
    threads = [
        threading.Thread(target=lambda: [track.metrics(x=number) for number in range(500)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(runs.series("a", "x").steps) == list(range(2000))
    track.end()
    assert runs.details("a").metrics["x"].count == 2000


CHILD = """
import sys
from starwhale.api import track
track.start(with_id="shared", auto_run_collect=False, auto_console_log_redirect=False)
for number in range(300):
    track.metrics({sys.argv[1]: number, "both": number})
track.params({sys.argv[1]: 1})
"""


def test_processes_share_a_run_by_its_id(runs: Runs, environ: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "child.py"
    file.write_text(CHILD)
    children = [subprocess.Popen([sys.executable, str(file), f"p{i}"], env=environ) for i in range(3)]
    assert [child.wait(60) for child in children] == [0, 0, 0]
    details = runs.details("shared")
    assert details.run.state is RunState.FINISHED
    assert details.metrics["both"].count == 900
    assert {name: details.metrics[name].count for name in ("p0", "p1", "p2")} == {
        "p0": 300,
        "p1": 300,
        "p2": 300,
    }
    assert details.params == {"p0": 1, "p1": 1, "p2": 1}
    assert len(details.run.processes) == 3


def test_a_run_is_taken_up_again_where_it_stopped(runs: Runs, quiet: Quiet) -> None:
    def fail() -> None:
        with track.start("a", with_id="mine", tags=["x"], **quiet):
            track.metrics(loss=1)
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        fail()
    failed = runs.find("mine")
    assert failed.state is RunState.FAILED
    assert failed.error.startswith("ZeroDivisionError: division by zero (line ")
    with track.start(with_id="mine", tags=["y"], **quiet):
        track.metrics(loss=2)
    again = runs.find("mine")
    assert (again.state, again.name, again.tags, again.error) == (RunState.FINISHED, "a", ("x", "y"), "")
    assert list(runs.series("mine", "loss").steps) == [0, 1]


FORKING = """
import multiprocessing, os
from starwhale.api import track

def work(number):
    for step in range(100):
        track.metrics({"x": number}, step=step)

track.start("forks", auto_run_collect=False, auto_console_log_redirect=False)
track.metrics(x=-1, step=0)
context = multiprocessing.get_context("fork")
children = [context.Process(target=work, args=(number,)) for number in range(3)]
[child.start() for child in children]
[child.join() for child in children]
if os.fork() == 0:
    track.metrics(x=9, step=100)
    os._exit(0)
os.wait()
track.metrics(x=10, step=101)
"""


def test_forked_children_take_part(runs: Runs, program: Callable[..., Any]) -> None:
    ran = program(FORKING)
    assert ran.returncode == 0, ran.stderr
    details = runs.details("forks")
    assert details.metrics["x"].count == 303
    assert details.run.state is RunState.FINISHED
    assert [process.forked for process in details.run.processes] == [False, True, True, True, True]


FAILING = """
from starwhale.api import track
track.start()
print('hello')
raise ValueError('bad luck')
"""


def test_a_program_that_fails_leaves_a_failed_run(runs: Runs, program: Callable[..., Any]) -> None:
    ran = program(FAILING)
    assert ran.returncode == 1
    assert "bad luck" in ran.stderr
    run = runs.find("program")
    assert run.state is RunState.FAILED
    assert run.error.startswith("ValueError: bad luck (line 5 of ")
    printed = runs.printed("program")
    assert printed[0] == "hello"
    assert printed[-1] == "ValueError: bad luck"


COLLECTING = """
import time
from starwhale.api import track
track.start('a', collector_sample_interval=0.05)
time.sleep(0.3)
"""


def test_what_surrounds_a_run_is_collected(runs: Runs, program: Callable[..., Any], tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
        subprocess.run(["git", "-C", str(tmp_path), *who, *words], check=True, capture_output=True)

    git("init", "-b", "main")
    git("remote", "add", "origin", "https://me:secret@example.com/x.git")
    (tmp_path / "program.py").write_text("")
    git("add", "program.py")
    git("commit", "-m", "first")
    ran = program(COLLECTING, "--token", "hush", "--lr=1")
    assert ran.returncode == 0, ran.stderr
    details = runs.details("a")
    git_facts, environment = details.facts["git"], details.facts["environment"]
    assert (git_facts["branch"], git_facts["dirty"], git_facts["message"]) == ("main", True, "first")
    assert git_facts["remote"] == "https://example.com/x.git"
    assert "+track.start" in git_facts["diff"]
    assert environment["command"].endswith("program.py --token '***' --lr=1")
    assert environment["packages"]["numpy"]
    if sys.platform == "linux":
        assert details.system["memory/percent"].last
        assert details.system["cpu/percent_peak"].count == 1


def test_a_store_of_its_own(runs: Runs, quiet: Quiet, tmp_path: Path) -> None:
    with track.start("a", project_uri="lab", saved_dir=tmp_path / "mine", **quiet):
        track.metrics(x=1)
    with LocalInstance(Settings.at(tmp_path / "mine")) as other:
        service = other.experiments
        assert [run.name for run in service.list(other.actor, "lab")] == ["a"]
    assert len(runs.service.list(runs.instance.actor, "self")) == 0


def test_a_run_for_a_server_is_kept_here_when_it_is_told_so(runs: Runs, quiet: Quiet, tmp_path: Path) -> None:
    config = "version: '2.0'\ninstances: {lab: {uri: 'http://127.0.0.1:9', type: server}}\n"
    (tmp_path / "config.yaml").write_text(config)
    with pytest.raises(Unavailable, match="lab does not answer"):
        track.start("a", project_uri="lab/project/digits", **quiet)
    with track.start("a", project_uri="lab/project/digits", mode="offline", **quiet):
        pass
    [run] = runs.service.list(runs.instance.actor, "digits")
    assert run.destination == "lab/project/digits"


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        ({"mode": "sometimes"}, UsageError, "mode is 'online' or 'offline', not 'sometimes'"),
        ({"tags": "x"}, UsageError, "tags are a list of texts"),
        ({"tags": [""]}, InvalidName, "a tag cannot be called ''"),
        ({"name": 5}, UsageError, "name is text, not 5"),
        ({"name": "a\nb"}, InvalidName, "a run cannot be called"),
        ({"with_id": "a/b"}, InvalidName, "run id 'a/b' has '/'"),
        ({"project_uri": "nowhere"}, NotFound, "no project 'nowhere'"),
        ({"collector_sample_interval": 0}, UsageError, "collector_sample_interval is a number of seconds"),
        ({"saved_dir": 3}, UsageError, "saved_dir is the path of a directory"),
    ],
)
def test_a_start_with_a_wrong_argument_says_what_is_wrong(
    runs: Runs, arguments: dict[str, Any], kind: type[StarwhaleError], said: str
) -> None:
    with pytest.raises(kind, match=said):
        track.start(**arguments)
    with pytest.raises(UsageError, match=r"no run is tracked in this process \(begin one"):
        track.metrics(x=1)


def test_a_store_that_cannot_be_is_told(runs: Runs, quiet: Quiet) -> None:
    with pytest.raises(UsageError, match="the store '/proc/nothing' cannot be made"):
        track.start("a", saved_dir="/proc/nothing", **quiet)


def test_bad_values_leave_nothing_behind(runs: Runs, quiet: Quiet) -> None:
    track.start("a", **quiet)
    for call in (
        lambda: track.metrics(loss="high"),
        lambda: track.metrics({"ok": 1, "loss": None}),
        lambda: track.metrics({"ok": 1, "matrix": np.zeros(3)}),
        lambda: track.metrics({"ok": 10**400}),
        lambda: track.params({"ok": 1, "code": object()}),
        lambda: track.artifacts({"ok": 1, "code": object()}),
    ):
        with pytest.raises(UnsupportedValue):
            call()
    with pytest.raises(UnsupportedValue, match=r"is 1000.* too large"):
        track.metrics({"ok": 10**400})
    for call in (
        track.metrics,
        lambda: track.metrics([1, 2]),  # type: ignore[arg-type]
        lambda: track.metrics(x=1, step=-1),
        lambda: track.metrics(x=1, step=1.5),  # type: ignore[arg-type]
        lambda: track.metrics({"": 1}),
        lambda: track.metrics({"a\0": 1}),
    ):
        with pytest.raises(UsageError):
            call()
    with pytest.raises(NotFound, match="no file"):
        track.artifacts(model=Path("nowhere.pt"))
    with pytest.raises(Conflict, match="tracks run"):
        track.start("b", **quiet)
    track.metrics(fine=1)
    track.end()
    track.end()
    details = runs.details("a")
    assert (list(details.metrics), details.params, details.artifacts) == (["fine"], {}, [])


def test_runs_are_found_listed_removed_and_recovered(runs: Runs, quiet: Quiet) -> None:
    service, actor = runs.service, runs.instance.actor
    for number, name in enumerate(("other", "same")):
        with track.start(name, tags=[f"t{number}"], **quiet):
            track.metrics(x=number)
    with track.start("same", tags=["t2"], **quiet) as run:
        track.metrics(x=2)
    with pytest.raises(Ambiguous, match="may be one of the runs"):
        runs.find("same")
    with pytest.raises(NotFound, match="did you mean 'other'"):
        runs.find("othr")
    assert runs.find(run.id[:9]).id == run.id
    assert [each.tags for each in service.list(actor, "self")] == [("t2",), ("t1",), ("t0",)]
    assert [each.name for each in service.list(actor, "self", tag="t0")] == ["other"]
    assert service.list(actor, "self", state=RunState.RUNNING).total == 0
    service.remove(actor, "self", run.id)
    assert service.list(actor, "self").total == 2
    with pytest.raises(Conflict, match="in the trash"):
        track.start(with_id=run.id, **quiet)
    service.recover(actor, "self", run.id)
    assert runs.details(run.id).metrics["x"].last == 2
    service.remove(actor, "self", run.id, force=True)
    assert not runs.instance.tables.paths(f"self/experiment/{run.id}/")
    with pytest.raises(NotFound):
        service.recover(actor, "self", run.id)


def test_a_running_run_is_not_removed(runs: Runs, quiet: Quiet) -> None:
    track.start("a", **quiet)
    with pytest.raises(Conflict, match="is running"):
        runs.service.remove(runs.instance.actor, "self", "a")


def test_the_trash_is_emptied_by_collection(runs: Runs, quiet: Quiet) -> None:
    with track.start("a", **quiet):
        track.metrics(x=1)
    service, actor = runs.service, runs.instance.actor
    service.remove(actor, "self", "a")
    old = service.expired(utc_now())
    assert len(old) == 1
    with runs.instance.catalog.begin() as session:
        assert service.purge(session, old, utc_now()) == old
    assert service.expired(utc_now()) == []
    assert service.list(actor, "self", removed=True).total == 0


def test_a_run_that_is_deleted_for_good_while_it_is_taken_out_is_told_as_gone(
    runs: Runs, quiet: Quiet, monkeypatch: pytest.MonkeyPatch
) -> None:
    with track.start("a", **quiet):
        track.metrics(x=1)
    service, actor = runs.service, runs.instance.actor
    service.remove(actor, "self", "a")
    found = service.find(actor, "self", "a", removed=True)
    with runs.instance.catalog.begin() as session:
        service.purge(session, service.expired(utc_now()), utc_now())
    # It was still there when it was looked up.
    monkeypatch.setattr(type(service), "find", lambda *_, **__: found)
    with pytest.raises(NotFound, match="for good"):
        service.recover(actor, "self", "a")


def test_a_place_without_values_is_no_place_in_a_list(runs: Runs, quiet: Quiet) -> None:
    with track.start("a", **quiet):
        track.metrics(x=1)
    service, actor = runs.service, runs.instance.actor
    with pytest.raises(UsageError, match="no cursor"):
        service.list(actor, "self", PageRequest(after="W251bGwsbnVsbF0"))


def test_a_run_that_is_taken_out_of_the_trash_meanwhile_stays(runs: Runs, quiet: Quiet) -> None:
    with track.start("a", **quiet):
        track.metrics(x=1)
    service, actor = runs.service, runs.instance.actor
    service.remove(actor, "self", "a")
    old = service.expired(utc_now())
    service.recover(actor, "self", "a")
    with runs.instance.catalog.begin() as session:
        assert service.purge(session, old, utc_now()) == []
    assert service.list(actor, "self").total == 1


def test_runs_side_by_side(runs: Runs, quiet: Quiet) -> None:
    for name, rate in (("a", 0.1), ("b", 0.2)):
        with track.start(name, **quiet):
            track.params(lr=rate, seed=1)
            track.metrics(loss=rate * 10)
    found = runs.service.compare([runs.find("a"), runs.find("b")])
    assert [(each.name, each.differs, list(each.values)) for each in found.params] == [
        ("lr", True, [0.1, 0.2]),
        ("seed", False, [1, 1]),
    ]
    assert [(each.name, each.differs) for each in found.metrics] == [("loss", True)]
    with pytest.raises(NotFound, match=r"has no metric 'los'.*did you mean 'loss'"):
        runs.series("a", "los")

"""Runs that are kept on a server: the code of users is that of runs on their own machine."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from tests.remote_server import Served, served
from tests.slice.experiments import test_track, test_track_cli
from tests.slice.experiments.conftest import Runs, program, quiet
from tests.slice.experiments.test_track_cli import cli, two
from tests.slice.server.conftest import ROOT
from tests.stores import Stores

from starwhale.api import track
from starwhale.api.session import at
from starwhale.core.errors import Conflict, Forbidden, Unauthorized, Unavailable, UnsupportedValue
from starwhale.core.permissions import Role
from starwhale.core.settings import Settings
from starwhale.experiments.schemas import RunState
from starwhale.instance.local import LocalInstance
from starwhale.instance.remote import RemoteInstance

__all__ = ["cli", "program", "quiet", "two"]
Quiet = dict[str, Any]

test_metrics_are_there = test_track.test_metrics_are_there_when_the_call_returns
test_not_committed = test_track.test_what_is_not_committed_belongs_to_the_same_step
test_not_finite = test_track.test_numbers_that_are_not_finite_stay_what_they_are
test_params = test_track.test_params_are_kept_with_their_types_and_replaced
test_artifacts = test_track.test_artifacts_of_every_kind_come_back
test_a_large_file = test_track.test_a_large_file_is_kept_in_pieces
test_threads = test_track.test_threads_share_a_run
test_processes = test_track.test_processes_share_a_run_by_its_id
test_taken_up_again = test_track.test_a_run_is_taken_up_again_where_it_stopped
test_forked_children = test_track.test_forked_children_take_part
test_a_program_that_fails = test_track.test_a_program_that_fails_leaves_a_failed_run
test_surroundings = test_track.test_what_surrounds_a_run_is_collected
test_bad_values = test_track.test_bad_values_leave_nothing_behind
test_a_running_run = test_track.test_a_running_run_is_not_removed
test_side_by_side = test_track.test_runs_side_by_side
test_listed = test_track_cli.test_runs_are_listed
test_shown = test_track_cli.test_a_run_is_shown
test_compared = test_track_cli.test_runs_are_compared
test_plotted = test_track_cli.test_metrics_are_plotted
test_extracted = test_track_cli.test_an_artifact_is_extracted
test_removed = test_track_cli.test_runs_are_removed_and_come_back


@pytest.fixture(scope="module")
def house(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(stores.make(tmp_path_factory.mktemp("tracking") / "server")) as running:
        running.token("boss")
        running.token("ada")
        running.services.members.put(ROOT, "self", "boss", Role.OWNER)
        yield running


@pytest.fixture
def server(house: Served) -> Iterator[Served]:
    """A server on which nothing is tracked yet."""
    house.services.members.put(ROOT, "self", "ada", Role.OWNER)  # deletes for good, too
    house.app.state.callers.forget()
    yield house
    runs, actor = house.services.experiments, house.services.actor
    track.end()
    for removed in (True, False):
        for run in runs.list(actor, "self", removed=removed):
            runs.remove(actor, "self", run.id, force=True)


@pytest.fixture
def environ(server: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Variables of a process that works on the server."""
    places = {"SW_LOCAL_STORAGE": str(tmp_path / "store"), "SW_CLI_CONFIG": str(tmp_path / "config.yaml")}
    for name, value in places.items():
        monkeypatch.setenv(name, value)
    server.login(tmp_path / "config.yaml", "ada", project="self")
    return {**os.environ, **places}


@pytest.fixture
def runs(environ: dict[str, str]) -> Iterator[Runs]:
    instance = at("team")
    yield Runs(instance)
    track.end()
    instance.close()


def cut(instance: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nothing get through to the server any more."""

    def lost(*_: object, **__: object) -> None:
        raise httpx2.ConnectError("the network is gone")

    http = cast("RemoteInstance", instance).http
    monkeypatch.setattr(http, "attempts", 1)
    monkeypatch.setattr(http._client, "request", lost)


def test_it_lies_on_the_server_and_not_here(runs: Runs, quiet: Quiet, server: Served, tmp_path: Path) -> None:
    with track.start("a", tags=["x"], description="a line", **quiet) as run:
        track.metrics(loss=0.5)
        track.params(lr=0.1)
    house = server.services
    found = house.experiments.find(house.actor, "self", "a")
    assert (found.id, found.owner, found.state, found.tags) == (run.id, "ada", RunState.FINISHED, ("x",))
    assert house.experiments.details(found).params == {"lr": 0.1}
    told = {each.path for each in house.table_rows.list(house.actor, "self", beginning="experiment").items}
    assert told >= {"experiments", f"experiment/{run.id}/metrics", f"experiment/{run.id}/params"}
    assert not list((tmp_path / "store").rglob("*.journal"))
    with LocalInstance(Settings.at(tmp_path / "store")) as mine:
        assert mine.experiments.list(mine.actor, "self").total == 0


def test_runs_are_removed_for_good(runs: Runs, quiet: Quiet, server: Served) -> None:
    service, actor = runs.service, runs.instance.actor
    with track.start("a/b", **quiet) as run:
        track.metrics(x=1)
    assert service.find(actor, "self", "a/b").id == run.id
    service.remove(actor, "self", "a/b")
    with pytest.raises(Conflict, match="in the trash"):
        track.start(with_id=run.id, **quiet)
    assert service.recover(actor, "self", "a/b").removed_at is None
    service.remove(actor, "self", run.id)
    service.remove(actor, "self", run.id, force=True)
    assert server.services.revisions.paths(f"self/experiment/{run.id}/") == []
    assert service.list(actor, "self", removed=True).total == 0
    events = [each.name for each in server.services.audit.page(ROOT, "self", size=100)[0]]
    assert {"run.started", "run.writing", "run.removed", "run.recovered"} <= set(events)


def test_what_is_logged_without_a_network_is_brought_there_later(
    runs: Runs,
    quiet: Quiet,
    server: Served,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "weights").write_bytes(b"abc")
    run = track.start("far", **quiet)
    track.metrics(loss=1)
    with monkeypatch.context() as broken:
        cut(runs.instance, broken)
        track.params(lr=0.1)
        track.artifacts(model=tmp_path / "weights")
        track.metrics(loss=2)
        run.end()
    assert "brings it there" in caplog.text
    assert len(list((tmp_path / "store").rglob("*.journal"))) == 1
    house = server.services
    before = house.experiments.find(house.actor, "self", "far")
    assert house.experiments.details(before).params == {}
    [listed] = runs.service.list(runs.instance.actor, "self")
    assert (listed.id, listed.state) == (run.id, RunState.FINISHED)
    there = house.experiments.details(house.experiments.find(house.actor, "self", "far"))
    assert (there.params, there.metrics["loss"].count) == ({"lr": 0.1}, 2)
    assert [each.key for each in there.artifacts] == ["model"]
    assert not list((tmp_path / "store").rglob("*.journal"))


def test_whoever_begins_another_run_brings_what_the_one_before_has_left(
    runs: Runs, quiet: Quiet, server: Served, program: Callable[..., Any], tmp_path: Path
) -> None:
    killed = program(
        "import os, signal\nfrom starwhale import track\n"
        "track.start('killed', auto_run_collect=False)\nfor number in range(500): track.metrics(x=number)\n"
        "track.params(seed=1)\nfor number in range(500): track.metrics(x=number)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert killed.returncode < 0, killed.stderr
    assert len(list((tmp_path / "store").rglob("*.journal"))) == 1
    house = server.services
    with track.start("next", **quiet):
        for each in threads("starwhale-bring"):
            each.join()
    found = house.experiments.find(house.actor, "self", "killed")
    assert found.state is RunState.DEAD
    assert house.experiments.details(found).metrics["x"].count == 1000


def threads(name: str) -> list[Any]:
    import threading

    return [each for each in threading.enumerate() if each.name == name]


def test_a_batch_whose_answer_is_lost_counts_once(
    runs: Runs, quiet: Quiet, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = cast("RemoteInstance", runs.instance)
    run = track.start("a", **quiet)
    request, lost = instance.http._client.request, list[str]()

    def losing(method: str, url: str, **options: Any) -> Any:
        answer = request(method, url, **options)
        if url.endswith("/batches") and len(lost) < 3:
            lost.append(url)
            raise httpx2.ReadError("the answer was lost")
        return answer

    monkeypatch.setattr(instance.http._client, "request", losing)
    monkeypatch.setattr(instance.http, "attempts", 1)
    track.metrics(x=1)
    for _ in range(3):
        with pytest.raises(Unavailable):
            run.flush()
        track.metrics(x=1)
    run.flush()
    assert len(lost) == 3
    assert runs.details("a").metrics["x"].count == 4
    assert list(runs.series("a", "x").steps) == [0, 1, 2, 3]


def test_whoever_may_only_look_begins_nothing(runs: Runs, quiet: Quiet, server: Served) -> None:
    with track.start("a", **quiet):
        track.metrics(x=1)
    server.services.members.put(ROOT, "self", "ada", Role.GUEST)
    server.app.state.callers.forget()
    with pytest.raises(Forbidden, match="run:write"):
        track.start("b", **quiet)
    assert runs.details("a").metrics["x"].last == 1
    with pytest.raises(Forbidden):
        runs.service.remove(runs.instance.actor, "self", "a")


def test_a_token_and_a_directory_may_be_named(
    runs: Runs, quiet: Quiet, server: Served, tmp_path: Path
) -> None:
    with pytest.raises(Unauthorized):
        track.start("a", access_token="sw_wrong", **quiet)
    server.services.members.put(ROOT, "self", server.token("bob") and "bob", Role.MAINTAINER)
    waiting = tmp_path / "mine"
    with track.start("a", access_token=server.token("bob"), saved_dir=waiting, **quiet):
        assert list(waiting.rglob("*.journal"))
    assert runs.find("a").owner == "bob"


def test_a_value_that_is_too_large_to_be_sent_is_refused_at_once(
    runs: Runs, quiet: Quiet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starwhale.experiments.spool.LARGEST", 1000)
    with track.start("a", **quiet):
        with pytest.raises(UnsupportedValue, match="write it into a file"):
            track.artifacts(raw=b"x" * 2000)
        track.params(lr=1)
    assert runs.details("a").params == {"lr": 1}
    assert runs.details("a").artifacts == []


def test_commands_show_what_a_server_has(runs: Runs, quiet: Quiet, cli: Callable[..., Any]) -> None:
    with track.start("a", **quiet):
        track.metrics(x=1)
    for place in ("cloud://team/project/self", "team/project/self"):
        status, out, err = cli("list", "-p", place, "-o", "json")
        assert (status, err) == (0, "")
        assert [each["name"] for each in json.loads(out)] == ["a"]

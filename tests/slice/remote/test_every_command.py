"""Every command that takes an address, on a server as on this machine: a table of command lines."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.golden.cli.tree import leaves
from tests.slice.runtimes.conftest import environ, index, uv_cache
from tests.slice.runtimes.index import Index
from tests.slice.server.conftest import token_of
from tests.slice.server.jobs.conftest import Live, Server, until
from tests.stores import Stores
from tests.terminal import Terminal

from starwhale.runtimes.platforms import this_platform
from starwhale.server.settings import ServerSettings

__all__ = ["index", "uv_cache"]
ROOT = Path(__file__).parents[3]
CODE = """
    import time

    from starwhale import evaluation, handler, multi_classification

    @evaluation.predict(replicas=2)
    def predict(data, external):
        print("row", data["x"])
        evaluation.log("plus", data["x"], {"y": data["x"] + 1})
        return data["x"] * 2

    @evaluation.evaluate(needs=[predict])
    def total(results):
        evaluation.log_summary({"total": sum(row["output"] for row in results)})

    @evaluation.evaluate(needs=[predict])
    @multi_classification(show_roc_auc=False)
    def judge(results):
        found = [row["output"] % 6 for row in results]
        return found, [0, *found[1:]]

    @handler()
    def hello():
        print("hello")

    @handler()
    def wait():
        print("waiting", flush=True)
        while True:
            time.sleep(0.05)
"""

# {P} a project of the server, {M}, {D} and {R} a model, a dataset and a runtime in it, {J}, {K} and {L} jobs,
# {O} another project over there, {H} a directory of this machine, {F} the form of the answers. Lines of a
# table build on each other.
TABLES = {
    "instances": """
        instance list
        instance info team
        instance select team
        instance info
        project list
        instance select local
    """,
    "projects": """
        project list -i team
        project info {P}
        project create {P}-{F}
        project list -i team --page 1 --size 1
        project remove {P}-{F}
        project recover {P}-{F}
        project select {P}
        project list
        dataset list
        project select local/project/self
    """,
    "datasets": """
        dataset list -p {P} -fl name=d
        dataset info {D}
        dataset summary {D}
        dataset head {D} -n 2 -st
        dataset history {D} --fullname
        dataset diff {D} {D}/version/v0 --show-details
        dataset tag {D} extra another
        dataset tag {D} -r extra
        dataset tag {D}
        dataset verify {D}
        dataset export {D} {H}/rows.csv
        dataset export {D} {H}/rows.parquet
        dataset revert {D}/version/v0
        dataset copy {D} {O}
        dataset copy {D} {P}/dataset/again
        dataset copy {D} {P}/dataset/again --overwrite
        dataset copy {D} local/project/self
        dataset copy local/project/self/dataset/d {P}/dataset/back
        dataset diff {D} d
        dataset diff d {D}
        dataset remove {P}/dataset/back
        dataset list -p {P} -sr
        dataset recover {P}/dataset/back
        dataset remove -f {P}/dataset/back
        dataset build --csv {H}/rows.csv -n built -p {P} -t first
        dataset build --csv {H}/rows.csv -n pushed --push {P}
        dataset diff {D} {P}/dataset/built
    """,
    "models": """
        model list -p {P}
        model info {M}
        model info {M} -of all
        model info {M} -of facts
        model info {M} -of handlers
        model history {M}
        model diff {M} {M} --show-details
        model tag {M} extra
        model tag {M} -r extra
        model verify {M}
        model extract {M} {H}/extracted
        model copy {M} {O}
        model copy {M} local/project/self
        model copy local/project/self/model/m {P}/model/back
        model diff {M} m
        model remove {P}/model/back
        model recover {P}/model/back
        model build {H}/code -m code_of_user -n built -p {P}
        model build {H}/code -m code_of_user -n pushed --push {P}
    """,
    "runs": """
        model run -u {M} -p {P} -sa -h total
        model run -u {M} -p {P} -h code_of_user:hello
        model run -u {M} -h code_of_user:hello
        model run -u {M} -p local/project/self -h code_of_user:total -d {D}
        model run -w {H}/code -m code_of_user -h code_of_user:total -d {D}
        job list
    """,
    "runtimes": """
        runtime build -y {H}/runtime.yaml -p {P} -del -t first
        runtime list -p {P}
        runtime info {R}
        runtime info {R} -of all
        runtime history {R}
        runtime tag {R} extra
        runtime tag {R} -r extra
        runtime copy {R} {O}
        runtime copy {R} local/project/self
        runtime copy local/project/self/runtime/rt {P}/runtime/back
        runtime verify {R}
        runtime extract {R} --target-dir {H}/runtime
        runtime quickstart uri {R} {H}/begun -dr
        runtime remove {P}/runtime/back
        runtime recover {P}/runtime/back
    """,
    "jobs": """
        job list -p {P} --fullname
        job info {J}
        job info {J} -of all
        job info {J} -of tables
        job info {J} -of dag
        job info {J} -of events
        job info {J} -of tasks
        job logs {J}
        job compare {J} {K}
        job compare {J} {K} --table plus --only-different
        job plot {L}
        job plot {L} confusion_matrix/binarylabel --file {H}/figure-{F}.svg
        job rerun {J} --comment again
        job rerun {J} --latest
        job rerun {J} -d {D}
        job comment {J} words
        job comment {J}
        job pin {J}
        job pin --remove {J}
        job template save nightly-{F} {J}
        job template list -p {P}
        job template run nightly-{F} -p {P}
        job schedule add every-{F} nightly-{F} 0_3_*_*_* -p {P}
        job schedule list -p {P}
        job schedule pause every-{F} -p {P}
        job schedule resume every-{F} -p {P}
        job schedule remove every-{F} -p {P}
        job template remove nightly-{F} -p {P}
        job remove {K}
        job recover {K}
    """,
}

#: What tests below this table do: to a job while it runs, and with an index of packages.
BELOW = {"job pause", "job resume", "job cancel", "runtime dockerize"}
#: Commands that are tried on a server by tests of their own, and where.
ELSEWHERE = {
    **dict.fromkeys(
        ("track list", "track info", "track compare", "track plot", "track logs", "track extract"),
        "tests/slice/experiments/test_track_cli.py",  # which `test_tracking_there.py` runs on a server
    ),
    "track remove": "tests/slice/experiments/test_track_cli.py",
    "track recover": "tests/slice/experiments/test_track_cli.py",
    "instance login": "tests/slice/remote/test_logins_there.py",
    "instance logout": "tests/slice/remote/test_logins_there.py",
    "job exec": "tests/slice/server/jobs/test_swcli_exec.py",
    "model serve": "tests/e2e/server/test_remote.py",
    "runtime restore": "tests/e2e/server/test_remote.py",
    "runtime activate": "tests/e2e/server/test_remote.py",
    "runtime run": "tests/e2e/server/test_remote.py",
}
#: Commands whose work is on this machine, whatever instance is the current one.
AT_HOME = {
    "runtime lock": "writes a lock beside a runtime.yaml",
    "runtime quickstart shell": "begins a directory",
    "job work": "runs the queue of this machine; a server runs its own",
    "job schedule run": "makes jobs that are due on this machine; a server makes its own",
}
#: Nouns about this machine, or about a server that runs on it.
OF_THIS_MACHINE = {"server", "config", "completion", "check", "gc"}


@dataclass(frozen=True)
class There:
    """A server with a model, a dataset and three jobs that have ended; the last one has figures."""

    live: Live
    jobs: tuple[str, ...]
    code: Path


@pytest.fixture(scope="module")
def there(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[There]:
    root = tmp_path_factory.mktemp("there")
    with Server(ServerSettings(store=stores.make(root / "server"))) as live:
        live.stock(root / "code", code=CODE)
        live.services.projects.create(live.services.actor, "other")
        client = live.client()
        asked: dict[str, Any] = {"model": "m", "datasets": ["d"]}
        made = [
            client.post(
                "/api/v1/projects/self/jobs", json={**asked, "handler": f"code_of_user:{handler}"}
            ).json()["id"]
            for handler in ("total", "total", "judge")
        ]
        for job in made:
            assert until(client, job, "SUCCESS", "FAIL")["state"] == "SUCCESS"
        yield There(live, tuple(made), root / "code")


@pytest.fixture
def words(there: There, terminal: Terminal) -> dict[str, str]:
    """What stands in the tables for addresses; the terminal is logged in."""
    token = token_of(there.live.services, "admin", True)
    ran = terminal("instance", "login", there.live.url, "--alias", "team", "--token", token)
    assert ran.status == 0, ran.err
    shutil.copytree(there.code, terminal.home / "code")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    (terminal.home / "runtime.yaml").write_text(f"name: rt\nenvironment: {{python: '{version}'}}\n")
    place = "cloud://team/project/self"
    return {
        "P": place,
        "O": "cloud://team/project/other",
        "M": f"{place}/model/m",
        "D": f"{place}/dataset/d",
        "R": f"{place}/runtime/rt",
        "J": f"{place}/job/{there.jobs[0]}",
        "K": f"{place}/job/{there.jobs[1]}",
        "L": f"{place}/job/{there.jobs[2]}",
        "H": str(terminal.home),
    }


@pytest.mark.parametrize("noun", TABLES)
@pytest.mark.parametrize("form", ["text", "json"])
def test_every_command_works_there(noun: str, form: str, terminal: Terminal, words: dict[str, str]) -> None:
    if form == "json" and noun in {"runs", "runtimes"}:
        pytest.skip("what these say as JSON is tested where they are at home, and they take their time")
    for line in TABLES[noun].strip().splitlines():
        argv = [
            each.replace("_*", " *").replace("0_3", "0 3") for each in line.format(**words, F=form).split()
        ]
        ran = terminal(*(["-o", "json"] if form == "json" else []), *argv)
        assert (line.strip(), ran.status, "Traceback" in ran.err) == (line.strip(), 0, False), ran.err
        if form == "json":
            json.loads(ran.out)


def test_every_command_is_among_them() -> None:
    tree = {path.removeprefix("swcli ") for path, _ in leaves()}
    wanted = {each for each in tree if each.partition(" ")[0] not in OF_THIS_MACHINE}
    lines = [line.split() for table in TABLES.values() for line in table.strip().splitlines()]
    tried = {each for each in tree if any(line[: each.count(" ") + 1] == each.split() for line in lines)}
    assert wanted - tried - BELOW - set(ELSEWHERE) - set(AT_HOME) == set()
    assert {*BELOW, *ELSEWHERE, *AT_HOME} <= wanted - tried


@pytest.mark.parametrize("command", ELSEWHERE)
def test_what_is_tried_elsewhere_is_there(command: str) -> None:
    text = (ROOT / ELSEWHERE[command]).read_text(encoding="utf-8")
    noun, _, verb = command.partition(" ")
    assert f'"{noun}", "{verb}"' in text or f'cli("{verb}"' in text


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_job_there_is_steered(form: str, there: There, terminal: Terminal, words: dict[str, str]) -> None:
    client, states = there.live.client(), list[str]()
    ordered = terminal("model", "run", "-u", words["M"], "-p", words["P"], "-h", "wait", "-o", "json").json
    until(client, ordered["id"], "RUNNING")
    shown = ["-o", "json"] if form == "json" else []
    try:
        for command, state in (
            ("job pause", "PAUSED"),
            ("job resume", "RUNNING"),
            ("job pause --force", "PAUSED"),
            ("job resume", "RUNNING"),
            ("job cancel", "CANCELED"),
        ):
            ran = terminal(*shown, *command.split(), ordered["uri"])
            assert (command, ran.status, "Traceback" in ran.err) == (command, 0, False), ran.err
            if form == "json":
                json.loads(ran.out)
            states.append(until(client, ordered["id"], state)["state"])
    finally:
        client.post(f"/api/v1/projects/self/jobs/{ordered['id']}/cancel", json={"force": True})
    assert states == ["PAUSED", "RUNNING", "PAUSED", "RUNNING", "CANCELED"]


def test_a_runtime_there_becomes_an_image(
    terminal: Terminal, words: dict[str, str], index: Index, uv_cache: Path
) -> None:
    if not this_platform().startswith("linux"):
        pytest.skip("images are of Linux, and this machine is not")
    env = environ(terminal.home, index, uv_cache)
    (terminal.home / "runtime.yaml").write_text("name: alphas\ndependencies: [{pip: [alpha]}]\n")
    built = terminal("runtime", "build", "-y", f"{terminal.home}/runtime.yaml", "-p", words["P"], **env)
    assert built.status == 0, built.err
    arch = "amd64" if "x86" in this_platform() else "arm64"
    asked = ["runtime", "dockerize", f"{words['P']}/runtime/alphas", "--dry-run", "--platform", arch]
    ran = terminal(*asked, **env)
    assert ran.status == 0, ran.err
    assert ran.out.startswith("# syntax=docker/dockerfile:1\n")
    assert f"--platform linux/{arch}" in ran.err


def test_what_is_told_of_a_job_names_the_server_as_its_user_does(
    terminal: Terminal, words: dict[str, str]
) -> None:
    told = terminal("job", "info", words["J"], "-o", "json").json
    assert told["model"].startswith("team/project/self/model/m/version/")
    assert told["datasets"][0].startswith("team/project/self/dataset/d/version/")
    tables = {
        each["table"]: each
        for each in terminal("job", "info", words["J"], "-of", "tables", "-o", "json").json
    }
    assert tables["plus"] == {"table": "plus", "rows": 20, "columns": ["y"]}
    assert tables["results"]["rows"] == 20
    # The same address, typed again, means the same.
    assert terminal("model", "info", told["model"], "-o", "json").json["name"] == "m"


def test_a_job_of_this_machine_takes_model_and_data_of_the_server(
    terminal: Terminal, words: dict[str, str]
) -> None:
    run = ("model", "run", "-u", words["M"], "-h", "code_of_user:total", "-d", words["D"], "-o", "json")
    ran = terminal(*run)
    assert ran.status == 0, ran.err
    assert ran.json["summary"]["total"] == sum(range(20)) * 2
    assert ran.json["model"].startswith("team/project/self/model/m/version/")
    assert terminal("model", "list", "-o", "json").json == [], "the package did not become one of this store"
    again = terminal("job", "rerun", ran.json["id"], "-o", "json")
    assert again.status == 0, again.err
    assert again.json["summary"] == ran.json["summary"]
    # It is compared with one that ran over there.
    both = terminal("job", "compare", ran.json["id"], words["J"], "--table", "results", "-o", "json")
    assert both.status == 0, both.err
    assert both.json["rows"]["pairs"][1]["different"] == 0


def test_what_a_server_does_not_do_is_one_sentence(terminal: Terminal, words: dict[str, str]) -> None:
    for line, status, said in (
        ("model run -w {H}/code -m code_of_user -p {P}", 2, "runs packages of models only"),
        ("model run -u local/project/self/model/m -p {P}", 2, "works on one instance"),
        ("model run -u {P}/model/nothing -h x", 3, "no model 'nothing'"),
        ("model run -u {M} -h code_of_user:total -d {P}/dataset/nothing", 3, "no dataset 'nothing'"),
        ("dataset diff {D} nothing", 3, "no dataset 'nothing'"),
        ("job compare {J} nothing", 3, "no job"),
        ("job info {P}/job/nothing", 3, "no job"),
        ("track info nothing -p {P}", 3, "no run 'nothing'"),
    ):
        ran = terminal(*line.format(**words).split())
        assert (line, ran.status, "Traceback" in ran.err) == (line, status, False), ran.err
        assert said in ran.err

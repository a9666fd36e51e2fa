"""`swcli runtime`, as it is typed."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.slice.runtimes.conftest import environ
from tests.slice.runtimes.index import Index, make_wheel
from tests.terminal import Ran, Terminal, terminal

from starwhale.cli.commands.runtime import runtime
from starwhale.runtimes.lock import parse_lock
from starwhale.runtimes.platforms import this_platform
from starwhale.runtimes.uv import find_uv

__all__ = ["terminal"]

Swcli = Callable[..., Ran]
OTHER = "arm64" if "x86" in this_platform() else "amd64"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "digits"
    place.mkdir()
    (place / "runtime.yaml").write_text("dependencies: [requirements.txt]\n")
    (place / "requirements.txt").write_text("alpha\n")
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def swcli(terminal: Terminal, index: Index, uv_cache: Path, work: Path) -> Swcli:
    env = {**environ(terminal.home, index, uv_cache), "COLUMNS": "80"}
    return lambda *words: terminal(*words, root=runtime, **env)


def test_a_runtime_is_built_shown_and_restored(swcli: Swcli) -> None:
    built = swcli("build", "-t", "best")
    assert built.status == 0, built.err
    assert built.out.startswith("built runtime digits/version/")
    assert "packages for " in built.out
    assert swcli("build").out.startswith("nothing changed:")
    assert swcli("list", "-o", "json").json[0]["name"] == "digits"
    basic = swcli("info", "digits").out
    assert f"locked for:  {this_platform()}" in basic
    assert "asks for:    alpha" in basic
    restored = swcli("restore", "digits/best", "-o", "json").json
    assert restored["packages"]["alpha"] == "2.0"
    assert restored["is_new"]
    assert not swcli("restore", "digits", "-o", "json").json["is_new"]
    assert swcli("restore", "digits").out.strip() == restored["python"]


def test_every_part_can_be_shown(swcli: Swcli) -> None:
    swcli("build")
    assert swcli("info", "digits", "-of", "runtime_yaml").out == "dependencies: [requirements.txt]\n"
    assert "alpha==2.0 \\" in swcli("info", "digits", "-of", "lock").out
    assert "requirements.txt" in swcli("info", "digits", "-of", "manifest").out
    assert max(map(len, swcli("info", "digits", "-of", "manifest").out.splitlines())) <= 80
    everything = swcli("info", "digits", "-of", "all", "-o", "json").json
    assert set(everything) >= {"runtime_yaml", "manifest", "lock", "mode", "python", "version"}
    assert everything["manifest"]["description"]["requirements"] == ["alpha"]


def test_a_lock_is_written_or_printed(swcli: Swcli, work: Path) -> None:
    printed = swcli("lock", "--stdout")
    assert printed.status == 0, printed.err
    path = work / ".starwhale/lock/requirements-sw-lock.txt"
    assert not path.exists()
    assert swcli("lock", ".", "-f", "runtime.yaml").out == "wrote .starwhale/lock/requirements-sw-lock.txt\n"
    assert path.read_text() == printed.out
    assert parse_lock(printed.out, "x").platform == this_platform()
    noted = swcli("lock", "-so", "-dpo").out
    assert "--index-url=file:///" in noted
    assert parse_lock(noted, "x") == parse_lock(printed.out, "x")


def test_an_environment_is_locked(swcli: Swcli) -> None:
    swcli("build")
    prefix = Path(swcli("restore", "digits").out.strip()).parents[1]
    locked = swcli("lock", "-so", "-p", str(prefix))
    assert "alpha==2.0 \\" in locked.out
    taken = swcli("build", "--venv", str(prefix), "-n", "taken")
    assert "built runtime taken/version/" in taken.out, taken.err


def test_quickstart_makes_an_environment_in_a_directory(swcli: Swcli, work: Path) -> None:
    (work / "runtime.yaml").unlink()
    ran = swcli("quickstart", "shell", ".", "-n", "mine")
    assert ran.status == 0, ran.err
    assert "wrote runtime.yaml" in ran.out
    assert "source .venv/bin/activate" in ran.out
    assert "name: mine" in (work / "runtime.yaml").read_text()
    said = subprocess.run([work / ".venv/bin/python", "-c", "import alpha, starwhale"], check=False)
    assert said.returncode == 0
    assert swcli("quickstart", "shell", ".").status == 4
    assert swcli("qs", "shell", ".", "-f", "-dce").status == 0
    assert swcli("build").out.startswith("built runtime digits/version/")


def test_quickstart_begins_with_a_runtime(swcli: Swcli, work: Path) -> None:
    swcli("build")
    ran = swcli("quickstart", "uri", "digits", "copy", "-n", "other")
    assert ran.status == 0, ran.err
    place = work / "copy"
    assert (place / ".venv/bin/python").exists()
    assert "name: other" in (place / "runtime.yaml").read_text()
    assert swcli("build", "-y", "copy/runtime.yaml").out.startswith("built runtime other/version/")
    assert swcli("quickstart", "uri", "digits", "bare", "--disable-restore").status == 0
    assert not (work / "bare/.venv").exists()


def test_a_runtime_is_extracted_and_restored_there(swcli: Swcli, work: Path) -> None:
    swcli("build")
    assert swcli("extract", "digits", "--target-dir", "out").status == 0
    assert (work / "out/requirements.txt").read_text() == "alpha\n"
    assert swcli("extract", "digits", "--target-dir", "out").status == 4
    (work / "out/mine.txt").write_text("mine")
    assert swcli("extract", "digits", "--target-dir", "out", "-f").status == 0
    assert (work / "out/mine.txt").exists()
    python = swcli("restore", "out").out.strip()
    assert python == str(work / "out/export/venv/bin/python")
    assert swcli("restore", str(work)).status == 3


def test_a_directory_in_the_place_of_a_file_is_one_sentence(swcli: Swcli, work: Path) -> None:
    swcli("build")
    (work / "out/requirements.txt/mine").mkdir(parents=True)
    ran = swcli("extract", "digits", "--target-dir", "out", "-f")
    assert ran.status == 4
    assert "a directory and a file both want to be" in ran.err
    assert (work / "out/requirements.txt/mine").is_dir()
    assert not list((work / "out").glob(".extract.*"))


def test_how_to_activate_is_told_where_there_is_no_terminal(swcli: Swcli) -> None:
    swcli("build")
    first = swcli("activate", "digits")
    assert first.out.startswith("source ")
    forced = swcli("actv", "digits", "--force-restore", "yes", "-o", "json").json
    assert forced["command"] == first.out.strip()


def test_a_dockerfile_is_shown_by_a_dry_run(swcli: Swcli) -> None:
    if not this_platform().startswith("linux"):
        pytest.skip("images are of Linux, and this machine is not")
    swcli("build")
    here = "amd64" if OTHER == "arm64" else "arm64"
    ran = swcli("dockerize", "digits", "--dry-run", "--platform", here, "-t", "digits:1")
    assert ran.out.startswith("# syntax=docker/dockerfile:1\n")
    assert f"docker buildx build --platform linux/{here}" in ran.err
    assert "--tag digits:1" in ran.err
    assert swcli("dockerize", "digits", "--dry-run", "--platform", OTHER).status == 2


def test_a_dry_run_tells_what_a_real_one_does(
    terminal: Terminal, swcli: Swcli, work: Path, index: Index, uv_cache: Path
) -> None:
    if not this_platform().startswith("linux"):
        pytest.skip("images are of Linux, and this machine is not")
    docker, calls = work / "bin" / "docker", work / "calls"
    docker.parent.mkdir()
    docker.write_text(f'#!/bin/sh\n[ "$1" = buildx ] && printf "%s\\n" docker "$@" > "{calls}"; exit 0\n')
    docker.chmod(0o755)
    env = environ(terminal.home, index, uv_cache)
    env["PATH"] = f"{docker.parent}{os.pathsep}{env['PATH']}"
    swcli("build")
    here = "amd64" if OTHER == "arm64" else "arm64"
    words = ("dockerize", "digits", "--platform", here, "-t", "digits:1", "-o", "json")
    meant = terminal(*words, "--dry-run", root=runtime, **env).json
    assert not calls.exists()
    dockerfile = Path(meant["dockerfile"]).read_text()
    done = terminal(*words, root=runtime, **env).json
    assert {**meant, "built": True} == {**done, "text": meant["text"]}
    assert shlex.split(meant["commands"][-1]) == calls.read_text().splitlines()
    assert Path(meant["context"], "Dockerfile").read_text() == dockerfile


def test_who_has_no_description_learns_how_to_begin(swcli: Swcli, work: Path) -> None:
    (work / "runtime.yaml").unlink()
    for words in (("build",), ("lock",)):
        ran = swcli(*words)
        assert (ran.status, ran.out) == (3, "")
        assert "`swcli runtime quickstart shell .` writes one" in ran.err
    assert swcli("quickstart", "shell", ".", "-dce").status == 0
    assert swcli("build").status == 0


def test_files_go_into_a_directory_of_others_only_by_force(swcli: Swcli, work: Path) -> None:
    swcli("build")
    for words in (("extract", "digits", "--target-dir", "."), ("quickstart", "uri", "digits", ".", "-dr")):
        ran = swcli(*words)
        assert (ran.status, ran.out) == (4, "")
        assert "directory '.' is not empty (--force" in ran.err
        assert swcli(*words, "--force").status == 0


def test_a_runtime_is_copied_to_another_project(swcli: Swcli, terminal: Terminal) -> None:
    swcli("build", "-t", "best")
    terminal("project", "create", "other")
    assert "copied digits/version/" in swcli("copy", "digits", "local/project/other").out
    rows = swcli("list", "-p", "other", "-o", "json").json
    assert "best" in rows[0]["tags"]
    pushed = swcli("build", "--push", "local/project/other/runtime/third")
    assert "to other/runtime/third" in pushed.out
    told = swcli("build", "--push", "local/project/other", "-o", "json").json
    assert told["pushed_to"].startswith("local/project/other/runtime/digits/version/")
    assert swcli("build", "-n", "fresh", "--push", "local/project/nowhere").status == 3
    assert swcli("info", "fresh").status == 3, "nothing is built that could not be pushed"


def test_versions_are_tagged_removed_and_recovered(swcli: Swcli) -> None:
    swcli("build")
    assert "good" in swcli("tag", "digits", "good").out
    assert swcli("history", "digits").out.splitlines()[0].startswith("VERSION")
    assert "is removed" in swcli("rm", "digits").out
    assert "is back" in swcli("recover", "digits").out


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("build --venv . --shell", 2, "only one of --shell, --venv"),
        ("build -y nowhere.yaml", 3, "there is no file"),
        ("build --venv .", 3, "no environment of Python"),
        ("build --cuda new", 2, "cuda"),
        ("build --arch sparc", 2, "sparc"),
        ("lock nowhere", 3, "no directory"),
        ("lock -n a -p b", 2, "only one of"),
        ("run digits", 3, "no runtime 'digits'"),
        ("run nothing", 2, "nothing says what to run"),
        ("restore digits", 3, "no runtime 'digits'"),
        ("activate digits", 3, "no runtime 'digits'"),
        ("dockerize digits", 3, "no runtime 'digits'"),
        ("extract digits", 3, "no runtime 'digits'"),
        ("quickstart shell . -dce", 4, "already"),
    ],
)
def test_what_cannot_be_is_one_sentence(swcli: Swcli, words: str, status: int, said: str) -> None:
    given = words.replace("run digits", "run digits -- true").split()
    ran = swcli(*given)
    assert (ran.status, ran.out) == (status, ""), ran.err
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


def test_what_does_not_fit_together_is_one_screen(swcli: Swcli, work: Path) -> None:
    (work / "requirements.txt").write_text("alpha>=7\n")
    ran = swcli("build")
    assert ran.status == 2
    assert "alpha<=2.0 is available and you require alpha>=7" in " ".join(ran.err.split())
    assert len(ran.err.splitlines()) <= 20


def test_what_is_left_out_of_an_environment_is_told(swcli: Swcli, work: Path, uv_cache: Path) -> None:
    uv = find_uv(os.environ)
    wheel = make_wheel(work / "dist", "gamma", "0.1")
    install = ["pip", "install", "--python", "env/bin/python", "--no-index", str(wheel)]
    for words in (["venv", "--python", sys.executable, "env"], install):
        subprocess.run([uv, "--cache-dir", str(uv_cache), *words], check=True, capture_output=True)
    ran = swcli("build", "--venv", "env")
    assert f"left out {wheel}, which is of this machine; --include-local-wheel takes it along" in ran.err
    assert "built runtime digits/version/" in ran.out
    taken = swcli("build", "--venv", "env", "-ilw", "-n", "all")
    assert taken.status == 0, taken.err
    assert "wheels:      .starwhale/wheels/gamma-0.1-py3-none-any.whl" in swcli("info", "all").out
    assert swcli("lock", "-so", "-p", "env", "-ilw").out.count("gamma==0.1") == 1

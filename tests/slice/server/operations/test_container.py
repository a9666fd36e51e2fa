"""The image of deploy/Containerfile can be built: its steps are followed with what the build is sent."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path, PurePosixPath

import pytest
from dockerfile_parse import DockerfileParser

from starwhale.server.configuration import configure

ROOT = Path(__file__).parents[4]
FILE = ROOT / "deploy" / "Containerfile"
RULES = FILE.with_name("Containerfile.dockerignore")
_STATIC = "starwhale/server/static"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a Containerfile.

    Attributes:
        place: Where the step happens, as a folder of this machine.
        origin: What `COPY` takes from: a stage, an image, or empty for what the build was sent.
    """

    name: str
    words: tuple[str, ...]
    place: Path
    origin: str = ""


def _parser(folder: Path) -> DockerfileParser:
    shutil.copy(FILE, folder / "Dockerfile")
    return DockerfileParser(str(folder))


def _is_sent(path: str) -> bool:
    """Whether the build is sent a file; of the rules the last one that fits counts."""
    sent = True
    ways = [path, *map(str, PurePosixPath(path).parents)]
    for line in RULES.read_text().splitlines():
        rule = line.strip()
        if rule and not rule.startswith("#") and any(_fits(rule.removeprefix("!"), each) for each in ways):
            sent = rule.startswith("!")
    return sent


def _fits(rule: str, path: str) -> bool:
    parts, names = rule.split("/"), path.split("/")
    if parts[0] == "**":
        return _fits("/".join(parts[1:]), path) or (len(names) > 1 and _fits(rule, "/".join(names[1:])))
    pairs = zip(parts, names, strict=False)
    return len(parts) == len(names) and all(re.match(translate(one), other) for one, other in pairs)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a checkout sends to the build."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no checkout")
    folder = tmp_path_factory.mktemp("context")
    for path in filter(_is_sent, listed.stdout.split("\0")):
        if path and (ROOT / path).is_file():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, folder / path)
    return folder


class Stages:
    """The stages of the build as folders, filled as their `COPY` lines say."""

    def __init__(self, context: Path, folder: Path) -> None:
        self.folder = folder
        self._context = context
        self._steps = [
            (each["instruction"], each["value"])
            for each in _parser(folder).structure
            if each["instruction"] not in {"COMMENT", "ARG"}
        ]

    def steps(self, wanted: str) -> list[Step]:
        """The steps of one stage, its `COPY` lines carried out."""
        here, place, found = "", "/", list[Step]()
        for name, value in self._steps:
            if name == "FROM":
                here, place = value.split(" AS ")[-1], "/"
            elif name == "WORKDIR":
                place = value
            elif here == wanted:
                at = self.folder / here / place.lstrip("/")
                at.mkdir(parents=True, exist_ok=True)
                found.append(self._step(name, value, at))
        return found

    def _step(self, name: str, value: str, place: Path) -> Step:
        words = shlex.split(value) if name in {"COPY", "RUN"} else [value]
        origin = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else ""
        step = Step(name, tuple(words), place, origin)
        source = self.folder / origin if origin else self._context
        if name == "COPY" and source.is_dir():
            for each in words[:-1]:
                _copy(source / each.strip("/"), place / words[-1], inside=len(words) > 2)
        return step


def _copy(source: Path, to: Path, *, inside: bool) -> None:
    if source.is_dir():
        shutil.copytree(source, to, dirs_exist_ok=True)
    else:
        shutil.copy(source, to / source.name if inside or to.is_dir() else to)


def test_of_a_checkout_only_what_is_needed_is_sent() -> None:
    for path in (".venv/bin/python", "build/x", "web/node_modules/vite/x.js", f"src/{_STATIC}/index.html"):
        assert not _is_sent(path)
    for path in ("src/starwhale/cli/__pycache__/main.pyc", ".git/config", "tests/conftest.py", "docs/a.md"):
        assert not _is_sent(path)
    for path in (
        "hatch_build.py",
        "web/package-lock.json",
        "web/src/main.tsx",
        "src/starwhale/server/app.py",
    ):
        assert _is_sent(path)


def test_the_wheel_that_the_image_installs_holds_the_console(context: Path, tmp_path: Path) -> None:
    stages = Stages(context, tmp_path)
    console = stages.steps("console")
    assert [step.words for step in console if step.name == "RUN"][-1] == ("npm", "run", "build")
    assert {"package.json", "package-lock.json", "index.html", "vite.config.ts"} <= {
        each.name for each in console[-1].place.iterdir()
    }
    # What Vite would have written; the slow test has it write that.
    built = console[-1].place.parent / "src" / _STATIC
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<!doctype html>")
    (built / "assets" / "main.js").write_text("0")
    assert {"index.html", "assets/main.js"} <= _static(_wheel(stages, tmp_path))


@pytest.mark.slow
def test_the_console_is_built_of_what_the_build_is_sent(context: Path, tmp_path: Path) -> None:
    modules, npm = ROOT / "web" / "node_modules", shutil.which("npm")
    if npm is None or not modules.is_dir():
        pytest.skip("the console cannot be built here")
    stages = Stages(context, tmp_path)
    last = stages.steps("console")[-1]
    (last.place / "node_modules").symlink_to(modules)
    subprocess.run([npm, *last.words[1:]], cwd=last.place, check=True, capture_output=True, timeout=280)
    found = _static(_wheel(stages, tmp_path))
    assert "index.html" in found
    assert len([name for name in found if name.endswith(".js")]) > 20


def _wheel(stages: Stages, folder: Path) -> Path:
    """The wheel, made as the image makes it."""
    steps = stages.steps("build")
    told = " ".join(step.words[0] for step in steps if step.name == "ENV")
    assert "STARWHALE_WEB=require" in told
    sync = steps[-1]
    assert sync.words[:3] == ("uv", "sync", "--locked")
    assert (sync.place / "uv.lock").is_file()
    uv = Path(sys.executable).with_name("uv")
    done = subprocess.run(
        [str(uv), "build", "--wheel", "--out-dir", str(folder / "dist"), str(sync.place)],
        # Without Node.js, as in that stage: the console must come from the stage before.
        env=os.environ | {"STARWHALE_WEB": "require", "PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if "requirements from `build-system.requires`" in done.stderr:
        pytest.skip("what builds wheels cannot be had: no package index answers")
    assert done.returncode == 0, done.stderr
    return next((folder / "dist").glob("*.whl"))


def _static(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "starwhale/cli/main.py" in names
    return {name.removeprefix(f"{_STATIC}/") for name in names if name.startswith(f"{_STATIC}/")}


def test_the_container_runs_as_nobody_special_and_says_how_it_does(tmp_path: Path) -> None:
    parser = _parser(tmp_path)
    steps = [(each["instruction"], each["value"]) for each in parser.structure]
    begins = [number for number, (name, _) in enumerate(steps) if name == "FROM"]
    after = steps[begins[-1] :]
    assert "-slim" in after[0][1]
    assert [value for name, value in after if name == "COPY"] == [
        "--from=build /opt/starwhale /opt/starwhale"
    ]
    assert dict(after)["USER"] == "10001:10001"
    assert dict(after)["VOLUME"] == "/data"
    assert "/readyz" in dict(after)["HEALTHCHECK"]
    assert dict(after)["CMD"] == '["start", "--no-detach"]'
    environment = {name: value for name, value in parser.envs.items() if name.startswith("SW_SERVER_")}
    assert configure({}, environment, tmp_path).settings.host == "0.0.0.0"


def test_the_lock_is_read_by_the_release_that_wrote_it() -> None:
    locked = re.search(r'^name = "uv"\nversion = "(\d+\.\d+)\.', (ROOT / "uv.lock").read_text(), re.MULTILINE)
    assert locked is not None
    assert f"ghcr.io/astral-sh/uv:{locked[1]} " in FILE.read_text()


def test_hadolint_has_nothing_to_say_of_the_container() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    if not linter.exists():
        pytest.skip("hadolint is not installed")
    done = subprocess.run([str(linter), str(FILE)], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == ""

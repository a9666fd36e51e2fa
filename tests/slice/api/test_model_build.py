"""`model.build` as a script calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from starwhale import model
from starwhale.core.addresses import Defaults, parse_uri
from starwhale.core.errors import InvalidSpec, NotFound
from starwhale.core.kinds import Kind
from starwhale.instance.local import LocalInstance

SCRIPT = """
    from starwhale import handler, model
    from lib.steps import step

    @handler(needs=[step])
    def train(): ...

    built = model.build(MODULES, name="digits", tags=["nightly"], desc="from a script")
    if built is not None:
        print(built)
"""


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    root = tmp_path / "code"
    (root / "lib").mkdir(parents=True)
    (root / "lib" / "__init__.py").touch()
    (root / "lib" / "steps.py").write_text("from starwhale import handler\n@handler()\ndef step(): ...\n")
    return root


def run(workdir: Path, text: str) -> str:
    (workdir / "train.py").write_text(dedent(text))
    done = subprocess.run(
        [sys.executable, "train.py"],
        cwd=workdir,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def found(instance: LocalInstance, name: str = "digits") -> Any:
    return instance.models.resolve(instance.actor, parse_uri(name, kind=Kind.MODEL, defaults=Defaults()))


@pytest.mark.parametrize("modules", ["None", "[train]", "['train']", "['train:train', step]"])
def test_a_script_packs_itself(instance: LocalInstance, workdir: Path, modules: str) -> None:
    said = run(workdir, SCRIPT.replace("MODULES", modules))
    version = found(instance)
    assert said == f"local/project/self/model/digits/version/{version.version}"
    assert version.message == "from a script"
    assert "nightly" in version.tags
    assert set(version.meta["handlers"]) == {"lib.steps:step", "train:train"}


def test_a_second_project_may_have_the_version_too(instance: LocalInstance, workdir: Path) -> None:
    instance.projects.create(instance.actor, "other")
    run(workdir, SCRIPT.replace("MODULES", "None, remote_project_uri='local/project/other'"))
    there = parse_uri("local/project/other/model/digits", kind=Kind.MODEL, defaults=Defaults())
    assert instance.models.resolve(instance.actor, there).version == found(instance).version


def test_what_does_not_lie_in_the_directory_cannot_be_packed(instance: LocalInstance, tmp_path: Path) -> None:
    with pytest.raises(InvalidSpec, match="'dedent' does not lie in"):
        model.build([dedent], workdir=tmp_path)
    with pytest.raises(InvalidSpec, match="does not lie in"):
        model.build([len], workdir=tmp_path)
    with pytest.raises(InvalidSpec, match="no handler is defined in"):
        model.build(workdir=tmp_path)


def test_a_server_that_is_not_configured_is_told(instance: LocalInstance, workdir: Path) -> None:
    with pytest.raises(NotFound, match="no instance 'nowhere'"):
        model.build(["lib.steps"], workdir=workdir, project_uri="nowhere/project/x")

"""Mode conda, with whichever of its programs is here and a channel that answers."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from starwhale.core.addresses import Defaults, parse_uri
from starwhale.core.errors import InvalidSpec, MissingDependency
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.instance.local import LocalInstance
from starwhale.runtimes.builder import BuildRequest
from starwhale.runtimes.conda import Conda
from starwhale.runtimes.platforms import this_platform
from starwhale.runtimes.service import RuntimeService

pytestmark = pytest.mark.e2e

YAML = """
name: bird
mode: conda
configs: {conda: {channels: [conda-forge]}}
environment: {python: '3.12'}
dependencies: [{conda: [zlib]}, {pip: [click]}]
"""


@pytest.fixture
def conda() -> Conda:
    try:
        found = Conda.find(os.environ)
    except MissingDependency:
        pytest.skip("none of conda, mamba, micromamba and pixi is on PATH")
    try:
        found.solve(["zlib"], ["conda-forge"], this_platform(), {})
    except InvalidSpec as error:
        pytest.skip(f"no channel of conda answers: {error.message.splitlines()[-1]}")
    return found


def test_a_runtime_of_conda_is_locked_and_restored(conda: Conda, tmp_path: Path) -> None:
    (tmp_path / "runtime.yaml").write_text(YAML)
    with LocalInstance(Settings.at(tmp_path / "store")) as instance:
        runtimes = RuntimeService(instance.artifacts, instance.blobs, instance.settings, os.environ)
        built = runtimes.build(instance.actor, "self", BuildRequest(yaml=tmp_path / "runtime.yaml"))
        lines = runtimes.contents.locks(built)[f"{this_platform()}.conda.txt"].splitlines()
        assert all("#" in line for line in lines)
        assert any("/zlib-" in line for line in lines)
        uri = parse_uri("bird", kind=Kind.RUNTIME, defaults=Defaults())
        python = runtimes.restore(instance.actor, uri)
        program = "import click, starwhale, sys; print(sys.version_info[:2])"
        ran = subprocess.run([python, "-c", program], capture_output=True, text=True, check=True)
        assert ran.stdout == "(3, 12)\n"
        assert (python.parents[1] / "conda-meta").is_dir()

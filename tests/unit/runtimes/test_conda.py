"""How conda and its kin are driven, as far as that can be seen without them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from starwhale.core.errors import InvalidSpec, MissingDependency
from starwhale.core.specs.document import parse_document
from starwhale.runtimes.conda import Conda, archives, archives_of_pixi, pixi_project, pixi_project_of
from starwhale.runtimes.conda_file import read_conda_file

URL = "https://conda.example/conda-forge/linux-64"
DIGEST = "a" * 64


def test_the_first_program_on_the_path_is_taken(tmp_path: Path) -> None:
    for name in ("conda", "mamba"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    assert Conda.find({"PATH": str(tmp_path)}).name == "mamba"
    assert Conda.find({"PATH": "", "CONDA_EXE": "/opt/conda/bin/conda"}).name == "conda"
    with pytest.raises(MissingDependency, match="none is on PATH"):
        Conda.find({"PATH": ""})


def test_the_answer_of_micromamba_is_read() -> None:
    link = [
        {"name": "x", "fn": "x-1-0.conda", "url": f"{URL}/x-1-0.conda", "sha256": DIGEST, "md5": "b" * 32}
    ]
    assert archives({"actions": {"LINK": link, "FETCH": link}}) == (f"{URL}/x-1-0.conda#sha256:{DIGEST}",)


def test_the_answer_of_conda_is_read() -> None:
    # Its links have no hash; what is to be fetched has.
    fetch = [{"fn": "x-1-0.tar.bz2", "url": f"{URL}/x-1-0.tar.bz2", "md5": "b" * 32}]
    link = [{"dist_name": "x-1-0", "base_url": "https://conda.example/conda-forge"}]
    assert archives({"actions": {"FETCH": fetch, "LINK": link}}) == (f"{URL}/x-1-0.tar.bz2#{'b' * 32}",)
    with pytest.raises(InvalidSpec, match="tells no hash of x-1-0"):
        archives({"actions": {"LINK": link}})
    assert archives({}) == ()


def test_the_lock_of_pixi_is_read() -> None:
    text = f"""
version: 6
environments:
  default:
    channels: [{{url: https://conda.example/conda-forge/}}]
    packages:
      linux-64: [{{conda: {URL}/x-1-0.conda}}, {{pypi: https://host/y}}]
packages:
- conda: {URL}/x-1-0.conda
  sha256: {DIGEST}
"""
    assert archives_of_pixi(text, "linux-64") == (f"{URL}/x-1-0.conda#sha256:{DIGEST}",)


def test_projects_of_pixi_name_packages_or_archives() -> None:
    import tomllib

    asked = tomllib.loads(pixi_project(["python=3.12", "numpy >=1.26", "x"], ["conda-forge"], "linux-64"))
    assert asked["dependencies"] == {"python": "=3.12", "numpy": ">=1.26", "x": "*"}
    assert asked["workspace"]["platforms"] == ["linux-64"]
    named = tomllib.loads(pixi_project_of([f"{URL}/my-pkg-1.0-h_0.conda#sha256:{DIGEST}"]))
    assert named["dependencies"] == {"my-pkg": {"url": f"{URL}/my-pkg-1.0-h_0.conda", "sha256": DIGEST}}
    with pytest.raises(InvalidSpec, match="no archive"):
        pixi_project_of(["x"])


def test_what_is_installed_is_read_from_the_prefix(tmp_path: Path) -> None:
    conda = Conda(program=Path("/bin/false"), env={})
    with pytest.raises(InvalidSpec, match="no environment of conda"):
        conda.installed(tmp_path)
    meta = tmp_path / "conda-meta"
    meta.mkdir()
    (meta / "x-1-0.json").write_text(json.dumps({"url": f"{URL}/x-1-0.conda", "sha256": DIGEST}))
    (meta / "a-1-0.json").write_text(json.dumps({"url": f"{URL}/a-1-0.conda", "md5": "b" * 32}))
    assert conda.installed(tmp_path) == (
        f"{URL}/a-1-0.conda#{'b' * 32}",
        f"{URL}/x-1-0.conda#sha256:{DIGEST}",
    )
    (meta / "y-1-0.json").write_text("{}")
    with pytest.raises(InvalidSpec, match=r"y-1-0 in .* was installed from nowhere"):
        conda.installed(tmp_path)


def test_a_file_of_conda_is_read(tmp_path: Path) -> None:
    path = tmp_path / "conda.yaml"
    path.write_text("name: x\nchannels: [a, b]\ndependencies: [python=3.12, {pip: [numpy]}]\n")
    found = read_conda_file(path)
    assert (found.channels, found.packages, found.pip) == (("a", "b"), ("python=3.12",), ("numpy",))


@pytest.mark.parametrize(
    "text", ["- a", "dependencies: x", "dependencies: [{npm: [x]}]", "dependencies: [3]"]
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    assert parse_document(text, origin="x")
    path = tmp_path / "conda.yaml"
    path.write_text(text)
    with pytest.raises(InvalidSpec, match=r"conda.yaml, line 1"):
        read_conda_file(path)

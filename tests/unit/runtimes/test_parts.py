"""Small parts: platforms, descriptions, our own wheel, what uv says, fingerprints, shells."""

from __future__ import annotations

import base64
import csv
import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import (
    Conflict,
    Corrupted,
    InvalidName,
    InvalidSpec,
    StorageFull,
    Unavailable,
    UsageError,
)
from starwhale.runtimes import uv
from starwhale.runtimes.environments import check
from starwhale.runtimes.fingerprint import (
    Environment,
    changed_files,
    difference,
    fingerprint,
    packages,
    read_mark,
)
from starwhale.runtimes.indexes import Indexes
from starwhale.runtimes.lock import Lock
from starwhale.runtimes.making import Order, _copy_files
from starwhale.runtimes.own import own_wheel
from starwhale.runtimes.package import Description, manifest_bytes, manifest_files
from starwhale.runtimes.platforms import of_conda, this_platform, triple, wanted_platforms
from starwhale.runtimes.resolve import wheel_of
from starwhale.runtimes.shells import activation, shell
from starwhale.storage.trees import TreeEntry

TEXTS = st.lists(st.text(min_size=1, max_size=8), max_size=3).map(tuple)
PAIRS = st.lists(st.tuples(st.text(max_size=4), st.text(max_size=4)), max_size=3).map(tuple)
DESCRIPTIONS = st.builds(
    Description,
    mode=st.sampled_from(["venv", "conda", "docker"]),
    python=st.sampled_from(["", "3.11", "3.12.1"]),
    platforms=TEXTS,
    requirements=TEXTS,
    hashes=PAIRS,
    files=PAIRS,
    commands=TEXTS,
    wheels=TEXTS,
    indexes=st.sampled_from([Indexes(), Indexes(default="https://a", extra=("https://b",))]),
    condarc=st.sampled_from([{}, {"channels": ["x"]}]),
    is_complete=st.booleans(),
)


@given(DESCRIPTIONS)
def test_a_description_reads_back(description: Description) -> None:
    data = description.to_bytes()
    assert Description.from_bytes(data) == description
    assert Description.from_bytes(data).to_bytes() == data


@given(st.binary(max_size=60))
def test_no_bytes_break_the_readers(data: bytes) -> None:
    for reader in (Description.from_bytes, manifest_files):
        with pytest.raises(Corrupted):
            reader(data)


def test_a_manifest_of_a_later_release_is_refused() -> None:
    entry = TreeEntry(path="a", mode=0o644, size=1, digest="0" * 64)
    data = manifest_bytes([entry])
    assert manifest_files(data) == (entry,)
    with pytest.raises(Corrupted, match="upgrade"):
        manifest_files(data.replace(b"runtime/1", b"runtime/2"))


def test_platforms_have_names_everywhere() -> None:
    here = this_platform()
    assert triple(here) is None
    assert wanted_platforms(["noarch", "noarch"]) == (here,)
    assert set(wanted_platforms(["amd64", "arm64"])) == {"linux-x86_64", "linux-aarch64"}
    assert of_conda("linux-x86_64") == "linux-64"
    with pytest.raises(UsageError, match="nothing can be locked for plan9-mips"):
        triple("plan9-mips")


def test_our_own_wheel_holds_what_runs(tmp_path: Path) -> None:
    made = own_wheel(tmp_path)
    assert own_wheel(tmp_path) == made
    with zipfile.ZipFile(made.path) as wheel:
        names = wheel.namelist()
        assert wheel.read("starwhale/runtimes/own.py") == Path(uv.__file__).with_name("own.py").read_bytes()
        record = f"starwhale-{made.version}.dist-info/RECORD"
        rows = {row[0]: row[1] for row in csv.reader(wheel.read(record).decode().splitlines())}
    assert set(names) == set(rows)
    assert not [name for name in names if "__pycache__" in name]
    assert any(name.endswith("entry_points.txt") for name in names)
    first = hashlib.sha256(made.path.read_bytes()).hexdigest()
    again = own_wheel(tmp_path / "other")
    assert hashlib.sha256(again.path.read_bytes()).hexdigest() == first


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a_b.c-1.0-py3-none-any.whl", ("a-b-c", "1.0")),
        ("torch-2.1+cpu-cp311-cp311-linux_x86_64.whl", ("torch", "2.1+cpu")),
        ("x-1.0-1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", ("x", "1.0")),
    ],
)
def test_wheels_are_known_by_their_name(tmp_path: Path, name: str, found: tuple[str, str]) -> None:
    (tmp_path / name).write_bytes(b"x")
    wheel = wheel_of(tmp_path / name)
    assert (wheel.name, wheel.version) == found


def test_other_files_are_no_wheels(tmp_path: Path) -> None:
    with pytest.raises(InvalidSpec, match="is not a wheel"):
        wheel_of(tmp_path / "thing.whl")


def test_what_a_program_says_fits_on_a_screen() -> None:
    said = (
        "warning: x\nerror: No solution found\n  cause: "
        + "because of this and that " * 400
        + "\n\nhint: the end"
    )
    lines = uv.screen(said).splitlines()
    assert len(lines) <= 17
    assert max(map(len, lines)) <= 78
    assert "No solution found" in lines[0]
    assert "the end" in lines[-1]
    assert uv.screen("") == "  it does not say why"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("error: No solution found when resolving", InvalidSpec),
        ("error: Couldn't parse requirement in `x`", InvalidSpec),
        ("error: Failed to fetch: https://host\n  cause: dns error", Unavailable),
        ("error: write failed\n  cause: No space left on device (os error 28)", StorageFull),
        ("error: Hash mismatch for `alpha`", InvalidSpec),
        ("error: something else", InvalidSpec),
    ],
)
def test_each_failure_has_its_kind(said: str, error: type[Exception]) -> None:
    assert type(uv._failure(said, "it cannot be")) is error


def _site(tmp_path: Path) -> Path:
    site = tmp_path / "lib/python3.11/site-packages"
    info = site / "alpha-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "alpha.py").write_text("x = 1\n")
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"x = 1\n").digest()).rstrip(b"=").decode()
    (info / "RECORD").write_text(f"alpha.py,sha256={digest},6\nalpha-1.0.dist-info/RECORD,,\n")
    return site


def test_a_fingerprint_follows_what_python_would_load(tmp_path: Path) -> None:
    site = _site(tmp_path)
    first = fingerprint(site, "3.11.7")
    assert fingerprint(site, "3.11.7") == first
    assert fingerprint(site, "3.11.8") != first
    (site / "__pycache__").mkdir()
    record = site / "alpha-1.0.dist-info/RECORD"
    record.write_text(f"{record.read_text()}alpha-1.0.dist-info/uv_cache.json,sha256=x,1\n../bin/x,,\n")
    assert fingerprint(site, "3.11.7") == first
    (site / "evil.pth").write_text("import os")
    changed = fingerprint(site, "3.11.7")
    assert changed != first
    (site / "evil.pth").write_text("import sys")
    assert fingerprint(site, "3.11.7") not in {first, changed}


def test_packages_and_changed_files_are_listed(tmp_path: Path) -> None:
    site = _site(tmp_path)
    assert packages(site) == {"alpha": "1.0"}
    assert list(changed_files(site)) == []
    (site / "alpha.py").write_text("x = 2\n")
    assert list(changed_files(site)) == ["alpha.py"]
    (site / "alpha-1.0.dist-info/RECORD").unlink()
    assert list(changed_files(site)) == ["alpha-1.0.dist-info/RECORD"]


def test_a_difference_is_told_in_few_words() -> None:
    assert difference({"a": "1", "b": "1"}, {"b": "2", "c": "3"}) == "c 3 came, a 1 went, b 1 became 2"
    assert difference({str(n): "1" for n in range(9)}, {}).endswith(" and 4 more")
    assert difference({"a": "1"}, {"a": "1"}) == ""


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 9}', b'{"format": 1, "x": 2}'])
def test_a_mark_that_is_none_means_not_complete(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".starwhale").mkdir()
    (tmp_path / ".starwhale/environment.json").write_bytes(content)
    assert read_mark(tmp_path) is None
    with pytest.raises(Conflict, match="no complete environment"):
        check(tmp_path)


def test_a_mark_reads_back(tmp_path: Path) -> None:
    facts = Environment(
        runtime="r", fingerprint="f", python="3.11.7", platform="p", packages={"a": "1"}, starwhale="1"
    )
    (tmp_path / ".starwhale").mkdir()
    (tmp_path / ".starwhale/environment.json").write_bytes(facts.to_bytes())
    assert read_mark(tmp_path) == facts


def test_a_shell_reads_the_users_file_and_then_activates(tmp_path: Path) -> None:
    (tmp_path / ".bashrc").write_text("export MINE=1 PATH=/nowhere:$PATH\n")
    prefix = tmp_path / "an env"
    (prefix / "bin").mkdir(parents=True)
    tool = prefix / "bin/tool"
    tool.write_text("#!/bin/sh\necho found\n")
    tool.chmod(0o755)
    env = {"SHELL": "/bin/bash", "HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONPATH": "/x"}
    launch = shell(prefix, "digits", env, tmp_path / "rc")
    assert "PYTHONPATH" not in launch.env
    assert launch.env["VIRTUAL_ENV"] == str(prefix)
    words = [*launch.words[:-1], "-i", "-c", "tool; echo $MINE"]
    ran = subprocess.run(
        words,
        env=launch.env,
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert ran.stdout == "found\n1\n"


@pytest.mark.parametrize("program", ["/bin/zsh", "/usr/bin/fish", "/bin/dash"])
def test_other_shells_get_what_they_understand(tmp_path: Path, program: str) -> None:
    launch = shell(tmp_path / "env", "digits", {"SHELL": program, "HOME": str(tmp_path)}, tmp_path / "rc")
    assert launch.words[:2] == (program, "-i")
    assert launch.env["PATH"].startswith(f"{tmp_path}/env/bin:")
    assert activation(tmp_path / "a b") == f"source '{tmp_path}/a b/bin/activate'"
    assert activation(tmp_path, conda=True).startswith("conda activate ")


@pytest.mark.parametrize("dest", ["../evil", "/tmp/evil", "a/../../evil"])
def test_a_hostile_package_writes_nothing_outside(tmp_path: Path, dest: str) -> None:
    content, place = tmp_path / "content", tmp_path / "place" / "env"
    for each in (content, place):
        each.mkdir(parents=True)
    (content / "a").write_text("x")
    description = Description(mode="venv", python="3.12", files=(("a", dest),))
    order = Order(
        description=description, content=content, lock=Lock(platform="p", python="3.12", packages=())
    )
    with pytest.raises(InvalidName):
        _copy_files(order, place)
    assert not list(tmp_path.rglob("evil"))

"""Killed while it restores or builds: nothing half is ever taken for an environment or a version."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.slice.runtimes.conftest import Yard, environ, uri
from tests.slice.runtimes.index import Index

from starwhale.core.errors import Conflict, Corrupted, StorageFull
from starwhale.core.settings import Settings
from starwhale.instance.local import LocalInstance
from starwhale.runtimes.environments import check
from starwhale.runtimes.service import RuntimeService

pytestmark = pytest.mark.fault

PROGRAM = """
import os, sys
from pathlib import Path
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.core.addresses import Defaults, parse_uri
from starwhale.instance.local import LocalInstance
from starwhale.runtimes.builder import BuildRequest
from starwhale.runtimes.service import RuntimeService
with LocalInstance(Settings.at(Path(sys.argv[1]))) as instance:
    runtimes = RuntimeService(instance.artifacts, instance.blobs, instance.settings, os.environ)
    if sys.argv[2] == "build":
        runtimes.build(instance.actor, "self", BuildRequest(yaml=Path(sys.argv[3])))
    else:
        print(runtimes.restore(instance.actor, parse_uri("digits", kind=Kind.RUNTIME, defaults=Defaults())))
"""


@pytest.fixture(scope="module")
def uv_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uv-cache")


@pytest.fixture
def yard(tmp_path: Path, uv_cache: Path, sqlite_template: Path) -> Iterator[Yard]:
    index = Index(tmp_path / "index")
    for number in range(25):
        index.add(f"part{number}", "1.0", files={f"part{number}/m{each}.py": "x = 1\n" for each in range(10)})
    index.add_needs_of_starwhale()
    settings = Settings.at(tmp_path / "store")
    settings.root.mkdir()
    shutil.copy(sqlite_template, settings.root / "catalog.sqlite")
    env = environ(tmp_path / "home", index, uv_cache)
    workdir = tmp_path / "digits"
    workdir.mkdir()
    names = ", ".join(f"part{number}" for number in range(25))
    (workdir / "runtime.yaml").write_text(f"dependencies: [{{pip: [{names}]}}]\n")
    with LocalInstance(settings) as instance:
        runtimes = RuntimeService(instance.artifacts, instance.blobs, settings, env)
        yield Yard(instance=instance, runtimes=runtimes, workdir=workdir, index=index, env=env)


def start(yard: Yard, what: str) -> subprocess.Popen[bytes]:
    words = [
        sys.executable,
        "-c",
        PROGRAM,
        str(yard.runtimes.settings.root),
        what,
        str(yard.workdir / "runtime.yaml"),
    ]
    return subprocess.Popen(words, env=yard.env, stdout=subprocess.PIPE, start_new_session=True)


def kill(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.communicate()


def whole(yard: Yard, version: str) -> list[Path]:
    """Environments that carry the mark; each must be what it says."""
    found: list[Path] = []
    home = yard.runtimes.settings.root / "runtimes" / version
    for prefix in sorted(home.iterdir()) if home.is_dir() else []:
        if prefix.name.startswith("."):
            continue
        try:
            assert len(check(prefix).packages) >= 38
            found.append(prefix)
        except Conflict as error:
            assert "no complete environment" in error.message  # noqa: PT017  the other reason would be a fault
    return found


def test_a_killed_restore_leaves_nothing_half(yard: Yard) -> None:
    built = yard.build()
    chance = random.Random(7)
    began = time.monotonic()
    first = start(yard, "restore")
    first.communicate()
    assert first.returncode == 0
    takes = time.monotonic() - began
    for _ in range(4):
        yard.runtimes.restorer.environments.remove(built.version)
        child = start(yard, "restore")
        time.sleep(chance.uniform(0.3, 1.0) * takes)
        kill(child)
        whole(yard, built.version)
    python = yard.restore("digits")
    assert yard.runtimes.compare(python).packages["part24"] == "1.0"
    # An orphan of uv may still write into a directory whose name begins with a dot, which nobody looks at.
    names = [each.name for each in python.parents[2].iterdir() if not each.name.startswith(".")]
    assert names == [python.parents[1].name]


def test_a_killed_restore_lets_the_next_one_in(yard: Yard) -> None:
    yard.build()
    first, second = start(yard, "restore"), start(yard, "restore")
    time.sleep(0.4)
    os.kill(first.pid, signal.SIGKILL)
    said, _ = second.communicate(timeout=120)
    first.communicate()
    assert second.returncode == 0
    yard.runtimes.compare(Path(said.decode().strip()))


def test_a_killed_build_leaves_no_version_or_a_whole_one(yard: Yard) -> None:
    chance = random.Random(3)
    for _ in range(4):
        child = start(yard, "build")
        time.sleep(chance.uniform(0.2, 1.0))
        kill(child)
        for version in yard.instance.artifacts.list(yard.instance.actor, "self", uri("digits").kind).items:
            assert yard.runtimes.verify(version) == []
    assert yard.runtimes.verify(yard.build()) == []


def test_a_damaged_package_is_not_restored(yard: Yard) -> None:
    built = yard.build()
    files = yard.runtimes.contents.files(built)
    lock = next(each for each in files if each.path.startswith(".starwhale/lock/"))
    stored = [each for each in yard.runtimes.settings.root.rglob(f"*{lock.digest[8:]}*") if each.is_file()]
    assert stored
    for place in stored:
        place.chmod(0o600)
        data = bytearray(place.read_bytes())
        data[len(data) // 2] ^= 1
        place.write_bytes(data)
    with pytest.raises(Corrupted):
        yard.restore("digits")
    assert whole(yard, built.version) == []


def test_a_full_disk_is_told_and_leaves_nothing(yard: Yard, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can be mounted by root only")
    try:
        built = yard.build()
        with pytest.raises(StorageFull, match="No space left"):
            yard.runtimes.restorer.make_at(built, small / "env")
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)

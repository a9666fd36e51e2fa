"""FAULTS 3: what is acknowledged has reached the disk, as the kernel was asked, in the right order."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.fault

OURS = """
import os, sys
from pathlib import Path
from starwhale.storage.blobs import Blobs
from starwhale.storage.objects import DirectoryObjects

root = Path(sys.argv[1])
(root.parents[1] / "source").write_bytes(b"s" * 100_000)
objects = DirectoryObjects(root)
blobs = Blobs(objects)
for act in (
    lambda: objects.put("some/where/key", b"data"),
    lambda: objects.put("some/where/key", b"other data"),
    lambda: blobs.put(b"first"),
    lambda: blobs.put(b"second"),
    lambda: blobs.put_file(root.parents[1] / "source"),
):
    act()
    os.write(2, b"ACKNOWLEDGED")
with blobs.writer() as writer:
    writer.write(b"x" * 3_000_000)
    writer.commit()
os.write(2, b"ACKNOWLEDGED")
"""
THEIRS = """
import os, sys
import obstore
from obstore.store import LocalStore

store = LocalStore(sys.argv[1], mkdir=True)
obstore.put(store, "some/where/key", b"data")
os.write(2, b"ACKNOWLEDGED")
"""
CALL = re.compile(r"^(?:\[pid +\d+\] |\d+ +)?(\w+)\((.*)\) += (-?\d+)")
TRACED = "write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,mkdir,mkdirat,ftruncate,ioctl"


def calls_of(script: str, root: Path) -> list[tuple[str, str]]:
    """What a script asks the kernel for, in order; names of files stand beside their numbers."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("there is no strace")
    log = root.parent / "log"
    command = [
        strace,
        "-f",
        "-y",
        "-s",
        "16",
        "-e",
        f"trace={TRACED}",
        "-o",
        log,
        sys.executable,
        "-B",
        "-c",
        script,
        root,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "PTRACE" in done.stderr or "ptrace" in done.stderr:
        pytest.skip(f"may not trace: {done.stderr.splitlines()[0]}")
    assert done.returncode == 0, done.stderr
    found = [CALL.match(line) for line in log.read_text().splitlines()]
    return [(match[1], match[2]) for match in found if match and int(match[3]) >= 0]


def unsynced(calls: list[tuple[str, str]], root: Path) -> tuple[int, list[str]]:
    """How often something was acknowledged, and what was not on the disk by then.

    A model of a disk that forgets: the content of a file until it is synced, a name until its directory is.
    """
    dirty: set[str] = set()
    complaints: list[str] = []
    acknowledged = 0
    for name, arguments in calls:
        paths = re.findall(r"<([^>]*)>", arguments) + re.findall(r'"([^"]*)"', arguments)
        ours = [path for path in paths if path.startswith(str(root.parent))]
        if "ACKNOWLEDGED" in arguments:
            acknowledged += 1
            complaints += [f"{thing} when acknowledged" for thing in sorted(dirty) if "/.tmp/" not in thing]
        elif not ours:
            continue
        elif name.startswith("rename"):
            source, target = ours[-2:]
            if f"content of {source}" in dirty:
                complaints.append(f"content of {source} when renamed")
                dirty.add(f"content of {target}")
            dirty.add(f"name in {Path(target).parent}")
        elif name.startswith("mkdir"):
            if Path(ours[-1]) != root / ".tmp":
                dirty.add(f"name in {Path(ours[-1]).parent}")
        elif name in {"fsync", "fdatasync"}:
            dirty -= {f"content of {ours[0]}", f"name in {ours[0]}"}
        else:
            dirty.add(f"content of {ours[0]}")
    return acknowledged, complaints


@pytest.mark.skipif(sys.platform != "linux", reason="traces by strace")
def test_what_is_acknowledged_is_on_the_disk(tmp_path: Path) -> None:
    root = tmp_path / "deep" / "store"
    root.parent.mkdir()
    acknowledged, complaints = unsynced(calls_of(OURS, root), root)
    assert acknowledged == 6
    assert complaints == []


@pytest.mark.skipif(sys.platform != "linux", reason="traces by strace")
def test_the_store_of_the_library_is_not_and_the_test_would_see_it(tmp_path: Path) -> None:
    """Why the directory store is our own. When this fails the library has learned it: ask again then."""
    root = tmp_path / "deep" / "store"
    root.parent.mkdir()
    acknowledged, complaints = unsynced(calls_of(THEIRS, root), root)
    assert acknowledged == 1
    assert any("content of" in complaint for complaint in complaints)

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pytest

from starwhale.kit.files import atomic_write, fsync_dir, fsync_file, locked, make_dirs, move

WRITER = """
import sys
from pathlib import Path
from starwhale.kit.files import atomic_write
path = Path(sys.argv[1])
print("ready", flush=True)
for round in range(1_000_000):
    atomic_write(path, bytes([round % 251]) * 300_000)
"""

LIMITED = """
import resource, signal, sys
from pathlib import Path
from starwhale.kit.files import atomic_write
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    atomic_write(Path(sys.argv[1]), b"new" * 1000)
except OSError as exc:
    print(exc.errno)
"""

COUNTER = """
import sys
from pathlib import Path
from starwhale.kit.files import atomic_write, locked
path = Path(sys.argv[1])
for _ in range(50):
    with locked(path.with_name("counter.lock")):
        atomic_write(path, str(int(path.read_text()) + 1).encode())
"""


def run(program: str, *args: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(program), *args]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_written_bytes_are_read_back_and_directories_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    atomic_write(path, b"one")
    atomic_write(path, memoryview(b"two"))
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_the_mode_is_never_wider_than_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"")
    path.chmod(0o644)
    atomic_write(path, b"token", mode=0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_write_that_fails_leaves_the_old_content_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    atomic_write(path, b"old")
    with run(LIMITED, str(path)) as child:
        assert child.communicate()[0].strip() == str(27)  # EFBIG
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_writer_that_is_killed_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for delay in range(8):
        with run(WRITER, str(path)) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(0.005 + delay / 100)
            child.send_signal(signal.SIGKILL)
        if path.exists():
            content = path.read_bytes()
            assert len(content) == 300_000
            assert len(set(content)) == 1
    assert path.exists()


def test_what_is_there_already_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("x")
    make_dirs(tmp_path / "kept" / "new" / "deep")
    make_dirs(tmp_path / "kept" / "new" / "deep")
    assert (tmp_path / "kept" / "file").read_text() == "x"
    assert (tmp_path / "kept" / "new" / "deep").is_dir()


def test_a_file_in_the_way_of_a_directory_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(FileExistsError):
            make_dirs(path)


def test_a_lock_is_held_by_one_process_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "counter"
    path.write_text("0")
    children = [run(COUNTER, str(path)) for _ in range(3)]
    for child in children:
        assert child.wait() == 0
        assert child.stdout is not None
        child.stdout.close()
    assert path.read_text() == "150"


def test_a_lock_is_free_again_after_an_error(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), locked(tmp_path / "lock"):
            _ = 1 / 0


def test_sync_reaches_files_and_directories(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        file.write(b"x")
        file.flush()
        fsync_file(file.fileno())
    fsync_dir(tmp_path)
    with pytest.raises(NotADirectoryError):
        fsync_dir(tmp_path / "file")
    with pytest.raises(OSError, match=os.strerror(9)):
        fsync_file(10_000)


def elsewhere(place: Path) -> str:
    """A directory in another file system."""
    for each in ("/dev/shm", "/var/tmp", "/tmp"):
        if Path(each).is_dir() and Path(each).stat().st_dev != place.stat().st_dev:
            return each
    pytest.skip("there is no second file system")


def test_a_file_is_moved_to_another_file_system(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=elsewhere(tmp_path)) as other:
        source, target = Path(other) / "source", tmp_path / "deep" / "target"
        source.write_bytes(b"all of it" * 1000)
        move(source, target)
        assert target.read_bytes() == b"all of it" * 1000
        assert not source.exists()
        assert list(target.parent.iterdir()) == [target]

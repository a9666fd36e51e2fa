"""Packages of files, on every store."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from starwhale.core.errors import Conflict, Corrupted, InvalidName, NotFound, UsageError
from starwhale.storage.blobs import Blobs
from starwhale.storage.trees import DigestCache, Ignore, TreeEntry, Trees

FILES = {
    "model.yaml": b"name: mnist\n",
    "weights/a.bin": b"\x00\x01" * 5000,
    "weights/deep/er/b.bin": b"",
    "code/train.py": b"print('hello')\n",
    "code/übung – 1.py": "ü".encode(),
    "a b/%2e%2e/c": b"only names",
}


def fill(root: Path, files: dict[str, bytes] = FILES) -> Path:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def bytes_read() -> int:
    """Bytes that this thread has read so far, as the kernel counts them."""
    lines = Path("/proc/thread-self/io").read_text().splitlines()
    return int(lines[0].partition(":")[2])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return fill(tmp_path / "work")


@pytest.fixture
def trees(blobs: Blobs) -> Trees:
    return Trees(blobs)


def test_a_pack_tells_paths_modes_sizes_and_digests(trees: Trees, root: Path) -> None:
    (root / "code/train.py").chmod(0o755)
    entries = trees.pack(root)
    assert [entry.path for entry in entries] == sorted(FILES)
    for entry in entries:
        assert entry.size == len(FILES[entry.path])
        assert entry.digest == hashlib.sha256(FILES[entry.path]).hexdigest()
    assert {entry.mode for entry in entries if entry.path == "code/train.py"} == {0o755}


def test_a_pack_stores_all_of_it(trees: Trees, blobs: Blobs, root: Path) -> None:
    packed = trees.pack(root)
    assert blobs.missing(entry.digest for entry in packed) == set()


def test_what_was_packed_is_laid_out_again(trees: Trees, root: Path, tmp_path: Path) -> None:
    (root / "code/train.py").chmod(0o751)
    (root / "model.yaml").chmod(0o400)
    target = tmp_path / "some" / "target"
    trees.materialise(trees.pack(root), target)
    assert contents(target) == FILES
    assert stat.S_IMODE((target / "code/train.py").stat().st_mode) == 0o751
    assert stat.S_IMODE((target / "model.yaml").stat().st_mode) == 0o400
    assert [path.name for path in target.parent.iterdir()] == ["target"]


def test_writing_to_a_copy_never_reaches_the_store(
    trees: Trees, blobs: Blobs, root: Path, tmp_path: Path
) -> None:
    entries = trees.pack(root)
    trees.materialise(entries, tmp_path / "copy")
    for path in (tmp_path / "copy").rglob("*"):
        if path.is_file():
            with path.open("r+b") as file:
                file.write(b"OVERWRITTEN")
            assert path.stat().st_nlink == 1
    for path in root.rglob("*"):
        if path.is_file():
            path.write_bytes(b"OVERWRITTEN")
    for entry in entries:
        blobs.verify(entry.digest)


def test_an_empty_target_is_filled_and_another_one_refused(trees: Trees, root: Path, tmp_path: Path) -> None:
    entries = trees.pack(root)
    (tmp_path / "empty").mkdir()
    trees.materialise(entries, tmp_path / "empty")
    assert contents(tmp_path / "empty") == FILES
    (tmp_path / "file").write_bytes(b"mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("empty", "file", "link"):
        with pytest.raises(Conflict, match=name):
            trees.materialise(entries, tmp_path / name)
    assert (tmp_path / "file").read_bytes() == b"mine"
    assert not (tmp_path / "nowhere").exists()


def test_a_missing_blob_leaves_no_half_copy(trees: Trees, blobs: Blobs, root: Path, tmp_path: Path) -> None:
    entries = trees.pack(root)
    victim = entries[3].digest
    blobs.objects.delete(f"blobs/{victim[:2]}/{victim[2:]}")
    with pytest.raises(NotFound, match=victim[:12]):
        trees.materialise(entries, tmp_path / "new" / "target")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_damaged_blob_leaves_no_half_copy(trees: Trees, blobs: Blobs, root: Path, tmp_path: Path) -> None:
    entries = trees.pack(root)
    victim = next(entry.digest for entry in entries if entry.path == "model.yaml")
    blobs.objects.put(f"blobs/{victim[:2]}/{victim[2:]}", b"name: mnisT\n")
    with pytest.raises(Corrupted, match=victim[:12]):
        trees.materialise(entries, tmp_path / "new" / "target")
    assert list((tmp_path / "new").iterdir()) == []


def test_of_two_who_lay_out_at_one_place_one_wins(trees: Trees, root: Path, tmp_path: Path) -> None:
    entries = trees.pack(root)
    outcomes: list[str] = []

    def lay_out() -> None:
        try:
            trees.materialise(entries, tmp_path / "target")
            outcomes.append("done")
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=lay_out) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict", "conflict", "conflict", "done"]
    assert contents(tmp_path / "target") == FILES


def test_ignored_files_stay_out(trees: Trees, root: Path) -> None:
    fill(
        root,
        {"code/__pycache__/x.pyc": b"1", ".git/HEAD": b"2", "env/pyvenv.cfg": b"3", "env/bin/python": b"4"},
    )
    fill(root, {"conda/conda-meta/history": b"5", "conda/bin/python": b"6", "code/y.pyc": b"7"})
    fill(root, {".swignore": b"# ours\nweights/*\n"})
    assert [entry.path for entry in trees.pack(root)] == sorted(
        [".swignore", "model.yaml", "code/train.py", "code/übung – 1.py", "a b/%2e%2e/c"]
    )
    everything = trees.pack(root, Ignore.read(root, add_all=True))
    assert len(everything) == len(FILES) - 2 + 8
    assert not any(entry.path.startswith("weights/") for entry in everything)


def test_a_link_to_something_inside_stands_for_it(trees: Trees, root: Path, tmp_path: Path) -> None:
    (root / "latest.bin").symlink_to("weights/a.bin")
    (root / "also").symlink_to(root / "weights")
    entries = {entry.path: entry for entry in trees.pack(root)}
    assert entries["latest.bin"].digest == entries["weights/a.bin"].digest
    assert entries["also/deep/er/b.bin"].size == 0
    trees.materialise(entries.values(), tmp_path / "target")
    assert not (tmp_path / "target/latest.bin").is_symlink()
    assert (tmp_path / "target/latest.bin").read_bytes() == FILES["weights/a.bin"]


@pytest.mark.parametrize(
    ("link", "to", "message"),
    [
        ("out", "../secret", "leads out"),
        ("out", "/etc/passwd", "leads out"),
        ("weights/out", "../../secret", "leads out"),
        ("out", "..", "leads out"),
        ("out", "nothing", "leads to nothing"),
        ("weights/loop", "..", "back to a directory"),
        ("loop", "loop", "leads to nothing"),
    ],
)
def test_a_link_that_leads_astray_is_named(
    trees: Trees, root: Path, link: str, to: str, message: str
) -> None:
    (root.parent / "secret").write_bytes(b"secret")
    (root / link).symlink_to(to)
    with pytest.raises(UsageError, match=message) as caught:
        trees.pack(root)
    assert link in str(caught.value)
    assert ".swignore" in caught.value.hint
    (root / ".swignore").write_text(link.rpartition("/")[2])
    assert len(trees.pack(root)) == len(FILES) + 1


def test_pipes_and_sockets_are_named_and_never_opened(trees: Trees, root: Path) -> None:
    os.mkfifo(root / "pipe")
    with pytest.raises(UsageError, match="'pipe' is a pipe"):
        trees.pack(root)
    (root / "pipe").unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(root / "sock"))
        with pytest.raises(UsageError, match="'sock' is a pipe, a socket"):
            trees.pack(root)


@pytest.mark.parametrize("name", [b"back\\slash", b"new\nline", b"\xff\xfe", b"C:x"])
def test_a_name_that_no_package_can_have_is_refused(trees: Trees, root: Path, name: bytes) -> None:
    Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_bytes(b"x")
    with pytest.raises(InvalidName, match="not allowed in a package"):
        trees.pack(root)


def test_a_directory_that_is_missing_is_not_found(trees: Trees, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        trees.pack(tmp_path / "nowhere")


def test_a_file_that_changes_while_it_is_read_conflicts(blobs: Blobs, tmp_path: Path) -> None:
    big = tmp_path / "work" / "big"
    big.parent.mkdir()
    big.write_bytes(b"0" * (64 << 20))
    over = threading.Event()

    def keep_changing() -> None:
        with big.open("r+b") as file:
            while not over.is_set():
                file.seek(0)
                file.write(b"1")
                file.flush()
                time.sleep(0.001)

    writer = threading.Thread(target=keep_changing)
    writer.start()
    try:
        with pytest.raises(Conflict, match="'big' was changed"):
            Trees(blobs).pack(big.parent)
    finally:
        over.set()
        writer.join()


@pytest.mark.skipif(
    not Path("/proc/thread-self/io").exists(), reason="counts what is read by /proc/thread-self/io"
)
def test_a_second_build_of_an_unchanged_file_reads_nothing(blobs: Blobs, tmp_path: Path) -> None:
    big = tmp_path / "work" / "big"
    big.parent.mkdir()
    big.write_bytes(os.urandom(32 << 20))
    with DigestCache(tmp_path / "digests.sqlite", clock=lambda: time.time_ns() + 10**10) as digests:
        first = Trees(blobs, digests).pack(big.parent)
    before = bytes_read()
    with DigestCache(tmp_path / "digests.sqlite", clock=lambda: time.time_ns() + 10**10) as digests:
        assert Trees(blobs, digests).pack(big.parent) == first
    assert bytes_read() - before < 1 << 20


def test_a_known_file_whose_blob_is_gone_is_stored_again(blobs: Blobs, tmp_path: Path, root: Path) -> None:
    with DigestCache(tmp_path / "digests.sqlite", clock=lambda: time.time_ns() + 10**10) as digests:
        entries = Trees(blobs, digests).pack(root)
        for entry in entries:
            blobs.objects.delete(f"blobs/{entry.digest[:2]}/{entry.digest[2:]}")
        assert Trees(blobs, digests).pack(root) == entries
    assert blobs.missing(entry.digest for entry in entries) == set()


def test_a_changed_file_is_seen_although_size_and_time_are_the_same(blobs: Blobs, tmp_path: Path) -> None:
    file = tmp_path / "work" / "f"
    file.parent.mkdir()
    file.write_bytes(b"one")
    facts = file.stat()
    with DigestCache(tmp_path / "digests.sqlite", clock=lambda: time.time_ns() + 10**10) as digests:
        trees = Trees(blobs, digests)
        first = trees.pack(file.parent)[0].digest
        time.sleep(0.02)
        file.write_bytes(b"two")
        os.utime(file, ns=(facts.st_atime_ns, facts.st_mtime_ns))
        second = trees.pack(file.parent)[0].digest
    assert second == hashlib.sha256(b"two").hexdigest() != first


names = st.text("abcß. %$", min_size=1, max_size=6).filter(lambda name: name not in {".", ".."})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.dictionaries(
        st.lists(names, min_size=1, max_size=3).map("/".join),
        st.tuples(st.binary(max_size=50), st.integers(0, 0o777).map(lambda mode: mode | 0o400)),
        max_size=8,
    )
)
def test_any_tree_comes_back_as_it_was(
    blobs: Blobs, tmp_path_factory: pytest.TempPathFactory, files: dict[str, tuple[bytes, int]]
) -> None:
    below = {path for path in files if any(other.startswith(f"{path}/") for other in files)}
    files = {path: value for path, value in files.items() if path not in below}
    place = tmp_path_factory.mktemp("tree")
    (place / "work").mkdir()
    fill(place / "work", {path: content for path, (content, _) in files.items()})
    entries = [
        TreeEntry(path=path, mode=mode, size=len(content), digest=blobs.put(content))
        for path, (content, mode) in sorted(files.items())
    ]
    trees = Trees(blobs)
    trees.materialise(entries, place / "target")
    assert trees.pack(place / "target", Ignore(add_all=True)) == entries
    assert [entry.digest for entry in trees.pack(place / "work", Ignore(add_all=True))] == [
        entry.digest for entry in entries
    ]

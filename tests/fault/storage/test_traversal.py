"""FAULTS 27: keys, prefixes, digests and paths that would lead out of where they belong."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.contract.storage.s3 import S3Server, open_s3
from tests.fault.storage.proxy import FaultProxy

from starwhale.core.errors import Corrupted, InvalidName, NotFound, StarwhaleError
from starwhale.storage.blobs import Blobs
from starwhale.storage.objects import DirectoryObjects
from starwhale.storage.trees import TreeEntry, Trees

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.fault
SECRET = b"the secret that lies outside"

DOTS = [
    "..", ".", "...", "%2e%2e", "%2E%2e", ".%2e", "%252e%252e", "%25252e%25252e", "..%00", "..\0", "..;",
    "..%3b", "\uff0e\uff0e", "\u2025", "\u2024\u2024", "\u3002\u3002", "%c0%ae%c0%ae", "%uff0e%uff0e",
    "..\u200b", " ..", ".. ", "..\t", "..\r\n", "‥", "․․", "..\\", "....//", "..././", "~", "~root",
    "$HOME", "${HOME}", "`id`", "$(id)", "|id",
]  # fmt: skip
SLASHES = ["/", "//", "\\", "%2f", "%5c", "%252f", "\u2215", "\u2044", "\uff0f", "/./", "\\\\", "/\0/"]
WHOLE = [
    "", "/", "//", "///etc/passwd", "/etc/passwd", "\\\\server\\share\\secret", "//server/share/secret",
    "C:\\secret", "C:/secret", "c:secret", "file:///etc/passwd", "\\\\?\\C:\\secret", "\\\\.\\pipe\\x",
    "/proc/self/environ", "/dev/zero", "CON", "nul", "a\0b", "\0", "\0../secret", "secret\0.png",
    "x" * 256, "x" * 5000, "a/" * 3000 + "b", "../" * 200, "./" * 200 + "secret", "-rf", "--help", "a\nb",
    "a\rb", "\ud800", "\x1b[31m", "\u202esecret", "*", "?", "[a]", "{a,b}", ".tmp/x", ".lock", ".turn",
    ".sweep/x", ".git/config", "blobs", "blobs/../../secret", "blobs/ab/../../../secret",
]  # fmt: skip


def corpus() -> list[str]:
    """Some 600 texts that somebody might hope to get through."""
    found = list(WHOLE)
    for dots, slash in itertools.product(DOTS, SLASHES):
        found.append(f"{dots}{slash}secret")
        if slash in {"/", "\\", "%2f"}:
            found.append(f"a{slash}{dots}{slash}{dots}{slash}secret")
            found.append(f"{slash}{dots}{slash}secret")
    return found


CORPUS = corpus()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A directory with a secret beside it; nothing outside of it may change, nor the secret be told."""
    (tmp_path / "secret").write_bytes(SECRET)
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "secret").write_bytes(b"allowed")
    before = seen_from(tmp_path)
    cwd = Path.cwd()
    os.chdir(tmp_path / "inside")
    yield tmp_path / "inside"
    os.chdir(cwd)
    assert seen_from(tmp_path) == before


def seen_from(outside: Path) -> dict[str, tuple[bytes, int]]:
    """All that lies outside of `inside`, with its content."""
    files = [
        path
        for path in outside.rglob("*")
        if path.is_file() and "inside" not in path.relative_to(outside).parts
    ]
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def outcome(act: Callable[[], object]) -> object:
    """What an act returns; None when it is refused, by one of our own errors."""
    try:
        return act()
    except StarwhaleError:
        return None


def test_the_corpus_is_as_large_as_it_should_be() -> None:
    assert len(set(CORPUS)) >= 500


def test_no_key_leads_out_of_a_store(place: Path) -> None:
    objects = DirectoryObjects(place / "store")
    objects.put("known", b"known")
    refused = 0
    for text in CORPUS:
        try:
            objects.put(text, b"evil")
        except InvalidName:
            refused += 1
            for act in (objects.get, objects.stat, objects.touch, objects.delete, objects.path):
                with pytest.raises(InvalidName):
                    act(text)
        else:
            assert objects.get(text) == b"evil"
            path = objects.path(text)
            assert path is not None
            assert path.resolve().is_relative_to(place / "store")
            objects.delete(text)
        listed = outcome(lambda text=text: list(objects.list(text)))
        assert listed is None or all(found.key == "known" for found in listed)  # type: ignore[attr-defined]
    assert refused > 0.98 * len(CORPUS)
    assert [found.key for found in objects.list()] == ["known"]


def test_no_key_that_is_refused_reaches_an_object_store(s3_server: S3Server, proxy: FaultProxy) -> None:
    objects = open_s3(proxy.url, s3_server.bucket())
    for text in CORPUS:
        proxy.reset()
        try:
            objects.put(text, b"evil")
        except InvalidName:
            for act in (objects.get, objects.stat, objects.touch, objects.delete, objects.path):
                with pytest.raises(InvalidName):
                    act(text)
            assert proxy.seen == []
    for found in list(objects.list()):
        assert objects.get(found.key) == b"evil"
        assert "%" not in found.key
        assert ".." not in found.key.split("/")


def test_no_digest_leads_out_of_a_store(place: Path) -> None:
    blobs = Blobs(DirectoryObjects(place / "store"), place / "cache")
    for text in [*CORPUS, "../" * 21 + "x", "ab/../" * 10 + "abcd", "/" * 64]:
        for act in (
            blobs.read,
            blobs.local,
            blobs.size,
            blobs.exists,
            blobs.keep,
            blobs.verify,
            blobs.discard_damaged,
        ):
            with pytest.raises(InvalidName, match="digest"):
                act(text)
        with pytest.raises(InvalidName, match="digest"):
            blobs.read_range(text, 0, 100)
        with pytest.raises(InvalidName, match="digest"):
            blobs.missing([text])


def test_no_path_of_an_entry_leads_out_of_where_it_is_laid(place: Path) -> None:
    blobs = Blobs(DirectoryObjects(place / "store"))
    trees = Trees(blobs, threads=1)
    digest = blobs.put(b"evil")
    laid = 0
    for number, text in enumerate(CORPUS):
        target = place / "targets" / str(number)
        entries = [TreeEntry(path=text, mode=0o644, size=4, digest=digest)]
        if outcome(lambda target=target, entries=entries: trees.materialise(entries, target) or True) is None:
            assert not target.exists()
            continue
        laid += 1
        files = [path for path in target.rglob("*") if not path.is_dir()]
        assert [path.relative_to(target).as_posix() for path in files] == [text]
        assert all(path.resolve().is_relative_to(target) and not path.is_symlink() for path in files)
    assert 0 < laid < 0.7 * len(CORPUS), "names that are only strange are names"
    names = {path.name for path in (place / "targets").iterdir()}
    assert all(name.isdigit() for name in names), "nothing half-laid beside the targets"


@pytest.mark.parametrize(
    "mode", [0o120777, 0o020666, 0o060666, 0o010666, 0o140777, 0o4755, 0o2755, 0o1777, 1 << 40, -1]
)
def test_an_entry_is_never_a_link_a_device_or_privileged(place: Path, mode: int) -> None:
    blobs = Blobs(DirectoryObjects(place / "store"))
    entries = [
        TreeEntry(path="link", mode=mode, size=9, digest=blobs.put(b"../secret")),
        TreeEntry(path="link2", mode=0o644, size=4, digest=blobs.put(b"evil")),
    ]
    with pytest.raises(InvalidName, match="mode"):
        Trees(blobs).materialise(entries, place / "target")
    assert not (place / "target").exists()


def test_a_file_and_what_lies_below_it_cannot_both_be(place: Path) -> None:
    """The trick of a link first and a file through it next has no first step; nor has any other order."""
    blobs = Blobs(DirectoryObjects(place / "store"))
    digest = blobs.put(b"evil")
    for paths in (["a", "a/b"], ["a/b", "a"], ["a/b/c", "a/b", "x"], ["a", "a"]):
        entries = [TreeEntry(path=path, mode=0o644, size=4, digest=digest) for path in paths]
        with pytest.raises(InvalidName):
            Trees(blobs).materialise(entries, place / "target")
        assert not (place / "target").exists()


def test_a_link_in_the_place_of_an_object_is_not_followed(place: Path) -> None:
    objects = DirectoryObjects(place / "store")
    objects.put("a/known", b"known")
    (place / "store" / "a" / "link").symlink_to(place.parent / "secret")
    with pytest.raises(Corrupted, match="symbolic link"):
        objects.get("a/link")
    assert objects.stat("a/link") is None
    assert [found.key for found in objects.list()] == ["a/known"]
    objects.put("a/link", b"mine")
    assert objects.get("a/link") == b"mine"


def test_touching_a_link_does_not_touch_what_it_leads_to(place: Path) -> None:
    objects = DirectoryObjects(place / "store")
    objects.put("a/known", b"known")
    (place / "store" / "a" / "link").symlink_to(place.parent / "secret")
    (place / "store" / "a" / "dangling").symlink_to(place.parent / "created")
    assert outcome(lambda: objects.touch("a/link")) is None
    with pytest.raises((NotFound, Corrupted)):
        objects.get("a/dangling")
    objects.delete("a/link")


def test_a_link_at_the_target_is_not_followed(place: Path) -> None:
    blobs = Blobs(DirectoryObjects(place / "store"))
    (place.parent / "victim").mkdir()
    (place / "target").symlink_to(place.parent / "victim")
    entries = [TreeEntry(path="f", mode=0o644, size=4, digest=blobs.put(b"evil"))]
    with pytest.raises(StarwhaleError):
        Trees(blobs).materialise(entries, place / "target")
    assert list((place.parent / "victim").iterdir()) == []


def test_a_link_in_the_corner_of_a_store_is_not_followed(place: Path) -> None:
    objects = DirectoryObjects(place / "store")
    objects.put("known", b"known")
    (place / "store" / ".lock").unlink(missing_ok=True)
    (place / "store" / ".lock").symlink_to(place.parent / "created")
    with pytest.raises(StarwhaleError):
        objects.gate.keep("known", lambda: True)
    assert not (place.parent / "created").exists()

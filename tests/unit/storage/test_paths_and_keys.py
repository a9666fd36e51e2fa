"""Keys of objects and paths in packages: nothing climbs out of a directory."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import InvalidName
from starwhale.storage.objects.keys import check_key, check_prefix
from starwhale.storage.trees import TreeEntry, check_path
from starwhale.storage.trees.entry import check_entries

tricky = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from(["..", ".", "", "a", "b.c", "...", "%2e%2e", "\\", "\0", "C:", "~", "é", " "])
    ).map("/".join),
)


@given(tricky)
def test_a_key_that_passes_stays_inside(text: str) -> None:
    try:
        check_key(text)
    except InvalidName:
        return
    assert os.path.normpath(f"/root/{text}") == f"/root/{text}"
    assert not any(part.startswith(".") for part in text.split("/"))


@given(tricky)
def test_a_path_that_passes_stays_inside(text: str) -> None:
    try:
        check_path(text)
    except InvalidName:
        return
    assert os.path.normpath(f"/root/{text}") == f"/root/{text}"
    assert PurePosixPath("/root", text).is_relative_to("/root")
    assert "\0" not in text


def test_ordinary_keys_and_paths_pass() -> None:
    for key in ("a", "blobs/ab/0123", "tables/x=1/part-0.arrow", "A_b.c@2+3,4"):
        assert check_key(key) == key
    for path in ("a", "a/b.c", "ünï cödé/…", ".hidden/x", "...", "ab:c", "%2e%2e/x", "-", "~"):
        assert check_path(path) == path


def test_prefixes_may_end_in_a_slash_or_be_empty() -> None:
    assert check_prefix("") == check_prefix("/") == ""
    assert check_prefix("a/b/") == check_prefix("a/b") == "a/b"
    with pytest.raises(InvalidName):
        check_prefix("a//")


@pytest.mark.parametrize("key", ["x" * 201, "a/" * 600 + "b"])
def test_keys_have_an_end(key: str) -> None:
    with pytest.raises(InvalidName):
        check_key(key)


@pytest.mark.parametrize("path", ["x" * 256, "ü" * 128, "a/" * 3000 + "b", "\ud800"])
def test_paths_have_an_end(path: str) -> None:
    with pytest.raises(InvalidName):
        check_path(path)


def entry(path: str, mode: int = 0o644, digest: str = "ab" * 32, size: int = 1) -> TreeEntry:
    return TreeEntry(path=path, mode=mode, size=size, digest=digest)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([entry("a"), entry("a")], "two files"),
        ([entry("a"), entry("a.b"), entry("a/b")], "a file and a directory"),
        ([entry("a", mode=0o120777)], "mode 120777"),
        ([entry("a", mode=0o4755)], "mode 4755"),
        ([entry("a", mode=-1)], "mode"),
        ([entry("a", size=-1)], "size -1"),
        ([entry("a", digest="../../etc/passwd")], "no digest"),
        ([entry("../a")], "between slashes"),
    ],
)
def test_entries_that_contradict_are_refused(entries: list[TreeEntry], message: str) -> None:
    with pytest.raises(InvalidName, match=message):
        check_entries(entries)


def test_entries_come_sorted() -> None:
    entries = [entry("b"), entry("a/b"), entry("a-b")]
    assert [found.path for found in check_entries(entries)] == ["a-b", "a/b", "b"]
    assert check_entries([]) == []
    assert Path("/root") / check_entries(entries)[1].path == Path("/root/a/b")

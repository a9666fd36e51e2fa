"""Patterns of `.swignore`."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import UsageError
from starwhale.storage.trees import Ignore
from starwhale.storage.trees.ignore import Pattern


@pytest.mark.parametrize(
    ("pattern", "path", "directory", "expected"),
    [
        ("*.log", "a.log", False, True),
        ("*.log", "deep/er/a.log", False, True),
        ("*.log", "a.logs", False, False),
        ("*.LOG", "a.log", False, False),
        ("data", "data", True, True),
        ("data", "x/data", True, True),
        ("data", "data.csv", False, False),
        ("data/", "data", True, True),
        ("data/", "data", False, False),
        ("/data", "data", True, True),
        ("/data", "x/data", True, False),
        ("./data", "data", True, True),
        ("docs/*", "docs/a", False, True),
        ("docs/*", "docs/a/b", False, True),
        ("docs/*", "x/docs/a", False, False),
        ("docs/*.txt", "docs/a/b.txt", False, True),
        ("**/tmp", "tmp", True, True),
        ("**/tmp", "a/b/tmp", True, True),
        ("**/a/tmp", "a/tmp", True, True),
        ("**/a/tmp", "b/a/tmp", True, True),
        ("[ab].txt", "a.txt", False, True),
        ("[!ab].txt", "a.txt", False, False),
        ("?.txt", "ab.txt", False, False),
    ],
)
def test_a_pattern_is_read_as_fnmatch_does(pattern: str, path: str, directory: bool, expected: bool) -> None:
    assert Pattern(pattern).matches(path, directory=directory) is expected


@given(pattern=st.text("ab*?[]!.", min_size=1, max_size=8), name=st.text("ab.*", min_size=1, max_size=8))
def test_a_pattern_without_a_slash_is_fnmatch_of_the_name(pattern: str, name: str) -> None:
    assert Pattern(pattern).matches(f"some/where/{name}", directory=False) == fnmatchcase(name, pattern)


@given(st.text(max_size=30), st.text(min_size=1, max_size=30))
def test_no_pattern_is_an_error(pattern: str, path: str) -> None:
    Pattern(pattern).matches(path, directory=False)


def test_the_file_has_comments_blanks_and_any_line_ends(tmp_path: Path) -> None:
    (tmp_path / ".swignore").write_bytes(
        "\ufeff# a comment\r\n\r\n  *.tmp  \r\n   # another\n/\ndata/".encode()
    )
    rules = Ignore.read(tmp_path, extra=["*.bak"])
    assert [pattern.text for pattern in rules.patterns] == ["*.tmp", "data/", "*.bak"]
    assert rules.skips_file("x.tmp")
    assert rules.skips_file("a/x.bak")
    assert not rules.skips_file("x.py")


def test_without_a_file_only_the_built_in_holds(tmp_path: Path) -> None:
    rules = Ignore.read(tmp_path)
    assert rules.patterns == ()
    assert rules.skips_directory("a/__pycache__", tmp_path)
    assert rules.skips_directory(".git", tmp_path)
    assert rules.skips_file("a/b.pyc")
    assert not rules.skips_file(".gitignore")


@pytest.mark.parametrize("marker", ["venv", "conda"])
def test_environments_stay_out_whatever_their_name(tmp_path: Path, marker: str) -> None:
    if marker == "venv":
        (tmp_path / "pyvenv.cfg").write_text("home = /usr")
    else:
        (tmp_path / "conda-meta").mkdir()
    assert Ignore().skips_directory("whatever", tmp_path)
    assert not Ignore(add_all=True).skips_directory("whatever", tmp_path)


def test_add_all_keeps_the_built_in_and_not_the_users(tmp_path: Path) -> None:
    (tmp_path / ".swignore").write_text("*.log\n")
    rules = Ignore.read(tmp_path, add_all=True)
    assert not rules.skips_file("a.pyc")
    assert not rules.skips_directory("__pycache__", tmp_path)
    assert rules.skips_file("a.log")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".swignore").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="UTF-8"):
        Ignore.read(tmp_path)

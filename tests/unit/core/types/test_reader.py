"""Files as sources of bytes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from starwhale.core.errors import NotFound, UsageError
from starwhale.core.types.reader import FileReader


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "numbers"
    path.write_bytes(bytes(range(100)))
    return path


@example(offset=1, length=-2)
@given(offset=st.integers(0, 120), length=st.integers(-3, 120))
def test_a_range_of_a_file_is_the_slice_of_its_bytes(numbers: Path, offset: int, length: int) -> None:
    whole = bytes(range(100))
    expected = whole[offset:] if length < 0 else whole[offset : offset + length]
    assert FileReader.at(numbers).read(offset, length) == expected


def test_a_file_tells_its_size_without_being_read(numbers: Path) -> None:
    assert FileReader.at(numbers).size == 100


def test_a_relative_path_survives_a_change_of_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"here")
    monkeypatch.chdir(tmp_path)
    reader = FileReader.at("a")
    monkeypatch.chdir("/")
    assert reader.read() == b"here"


@pytest.mark.parametrize("path", ["nope.png", "numbers/below-a-file", "with\0nul", "x" * 5000])
def test_what_cannot_be_a_file_is_not_found_and_named_briefly(numbers: Path, path: str) -> None:
    with pytest.raises(NotFound, match="no file") as raised:
        FileReader.at(numbers.parent / path)
    assert len(str(raised.value)) < 400


def test_a_directory_is_no_content(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a directory"):
        FileReader.at(tmp_path)


def test_a_pipe_is_no_content(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="no regular file"):
        FileReader.at(tmp_path / "pipe")


def test_a_file_that_vanishes_is_not_found_when_read(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x")
    reader = FileReader.at(path)
    path.unlink()
    with pytest.raises(NotFound, match="no file"):
        reader.read()
    with pytest.raises(NotFound, match="no file"):
        _ = reader.size

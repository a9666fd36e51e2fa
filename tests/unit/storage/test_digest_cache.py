"""Digests of unchanged files: never a wrong one, and never a failure of who asks."""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from starwhale.storage.trees import DigestCache

if TYPE_CHECKING:
    from collections.abc import Callable

DIGEST = "ab" * 32


def later() -> int:
    """A clock ten seconds ahead, by which files made just now are at rest."""
    return time.time_ns() + 10**10


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    return path


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "sub" / "digests.sqlite"


def test_a_digest_is_remembered_by_the_next_one_too(file: Path, place: Path) -> None:
    with DigestCache(place, clock=later) as digests:
        assert digests.get(file.stat()) is None
        digests.put(file.stat(), DIGEST)
        assert digests.get(file.stat()) == DIGEST
    with DigestCache(place, clock=later) as digests:
        assert digests.get(file.stat()) == DIGEST


@pytest.mark.parametrize("age", [0.0, 1.0, 1.999, -5.0])
def test_a_file_that_was_changed_just_now_is_not_trusted(file: Path, place: Path, age: float) -> None:
    changed = max(file.stat().st_mtime_ns, file.stat().st_ctime_ns)
    with DigestCache(place, clock=lambda: changed + int(age * 1e9)) as digests:
        digests.put(file.stat(), DIGEST)
        assert digests.get(file.stat()) is None
    with DigestCache(place, clock=later) as digests:
        assert digests.get(file.stat()) is None, "not even later, since it may have changed within the tick"


def test_a_file_at_rest_for_two_seconds_is_trusted(file: Path, place: Path) -> None:
    changed = max(file.stat().st_mtime_ns, file.stat().st_ctime_ns)
    with DigestCache(place, clock=lambda: changed + 2_000_000_000) as digests:
        digests.put(file.stat(), DIGEST)
        assert digests.get(file.stat()) == DIGEST


def append(path: Path) -> None:
    path.write_bytes(b"content!")


def rewrite(path: Path) -> None:
    facts = path.stat()
    path.write_bytes(b"CONTENT")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"content")
    other.replace(path)


def set_time(path: Path) -> None:
    os.utime(path, ns=(0, 0))


@pytest.mark.parametrize("change", [append, rewrite, replace, set_time])
def test_a_changed_file_is_forgotten(file: Path, place: Path, change: Callable[[Path], None]) -> None:
    with DigestCache(place, clock=later) as digests:
        digests.put(file.stat(), DIGEST)
        time.sleep(0.02)
        change(file)
        assert digests.get(file.stat()) is None
    with DigestCache(place, clock=later) as digests:
        assert digests.get(file.stat()) is None


def test_a_changed_row_is_not_believed(file: Path, place: Path) -> None:
    with DigestCache(place, clock=later) as digests:
        digests.put(file.stat(), DIGEST)
    database = sqlite3.connect(place)
    database.execute("update digests set digest = ?", ("cd" * 32,))
    database.commit()
    database.close()
    with DigestCache(place, clock=later) as digests:
        assert digests.get(file.stat()) is None


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(position=3828, value=128, cut=False)
@given(position=st.integers(0, 20_000), value=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_file_never_gives_a_wrong_digest(
    tmp_path_factory: pytest.TempPathFactory, position: int, value: int, cut: bool
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    place = folder / "digests.sqlite"
    files = [folder / f"f{number}" for number in range(40)]
    for file in files:
        file.write_bytes(file.name.encode())
    truth = {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    with DigestCache(place, clock=later) as digests:
        for file in files:
            digests.put(file.stat(), truth[file])
    raw = bytearray(place.read_bytes())
    if cut:
        raw = raw[: position % len(raw)]
    else:
        raw[position % len(raw)] = value
    place.write_bytes(raw)
    with DigestCache(place, clock=later) as digests:
        for file in files:
            assert digests.get(file.stat()) in {None, truth[file]}
            digests.put(file.stat(), truth[file])


def test_what_is_no_database_is_begun_anew(file: Path, place: Path, caplog: pytest.LogCaptureFixture) -> None:
    place.parent.mkdir()
    place.write_bytes(b"not a database at all, and long enough to be looked at" * 50)
    with caplog.at_level(logging.WARNING), DigestCache(place, clock=later) as digests:
        digests.put(file.stat(), DIGEST)
    assert "could not be opened" in caplog.text
    with DigestCache(place, clock=later) as digests:
        assert digests.get(file.stat()) == DIGEST


def test_another_version_of_the_format_is_begun_anew(file: Path, place: Path) -> None:
    place.parent.mkdir()
    database = sqlite3.connect(place)
    database.execute("create table digests (other integer)")
    database.execute("pragma user_version = 99")
    database.commit()
    database.close()
    with DigestCache(place, clock=later) as digests:
        digests.put(file.stat(), DIGEST)
    with DigestCache(place, clock=later) as digests:
        assert digests.get(file.stat()) == DIGEST


def test_a_place_that_cannot_be_written_only_costs_time(
    file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "occupied").write_bytes(b"")
    with DigestCache(tmp_path / "occupied" / "digests.sqlite", clock=later) as digests:
        digests.put(file.stat(), DIGEST)
        assert digests.get(file.stat()) == DIGEST
    assert "could not be opened" in caplog.text


def test_closing_twice_is_fine(place: Path) -> None:
    digests = DigestCache(place)
    digests.close()
    digests.close()


@pytest.mark.parametrize("again", range(5))
def test_several_at_once_may_use_one_file(tmp_path: Path, place: Path, again: int) -> None:
    files = [tmp_path / f"f{number}" for number in range(200)]
    for file in files:
        file.write_bytes(b"x")

    def learn(part: list[Path]) -> None:
        with DigestCache(place, clock=later) as digests:
            for file in part:
                digests.put(file.stat(), DIGEST)

    threads = [threading.Thread(target=learn, args=(files[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with DigestCache(place, clock=later) as digests:
        assert [digests.get(file.stat()) for file in files] == [DIGEST] * 200

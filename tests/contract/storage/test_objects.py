"""What every store of objects does."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from starwhale.core.errors import InvalidName, NotFound, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from starwhale.storage.objects import Objects

BIG = bytes(range(256)) * (20 << 12)  # 20 MiB, several parts of an upload


def test_what_was_put_is_got(objects: Objects) -> None:
    objects.put("a/b", b"hello")
    assert objects.get("a/b") == b"hello"


@pytest.mark.parametrize("data", [b"", b"\0", bytearray(b"abc"), memoryview(b"abcdef")[2:4]])
def test_any_bytes_can_be_put(objects: Objects, data: bytes | bytearray | memoryview) -> None:
    objects.put("k", data)
    assert objects.get("k") == bytes(data)


def test_a_second_put_replaces_the_first(objects: Objects) -> None:
    objects.put("k", b"a longer one")
    objects.put("k", b"short")
    assert objects.get("k") == b"short"
    found = objects.stat("k")
    assert found is not None
    assert found.size == 5


def test_a_file_can_be_put(objects: Objects, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(BIG)
    objects.put("k", source)
    assert objects.get("k") == BIG
    assert source.read_bytes() == BIG


def test_a_file_that_is_missing_or_none_is_refused(objects: Objects, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        objects.put("k", tmp_path / "nowhere")
    with pytest.raises(UsageError, match="no regular file"):
        objects.put("k", tmp_path)
    assert objects.stat("k") is None


def test_big_objects_go_in_parts_and_come_whole(objects: Objects) -> None:
    objects.put("big", BIG)
    assert objects.get("big") == BIG


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, 40), length=st.integers(-1, 40), size=st.integers(0, 30))
def test_a_range_is_what_a_slice_is(objects: Objects, start: int, length: int, size: int) -> None:
    data = bytes(range(size))
    objects.put("k", data)
    expected = data[start:] if length < 0 else data[start : start + length]
    assert objects.get("k", start, length) == expected


def test_a_range_before_the_beginning_is_refused(objects: Objects) -> None:
    objects.put("k", b"abc")
    with pytest.raises(UsageError, match="-1"):
        objects.get("k", -1)


@pytest.mark.parametrize(("start", "length"), [(0, -1), (3, -1), (0, 0), (0, 5), (5, 5)])
def test_reading_what_is_not_there_is_not_found(objects: Objects, start: int, length: int) -> None:
    objects.put("a/b", b"x")
    for key in ("nothing", "a", "a/b/c"):
        with pytest.raises(NotFound, match=key):
            objects.get(key, start, length)


def test_stat_tells_size_and_time(objects: Objects) -> None:
    before = datetime.now(UTC)
    objects.put("a/b", b"hello")
    after = datetime.now(UTC)
    found = objects.stat("a/b")
    assert found is not None
    assert (found.key, found.size) == ("a/b", 5)
    assert before - timedelta(seconds=1) < found.modified <= after


def test_stat_of_what_is_not_there_is_none(objects: Objects) -> None:
    objects.put("a/b", b"x")
    assert objects.stat("nothing") is None
    assert objects.stat("a") is None
    assert objects.stat("a/b/c") is None


def test_list_goes_by_key_and_stops_at_whole_names(objects: Objects) -> None:
    for key in ("a/b/2", "a/b/10", "a/bc", "a-b", "a.b/c", "a/b/1/x", "b", "a0"):
        objects.put(key, key.encode())
    everything = [found.key for found in objects.list()]
    assert everything == sorted(everything, key=str.encode)
    assert len(everything) == 8
    assert [found.key for found in objects.list("a/b")] == ["a/b/1/x", "a/b/10", "a/b/2"]
    assert [found.key for found in objects.list("a/b/")] == ["a/b/1/x", "a/b/10", "a/b/2"]
    assert [found.size for found in objects.list("a.b")] == [5]
    assert list(objects.list("nothing")) == []


def test_list_of_an_empty_store_is_empty(objects: Objects) -> None:
    assert list(objects.list()) == []


def test_list_gives_more_than_one_page(objects: Objects) -> None:
    for number in range(1100):
        objects.put(f"n/{number:04d}", b"")
    assert [found.key for found in objects.list("n")] == [f"n/{number:04d}" for number in range(1100)]


def test_delete_removes_and_forgives(objects: Objects) -> None:
    objects.put("a/b", b"x")
    objects.delete("a/b")
    objects.delete("a/b")
    objects.delete("never/there")
    assert objects.stat("a/b") is None
    objects.put("a/b", b"y")
    assert objects.get("a/b") == b"y"


def test_touch_makes_an_object_new_and_leaves_its_bytes(objects: Objects) -> None:
    objects.put("a/b", b"hello")
    first = objects.stat("a/b")
    time.sleep(1.1)  # object stores count in seconds
    objects.touch("a/b")
    second = objects.stat("a/b")
    assert first is not None
    assert second is not None
    assert second.modified > first.modified
    assert objects.get("a/b") == b"hello"
    assert [found.key for found in objects.list()] == ["a/b"]


def test_touch_of_what_is_not_there_is_not_found(objects: Objects) -> None:
    with pytest.raises(NotFound, match="nothing"):
        objects.touch("nothing")


def test_a_draft_is_seen_when_it_is_committed(objects: Objects) -> None:
    with objects.draft() as draft:
        draft.write(b"hello ")
        draft.write(memoryview(b"world"))
        assert list(objects.list()) == []
        assert b"".join(draft.chunks()) == b"hello world"
        draft.commit("a/b")
    assert objects.get("a/b") == b"hello world"


def test_a_draft_that_is_left_leaves_nothing(objects: Objects) -> None:
    with objects.draft() as draft:
        draft.write(b"hello")
    with pytest.raises(RuntimeError), objects.draft() as draft:  # noqa: PT012
        draft.write(b"hello")
        raise RuntimeError
    assert list(objects.list()) == []


def test_a_draft_may_be_larger_than_memory_should_be(objects: Objects) -> None:
    with objects.draft() as draft:
        for _ in range(20):
            draft.write(BIG[: 1 << 20])
        draft.seal()
        draft.commit("big")
    assert objects.get("big") == BIG[: 1 << 20] * 20


def test_a_path_is_a_file_to_map_or_none(objects: Objects, store_kind: str) -> None:
    objects.put("a/b", b"hello")
    path = objects.path("a/b")
    if store_kind == "directory":
        assert path is not None
        assert path.read_bytes() == b"hello"
    else:
        assert path is None


def test_tidy_leaves_objects_alone(objects: Objects) -> None:
    objects.put("a/b", b"hello")
    assert objects.tidy(datetime.now(UTC) + timedelta(days=1)) == 0
    assert objects.get("a/b") == b"hello"


@pytest.mark.parametrize("method", ["get", "stat", "delete", "touch", "path", "list"])
@pytest.mark.parametrize("key", ["../x", "a/../b", "/a", "a//b", ".tmp/x", "a\\b", "a\0b", "a b", "é", "a/"])
def test_a_key_that_is_none_is_refused(objects: Objects, method: str, key: str) -> None:
    if method == "list" and key == "a/":
        return
    with pytest.raises(InvalidName, match="object key"):
        getattr(objects, method)(key)
    with pytest.raises(InvalidName, match="object key"):
        objects.put(key, b"x")


def test_only_one_sweeper_has_the_right(objects: Objects) -> None:
    with objects.gate.sweeping("blobs/ab") as turn:
        assert turn.open()
    with objects.gate.sweeping("blobs/ab") as turn:
        assert turn.open()
    assert list(objects.list()) == []


def test_keep_runs_what_it_is_given(objects: Objects) -> None:
    def put() -> bool:
        objects.put("blobs/ab/x", b"1")
        return True

    assert objects.gate.keep("blobs/ab/x", put)
    assert not objects.gate.keep("blobs/ab/y", lambda: False)
    assert objects.get("blobs/ab/x") == b"1"

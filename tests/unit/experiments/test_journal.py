"""The journal: what was written is read, whatever was cut off behind it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.experiments.journal import Journal, claimed, records_of
from starwhale.experiments.settling import gather
from starwhale.storage.tables.frames import encode_frame

numbers = st.floats(allow_nan=False, allow_infinity=False)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
metrics = st.tuples(
    st.just("m"), st.integers(0, 9), st.just(1.5), st.dictionaries(names, numbers, max_size=3)
)
gauges = st.tuples(st.just("s"), st.integers(0, 9), st.just(1.5), st.dictionaries(names, numbers, max_size=3))
lines = st.tuples(st.just("c"), st.just(1.5), st.sampled_from(["stdout", "stderr"]), names)
records = st.lists(st.one_of(metrics, gauges, lines).map(list), max_size=8)


def written(found: list[list[Any]]) -> bytes:
    return b"".join(encode_frame(number, each) for number, each in enumerate(found, start=1))


@given(records, st.data())
def test_a_torn_journal_gives_its_whole_records(found: list[list[Any]], data: st.DataObject) -> None:
    whole = written(found)
    cut = data.draw(st.integers(0, len(whole)))
    read = list(records_of(whole[:cut]))
    assert [record for _, _, record in read] == found[: len(read)]
    assert [sequence for _, sequence, _ in read] == list(range(1, len(read) + 1))
    ends = [len(written(found[:count])) for count in range(1, len(found) + 1)]
    assert [end for end, _, _ in read] == [end for end in ends if end <= cut]


@given(records, st.binary(min_size=1, max_size=60))
def test_rubbish_behind_the_records_is_not_read(found: list[list[Any]], rubbish: bytes) -> None:
    read = list(records_of(written(found) + b"x" + rubbish))
    assert [record for _, _, record in read] == found


@given(records, st.integers(0, 9))
def test_every_record_is_gathered_once_wherever_one_goes_on(found: list[list[Any]], split: int) -> None:
    data = written(found)
    first = gather(written(found[:split]), 0)
    rest = gather(data, min(split, len(found)))
    points = [
        (kind, name, step, value)
        for group in (first, rest)
        for (kind, name), series in group.points.items()
        for step, value in zip(series.steps, series.values, strict=True)
    ]
    kinds = {"m": "metrics", "s": "system"}
    assert sorted(points) == sorted(
        (kinds[record[0]], name, record[1], value)
        for record in found
        if record[0] != "c"
        for name, value in record[3].items()
    )
    assert first.lines + rest.lines == [tuple(record[1:]) for record in found if record[0] == "c"]


def test_numbers_that_json_has_no_form_for_come_back() -> None:
    group = gather(written([["m", 0, 1.0, {"a": "nan", "b": "-inf", "c": 1}]]), 0)
    assert math.isnan(group.points["metrics", "a"].values[0])
    assert group.points["metrics", "b"].values == [-math.inf]
    assert group.points["metrics", "c"].values == [1.0]


def test_a_journal_is_emptied_only_when_nothing_waits(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "a" / "p.journal")
    journal.append(["c", 1.0, "stdout", "one"])
    end = journal.size
    journal.append(["c", 2.0, "stdout", "two"])
    assert not journal.forget(end)
    assert journal.forget(journal.size)
    assert journal.size == 0
    journal.append(["c", 3.0, "stdout", "three"])
    assert [sequence for _, sequence, _ in records_of(journal.path.read_bytes())] == [3]
    assert journal.sync()
    assert not journal.sync()
    journal.close(remove=True)
    assert not journal.path.exists()


def test_a_journal_is_claimed_when_its_owner_is_gone(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "p.journal")
    with claimed(journal.path) as free:
        assert not free
    journal.close()
    with claimed(journal.path) as free, claimed(journal.path) as second:
        assert (free, second) == (True, False)
    with claimed(tmp_path / "none") as free:
        assert not free


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    from starwhale.core.errors import Unavailable

    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match=r"cannot write to .*file"):
        Journal(tmp_path / "file" / "p.journal")

"""The log of a writer as a file: written frame by frame, read with whatever else is in it."""

from __future__ import annotations

import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import Corrupted
from starwhale.storage.tables.frame_files import RUN, laid_out, runs_of
from starwhale.storage.tables.frames import MAGIC, encode_frame

frames = st.integers(0, 200).map(lambda size: encode_frame(0, [["key", {"text": "x" * size}]]))
#: What a refused commit leaves between frames; zeros in a backup, and torn frames at the end of a log.
junk = st.one_of(
    st.just(b""),
    st.integers(1, 3_000).map(bytes),
    st.binary(max_size=50),
    st.just(MAGIC + b"\xff" * 16),
    frames.map(lambda frame: frame[:-1]),
)


def read(data: bytes) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    for run in runs_of(io.BytesIO(data)):
        at = run.offset
        for frame in run.frames:
            found.append((at, frame))
            at += len(frame)
    return found


@given(st.lists(st.tuples(st.integers(0, 5_000), frames), max_size=8))
def test_frames_are_read_where_they_were_laid(parts: list[tuple[int, bytes]]) -> None:
    at, placed = 0, list[tuple[int, bytes]]()
    for gap, frame in parts:
        placed.append((at + gap, frame))
        at += gap + len(frame)
    data = b"".join(laid_out(placed))
    assert len(data) == at
    assert read(data) == placed


@given(st.lists(st.tuples(junk, frames), max_size=6), junk)
def test_whatever_else_is_in_a_log_hides_no_frame(parts: list[tuple[bytes, bytes]], end: bytes) -> None:
    data, placed = b"", list[tuple[int, bytes]]()
    for before, frame in parts:
        data += before
        placed.append((len(data), frame))
        data += frame
    assert read(data + end) == placed


@given(st.lists(frames, min_size=1, max_size=5), st.data())
def test_a_frame_that_was_changed_is_none(found: list[bytes], data: st.DataObject) -> None:
    whole = bytearray(b"".join(found))
    place = data.draw(st.integers(0, len(whole) - 1))
    # The four bytes of the sequence are not read by anybody.
    ends = list(itertools.accumulate(map(len, found)))
    hit = next(number for number, end in enumerate(ends) if place < end)
    inside = place - (ends[hit] - len(found[hit]))
    whole[place] ^= 0xFF
    kept = [frame for number, frame in enumerate(found) if number != hit or 4 <= inside < 8]
    assert len(read(bytes(whole))) == len(kept)


def test_runs_are_short_and_the_last_is_marked() -> None:
    frame = encode_frame(0, [["key", {"text": "x" * (RUN // 3)}]])
    runs = list(runs_of(io.BytesIO(frame * 7)))
    assert [len(run.frames) for run in runs] == [2, 2, 2, 1]
    assert [run.last for run in runs] == [False, False, False, True]
    assert b"".join(part for run in runs for part in run.frames) == frame * 7


def test_frames_in_the_same_place_are_not_written_over_each_other() -> None:
    frame = encode_frame(0, [["key", {}]])
    with pytest.raises(Corrupted, match="same place"):
        list(laid_out([(0, frame), (1, frame)]))

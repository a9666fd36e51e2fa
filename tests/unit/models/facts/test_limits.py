"""No bytes bring a reader to raise anything, or to read more than it may."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.models.facts.reading import FILES, Counting
from tests.unit.models.facts.samples import SAMPLES

from starwhale.models.facts.formats import HEAD
from starwhale.models.facts.source import MOST_TAKEN, Cursor, Source, Unreadable
from starwhale.models.facts.tree import facts_of_file
from starwhale.models.facts.unpacking import Inflater, Unpacked

NAMES = [*SAMPLES, "a.ubj", "a.joblib", "a.model", "a.bin", "adapter_config.json", "model_index.json"]
MAGIC = [b"", b"GGUF\x03\0\0\0", b"PK\x03\x04", b"\x80\x04", b"tree\nversion=", b'{"learner":{', b"x\x9c"]
_TOKENS = [
    b"\xff" * 8,
    bytes(8),
    b"\x7f" * 4,
    b"[",
    b"{",
    b"(",
    b"c",
    b"\x93",
    b".",
    b'"',
    b"[$l#L",
    b"PK\x05\x06",
]
edits = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 20), st.binary(max_size=4) | st.sampled_from(_TOKENS)),
    max_size=5,
)


def _survives(name: str, data: bytes) -> None:
    file = Counting(data)
    found = facts_of_file(name, len(data), file)
    if found is not None:
        json.dumps(found.to_json(), allow_nan=False)
    # A reader may look twice at the end of an archive or at a window, never again and again.
    assert file.read <= HEAD + 8 * len(data) + 4096


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60)
@given(st.sampled_from(MAGIC), st.binary(max_size=400))
def test_arbitrary_bytes(name: str, magic: bytes, data: bytes) -> None:
    _survives(name, magic + data)


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=80)
@given(edits)
def test_damaged_files(name: str, changes: list[tuple[int, int, bytes]]) -> None:
    _survives(name, _changed(SAMPLES[name], changes))


@pytest.mark.parametrize("name", sorted(each.name for each in FILES.iterdir()))
@settings(max_examples=25)
@given(edits)
def test_damaged_files_of_frameworks(name: str, changes: list[tuple[int, int, bytes]]) -> None:
    _survives(name, _changed((FILES / name).read_bytes(), changes))


@pytest.mark.parametrize("name", SAMPLES)
def test_files_that_end_anywhere(name: str) -> None:
    for length in range(len(SAMPLES[name])):
        _survives(name, SAMPLES[name][:length])


def _changed(data: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for place, gone, new in changes:
        at = place % (len(data) + 1)
        data = data[:at] + new + data[at + gone :]
    return data


@given(
    st.binary(max_size=3000),
    st.lists(st.tuples(st.sampled_from(["take", "skip", "peek"]), st.integers(0, 900))),
)
def test_a_stream_gives_what_the_file_holds(data: bytes, steps: list[tuple[str, int]]) -> None:
    import zlib

    packed = Cursor(Source.of(zlib.compress(data)))
    for stream in (Cursor(Source.of(data)), Unpacked(packed, Inflater(47))):
        at = 0
        for step, count in steps:
            if step == "peek":
                assert stream.peek(count) == data[at : at + count]
            elif at + count > len(data):
                with pytest.raises(Unreadable):
                    getattr(stream, step)(count)
                break
            else:
                result: Any = getattr(stream, step)(count)
                assert result in (None, data[at : at + count])
                at += count
            assert stream.position == at


def test_a_source_gives_no_more_than_it_may() -> None:
    source = Source(lambda _, length: bytes(length), 1 << 40, most=100)
    assert len(source.take(5, 60)) == 60
    with pytest.raises(Unreadable, match="too long"):
        source.take(5, 60)
    with pytest.raises(Unreadable, match="one piece"):
        source.take(0, MOST_TAKEN + 1)
    with pytest.raises(Unreadable, match="ends before"):
        Source(lambda _, __: b"x", 10).take(0, 5)

"""Headers of safetensors."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.models.facts.reading import Counting, facts
from tests.unit.models.facts.samples import safetensors

from starwhale.models.facts.tree import facts_of_file

_BITS = {"F32": 32, "F16": 16, "BF16": 16, "I64": 64, "BOOL": 8, "F8_E4M3": 8, "F4": 4}
shapes = st.lists(st.integers(0, 6), max_size=4)


@given(st.dictionaries(st.text(min_size=1, max_size=6), st.tuples(st.sampled_from(list(_BITS)), shapes)))
def test_the_header_tells_every_tensor(tensors: dict[str, tuple[str, list[int]]]) -> None:
    header: dict[str, Any] = {}
    start, total = 0, 0
    for name, (dtype, shape) in tensors.items():
        count = 1
        for length in shape:
            count *= length
        if name == "__metadata__" or count * _BITS[dtype] % 8:
            return
        size = count * _BITS[dtype] // 8
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [start, start + size]}
        start, total = start + size, total + count
    found = facts("a.safetensors", safetensors(header, bytes(start)))
    assert (found.parameters, found.tensor_count, found.problem) == (total, len(tensors), "")
    assert {each.name: each.shape for each in found.tensors} == {
        name: tuple(shape) for name, (_, shape) in tensors.items()
    }


def test_what_the_library_writes_is_read_without_it_and_without_the_weights() -> None:
    numpy = pytest.importorskip("numpy")
    library = pytest.importorskip("safetensors.numpy", reason="safetensors is not installed")
    data = library.save(
        {"w": numpy.zeros((300, 400), "float32"), "b": numpy.zeros(3, "float16")}, metadata={"format": "pt"}
    )
    file = Counting(data)
    found = facts_of_file("a.safetensors", len(data), file)
    assert found is not None
    assert (found.framework, found.parameters) == ("pytorch", 120_003)
    assert found.dtypes == {"float32": 120_000, "float16": 3}
    assert found.details["metadata"] == {"format": "pt"}
    assert file.read < 1000


def test_a_file_that_is_cut_off_says_so() -> None:
    header = {"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}
    found = facts("a.safetensors", safetensors(header, bytes(15)))
    assert found.parameters == 4
    assert "cut off" in found.problem


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"dtype": "F32", "shape": [4], "data_offsets": [0, 15]}, "do not fit"),
        ({"dtype": "F32", "shape": [-4], "data_offsets": [0, 16]}, "what no tensor is"),
        ({"dtype": "F99", "shape": [4], "data_offsets": [0, 16]}, "what no tensor is"),
        ({"dtype": "F32", "shape": [1 << 40, 1 << 40], "data_offsets": [0, 16]}, "addresses"),
        ({"dtype": "F32", "shape": [4]}, "what no tensor is"),
    ],
)
def test_a_tensor_that_cannot_be_is_refused(entry: dict[str, Any], problem: str) -> None:
    found = facts("a.safetensors", safetensors({"w": entry}, bytes(16)))
    assert problem in found.problem
    assert found.parameters is None


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<Q", 1 << 62) + b"{}",
        struct.pack("<Q", 1_000_000) + b"[" * 1_000_000,
        struct.pack("<Q", 6_000_009) + b'{"a": [' + b"[]," * 2_000_000 + b"1]}",
        b"\x01",
        b"",
    ],
    ids=["length", "deep", "many", "short", "empty"],
)
def test_a_hostile_header_is_refused(data: bytes) -> None:
    assert facts("a.safetensors", data).problem

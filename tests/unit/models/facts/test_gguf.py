"""Headers of GGUF."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from tests.unit.models.facts.reading import Counting, facts
from tests.unit.models.facts.samples import gguf

from starwhale.models.facts.tree import facts_of_file


def test_metadata_and_tensors_are_told() -> None:
    found = facts("a.gguf", gguf(facts=2))
    assert (found.class_name, found.parameters, found.version) == ("llama", 12, "3")
    assert found.tensors[0].shape == (3, 4)
    assert found.details["tokens"] == ["a", "b"]


def test_what_the_library_writes_is_read_without_it(tmp_path: Path) -> None:
    library: Any = pytest.importorskip("gguf", reason="gguf is not installed")
    numpy = pytest.importorskip("numpy")
    place = tmp_path / "m.gguf"
    writer = library.GGUFWriter(str(place), "llama")
    writer.add_context_length(128)
    writer.add_token_list([f"token {number}" for number in range(5000)])
    writer.add_array("scores", [0.5] * 5000)
    writer.add_tensor("w", numpy.zeros((300, 64), "float32"))
    writer.add_tensor("h", numpy.zeros((2, 32), "float16"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    data = place.read_bytes()
    found = facts("m.gguf", data)
    assert found.dtypes == {"float32": 19_200, "float16": 64}
    assert [each.shape for each in found.tensors] == [(300, 64), (2, 32)]
    assert found.details["llama.context_length"] == 128
    assert found.details["tokenizer.ggml.tokens"] == {"items": 5000}


def test_files_of_the_other_byte_order_are_read() -> None:
    head = b"GGUF" + struct.pack(">IQQ", 3, 1, 0)
    tensor = struct.pack(">Q", 1) + b"w" + struct.pack(">IQIQ", 1, 5, 1, 0)
    assert facts("a.gguf", head + tensor).dtypes == {"float16": 5}


@pytest.mark.parametrize(
    "data",
    [
        b"GGUF",
        b"GGUF" + struct.pack("<IQQ", 1, 0, 0),
        b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60),
        b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1 << 63) + bytes(99),
        b"GGUF" + struct.pack("<IQQQ1sIIQ", 3, 0, 1, 1, b"k", 9, 8, 1 << 60) + bytes(99),
        b"GGUF" + struct.pack("<IQQQ1sIIQ", 3, 0, 1, 1, b"k", 9, 4, 1 << 60) + bytes(999),
        b"GGUF" + struct.pack("<IQQQ1sI", 3, 0, 1, 1, b"k", 9) + struct.pack("<IQ", 9, 1) * 50,
        b"GGUF" + struct.pack("<IQQQ1sI", 3, 1, 0, 1, b"w", 1 << 30),
    ],
)
def test_a_hostile_header_is_refused_at_once(data: bytes) -> None:
    file = Counting(data)
    found = facts_of_file("a.gguf", len(data), file)
    assert found is not None
    assert found.problem
    assert file.read < 10_000

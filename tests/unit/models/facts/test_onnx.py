"""ONNX models, read from the wire format."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.models.facts.reading import Counting, facts, look
from tests.unit.models.facts.samples import field, onnx

from starwhale.models.facts.tree import facts_of_file


def test_the_graph_is_told_without_the_library() -> None:
    found = facts("m.onnx", onnx())
    assert (found.version, found.class_name, found.problem) == ("opset 17", "pytorch", "")
    assert [str(each) for each in found.inputs] == ["x: float32[batch, 4]"]
    assert (found.parameters, found.tensor_count) == (8, 1)
    assert found.details["operators"] == {"MatMul": 1}


def test_what_the_library_writes_is_read_as_it_reads_it() -> None:
    library: Any = pytest.importorskip("onnx", reason="onnx is not installed")
    numpy = pytest.importorskip("numpy")
    h, kinds = library.helper, library.TensorProto
    weights = [
        library.numpy_helper.from_array(numpy.zeros((400, 300), "float32"), "w"),
        library.numpy_helper.from_array(numpy.zeros(300, "float64"), "b"),
        h.make_tensor("packed", kinds.INT64, [2], [1, 2]),
    ]
    inputs = [
        h.make_tensor_value_info("x", kinds.FLOAT, ["batch", 400]),
        h.make_tensor_value_info("w", kinds.FLOAT, [400, 300]),
        h.make_tensor_value_info("free", kinds.STRING, None),
        h.make_tensor_value_info("scalar", kinds.BOOL, []),
    ]
    outputs = [
        h.make_tensor_value_info("y", kinds.FLOAT16, [None, 300]),
        h.make_tensor_sequence_value_info("several", kinds.INT64, None),
        h.make_value_info(
            "classes",
            h.make_sequence_type_proto(
                h.make_map_type_proto(kinds.INT64, h.make_tensor_type_proto(kinds.FLOAT, []))
            ),
        ),
    ]
    nodes = [h.make_node("MatMul", ["x", "w"], ["h"]), h.make_node("Own", ["h"], ["y"], domain="mine")]
    graph = h.make_graph(nodes, "main", inputs, outputs, weights)
    opsets = [h.make_opsetid("", 18), h.make_opsetid("mine", 1)]
    model = h.make_model(graph, producer_name="pytorch", producer_version="2.9", opset_imports=opsets)
    h.set_model_props(model, {"author": "me"})
    data = model.SerializeToString()
    file = Counting(data)
    found = facts_of_file("m.onnx", len(data), file)
    assert found is not None
    assert (found.version, found.class_name) == ("opset 18", "pytorch")
    assert [str(each) for each in found.inputs] == [
        "x: float32[batch, 400]",
        "free: string",
        "scalar: bool[]",
    ]
    assert [str(each) for each in found.outputs] == [
        "y: float16[?, 300]",
        "several: sequence(int64)",
        "classes: sequence(map(int64, float32))",
    ]
    assert found.parameters == 400 * 300 + 300 + 2
    assert found.dtypes == {"float32": 120_000, "float64": 300, "int64": 2}
    assert found.details["operators"] == {"MatMul": 1, "mine.Own": 1}
    assert found.details["producer"] == "pytorch 2.9"
    assert found.details["metadata"] == {"author": "me"}
    assert file.read < 64_000 < len(data)


def test_weights_that_lie_in_other_files_are_named() -> None:
    away = field(1, b"location") + field(2, b"weights.bin")
    weight = field(1, 3) + field(2, 1) + field(8, b"far") + field(13, away) + field(14, 1)
    found = facts("m.onnx", onnx(field(7, field(5, weight))))
    assert found.details["external_data"] == ["weights.bin"]
    assert found.parameters == 8 + 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff" * 40,
        b"\x08\x01" * 100,
        onnx()[:-4],
        b"\x3a\xff\xff\xff\x7f" * 10,
        onnx(field(7, field(5, field(1, (1 << 64) - 1) + field(8, b"negative")))),
        onnx(field(7, field(5, b"".join(field(1, 1) for _ in range(70))))),
        onnx(field(7, field(11, field(2, b"\x22" * 200)))),
    ],
)
def test_what_is_no_model_is_refused(data: bytes) -> None:
    found = look("m.onnx", data)
    assert found is not None
    assert found.problem

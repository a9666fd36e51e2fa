"""Small files of each format, put together by hand."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any


def safetensors(header: Mapping[str, Any], data: bytes = b"") -> bytes:
    written = json.dumps(header).encode()
    return struct.pack("<Q", len(written)) + written + data


def field(number: int, value: bytes | int) -> bytes:
    """A field of the wire format."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    written = b""
    while value > 0x7F:
        written += bytes([value & 0x7F | 0x80])
        value >>= 7
    return written + bytes([value])


def onnx(*parts: bytes) -> bytes:
    """A model with one weight of 4 x 2, one input and one output."""
    dims = field(1, field(2, b"batch")) + field(1, field(1, 4))
    port = field(1, b"x") + field(2, field(1, field(1, 1) + field(2, dims)))
    weight = field(1, 4) + field(1, 2) + field(2, 1) + field(8, b"w") + field(9, bytes(32))
    node = field(1, b"x") + field(1, b"w") + field(2, b"y") + field(4, b"MatMul")
    graph = field(1, node) + field(2, b"main") + field(5, weight) + field(11, port) + field(12, port)
    return field(1, 8) + field(2, b"pytorch") + field(7, graph) + field(8, field(2, 17)) + b"".join(parts)


def gguf(facts: int = 1, tensors: int = 1) -> bytes:
    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    head = b"GGUF" + struct.pack("<IQQ", 3, tensors, facts)
    fact = text("general.architecture") + struct.pack("<I", 8) + text("llama")
    words = text("tokens") + struct.pack("<IIQ", 9, 8, 2) + text("a") + text("b")
    tensor = text("w") + struct.pack("<IQQIQ", 2, 4, 3, 0, 0)
    return head + fact + (words if facts > 1 else b"") + tensor


def xgboost(trees: int = 2) -> bytes:
    tree = {"base_weights": [1.5, -2e-1], "tree_param": {"num_nodes": "3"}}
    model = {"gbtree_model_param": {"num_trees": str(trees)}, "trees": [tree] * trees}
    return json.dumps(
        {
            "learner": {
                "attributes": {"note": 'a "quoted\\" [brace {'},
                "feature_names": ["a", "b"],
                "gradient_booster": {"model": model, "name": "gbtree"},
                "learner_model_param": {"num_class": "3", "num_feature": "2", "num_target": "1"},
                "objective": {"name": "multi:softprob"},
            },
            "version": [2, 1, 4],
        }
    ).encode()


def lightgbm(leaves: tuple[int, ...] = (7, 4)) -> bytes:
    trees = [f"Tree={i}\nnum_leaves={count}\nleaf_value=1 2\n\n\n" for i, count in enumerate(leaves)]
    sizes = " ".join(str(len(each)) for each in trees)
    head = "tree\nversion=v4\nnum_class=1\nmax_feature_idx=2\nobjective=binary sigmoid:1\n"
    return f"{head}feature_names=a b c\ntree_sizes={sizes}\n\n{''.join(trees)}end of trees\n".encode()


def archive(members: Mapping[str, bytes], *, packed: bool = True) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return written.getvalue()


def keras(config: Mapping[str, Any] | None = None) -> bytes:
    layers = [{"class_name": "InputLayer", "module": "keras.layers", "config": {"batch_shape": [None, 4]}}]
    plain = config or {"class_name": "Sequential", "module": "keras", "config": {"layers": layers}}
    metadata = {"keras_version": "3.9.0", "date_saved": "2025-01-01"}
    members = {"metadata.json": metadata, "config.json": plain}
    return archive({name: json.dumps(value).encode() for name, value in members.items()})


def a_pickle(protocol: int = 4) -> bytes:
    return pickle.dumps(OrderedDict(a=[1, 2.5, "x"], b={"c": (1, None, True)}), protocol=protocol)


DESCRIPTION = json.dumps(
    {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "transformers_version": "4.51.3"}
).encode()

SAMPLES: dict[str, bytes] = {
    "a.safetensors": safetensors(
        {"w": {"dtype": "F16", "shape": [2, 3], "data_offsets": [0, 12]}}, bytes(12)
    ),
    "a.onnx": onnx(),
    "a.gguf": gguf(facts=2),
    "a.json": xgboost(),
    "a.txt": lightgbm(),
    "a.keras": keras(),
    "a.pt": archive({"a/data.pkl": a_pickle(2), "a/version": b"3\n"}, packed=False),
    "a.pkl": a_pickle(),
    "b.pkl": a_pickle(0),
    "config.json": DESCRIPTION,
}
"""One file of each format by a name that it may have."""

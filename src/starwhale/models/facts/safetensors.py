"""safetensors: the names, dtypes and shapes of its header; no weight is read."""

from __future__ import annotations

import struct
from typing import Any

from starwhale.models.facts.elements import LISTED, MOST_TENSORS, elements
from starwhale.models.facts.plain import MOST_BYTES, mapping, read_json, sequence, text, whole
from starwhale.models.facts.source import Source, Unreadable
from starwhale.models.facts.values import FileFacts, TensorSpec

_DTYPES = {
    "BOOL": ("bool", 8),
    "U8": ("uint8", 8),
    "I8": ("int8", 8),
    "U16": ("uint16", 16),
    "I16": ("int16", 16),
    "U32": ("uint32", 32),
    "I32": ("int32", 32),
    "U64": ("uint64", 64),
    "I64": ("int64", 64),
    "F4": ("float4_e2m1", 4),
    "F6_E2M3": ("float6_e2m3", 6),
    "F6_E3M2": ("float6_e3m2", 6),
    "F8_E4M3": ("float8_e4m3fn", 8),
    "F8_E5M2": ("float8_e5m2", 8),
    "F8_E8M0": ("float8_e8m0", 8),
    "F16": ("float16", 16),
    "BF16": ("bfloat16", 16),
    "F32": ("float32", 32),
    "F64": ("float64", 64),
    "C64": ("complex64", 64),
}
_FRAMEWORKS = {"pt": "pytorch", "tf": "tensorflow", "flax": "flax", "np": "numpy", "mlx": "mlx"}
_LENGTH = struct.Struct("<Q")


def read_safetensors(source: Source, path: str) -> FileFacts:
    """Read the header.

    Raises:
        Unreadable: there is none, it is longer than is looked at, or a tensor cannot be as it says.
    """
    (length,) = _LENGTH.unpack(source.take(0, _LENGTH.size))
    if length > MOST_BYTES:
        raise Unreadable(f"the header would be {length} bytes, and {MOST_BYTES} is the most")
    header = read_json(source.take(_LENGTH.size, length))
    told = mapping(header.pop("__metadata__", None))
    if len(header) > MOST_TENSORS:
        raise Unreadable(f"the header names {len(header)} tensors, and {MOST_TENSORS} is the most")
    dtypes: dict[str, int] = {}
    listed: list[TensorSpec] = []
    ends = 0
    for name, entry in header.items():
        spec, count, end = _tensor(name, mapping(entry))
        dtypes[spec.dtype] = dtypes.get(spec.dtype, 0) + count
        ends = max(ends, end)
        if len(listed) < LISTED:
            listed.append(spec)
    there = source.size - _LENGTH.size - length
    return FileFacts(
        path=path,
        format="safetensors",
        framework=_FRAMEWORKS.get(text(told.get("format")), ""),
        parameters=sum(dtypes.values()),
        tensor_count=len(header),
        tensors=tuple(listed),
        dtypes=dtypes,
        details={"metadata": _metadata(told)} if told else {},
        problem=f"the file is cut off: its tensors take {ends} bytes, {there} are there"
        if ends > there
        else "",
    )


def _tensor(name: str, entry: dict[str, Any]) -> tuple[TensorSpec, int, int]:
    """The tensor, how many elements it has, and where it ends."""
    code = text(entry.get("dtype"))
    shape = [whole(each) for each in sequence(entry.get("shape"))]
    offsets = [whole(each) for each in sequence(entry.get("data_offsets"))]
    if code not in _DTYPES or "shape" not in entry or None in shape or len(offsets) != 2:
        raise Unreadable(f"the header says of {name[:100]!r} what no tensor is: {str(entry)[:100]}")
    lengths = [each for each in shape if each is not None]
    begin, end = offsets
    count = elements(lengths)
    dtype, bits = _DTYPES[code]
    if begin is None or end is None or (end - begin) * 8 != count * bits:
        raise Unreadable(f"the bytes of {name[:100]!r} do not fit {dtype} of shape {lengths[:8]}")
    return TensorSpec(name=name, dtype=dtype, shape=tuple(lengths)), count, end


def _metadata(told: dict[str, Any]) -> dict[str, str]:
    return {name[:200]: value[:200] for name, value in list(told.items())[:64] if isinstance(value, str)}

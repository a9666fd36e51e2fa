"""GGUF: metadata and tensors of llama.cpp and its kin; no weight is read."""

from __future__ import annotations

import math
import struct
from typing import Any

from starwhale.models.facts.elements import LISTED, MOST_TENSORS, elements
from starwhale.models.facts.source import Cursor, Source, Unreadable
from starwhale.models.facts.values import FileFacts, TensorSpec

MAGIC = b"GGUF"
_MOST_FACTS = 100_000
_MOST_ITEMS = 1_500_000
_LONGEST_NAME = 64 << 10
_SHOWN = 64
_DEEPEST = 4
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT = 8
_ARRAY = 9
_TYPE_NAMES = (
    "float32 float16 q4_0 q4_1 q4_2 q4_3 q5_0 q5_1 q8_0 q8_1 q2_k q3_k q4_k q5_k q6_k q8_k iq2_xxs iq2_xs "
    "iq3_xxs iq1_s iq4_nl iq3_s iq2_s iq4_xs int8 int16 int32 int64 float64 iq1_m bfloat16 q4_0_4_4 "
    "q4_0_4_8 q4_0_8_8 tq1_0 tq2_0 iq4_nl_4_4 iq4_nl_4_8 iq4_nl_8_8 mxfp4"
)
_TYPES = dict(enumerate(_TYPE_NAMES.split()))


class _Reader:
    """The values of a GGUF file, one after the other."""

    def __init__(self, cursor: Cursor, order: str) -> None:
        self._cursor = cursor
        self._order = order
        self._items = 0

    def number(self, code: str) -> Any:
        form = self._order + code
        return struct.unpack(form, self._cursor.take(struct.calcsize(form)))[0]

    def text(self) -> str:
        """A text, cut where it is longer than anything that is shown."""
        length = self.number("Q")
        kept = self._cursor.take(min(length, _LONGEST_NAME))
        self._cursor.skip(length - len(kept))
        return kept.decode("utf-8", "replace")

    def value(self, kind: int, depth: int = 0) -> Any:
        """A value; of an array its length and its first items."""
        if kind in _NUMBERS:
            found = self.number(_NUMBERS[kind])
            return str(found) if isinstance(found, float) and not math.isfinite(found) else found
        if kind == _TEXT:
            return self.text()[:500]
        if kind != _ARRAY or depth >= _DEEPEST:
            raise Unreadable(f"the metadata holds a value of kind {kind} at {self._cursor.position}")
        return self._array(depth)

    def _array(self, depth: int) -> Any:
        kind, count = self.number("I"), self.number("Q")
        shown = min(count, _SHOWN)
        self._items += shown if kind in _NUMBERS else count
        if self._items > _MOST_ITEMS:
            raise Unreadable(f"an array of the metadata would have {count} items")
        if kind in _NUMBERS:
            first = [self.value(kind) for _ in range(shown)]
            self._cursor.skip((count - shown) * struct.calcsize("<" + _NUMBERS[kind]))
        else:
            first = [item for index in range(count) if (item := self._item(kind, depth, index)) is not None]
        return first if count <= _SHOWN else {"items": count}

    def _item(self, kind: int, depth: int, index: int) -> Any:
        if kind == _TEXT and index >= _SHOWN:
            self._cursor.skip(self.number("Q"))
            return None
        found = self.value(kind, depth + 1)
        return found if index < _SHOWN else None

    def tensor(self) -> TensorSpec:
        """Name, dtype and shape of a tensor; the order of the lengths is that of other frameworks."""
        name = self.text()
        dimensions = self.number("I")
        if dimensions > 8:
            raise Unreadable(f"the tensor {name[:100]!r} would have {dimensions} dimensions")
        shape = tuple(self.number("Q") for _ in range(dimensions))
        kind = self.number("I")
        self.number("Q")
        return TensorSpec(name=name[:500], dtype=_TYPES.get(kind, f"type_{kind}"), shape=shape[::-1])


def read_gguf(source: Source, path: str) -> FileFacts:
    """Read metadata and the list of tensors.

    Raises:
        Unreadable: it is no GGUF, of a version that is not known, cut off, or too much.
    """
    cursor = Cursor(source)
    if cursor.take(4) != MAGIC:
        raise Unreadable("it does not begin as a GGUF file does")
    version = cursor.take(4)
    order = "<" if version[:2] != b"\0\0" else ">"
    reader = _Reader(cursor, order)
    (number,) = struct.unpack(order + "I", version)
    if number not in {2, 3}:
        raise Unreadable(f"it is a GGUF file of version {number}, and 2 and 3 are known")
    tensors, facts = reader.number("Q"), reader.number("Q")
    if tensors > MOST_TENSORS or facts > _MOST_FACTS:
        raise Unreadable(f"it would have {tensors} tensors and {facts} facts")
    told = {reader.text()[:200]: reader.value(reader.number("I")) for _ in range(facts)}
    dtypes: dict[str, int] = {}
    listed: list[TensorSpec] = []
    for _ in range(tensors):
        spec = reader.tensor()
        dtypes[spec.dtype] = dtypes.get(spec.dtype, 0) + elements(
            each for each in spec.shape or () if isinstance(each, int)
        )
        if len(listed) < LISTED:
            listed.append(spec)
    return FileFacts(
        path=path,
        format="gguf",
        framework="gguf",
        version=str(number),
        class_name=str(told.get("general.architecture", ""))[:200],
        parameters=sum(dtypes.values()),
        tensor_count=tensors,
        tensors=tuple(listed),
        dtypes=dtypes,
        details={name: value for name, value in told.items() if not isinstance(value, list) or value},
    )

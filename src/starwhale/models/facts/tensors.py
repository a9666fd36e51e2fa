"""Tensors of PyTorch in pickles: names, dtypes and shapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from starwhale.models.facts.elements import MOST_DIMENSIONS, MOST_TENSORS, elements
from starwhale.models.facts.objects import (
    Global,
    Made,
    Pairs,
    Stored,
    made_by,
    members,
    name_of,
    named,
    place_of,
)
from starwhale.models.facts.source import Unreadable
from starwhale.models.facts.values import TensorSpec

_DEEPEST = 40
_MOST_SEEN = 500_000
_STORAGES = {
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
    "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
    "QInt8Storage": "qint8",
    "QUInt8Storage": "quint8",
    "QInt32Storage": "qint32",
}
_REBUILT = frozenset(
    {
        "torch._utils._rebuild_tensor",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_tensor_v3",
        "torch._utils._rebuild_qtensor",
    }
)
_WRAPPED = frozenset({"torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state"})
_OF_SUBCLASS = "torch._tensor._rebuild_from_type_v2"
# Shelves inside a module; its names leave them out.
_SHELVES = frozenset({"_parameters", "_buffers", "_modules"})


@dataclass(frozen=True, slots=True)
class Found:
    """A tensor of a checkpoint.

    Attributes:
        spec: Its name, dtype and shape.
        count: How many numbers it has.
        place: Where they lie; two names may have the same numbers.
    """

    spec: TensorSpec
    count: int
    place: tuple[str, ...]


def tensors_of(value: Any) -> Iterator[Found]:
    """The tensors in what a pickle would give, in its order; those of an optimizer are left out.

    Raises:
        Unreadable: there are too many, or one that cannot be.
    """
    seen: set[int] = set()
    # Members are named one by one: all names of a wide container would take far more than it does itself.
    waiting: list[tuple[str, Iterator[tuple[str, Any]]]] = [("", iter([("", value)]))]
    count = 0
    while waiting:
        prefix, inner = waiting[-1]
        following = next(inner, None)
        if following is None:
            waiting.pop()
            continue
        name, each = _joined(prefix, following[0]), following[1]
        tensor = _tensor(name, each)
        if tensor is not None:
            count += 1
            if count > MOST_TENSORS:
                raise Unreadable(f"it holds more than {MOST_TENSORS} tensors")
            yield tensor
            continue
        if len(waiting) > _DEEPEST + 1 or id(each) in seen:
            continue
        if len(seen) > _MOST_SEEN:
            raise Unreadable("it holds more objects than are looked at")
        seen.add(id(each))
        waiting.append((name, _inside(each, seen)))


def _inside(value: Any, seen: set[int]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield str(number), each
    elif isinstance(value, Made | Pairs):
        yield from ((place_of(key), each) for key, each in members(value) if _is_weights(key))
        names = named(value) if isinstance(value, Made) else {}
        if names and id(names) not in seen:
            seen.add(id(names))
            yield from ((key, each) for key, each in names.items() if _is_weights(key))


def _is_weights(key: Any) -> bool:
    return isinstance(key, int) or (
        isinstance(key, str) and not key.startswith(("optimizer", "lr_scheduler"))
    )


def _joined(name: str, key: str) -> str:
    if key in _SHELVES:
        return name
    return f"{name}.{key}"[:1000] if name else key[:1000]


def _tensor(name: str, value: Any) -> Found | None:
    by = made_by(value)
    args = value.args if isinstance(value, Made) and isinstance(value.args, tuple) else ()
    if by in _WRAPPED and args:
        return _tensor(name, args[0]) if made_by(args[0]) not in _WRAPPED else None
    if by == _OF_SUBCLASS and len(args) > 2 and name_of(args[0]) in _REBUILT and isinstance(args[2], tuple):
        by, args = name_of(args[0]), args[2]
    if by not in _REBUILT or len(args) < 3 or not isinstance(args[0], Stored):
        return None
    shape = args[2]
    key = args[0].key
    if not isinstance(shape, tuple) or len(shape) > MOST_DIMENSIONS:
        return None
    if not all(type(each) is int for each in shape) or not isinstance(key, tuple) or len(key) < 5:
        return None
    told = args[6] if by.endswith("_v3") and len(args) > 6 else key[1]
    count = elements(shape)
    place = (place_of(key[2]), place_of(args[1]), *(str(each) for each in shape))
    return Found(TensorSpec(name=name, dtype=_dtype(told), shape=shape), count, place)


def _dtype(told: Any) -> str:
    name = told.name if isinstance(told, Global) else ""
    return _STORAGES.get(name, name)[:50]

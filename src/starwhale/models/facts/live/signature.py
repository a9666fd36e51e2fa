"""From values to the dtypes and shapes that describe them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from starwhale.models.facts.live.asking import is_a
from starwhale.models.facts.values import Dimension, TensorSpec

_DEEPEST = 8
_TEXTS = re.compile(r"[<>=|]?([US])\d+")
_SCALARS: dict[type[Any], str] = {
    bool: "bool",
    int: "int64",
    float: "float64",
    complex: "complex128",
    str: "str",
    bytes: "bytes",
}


def specs_of(value: Any, name: str, *, rows: bool = True) -> tuple[TensorSpec, ...]:
    """What a value is made of: arrays of numpy, tensors, frames, lists, and mappings and tuples of these.

    Args:
        value: The value; a `TensorSpec`, or a pair such as ``("float32", (None, 4))``, stands for itself.
        name: What to call it where it does not say; parts of a tuple get their number as well.
        rows: Whether the first dimension counts rows, of which there may be any number.
    """
    return tuple(_specs(value, name, rows, 0))


def _specs(value: Any, name: str, rows: bool, depth: int) -> Iterator[TensorSpec]:
    if value is None or depth > _DEEPEST:
        return
    if isinstance(value, TensorSpec):
        yield value
    elif _is_declared(value):
        shape = None if value[1] is None else tuple(value[1])
        yield TensorSpec(name=name, dtype=value[0], shape=shape)
    elif is_a(value, "pandas:DataFrame"):
        pairs = zip(value.columns, value.dtypes, strict=True)
        yield from (_column(column, kind) for column, kind in pairs)
    elif is_a(value, "polars.dataframe.frame:DataFrame"):
        yield from (_column(column, kind) for column, kind in value.schema.items())
    elif is_a(value, "pandas:Series", "polars.series.series:Series"):
        yield _column(value.name or name, value.dtype)
    elif is_a(value, "xgboost:DMatrix"):
        yield TensorSpec(name=name, dtype="float32", shape=(None, value.num_col()))
    elif hasattr(value, "shape") and hasattr(value, "dtype"):
        yield _array(value, name, rows=rows)
    else:
        yield from _composed(value, name, rows, depth)


def _composed(value: Any, name: str, rows: bool, depth: int) -> Iterator[TensorSpec]:
    if isinstance(value, Mapping):
        parts = cast("Mapping[Any, Any]", value)
        for key, each in parts.items():
            yield from _specs(each, str(key) if depth == 0 else f"{name}.{key}", rows, depth + 1)
    elif isinstance(value, tuple):
        fields = getattr(cast("Any", value), "_fields", None)
        for number, each in enumerate(cast("tuple[Any, ...]", value)):
            inner = fields[number] if fields else f"{name}_{number}"
            yield from _specs(each, inner, rows, depth + 1)
    elif isinstance(value, list):
        items = cast("list[Any]", value)
        if items and isinstance(items[0], Mapping):
            # One mapping for each row, as pipelines of transformers give them.
            yield from _rows(items[0])
        else:
            yield _listed(items, name, rows=rows)
    else:
        yield TensorSpec(name=name, dtype=_SCALARS.get(type(value), type(value).__name__), shape=())


def _rows(first: Mapping[Any, Any]) -> Iterator[TensorSpec]:
    for key, each in first.items():
        for spec in specs_of(each, str(key), rows=False):
            shape = None if spec.shape is None else (None, *spec.shape)
            yield TensorSpec(name=spec.name, dtype=spec.dtype, shape=shape)


def _is_declared(value: Any) -> bool:
    if not isinstance(value, tuple) or len(cast("tuple[Any, ...]", value)) != 2:
        return False
    dtype, shape = cast("tuple[Any, Any]", value)
    if not isinstance(dtype, str):
        return False
    return shape is None or (
        isinstance(shape, Sequence)
        and not isinstance(shape, str)
        and all(each is None or isinstance(each, int | str) for each in cast("Sequence[Any]", shape))
    )


def _column(name: Any, dtype: Any) -> TensorSpec:
    return TensorSpec(name=str(name), dtype=dtype_of(dtype), shape=(None,))


def _array(value: Any, name: str, *, rows: bool) -> TensorSpec:
    lengths: list[Dimension] = [each if isinstance(each, int) else None for each in value.shape]
    if rows and lengths:
        lengths[0] = None
    return TensorSpec(name=name, dtype=dtype_of(value.dtype), shape=tuple(lengths))


def _listed(items: list[Any], name: str, *, rows: bool) -> TensorSpec:
    """Nested lists, as the first item of each tells it."""
    shape: list[Dimension] = [None if rows else len(items)]
    first: Any = items[0] if items else None
    while isinstance(first, list) and len(shape) < _DEEPEST:
        inner = cast("list[Any]", first)
        shape.append(len(inner))
        first = inner[0] if inner else None
    if hasattr(first, "shape") and hasattr(first, "dtype"):
        spec = _array(first, name, rows=False)
        return TensorSpec(name=name, dtype=spec.dtype, shape=(*shape, *(spec.shape or ())))
    dtype = "" if first is None else _SCALARS.get(type(first), type(first).__name__)
    return TensorSpec(name=name, dtype=dtype, shape=tuple(shape))


def dtype_of(dtype: Any) -> str:
    """A dtype of any library as numpy calls it."""
    text = str(dtype).removeprefix("torch.")
    found = _TEXTS.fullmatch(text)
    if found:
        return "str" if found[1] == "U" else "bytes"
    return text[:100]

"""Arrays of numpy in pickles: their shapes, and the numbers that joblib writes between the operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from starwhale.models.facts.elements import MOST_DIMENSIONS, elements
from starwhale.models.facts.objects import Made, made_by, named
from starwhale.models.facts.source import Stream, Unreadable

WRAPPER = "joblib.numpy_pickle.NumpyArrayWrapper"
_DEEPEST = 12
_MOST_SEEN = 100_000
_MOST_NODES = 1 << 40
_LONGEST_CODE = 64
_KINDS = {"f": "float", "i": "int", "u": "uint", "c": "complex"}
_FROM_BYTES = frozenset({"numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct"})
_FROM_BUFFER = frozenset({"numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer"})
_TREE = "sklearn.tree._tree.Tree"
_PREDICTOR = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"
_TELLING = frozenset({"oob_decision_function_", "oob_prediction_", "feature_importances_"})
_INNER = frozenset({"steps", "_predictors"})


def pass_array(made: Made, stream: Stream, scan: Callable[[], Any]) -> bool:
    """Go over the numbers of an array that joblib writes right behind its description.

    Args:
        made: An object whose state was just set.
        stream: Stands behind it.
        scan: Follows a pickle that lies there; arrays of objects are one.

    Returns:
        Whether there were some.

    Raises:
        Unreadable: they cannot be as many as is said.
    """
    if made_by(made) != WRAPPER:
        return False
    state = named(made)
    size = _item_size(state.get("dtype"))
    if size is None:
        made.items.append(scan())
        return True
    if isinstance(state.get("numpy_array_alignment_bytes"), int):
        stream.skip(stream.take(1)[0])
    stream.skip(elements(_lengths(state.get("shape"))) * size)
    return True


def array_of(value: Any) -> tuple[str, tuple[int, ...]] | None:
    """Dtype and shape of an array of numpy; None for anything else, or for one that cannot be."""
    if not isinstance(value, Made):
        return None
    by = made_by(value)
    try:
        if by == WRAPPER:
            state = named(value)
            return _dtype(state.get("dtype")), _lengths(state.get("shape"))
        if by in _FROM_BYTES and isinstance(value.state, tuple) and len(value.state) > 3:
            return _dtype(value.state[2]), _lengths(value.state[1])
        if by in _FROM_BUFFER and isinstance(value.args, tuple) and len(value.args) > 2:
            return _dtype(value.args[1]), _lengths(value.args[2])
    except Unreadable:
        pass
    return None


def is_learned(name: str) -> bool:
    """Whether an attribute of an estimator of scikit-learn holds what it has learned, or what holds that."""
    return (name.endswith("_") and name not in _TELLING) or name in _INNER


def learned(value: Any) -> int | None:
    """How many numbers an estimator of scikit-learn has learned; None where nothing is found.

    Those of floating point in its attributes that end in ``_`` are counted, and each node of a tree as one.
    """
    found = list(_learned(value, 0, set()))
    return sum(found) if found else None


def _learned(value: Any, depth: int, seen: set[int]) -> Iterator[int]:
    if depth > _DEEPEST or id(value) in seen or len(seen) > _MOST_SEEN:
        return
    seen.add(id(value))
    if isinstance(value, list | tuple):
        yield from _several(value, depth, seen)
    if not isinstance(value, Made):
        return
    array, names = array_of(value), named(value)
    if array is not None:
        if array[0].startswith(("float", "complex")):
            yield elements(array[1])
        elif array[0] == "object":
            yield from _several([*value.items, value.state], depth, seen)
    elif made_by(value) == _TREE:
        count = names.get("node_count")
        yield from [count] if isinstance(count, int) and 0 <= count < _MOST_NODES else []
    elif made_by(value) == _PREDICTOR:
        nodes = array_of(names.get("nodes"))
        yield from [elements(nodes[1])] if nodes else []
    elif names and id(names) not in seen:
        seen.add(id(names))
        yield from _several([each for name, each in names.items() if is_learned(name)], depth, seen)


def _several(values: list[Any] | tuple[Any, ...], depth: int, seen: set[int]) -> Iterator[int]:
    for each in values[:_MOST_SEEN]:
        yield from _learned(each, depth + 1, seen)


def _lengths(shape: Any) -> tuple[int, ...]:
    if not isinstance(shape, tuple) or len(shape) > MOST_DIMENSIONS:
        raise Unreadable("an array in the pickle has no shape")
    if not all(type(each) is int for each in shape):
        raise Unreadable("an array in the pickle has no shape")
    elements(shape)
    return shape


def _code(dtype: Any) -> str:
    """Such as ``f8``; empty where it cannot be seen."""
    args = dtype.args if isinstance(dtype, Made) and made_by(dtype) == "numpy.dtype" else ()
    code = args[0] if isinstance(args, tuple) and args else ""
    # Other alphabets have digits too, and not all of them are numbers.
    return code if isinstance(code, str) and len(code) <= _LONGEST_CODE and code.isascii() else ""


def _item_size(dtype: Any) -> int | None:
    """Bytes of one item; None where the items are objects.

    Raises:
        Unreadable: it cannot be seen.
    """
    code = _code(dtype).lstrip("<>=|")
    if code == "O" or code.startswith("O8"):
        return None
    state = dtype.state if isinstance(dtype, Made) else None
    if code.startswith("V") and isinstance(state, tuple) and len(state) > 5 and isinstance(state[5], int):
        return max(state[5], 0)
    if code[:1] not in set("biufcSUVMm") or not code[1:].isdigit() or len(code) > 12:
        raise Unreadable(f"an array in the pickle is of a dtype {code[:20]!r} that is not known")
    return int(code[1:]) * (4 if code[0] == "U" else 1)


def _dtype(dtype: Any) -> str:
    code = _code(dtype).lstrip("<>=|")
    if code[:1] in _KINDS and code[1:].isdigit() and len(code) < 5:
        return f"{_KINDS[code[0]]}{int(code[1:]) * 8}"
    return {"b": "bool", "O": "object", "U": "str", "S": "bytes"}.get(code[:1], "")

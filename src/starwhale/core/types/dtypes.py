"""Text forms of numpy's dtypes: what descriptions store, without loading numpy for the usual ones."""

from __future__ import annotations

from ast import literal_eval
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import UnsupportedValue
from starwhale.core.types.optional import need

if TYPE_CHECKING:
    import numpy as np

_USUAL = frozenset(
    {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}
    | {"float16", "float32", "float64", "complex64", "complex128", "bytes", "str"}
)


def dtype_name(dtype: Any) -> str:
    """Text form of whatever numpy takes for a dtype.

    Returns:
        Its name (``uint8``), else the short form with byte order (``>i4``), or a list of fields in the
        notation of npy files.

    Raises:
        UnsupportedValue: numpy knows no such dtype, or its elements have no fixed layout.
    """
    if isinstance(dtype, str) and dtype in _USUAL:
        return dtype
    import numpy as np

    try:
        exact = np.dtype(dtype)
    except (TypeError, ValueError) as exc:
        raise UnsupportedValue(f"{dtype!r} is no dtype of numpy") from exc
    if exact.hasobject:
        raise UnsupportedValue(f"elements of dtype {exact} are Python objects, which have no fixed layout")
    for text in _candidates(exact):
        if _parsed(text) == exact:
            return text
    raise UnsupportedValue(f"dtype {exact} has no form that can be stored")


def dtype_of(name: str) -> np.dtype[Any]:
    """The dtype that `dtype_name` described."""
    dtype = _parsed(name)
    if dtype is None:
        # Types such as bfloat16 are known to numpy once this package is loaded.
        need("ml_dtypes", "ml_dtypes")
        _parsed.cache_clear()
        dtype = _parsed(name)
    if dtype is None:
        raise UnsupportedValue(f"{name!r} is no dtype of numpy")
    return dtype


def _candidates(dtype: np.dtype[Any]) -> list[str]:
    import numpy as np

    if dtype.names is not None:
        try:
            return [repr(np.lib.format.dtype_to_descr(dtype))]
        except ValueError:  # fields that overlap
            return []
    return [dtype.name, dtype.str]


@lru_cache(maxsize=256)
def _parsed(text: str) -> np.dtype[Any] | None:
    import numpy as np

    try:
        return np.lib.format.descr_to_dtype(literal_eval(text)) if text.startswith("[") else np.dtype(text)
    except TypeError:
        return None

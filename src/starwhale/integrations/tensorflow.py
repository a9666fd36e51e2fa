"""Datasets for TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from starwhale.core.errors import MissingDependency, NotFound, UsageError
from starwhale.core.types.media import BaseArtifact
from starwhale.core.types.plain import Geometry
from starwhale.core.types.text import Text

if TYPE_CHECKING:
    from starwhale.integrations.rows_view import RowsView

__all__ = ["to_tf_dataset"]


def to_tf_dataset(view: RowsView, drop_index: bool = True) -> Any:
    """Rows as a ``tf.data.Dataset``.

    Images, sound and boxes become arrays, text strings. The types are those of the first row, with
    every length left open; a row that lacks one of its features is refused.

    Args:
        view: The rows.
        drop_index: Yield features alone, not the key as well.

    Raises:
        MissingDependency: TensorFlow is not installed.
        NotFound: there are no rows.
        UsageError: a feature has no form that tensors take.
    """
    try:
        import tensorflow as tf_module  # noqa: ICN001 - named anew below, without its partial types
    except ImportError as exc:
        raise MissingDependency("this needs TensorFlow", hint="pip install tensorflow") from exc
    tf: Any = tf_module
    first = next((rows[0] for _, rows in view.read() if rows), None)
    key = next((keys[0] for keys, _ in view.read() if len(keys)), 0)
    if first is None:
        raise NotFound("there are no rows to tell the types by")

    def rows() -> Iterator[Any]:
        for keys, some in view.read():
            for each, row in zip(keys, some, strict=True):
                made = _array(row)
                yield made if drop_index else (each, made)

    features = _spec(tf, _array(first), "")
    return tf.data.Dataset.from_generator(
        rows, output_signature=features if drop_index else (_spec(tf, key, "key"), features)
    )


def _array(value: Any) -> Any:
    if isinstance(value, Text):
        return value.to_str()
    if isinstance(value, (BaseArtifact, Geometry)):
        return value.to_numpy()
    if isinstance(value, Mapping):
        return {str(name): _array(item) for name, item in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_array(item) for item in cast("Sequence[Any]", value)]
    return value


def _spec(tf: Any, value: Any, where: str) -> Any:
    """Type of a value, as a tensor's."""
    import numpy as np

    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {name: _spec(tf, item, f"{where}.{name}".lstrip(".")) for name, item in fields.items()}
    if isinstance(value, (str, bytes)):
        return tf.TensorSpec(shape=(), dtype=tf.string)
    array = np.asarray(value)
    if array.dtype.hasobject or array.dtype.kind in "mMV":
        raise UsageError(f"feature {where!r} has no form that tensors take", hint="export without it")
    kind = tf.string if array.dtype.kind in "US" else tf.dtypes.as_dtype(array.dtype)
    return tf.TensorSpec(shape=(None,) * array.ndim, dtype=kind)

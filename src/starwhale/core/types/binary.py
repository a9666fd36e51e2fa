"""Bytes, and arrays of numbers as bytes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any, Self, cast

from starwhale.core.errors import UsageError
from starwhale.core.types.description import Shape, description
from starwhale.core.types.media import BaseArtifact
from starwhale.core.types.mime import ArtifactType, MIMEType
from starwhale.core.types.optional import is_a
from starwhale.core.types.source import content_of

if TYPE_CHECKING:
    import numpy as np

    from starwhale.core.types.link import Link


class Binary(BaseArtifact):
    """Bytes of any kind.

    Args:
        fp: Bytes, a path, or an open file.
        mime_type: What they are; told by the suffix of a path when not given.
        dtype: Of the elements of `to_numpy`; the default makes one element of all bytes.
        link: Where the bytes stay, in place of `fp`.

    Raises:
        NotFound: `fp` is a path and there is no such file.
        UsageError: `fp` is nothing that holds bytes.
    """

    __slots__ = ()
    logical = "binary"
    kind = ArtifactType.Binary
    accepts = ("",)
    defaults = description(dtype="bytes")

    def __init__(
        self,
        fp: Any = b"",
        mime_type: MIMEType | str = MIMEType.UNDEFINED,
        dtype: Any = "bytes",
        link: Link | None = None,
    ) -> None:
        super().__init__(content_of(fp), mime_type=mime_type, dtype=dtype, link=link)

    def to_numpy(self) -> np.ndarray[Any, Any]:
        """An array of `dtype`: without dimensions for bytes, flat for numbers."""
        import numpy as np

        if self.dtype.kind == "S" and not self.dtype.itemsize:
            return np.array(self.payload())
        return elements(self, None)


class NumpyBinary(BaseArtifact):
    """An array of numpy as the bytes of its elements.

    Args:
        fp: The bytes in C order, a path, an open file, or an array, which then brings dtype and shape.
        dtype: Any dtype of numpy but Python objects.
        shape: None for one flat dimension.
        link: Where the bytes stay, in place of `fp`.

    Raises:
        NotFound: `fp` is a path and there is no such file.
        UnsupportedValue: the dtype has no fixed layout.
        UsageError: `fp` is nothing that holds bytes, or they do not make up the shape.
    """

    __slots__ = ()
    logical = "numpy_binary"
    kind = ArtifactType.Binary
    accepts = ("",)
    defaults = description(shape=None)

    def __init__(
        self, fp: Any = "", dtype: Any = "uint8", shape: Shape | None = None, link: Link | None = None
    ) -> None:
        if is_a(fp, "numpy", "ndarray"):
            fp, dtype, shape = fp.tobytes(), fp.dtype, fp.shape
        content = content_of(fp)
        super().__init__(content, dtype=dtype, shape=shape, link=link)
        if content.data is not None:
            self.to_numpy()  # costs no copy, and shows now whether the bytes make up the shape

    @classmethod
    def from_numpy(cls, array: np.ndarray[Any, Any]) -> Self:
        """The bytes, dtype and shape of `array`."""
        return cls(array)

    def to_numpy(self) -> np.ndarray[Any, Any]:
        """The array; it shares the bytes and cannot be written to."""
        return elements(self, self.shape)


def elements(value: BaseArtifact, shape: Shape | None) -> np.ndarray[Any, Any]:
    """The bytes of `value` as an array of its dtype, read-only and not copied.

    Raises:
        UsageError: the bytes do not make up the shape.
    """
    import numpy as np

    dtype, data = value.dtype, value.payload()
    item = dtype.itemsize
    if shape is None:
        shape = [len(data) // item if item else 0]
    if None in shape or len(data) != item * prod(cast("Sequence[int]", shape)):
        raise UsageError(f"{len(data)} bytes are no array of dtype {dtype} and shape {list(shape)}")
    return np.ndarray(cast("Sequence[int]", shape), dtype, data)

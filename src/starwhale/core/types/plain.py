"""What data types have in common that are records of numbers and text."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from starwhale.core.types.optional import tensor

if TYPE_CHECKING:
    import numpy as np


class Plain(ABC):
    """Base of the plain data types.

    Attributes:
        logical: Name in schemas.
        tag: Value of ``_type`` in `asdict`.
    """

    __slots__ = ()
    logical: ClassVar[str]
    tag: ClassVar[str]

    @abstractmethod
    def to_plain(self) -> dict[str, Any]:
        """The form that columns hold: the same keys, with values of the same types, for every object.

        Raises:
            UnsupportedValue: an attribute was set to something that it cannot be.
        """

    @classmethod
    @abstractmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """The object again; nothing is checked."""

    def asdict(self, ignore_keys: Iterable[str] | None = None) -> dict[str, Any]:
        """Attributes as a dict for people and JSON, without `ignore_keys`."""
        ignored = set(ignore_keys or ())
        shown = {"_type": self.tag, **self._attributes()}
        return {key: _shown(value) for key, value in shown.items() if key not in ignored}

    def jsonify(self, ignore_keys: Iterable[str] | None = None) -> str:
        """`asdict` as JSON."""
        return json.dumps(self.asdict(ignore_keys), separators=(",", ":"))

    @abstractmethod
    def _attributes(self) -> dict[str, Any]:
        """Attributes by name, in the order in which they are shown."""


def _shown(value: Any) -> Any:
    if isinstance(value, Plain):
        return value.asdict()
    if isinstance(value, list):
        return [_shown(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in cast("dict[str, Any]", value).items()}
    return value.decode("ascii", "backslashreplace") if isinstance(value, bytes) else value


class Geometry(Plain):
    """Base of the plain data types that are arrays of coordinates."""

    __slots__ = ()

    @abstractmethod
    def to_list(self) -> list[Any]:
        """The coordinates, nested as the object is."""

    @property
    def dtype(self) -> np.dtype[np.float64]:
        """Of `to_numpy`: float64."""
        import numpy as np

        return np.dtype(np.float64)

    def to_numpy(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The coordinates as an array of float64."""
        import numpy as np

        return np.array(self.to_list(), dtype=np.float64)

    def to_bytes(self) -> bytes:
        """The coordinates as float64, one after the other."""
        return self.to_numpy().tobytes()

    def to_tensor(self) -> Any:
        """The coordinates as a PyTorch tensor of float32.

        Raises:
            MissingDependency: PyTorch is not installed.
        """
        return tensor(self.to_numpy().astype("float32"))

    def to_pt_tensor(self) -> Any:
        """As `to_tensor`."""
        return self.to_tensor()

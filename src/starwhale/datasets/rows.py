"""A row of a dataset as user code holds it: its key and its features."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, SupportsIndex

from starwhale.core.errors import UsageError

Key = int | str
WriteThrough = Callable[[Key, Mapping[str, Any]], None]


class Features(dict[str, Any]):
    """Features by name, also as attributes: ``row.features.img`` is ``row.features["img"]``.

    Setting one changes the row in its dataset where that is writable.
    """

    __slots__ = ("_key", "_write")

    def __init__(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        super().__init__(values or (), **more)

    @classmethod
    def bound(cls, values: Mapping[str, Any], key: Key, write: WriteThrough) -> Features:
        """Features whose assignments go into a dataset."""
        features = cls(values)
        object.__setattr__(features, "_key", key)
        object.__setattr__(features, "_write", write)
        return features

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(
                f"no feature {name!r}; there are {', '.join(map(repr, self)) or 'none'}"
            ) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __setitem__(self, name: str, value: Any) -> None:
        write: WriteThrough | None = dict_slot(self, "_write")
        if write is not None:
            write(dict_slot(self, "_key"), {name: value})
        super().__setitem__(name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Features, (dict(self),))


def dict_slot(features: Features, name: str) -> Any:
    """A slot of `features`, or None where it was never set."""
    try:
        return object.__getattribute__(features, name)
    except AttributeError:
        return None


class DataRow:
    """One row: unpacks as ``index, features``.

    Args:
        index: Its key, text or an integer.
        features: Feature name to value.

    Raises:
        UsageError: the index is neither, or features is no mapping.
    """

    __slots__ = ("features", "index")

    def __init__(self, index: Key, features: Mapping[str, Any]) -> None:
        if isinstance(index, bool) or not isinstance(index, (int, str)):  # pyright: ignore[reportUnnecessaryIsInstance] - users hand over anything
            raise UsageError(f"the index of a row is text or an integer, not {type(index).__name__}")
        if not isinstance(features, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - users hand over anything
            raise UsageError(f"the features of a row are a dict, not {type(features).__name__}")
        self.index = index
        self.features = features if isinstance(features, Features) else Features(features)

    @classmethod
    def trusted(cls, index: Key, features: Features) -> DataRow:
        """A row that came out of a dataset; nothing is checked."""
        row = cls.__new__(cls)
        row.index = index
        row.features = features
        return row

    def asdict(self) -> dict[str, Any]:
        """Index and features as one dict."""
        return {"index": self.index, "features": dict(self.features)}

    def __iter__(self) -> Iterator[Any]:
        return iter((self.index, self.features))

    def __getitem__(self, place: SupportsIndex) -> Any:
        return (self.index, self.features)[place]

    def __len__(self) -> int:
        return 2

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DataRow) and self.index == other.index and self.features == other.features

    def __lt__(self, other: DataRow) -> bool:
        return (type(self.index) is str, self.index) < (type(other.index) is str, other.index)

    __hash__ = None  # pyright: ignore[reportAssignmentType] - features may change

    def __reduce__(self) -> tuple[Any, ...]:
        return (DataRow, (self.index, dict(self.features)))

    def __repr__(self) -> str:
        return f"DataRow(index={self.index!r}, features={dict(self.features)!r})"

"""Names of classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from starwhale.core.errors import UnsupportedValue, UsageError
from starwhale.core.types.coordinates import number
from starwhale.core.types.plain import Plain

Name = str | int | float


class ClassLabel(Plain):
    """The classes of a classification, in the order of their numbers.

    Args:
        names: Texts or numbers.

    Raises:
        UnsupportedValue: a name is neither.
    """

    __slots__ = ("names",)
    logical = "class_label"
    tag = "class_label"

    def __init__(self, names: Iterable[Name] | None = None) -> None:
        if isinstance(names, (str, bytes)):
            raise UnsupportedValue(f"names of classes must be a list, not {names!r}")
        self.names: list[Name] = [] if names is None else [_name(item) for item in names]

    @classmethod
    def from_num_classes(cls, num: int) -> Self:
        """Classes that have no names but 0 to `num` - 1.

        Raises:
            UsageError: `num` is below 1.
        """
        if num < 1:
            raise UsageError(f"there must be at least one class, not {num}")
        return cls(range(num))

    def to_plain(self) -> dict[str, Any]:
        return {"names": [_name(item) for item in self.names]}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        self = cls.__new__(cls)
        self.names = list(plain["names"])
        return self

    def _attributes(self) -> dict[str, Any]:
        return {"names": self.names}

    def __eq__(self, other: object) -> bool:
        return self.names == other.names if type(other) is type(self) else NotImplemented

    __hash__ = None  # pyright: ignore[reportAssignmentType] - names may be added

    def __repr__(self) -> str:
        shown = ", ".join(repr(name) for name in self.names[:6])
        return f"ClassLabel([{shown}{', …' if len(self.names) > 6 else ''}])"


def _name(given: Any) -> Name:
    if isinstance(given, str):
        return str(given)
    try:
        return number(given, "")
    except UnsupportedValue:
        raise UnsupportedValue(f"a class is named by a text or a number, not by {given!r}") from None

"""What the operations of a pickle speak of: globals, calls, mappings; none of it is real.

A few bytes of a pickle make a tuple of itself twice, and again: written out it is longer than any memory. So
what a pickle has made is never turned into text, compared or hashed as a whole: only names and numbers are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_RECONSTRUCTORS = frozenset({"copyreg._reconstructor", "copy_reg._reconstructor"})
_LARGEST = 1 << 63


@dataclass(frozen=True, slots=True)
class Blank:
    """Text or bytes of a pickle that were passed over.

    Attributes:
        length: How many bytes.
    """

    length: int


@dataclass(frozen=True, slots=True)
class Global:
    """Something that unpickling would import.

    Attributes:
        module: Where from; ``?`` where it is computed.
        name: What; with dots where it is an attribute of an attribute.
    """

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(slots=True, eq=False)
class Made:
    """What a call would give.

    Attributes:
        by: What would be called.
        args: With what.
        state: What would be set on the object afterwards.
        pairs: What would be put into it by key.
        items: What would be appended or added.
        names: For `named`.
    """

    by: Any
    args: Any = ()
    state: Any = None
    pairs: list[tuple[Any, Any]] = field(default_factory=list[tuple[Any, Any]])
    items: list[Any] = field(default_factory=list[Any])
    names: _Names | None = None


@dataclass(slots=True, eq=False)
class Pairs:
    """A dict; its keys need not be hashable here.

    Attributes:
        pairs: Its keys and values.
        names: For `named`.
    """

    pairs: list[tuple[Any, Any]] = field(default_factory=list[tuple[Any, Any]])
    names: _Names | None = None


@dataclass(slots=True, eq=False)
class _Names:
    """Members with texts for names, and how many pairs were looked at for them."""

    found: dict[str, Any] = field(default_factory=dict[str, Any])
    looked: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """Something that the program which loads the pickle keeps elsewhere, such as the numbers of a tensor."""

    key: Any


def members(value: Any) -> list[tuple[Any, Any]]:
    """What a mapping of a pickle holds: a dict, a subclass of it; nothing for anything else."""
    return value.pairs if isinstance(value, Pairs | Made) else []


def named(value: Any) -> dict[str, Any]:
    """The attributes of an object of a pickle, or the members of a dict, that have texts for names.

    Not to be changed: a hundred thousand objects may share one dict, which is gone through once for all.
    """
    state = value.state if isinstance(value, Made) else value
    if isinstance(state, tuple) and len(state) == 2:
        # An object with slots keeps its dict as the first of two.
        state = state[0]
    if not isinstance(state, Pairs | Made):
        return {}
    if state.names is None:
        state.names = _Names()
    known = state.names
    # Members are only ever added, so that those that were looked at stay as they were.
    known.found.update((key, each) for key, each in state.pairs[known.looked :] if isinstance(key, str))
    known.looked = len(state.pairs)
    return known.found


def made_by(value: Any) -> str:
    """Name of what makes a value; of an object its class. Empty for plain values."""
    if not isinstance(value, Made):
        return ""
    by = name_of(value.by)
    if by in _RECONSTRUCTORS:
        return name_of(value.args[0]) if isinstance(value.args, tuple) and value.args else ""
    return by


def name_of(value: Any) -> str:
    """Of something that would be imported; empty for all else."""
    return str(value) if isinstance(value, Global) else ""


def place_of(value: Any) -> str:
    """A text or a number that tells where something lies; empty for all else."""
    if isinstance(value, str | Blank):
        return value[:200] if isinstance(value, str) else str(value)
    return str(value) if isinstance(value, int) and -_LARGEST <= value < _LARGEST else ""

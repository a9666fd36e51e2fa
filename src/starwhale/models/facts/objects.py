"""What the operations of a pickle speak of: globals, calls, mappings; none of it is real."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


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
    """

    by: Any
    args: Any = ()
    state: Any = None
    pairs: list[tuple[Any, Any]] = field(default_factory=list[tuple[Any, Any]])
    items: list[Any] = field(default_factory=list[Any])


@dataclass(slots=True, eq=False)
class Pairs:
    """A dict; its keys need not be hashable here."""

    pairs: list[tuple[Any, Any]] = field(default_factory=list[tuple[Any, Any]])


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """Something that the program which loads the pickle keeps elsewhere, such as the numbers of a tensor."""

    key: Any


def members(value: Any) -> list[tuple[Any, Any]]:
    """What a mapping of a pickle holds: a dict, a subclass of it; nothing for anything else."""
    return value.pairs if isinstance(value, Pairs | Made) else []


def named(value: Any) -> dict[str, Any]:
    """The attributes of an object of a pickle, or the members of a dict, that have texts for names."""
    state = value.state if isinstance(value, Made) else value
    if isinstance(state, tuple) and len(state) == 2:
        # An object with slots keeps its dict as the first of two.
        state = state[0]
    return {key: each for key, each in members(state) if isinstance(key, str)}


def made_by(value: Any) -> str:
    """Name of what makes a value; of an object its class. Empty for plain values."""
    if not isinstance(value, Made):
        return ""
    if str(value.by) in {"copyreg._reconstructor", "copy_reg._reconstructor"}:
        args = value.args
        return str(args[0]) if isinstance(args, tuple) and args else ""
    return str(value.by) if isinstance(value.by, Global) else ""

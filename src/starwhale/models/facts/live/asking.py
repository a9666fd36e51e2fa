"""Asking an object what it is without importing anything for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from starwhale.core.errors import UserCodeError
from starwhale.models.facts.declared import ModelFacts
from starwhale.models.facts.values import TensorSpec

Signature = tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...]]
"""What goes in and what comes out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of live object.

    Attributes:
        matches: Whether an object is one; imports nothing.
        facts: What is known of it as it stands.
        run: Runs it on an example, and tells what went in and what came out.
    """

    matches: Callable[[Any], bool]
    facts: Callable[[Any], ModelFacts]
    run: Callable[[Any, Any], Signature]


def is_a(obj: Any, *classes: str) -> bool:
    """Whether an object is of one of these classes.

    Args:
        obj: Anything.
        classes: ``module:Class``, the module that really has it: to ask one that loads its names late would
            import more. Of a module that the program has not imported, nothing can be.
    """
    for each in classes:
        module, _, name = each.partition(":")
        found = vars(sys.modules[module]).get(name) if module in sys.modules else None
        if isinstance(found, type) and isinstance(obj, found):
            return True
    return False


def version_of(module: str) -> str:
    """Version of a module that is imported; empty where it does not tell."""
    version = getattr(sys.modules.get(module), "__version__", "")
    return version if isinstance(version, str) else ""


def class_of(obj: Any) -> str:
    """Module and name of the class of an object."""
    kind = type(obj)
    return f"{kind.__module__}.{kind.__qualname__}"


def attempt(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call the user's model.

    Raises:
        UserCodeError: it failed.
    """
    try:
        return call(*args, **kwargs)
    except Exception as exc:
        reason = f"{type(exc).__name__}: {exc}".splitlines()[0][:500]
        raise UserCodeError(
            f"the model does not take the example: {reason}", hint="give it one that it can be run on"
        ) from exc


def counted(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Sums by name."""
    sums: dict[str, int] = {}
    for name, count in pairs:
        sums[name] = sums.get(name, 0) + count
    return sums

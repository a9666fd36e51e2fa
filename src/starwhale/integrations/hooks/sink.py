"""What a hook needs of a run, and how it changes a framework so that it can be changed back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from math import isfinite
from typing import Any, Protocol

log = logging.getLogger(__name__)

Undo = Callable[[], None]
_told: set[str] = set()


class Sink(Protocol):
    """A run, as far as hooks log to it."""

    def metrics(self, values: Mapping[str, Any], step: int | None = None) -> None:
        """Log a point of each metric."""
        ...

    def params(self, values: Mapping[str, Any]) -> None:
        """Log parameters."""
        ...


Current = Callable[[], Sink | None]
"""Gives the run to log to; None while there is none."""


def log_metrics(current: Current, values: Mapping[str, Any], step: int | None = None) -> None:
    """Log those of `values` that are numbers."""
    run = current()
    found = {name: number for name, value in values.items() if (number := number_of(value)) is not None}
    if run is not None and found:
        run.metrics(found, step)


def log_params(current: Current, values: Mapping[str, Any]) -> None:
    """Log `values` in a form that can be kept: what is no number, text or list of such as its text."""
    run = current()
    found = {str(name): plain(value) for name, value in values.items()}
    if run is not None and found:
        run.params(found)


def number_of(value: Any) -> float | None:
    """The one number that a value is or holds; None where it does not."""
    if isinstance(value, (str, bytes)):
        return None
    item = getattr(value, "item", None)
    try:
        plain_value = item() if callable(item) else value
    except (TypeError, ValueError, RuntimeError):
        return None
    return float(plain_value) if isinstance(plain_value, (int, float)) else None


def plain(value: Any) -> Any:
    """A value as rows can hold it."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        return value if not isinstance(value, float) or isfinite(value) else repr(value)
    if isinstance(value, (list, tuple)) and len(value) <= 100:
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    number = number_of(value)
    if number is not None:
        return number
    text = repr(value) if not callable(value) else getattr(value, "__name__", repr(value))
    return text if len(text) <= 500 else text[:497] + "..."


def careful(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function; what it raises is said once, and goes no further."""

    @wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - a hook must not end the training it looks at
            place = f"{function.__module__}.{function.__qualname__}"
            if place not in _told:
                _told.add(place)
                log.warning("%s could not log: %s", place, error)
            return None

    return guarded


def replaced(owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Undo:
    """Put `make(old)` in the place of a function of a module or class; returns what puts the old one back."""
    before = vars(owner).get(name)
    old = getattr(owner, name)
    new = wraps(old)(make(old))
    setattr(owner, name, new)

    def undo() -> None:
        if vars(owner).get(name) is not new:
            return  # somebody else has come later; he keeps his
        if before is None:
            delattr(owner, name)
        else:
            setattr(owner, name, before)

    return undo


def all_of(undos: list[Undo]) -> Undo:
    """One that undoes many, the last first."""

    def undo() -> None:
        while undos:
            undos.pop()()

    return undo

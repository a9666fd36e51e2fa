"""What user code hands over as metrics and parameters, checked where it is handed over."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any, cast

from starwhale.core.errors import InvalidName, UnsupportedValue, UsageError
from starwhale.core.names import quoted
from starwhale.kit.text import is_storable

MAX_NAME = 512
MAX_STEP = 2**53
_EXACT = (float, int)


def numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """Metrics as numbers by name; nested dicts become names joined with "/".

    Args:
        values: Numbers, bools, and whatever holds one number and says so by `item()`, such as a scalar
            of numpy or a tensor of one element.

    Raises:
        InvalidName: a metric has no usable name.
        UnsupportedValue: a value is no number; its metric is named.
    """
    found: dict[str, float] = {}
    for name, value in flat(values, "metric").items():
        found[name] = float(value) if type(value) is float else _number(name, value)
    return found


def _number(name: str, value: Any) -> float:
    plain = value
    if type(value) not in _EXACT and not isinstance(value, (str, bytes)) and hasattr(value, "item"):
        try:
            plain = value.item()
        except (TypeError, ValueError, RuntimeError):
            plain = None
    if isinstance(plain, (int, float)):
        try:
            return float(plain)
        except OverflowError as exc:
            raise UnsupportedValue(
                f"metric {name!r} is {_brief(value)}, which is too large",
                hint="metrics are floats of 64 bits",
            ) from exc
    raise UnsupportedValue(
        f"metric {name!r} is no number but {_brief(value)} of type {type(value).__name__}",
        hint="log text with track.params and everything else with track.artifacts",
    )


def flat(values: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Values by name; those of nested dicts under names joined with "/".

    Raises:
        InvalidName: a name is empty, too long, or cannot be printed.
        UsageError: `values` is no mapping.
    """
    if not isinstance(values, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - users hand over anything
        raise UsageError(
            f"{what}s are given as a dict, not as {_brief(values)} of type {type(values).__name__}"
        )
    found: dict[str, Any] = {}
    _flatten(found, "", values, what)
    return found


def _flatten(found: dict[str, Any], prefix: str, values: Mapping[Any, Any], what: str) -> None:
    for name, value in values.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping) and value:
            _flatten(found, f"{path}/", cast("Mapping[Any, Any]", value), what)
        else:
            found[check_label(path, what)] = value


def check_label(name: str, what: str) -> str:
    """Return `name` when a metric, a parameter or a run may be called so.

    Raises:
        InvalidName: it is empty, too long, or cannot be printed.
    """
    if name and len(name) <= MAX_NAME and name.isprintable() and is_storable(name):
        return name
    raise InvalidName(
        f"a {what} cannot be called {quoted(name)}", hint=f"use 1 to {MAX_NAME} printable characters"
    )


def check_step(step: Any) -> int:
    """The step as an integer.

    Raises:
        UsageError: it is none, or below 0.
    """
    try:
        found = operator.index(step)
    except TypeError:
        found = -1
    if isinstance(step, bool) or not 0 <= found <= MAX_STEP:
        raise UsageError(f"a step is a whole number from 0, not {_brief(step)}")
    return found


def merge_given(args: tuple[Any, ...], named: Mapping[str, Any], call: str) -> Mapping[str, Any]:
    """What was given either as one dict or as keyword arguments.

    Raises:
        UsageError: neither, or something else than a dict.
    """
    if len(args) > 1 or (args and not isinstance(args[0], Mapping)):
        raise UsageError(f"{call} takes one dict or keyword arguments", hint=f"{call}({{'name': value}})")
    given: Mapping[str, Any] = {**args[0], **named} if args else named
    if not given:
        raise UsageError(f"{call} was given nothing", hint=f"{call}({{'name': value}})")
    return given


def _brief(value: Any) -> str:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a user's __repr__ may raise anything
        text = "a value"
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."

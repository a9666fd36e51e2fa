"""What a step asks of the machine it runs on: ``{"cpu": 1, "memory": "2Gi", "nvidia.com/gpu": 1}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starwhale.core.errors import InvalidSpec

CPU = "cpu"
MEMORY = "memory"
GPU = "nvidia.com/gpu"
_ALIASES = {"mem": MEMORY, "gpu": GPU}
_BOUNDS = ("request", "limit")
_SIZE = re.compile(r"\s*(\d{1,30})(?:\.(\d{1,30}))?\s*(?:([kmgtpe])(i?))?b?\s*", re.IGNORECASE)
_POWERS = {"k": 1, "m": 2, "g": 3, "t": 4, "p": 5, "e": 6}

Resources = dict[str, dict[str, int | float]]


def normalise(resources: Mapping[str, Any] | None) -> Resources:
    """The one form of what users write.

    Args:
        resources: `cpu` in cores, `memory` in bytes or as text such as ``200MiB`` or ``1Gi``,
            `nvidia.com/gpu` in whole devices; each a scalar or ``{"request": …, "limit": …}``.

    Returns:
        Every resource with `request` and `limit`, memory in bytes; empty for None.

    Raises:
        InvalidSpec: an unknown resource or bound, or a value that is no such amount.
    """
    return {_name(name): _amounts(_name(name), value) for name, value in (resources or {}).items()}


def parse_size(text: str) -> int:
    """Bytes of ``200MiB``, ``1Gi``, ``10k``, ``512``: with an `i` powers of 1024, without powers of 1000.

    Raises:
        InvalidSpec: the text is no size.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise InvalidSpec(f"{text!r} is not a size", hint="write bytes, or a number with Ki, Mi, Gi, k, M, G")
    whole, part, unit, binary = match.groups()
    factor = (1024 if binary else 1000) ** _POWERS[unit.lower()] if unit else 1
    # In whole numbers: a float would be off by some bytes from 2 ** 53 on.
    return int(whole) * factor + (int(part) * factor // 10 ** len(part) if part else 0)


def of_texts(texts: Mapping[str, Any]) -> Resources:
    """The same of what stands in the environment or on a command line, where numbers are texts too.

    Raises:
        InvalidSpec: see `normalise`.
    """
    return normalise({name: _number(name, value) for name, value in texts.items()})


def _number(name: str, value: Any) -> Any:
    if _name(name) == MEMORY or not isinstance(value, str):
        return value
    try:
        return int(value) if value.strip().isdecimal() else float(value)
    except ValueError:
        return value


def amount_of(resource: str, value: float) -> str:
    """So much of a resource, for people to read."""
    return f"{value:,.0f} bytes of memory" if resource == MEMORY else f"{value:g} of {resource}"


def _name(name: str) -> str:
    name = _ALIASES.get(name, name)
    if name not in {CPU, MEMORY, GPU}:
        raise InvalidSpec(f"there is no resource {name!r}", hint=f"known are {CPU}, {MEMORY} and {GPU}")
    return name


def _amounts(name: str, value: Any) -> dict[str, int | float]:
    if not isinstance(value, Mapping):
        amount = _amount(name, value)
        return dict.fromkeys(_BOUNDS, amount)
    unknown = set(value) - set(_BOUNDS)
    if unknown or not value:
        raise InvalidSpec(
            f"resource {name!r} has {sorted(map(str, unknown))}", hint="write request and limit"
        )
    amounts = {bound: _amount(name, value[bound]) for bound in _BOUNDS if bound in value}
    if amounts.get("request", 0) > amounts.get("limit", float("inf")):
        raise InvalidSpec(f"resource {name!r} requests more than its limit")
    return amounts


def _amount(name: str, value: Any) -> int | float:
    if name == MEMORY and isinstance(value, str):
        return parse_size(value)
    whole = name == GPU
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or not value >= 0:
        expected = "a whole number" if whole else "a number"
        raise InvalidSpec(f"resource {name!r} is {value!r}, expected {expected} of 0 or more")
    return value

"""Paths into nested values: ``a.b[0].c``."""

from __future__ import annotations

import re
from typing import Any

from starwhale.core.errors import UsageError

_STEP = re.compile(r"\[(-?\d+)\]|([^.\[\]]+)")


def parse_selector(text: str) -> tuple[str | int, ...]:
    """The steps of a path; none for an empty one.

    Raises:
        UsageError: it is no path.
    """
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        if text[at] == "." and at > 0:
            at += 1
        match = _STEP.match(text, at)
        if match is None or (match[2] is not None and at > 0 and text[at - 1] != "."):
            raise UsageError(f"{text!r} is no path of fields", hint="write it as a.b[0].c")
        steps.append(int(match[1]) if match[1] is not None else match[2])
        at = match.end()
    return tuple(steps)


def select(value: Any, steps: tuple[str | int, ...]) -> Any:
    """What lies at the end of a path.

    Raises:
        LookupError: nothing does; the message names the step that failed.
    """
    for step in steps:
        try:
            fits = isinstance(value, list) if isinstance(step, int) else isinstance(value, dict)
            value = value[step] if fits else _MISSING[0]
        except LookupError:
            raise LookupError(f"there is no {f'[{step}]' if isinstance(step, int) else repr(step)}") from None
    return value


_MISSING: tuple[Any, ...] = ()

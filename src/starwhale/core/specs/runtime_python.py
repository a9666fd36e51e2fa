"""Which versions of Python a runtime may have."""

from __future__ import annotations

import re

from starwhale.core.errors import InvalidSpec
from starwhale.core.names import quoted

OLDEST = (3, 11)
_FORM = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}(?:\.[0-9]{1,3})?")


def python_of(text: str) -> tuple[int, ...]:
    """The numbers of a version such as ``3.12`` or ``3.12.1``.

    Raises:
        InvalidSpec: it has another form.
    """
    if _FORM.fullmatch(text) is None:
        raise InvalidSpec(f"{quoted(text)} is not a version of Python", hint="write it like '3.12'")
    return tuple(map(int, text.split(".")))


def check_python(text: str) -> str:
    """Return `text` when it is a version of Python that Starwhale runs on.

    Raises:
        InvalidSpec: it is none, or older than 3.11.
    """
    numbers = python_of(text)
    if numbers == (3, 1):
        # What YAML makes of 3.10 without quotes.
        raise InvalidSpec(f"Python {text} does not exist", hint="write 3.10 and its like in quotes: '3.10'")
    if numbers < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise InvalidSpec(
            f"Python {text} is older than {oldest}, the oldest that Starwhale runs on",
            hint=f"ask for '{oldest}' or later",
        )
    return text


def minor_of(text: str) -> str:
    """The first two numbers: ``3.12`` of ``3.12.1``."""
    return ".".join(text.split(".")[:2])

"""Names of projects and packages, and tags.

A name becomes part of addresses, of routes and of paths on somebody's disk, so the alphabet is small
and nothing that could climb out of a directory passes.
"""

from __future__ import annotations

import re

from starwhale.core.errors import InvalidName
from starwhale.core.version import is_version

LONGEST = 80
LONGEST_SHOWN = 160
LATEST = "latest"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")
_STRANGE = re.compile(r"[^A-Za-z0-9_.-]")
_NUMBERED = re.compile(r"v[0-9]+")
_ALLOWED = "letters, digits, '_', '.' and '-'"


def quoted(text: str) -> str:
    """`text` as a message shows it: in quotes, its control characters escaped, no longer than a line."""
    return repr(text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…")


def check_name(name: str, what: str = "dataset") -> str:
    """Return `name` when it may name a thing.

    Args:
        name: 1 to 80 of ``[A-Za-z0-9_.-]``, the first neither a dot nor a hyphen.
        what: What it is to name, for the message.

    Raises:
        InvalidName: it may not; the message shows the offending character.
    """
    return _check(name, f"{what} name")


def check_tag(tag: str) -> str:
    """Return `tag` when a user may put it on a version.

    Raises:
        InvalidName: the characters or the length are wrong, or it is one of those that Starwhale sets
            itself (``latest``, ``v0``, ``v1``, …), or it reads as a version id.
    """
    _check(tag, "tag")
    if is_reserved_tag(tag):
        raise InvalidName(f"tag {tag!r} is reserved", hint="Starwhale sets 'latest' and v0, v1, … itself")
    if is_version(tag):
        raise InvalidName(f"tag {tag!r} reads as a version id", hint="choose a tag of another length")
    return tag


def check_reference(text: str, what: str = "version") -> str:
    """Return `text` when it may point at a version: an id, a prefix of one, or a tag.

    Raises:
        InvalidName: it has characters or a length that none of them has.
    """
    return _check(text, what)


def is_reserved_tag(tag: str) -> bool:
    """Whether only Starwhale itself may set `tag`: ``latest``, ``v0``, ``v1`` and so on."""
    return tag == LATEST or _NUMBERED.fullmatch(tag) is not None


def is_name(text: str) -> bool:
    """Whether `text` has the form of a name or tag."""
    return _NAME.fullmatch(text) is not None


def _check(text: object, what: str) -> str:
    if not isinstance(text, str):
        raise InvalidName(f"{what} must be text, not {type(text).__name__}")
    if is_name(text):
        return text
    if not text:
        raise InvalidName(f"{what} is empty", hint=f"1 to {LONGEST} {_ALLOWED}")
    strange = _STRANGE.search(text)
    if strange is not None:
        raise InvalidName(
            f"{what} {quoted(text)} has {strange.group()!r} at position {strange.start() + 1}",
            hint=f"allowed are {_ALLOWED}",
        )
    if len(text) > LONGEST:
        raise InvalidName(f"{what} {quoted(text)} has {len(text)} characters, the most is {LONGEST}")
    raise InvalidName(f"{what} {text!r} begins with {text[0]!r}", hint="begin with a letter, a digit or '_'")

"""Keys of objects: paths out of which nothing can climb."""

from __future__ import annotations

import re

from starwhale.core.errors import InvalidName

LONGEST_KEY = 1024  # the limit of S3
LONGEST_SEGMENT = 200  # file systems allow 255 bytes
# No leading dot: `.`, `..` and the store's own `.tmp`, `.lock`, `.sweep` are out of reach that way.
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.=@+,-]*")


def check_key(key: str) -> str:
    """Return `key` when it may name an object.

    Raises:
        InvalidName: a segment is empty, too long, or has a character that is not allowed.
    """
    if len(key) > LONGEST_KEY:
        raise InvalidName(f"object key of {len(key)} characters, the most is {LONGEST_KEY}")
    for segment in key.split("/"):
        if _SEGMENT.fullmatch(segment) is None or len(segment) > LONGEST_SEGMENT:
            raise InvalidName(
                f"object key {key[:80]!r} has the segment {segment[:80]!r}",
                hint="segments are 1 to 200 of [A-Za-z0-9_.=@+,-] and begin with a letter, digit or '_'",
            )
    return key


def check_prefix(prefix: str) -> str:
    """Return `prefix` without a slash at its end when it is empty or a key.

    Raises:
        InvalidName: as for a key.
    """
    stripped = prefix.removesuffix("/")
    return check_key(stripped) if stripped else ""

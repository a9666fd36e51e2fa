"""Version ids: 40 characters of lower-case base32, 200 bits.

The same alphabet serves versions of packages, which are derived from content, and ids of jobs, which
are random.
"""

from __future__ import annotations

import os
import re
from base64 import b32encode

LENGTH = 40
SHORTEST_PREFIX = 5
_BYTES = 25
_VERSION = re.compile(r"[a-z2-7]{40}")
_PREFIX = re.compile(r"[a-z2-7]{5,40}")


def version_of(digest: bytes) -> str:
    """The version id that a digest stands for.

    Args:
        digest: At least 25 bytes, such as a SHA-256; the first 200 bits count.

    Raises:
        ValueError: the digest is shorter.
    """
    if len(digest) < _BYTES:
        raise ValueError(f"a version needs {_BYTES} bytes of digest, got {len(digest)}")
    return b32encode(digest[:_BYTES]).decode("ascii").lower()


def random_version() -> str:
    """A new id that nobody else has or can guess."""
    return version_of(os.urandom(_BYTES))


def is_version(text: str) -> bool:
    """Whether `text` is a whole version id."""
    return _VERSION.fullmatch(text) is not None


def is_version_prefix(text: str) -> bool:
    """Whether `text` may stand for a version: its first 5 characters or more, or all of it."""
    return _PREFIX.fullmatch(text) is not None


def short(version: str) -> str:
    """The first 12 characters, for people to read and to type."""
    return version[:12]

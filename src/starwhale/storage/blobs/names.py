"""Digests as names of blobs, and what is said of blobs that are not as they should be."""

from __future__ import annotations

import re

from starwhale.core.errors import Corrupted, InvalidName, NotFound

PREFIX = "blobs"
_DIGEST = re.compile(r"[0-9a-f]{64}")


def key_of(digest: str) -> str:
    """The key of a blob: ``blobs/ab/cdef...``.

    Raises:
        InvalidName: `digest` is not 64 lower-case hexadecimal digits.
    """
    if _DIGEST.fullmatch(digest) is None:
        raise InvalidName(f"{digest[:80]!r} is no digest of a blob", hint="it has 64 of [0-9a-f]")
    return f"{PREFIX}/{digest[:2]}/{digest[2:]}"


def digest_of(key: str) -> str | None:
    """The digest in a key; None when it is no blob's."""
    digest = key.removeprefix(PREFIX).replace("/", "")
    return digest if _DIGEST.fullmatch(digest) is not None and key_of(digest) == key else None


def absent(digest: str) -> NotFound:
    """The error for a blob that is not there."""
    return NotFound(
        f"no blob {digest[:12]} in the store", hint="copy the version it belongs to from another instance"
    )


def damaged(digest: str) -> Corrupted:
    """The error for a blob with other bytes than those that were written."""
    return Corrupted(
        f"blob {digest[:12]} is not what was written",
        hint="the disk or the object store has changed it; `verify --discard` removes it, and a copy from"
        " another instance brings it back",
    )

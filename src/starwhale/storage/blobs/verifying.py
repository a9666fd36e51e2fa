"""Hashing blobs again, and making room for whole ones where they are damaged."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starwhale.core.errors import Corrupted, NotFound
from starwhale.storage.blobs.store import Blobs


def find_damage(
    blobs: Blobs,
    digests: Sequence[str],
    *,
    discard: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, str]:
    """Hash blobs again.

    Args:
        blobs: Where they lie.
        digests: Which.
        discard: Remove what is damaged: one of the right size would else be taken for there, and not be
            stored again by a build or a copy.
        progress: Called with the number of blobs done and of all.

    Returns:
        Why each of them is not what was written, by digest; empty where all are whole.
    """
    found: dict[str, str] = {}
    for done, digest in enumerate(digests, start=1):
        try:
            verify(blobs, digest, discard=discard)
        except (Corrupted, NotFound) as error:
            found[digest] = error.message
        if progress is not None:
            progress(done, len(digests))
    return found


def verify(blobs: Blobs, digest: str, *, discard: bool = False) -> None:
    """Hash a blob again.

    Args:
        blobs: Where it lies.
        digest: Which.
        discard: Remove it where it is damaged.

    Raises:
        Corrupted: it is damaged.
        NotFound: it is not there.
    """
    try:
        blobs.verify(digest)
    except Corrupted:
        if discard:
            blobs.discard_damaged(digest)
        raise


def hint_after_damage(kind: str, discarded: bool) -> str:
    """What to do about a version of some kind that is damaged.

    Args:
        kind: As the command line calls it.
        discarded: Whether what was damaged was removed already.
    """
    # Rows are built onto those that are there, which can no longer be read.
    again = "copy it from another instance" + ("" if kind == "dataset" else ", or build it again")
    return again if discarded else f"`swcli {kind} verify --discard` removes what is damaged; then {again}"

"""Bringing blobs from one store to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starwhale.storage.blobs.names import damaged, key_of

if TYPE_CHECKING:
    from starwhale.storage.blobs.store import Blobs

_TRIES = 2


def carry(origin: Blobs, target: Blobs, digest: str) -> int:
    """Bring one blob over, verified; how many bytes it has.

    Raises:
        NotFound: the origin does not have it.
        Corrupted: it has other bytes there; nothing was stored.
        StorageFull: there is no space for it.
    """
    path = origin.objects.path(key_of(digest))
    if path is not None and target.send(digest, path):
        return path.stat().st_size
    for _ in range(_TRIES):
        with target.writer() as writer:
            for piece in origin.pieces(digest):
                writer.write(piece)
            if writer.digest == digest:
                writer.commit()
                return writer.size
    raise damaged(digest)

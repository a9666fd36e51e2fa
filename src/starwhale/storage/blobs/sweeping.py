"""Removing the blobs that nobody needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from starwhale.core.errors import UsageError
from starwhale.storage.blobs.names import PREFIX, digest_of, key_of
from starwhale.storage.objects.ports import Objects, ObjectStat

# Object stores round `modified` down to the second.
_COARSE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobStat:
    """What is known of a blob without reading it; see `ObjectStat`."""

    digest: str
    size: int
    modified: datetime


def all_blobs(objects: Objects) -> Iterator[BlobStat]:
    """The blobs of a store, in the order of their digests. What else lies there is passed over."""
    for found in objects.list(PREFIX):
        digest = digest_of(found.key)
        if digest is not None:
            yield BlobStat(digest=digest, size=found.size, modified=found.modified)


def sweep(objects: Objects, live: Callable[[str], bool], older_than: datetime) -> list[str]:
    """See `Blobs.sweep`."""
    if older_than.tzinfo is None:
        raise UsageError("the time limit of a sweep needs a time zone")

    def dead(digest: str, found: BlobStat | ObjectStat) -> bool:
        return found.modified + _COARSE < older_than and not live(digest)

    removed: list[str] = []
    for shard, group in groupby(all_blobs(objects), lambda found: found.digest[:2]):
        pending = [found.digest for found in group if dead(found.digest, found)]
        while pending:
            with objects.gate.sweeping(f"{PREFIX}/{shard}") as turn:
                while pending and turn.open():
                    digest = pending.pop()
                    # It may have been put again since it was found, before the gate was closed.
                    found = objects.stat(key_of(digest))
                    if found is not None and dead(digest, found):
                        objects.delete(found.key)
                        removed.append(digest)
    objects.tidy(older_than)
    return removed

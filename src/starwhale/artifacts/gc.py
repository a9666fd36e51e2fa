"""Garbage collection: empty the trash, mark what is named, delete the blobs that nothing names.

Marking and deleting take time, and the world does not stand still meanwhile. What comes into being after
the look at the catalog stands on blobs that are younger than `cutoff`, and those are not touched:
a build says when it begins (`pins`), everybody else is covered by the grace period.

Others want to write to the catalog meanwhile, so the trash is emptied in short transactions, and what lies
outside of the catalog is deleted after them: whatever a crash leaves behind is found the next time.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from starwhale.artifacts.expiry import artifacts_trash, versions_trash
from starwhale.artifacts.pins import PinRepository
from starwhale.artifacts.schemas import CollectionReport
from starwhale.catalog.outbox import emit
from starwhale.core.errors import Corrupted, StarwhaleError
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from starwhale.artifacts.expiry import Trash
    from starwhale.catalog.engine import Catalog
    from starwhale.core.actor import Actor

_log = logging.getLogger(__name__)
#: So long a removed thing can be recovered.
TRASH_LASTS = timedelta(days=30)
#: So old a blob must be before it is collected, for writers that open no build.
GRACE = timedelta(hours=1)
#: So far the clock of an object store may go before ours or behind it.
SKEW = timedelta(minutes=10)
#: So many things leave the trash in one transaction.
AT_ONCE = 50


class BlobStat(Protocol):
    """One stored blob."""

    @property
    def digest(self) -> str:
        """Its name, 64 hex digits."""
        ...

    @property
    def size(self) -> int:
        """Its bytes."""
        ...

    @property
    def modified(self) -> datetime:
        """When it was written or touched last."""
        ...


class Collectable(Protocol):
    """A store of blobs as far as collection is concerned."""

    def all(self) -> Iterable[BlobStat]:
        """Every blob."""
        ...

    def sweep(self, live: Callable[[str], bool], older_than: datetime) -> Sequence[str]:
        """Delete what is not `live` and was neither written nor touched since `older_than`.

        A blob whose `put` has returned meanwhile stays.

        Returns:
            Digests of what went.
        """
        ...


class Sweep(Protocol):
    """Deletes what nothing in the catalog refers to, but blobs."""

    def __call__(self, older_than: datetime, dry_run: bool, /) -> Iterable[int]:
        """Delete what was written before a moment, or only find it; bytes of each thing that goes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionService:
    """Garbage collection of one instance.

    Attributes:
        references: For each kind, the digests that a manifest names. It raises when it cannot tell, and
            nothing is deleted then.
        sweeps: Delete what else nothing refers to any more.
        roots: More digests to keep, such as those of tables.
        before: What other nouns have in their trash, emptied before that of packages.
        after: What they have there that is emptied after it, such as projects, which take packages along.
        chores: What else is old and goes, such as environments; given the moment before which it is. They
            are made again when they are wanted, and count as nothing that went.
    """

    catalog: Catalog
    blobs: Collectable
    references: Mapping[str, Callable[[str], Iterable[str]]]
    sweeps: Sequence[Sweep] = field(default=())
    roots: Sequence[Callable[[], Iterable[str]]] = field(default=())
    before: Sequence[Trash] = field(default=())
    after: Sequence[Trash] = field(default=())
    chores: Sequence[Callable[[datetime], object]] = field(default=())

    def run(
        self,
        actor: Actor,
        *,
        dry_run: bool = False,
        trash: timedelta = TRASH_LASTS,
        grace: timedelta = GRACE,
    ) -> CollectionReport:
        """Delete what was removed longer ago than `trash`, and all blobs that nothing needs.

        Args:
            actor: Who collects.
            dry_run: Only find out what would go.
            trash: So long a removed thing can be recovered.
            grace: So old a blob must be at least.

        Raises:
            Corrupted: a manifest cannot be read. Nothing is deleted.
        """
        now = utc_now()
        if dry_run:
            purged, manifests, starts = self._look(now, now - trash)
        else:
            purged = self._empty(actor, now - trash)
            self.tidy(trash=trash)
            _, manifests, starts = self._look(now)
        live = self._marked(manifests)
        cutoff = min([now - grace, *(start - SKEW for start in starts)])
        sizes = {
            blob.digest: blob.size
            for blob in self.blobs.all()
            if blob.modified < cutoff and not live(blob.digest)
        }
        gone = list(sizes) if dry_run else self.blobs.sweep(live, cutoff)
        freed = [size for sweep in self.sweeps for size in sweep(now - grace, dry_run)]
        return CollectionReport(
            purged=purged,
            blobs=len(gone),
            logs=len(freed),
            freed=sum(sizes.get(digest, 0) for digest in gone) + sum(freed),
            builds=len(starts),
        )

    def tidy(self, *, trash: timedelta = TRASH_LASTS) -> None:
        """Do the chores alone: what is to be done on each machine that has a directory of its own."""
        for chore in self.chores:
            try:
                chore(utc_now() - trash)
            except (StarwhaleError, OSError) as error:
                # One thing that is odd holds up nothing else.
                _log.warning("what was left behind could not be cleared up: %s", error)

    def _trashes(self) -> Sequence[Trash]:
        # A project takes its artifacts along, an artifact its versions: what is counted goes from inside out.
        return [*self.before, versions_trash(self.catalog), artifacts_trash(self.catalog), *self.after]

    def _empty(self, actor: Actor, before: datetime) -> int:
        purged = 0
        for trash in self._trashes():
            old = list(trash.old(before))
            for start in range(0, len(old), AT_ONCE):
                with self.catalog.begin() as session:
                    gone = trash.delete(session, old[start : start + AT_ONCE], before)
                    if gone:
                        emit(session, actor, "trash.purged", {"things": len(gone)})
                trash.clear(gone)
                purged += len(gone)
        return purged

    def _look(
        self, now: datetime, before: datetime | None = None
    ) -> tuple[int, Sequence[tuple[str, str]], Sequence[datetime]]:
        """What must stay, of one moment.

        Args:
            now: The present moment.
            before: As if all had left the trash that was removed before then.

        Returns:
            How many things would leave it, the manifests whose bytes are needed, when builds were opened.
        """
        old = [(trash, list(trash.old(before))) for trash in self._trashes()] if before else []
        with self.catalog.begin() as session:
            pins = PinRepository(session)
            pins.drop_expired(now)
            purged = sum(
                len((trash.due or trash.delete)(session, some[start : start + AT_ONCE], before))
                for trash, some in old
                for start in range(0, len(some), AT_ONCE)
                if before
            )
            starts, manifests = pins.build_starts(), list(pins.live_manifests())
            if before:
                session.rollback()
        return purged, manifests, starts

    def _marked(self, manifests: Iterable[tuple[str, str]]) -> Callable[[str], bool]:
        # As bytes, a digest takes half the memory that its hex digits do.
        live = set(map(bytes.fromhex, self.needed(manifests)))
        return lambda digest: bytes.fromhex(digest) in live

    def needed(self, manifests: Iterable[tuple[str, str]]) -> Iterator[str]:
        """All blobs that manifests of these kinds need, and what is kept for other reasons.

        Raises:
            Corrupted: that cannot be told, for one row or manifest cannot be read.
        """
        what = "the catalog"
        try:
            for kind, manifest in manifests:
                what = f"{kind} {manifest[:12]}"
                yield manifest
                yield from self.references[kind](manifest)
            what = "jobs, templates and tables"
            for root in self.roots:
                yield from root()
        except (KeyError, ValueError, TypeError, AttributeError) as exc:
            raise Corrupted(
                f"which bytes belong to {what} cannot be told",
                hint="was it made by a later release? otherwise remove it for good, or restore a backup",
            ) from exc

"""Garbage collection: empty the trash, mark what is named, delete the blobs that nothing names.

Marking and deleting take time, and the world does not stand still meanwhile. What comes into being after
the look at the catalog stands on blobs that are younger than `cutoff`, and those are not touched:
a build says when it begins (`pins`), everybody else is covered by the grace period.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import ColumnElement, delete, func, select

from starwhale.artifacts.pins import PinRepository
from starwhale.artifacts.schemas import CollectionReport
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.artifacts import ArtifactRow, VersionRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.errors import Corrupted
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from starwhale.catalog.engine import Catalog, Session
    from starwhale.core.actor import Actor

#: So long a removed thing can be recovered.
TRASH_LASTS = timedelta(days=30)
#: So old a blob must be before it is collected, for writers that open no build.
GRACE = timedelta(hours=1)
#: So far the clock of an object store may go before ours or behind it.
SKEW = timedelta(minutes=10)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionService:
    """Garbage collection of one instance.

    Attributes:
        references: For each kind, the digests that a manifest names. It raises when it cannot tell, and
            nothing is deleted then.
        roots: More digests to keep, such as those of tables.
        purges: What other nouns delete from their trash, in the same transaction: they get the moment
            before which it was removed and return how many things went.
    """

    catalog: Catalog
    blobs: Collectable
    references: Mapping[str, Callable[[str], Iterable[str]]]
    roots: Sequence[Callable[[], Iterable[str]]] = field(default=())
    purges: Sequence[Callable[[Session, datetime], int]] = field(default=())

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
        with self.catalog.begin() as session:
            pins = PinRepository(session)
            pins.drop_expired(now)
            purged = self._purge(session, now - trash)
            starts = pins.build_starts()
            manifests = list(pins.live_manifests())
            if dry_run:
                session.rollback()
            elif purged:
                emit(session, actor, "trash.purged", {"things": purged})
        live = self._marked(manifests)
        cutoff = min([now - grace, *(start - SKEW for start in starts)])
        sizes = {
            blob.digest: blob.size
            for blob in self.blobs.all()
            if blob.modified < cutoff and not live(blob.digest)
        }
        gone = list(sizes) if dry_run else self.blobs.sweep(live, cutoff)
        freed = sum(sizes.get(digest, 0) for digest in gone)
        return CollectionReport(purged=purged, blobs=len(gone), freed=freed, builds=len(starts))

    def _purge(self, session: Session, before: datetime) -> int:
        # A project takes its artifacts along, an artifact its versions: what is counted goes from inside out.
        rows: Sequence[tuple[type[VersionRow | ArtifactRow | ProjectRow], ColumnElement[bool]]] = (
            (VersionRow, VersionRow.removed_at < before),
            (ArtifactRow, ArtifactRow.removed_at < before),
            (ProjectRow, ProjectRow.removed_at < before),
        )
        purged = sum(purge(session, before) for purge in self.purges)
        for table, condition in rows:
            purged += session.scalar(select(func.count()).select_from(table).where(condition)) or 0
            session.execute(delete(table).where(condition))
        return purged

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

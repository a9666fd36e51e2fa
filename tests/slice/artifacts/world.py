"""Datasets whose manifests name blobs, a store that holds them, and collection over both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from tests.slice.artifacts.conftest import ME, Shelf, digest

from starwhale.artifacts.expiry import Trash
from starwhale.artifacts.gc import CollectionService
from starwhale.artifacts.schemas import CollectionReport
from starwhale.catalog.tables.artifacts import ArtifactRow, PinRow, VersionRow
from starwhale.kit.times import utc_now
from starwhale.storage.blobs import BlobStat

DAY = timedelta(days=1)
NO_TIME = timedelta(0)


@dataclass
class MemoryBlobs:
    """A store of blobs in memory whose clock can be put forward. `interrupt` runs whenever it is read."""

    stats: dict[str, datetime] = field(default_factory=dict[str, datetime])
    interrupt: Callable[[], None] = lambda: None

    def put(self, name: str) -> None:
        self.stats[name] = utc_now()

    def all(self) -> Iterator[BlobStat]:
        self.interrupt()
        for name, modified in list(self.stats.items()):
            yield BlobStat(digest=name, size=10, modified=modified)

    def sweep(self, live: Callable[[str], bool], older_than: datetime) -> Sequence[str]:
        gone: list[str] = []
        for name in list(self.stats):
            self.interrupt()
            if name in self.stats and self.stats[name] < older_than and not live(name):
                del self.stats[name]
                gone.append(name)
        return gone


@dataclass
class World:
    """Datasets whose manifests name blobs, a store that holds them, and collection over both."""

    shelf: Shelf
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    contents: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def store(self, content: object, blobs: Iterable[object], *, touched: Iterable[object] = ()) -> str:
        """Put blobs, then the manifest that names them and those that are only `touched` by name."""
        names = [digest(("blob", blob)) for blob in blobs]
        for name in names:
            self.blobs.put(name)
        manifest = digest(content)
        self.contents[manifest] = (*names, *[digest(("blob", blob)) for blob in touched])
        self.blobs.put(manifest)
        return manifest

    def publish(self, name: str, content: object, blobs: Iterable[object], **more: Any) -> None:
        self.shelf.publish(name, content, manifest=self.store(content, blobs), **more)

    def references(self, manifest: str) -> tuple[str, ...]:
        self.blobs.interrupt()
        return self.contents[manifest]

    def collect(self, **more: Any) -> CollectionReport:
        projects = self.shelf.service.projects
        service = CollectionService(
            catalog=self.shelf.service.catalog,
            blobs=self.blobs,
            references={"dataset": self.references},
            after=[Trash(old=projects.expired, delete=projects.purge_expired)],
        )
        facts: dict[str, Any] = {"grace": NO_TIME, **more}
        return service.run(ME, **facts)

    def pass_time(self, much: timedelta) -> None:
        """Let everything be so much older than it was."""
        self.blobs.stats = {name: modified - much for name, modified in self.blobs.stats.items()}
        with self.shelf.service.catalog.begin() as session:
            for table, columns in (
                (PinRow, ("since", "expires_at")),
                (VersionRow, ("removed_at",)),
                (ArtifactRow, ("removed_at",)),
            ):
                for row in session.scalars(select(table)).all():
                    for column in columns:
                        moment = getattr(row, column)
                        if moment is not None:
                            setattr(row, column, moment - much)

    def missing(self) -> set[str]:
        """Blobs that a version needs and the store no longer has."""
        with self.shelf.service.catalog.read() as session:
            manifests = session.scalars(select(VersionRow.manifest)).all()
        needed = {name for manifest in manifests for name in (manifest, *self.contents[manifest])}
        return needed - set(self.blobs.stats)

"""Packages that come from elsewhere: blob by blob, then published at once.

Whoever publishes must have every byte: blobs that he may not read must be sent again, even where the store
has them. Otherwise the digest of somebody else's blob would be enough to be given it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from starwhale.artifacts.offers import LARGEST_PARCEL, Look, Offer, check_meta, check_version
from starwhale.artifacts.pins import PinRepository
from starwhale.artifacts.schemas import ANY, Build, VersionRead
from starwhale.artifacts.uses import BlobUses, is_of
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.artifacts import PinRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.errors import Conflict, Corrupted, NotFound, UsageError
from starwhale.core.kinds import Kind
from starwhale.core.permissions import writing
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starwhale.artifacts.service import ArtifactService
    from starwhale.catalog.engine import Catalog, Session
    from starwhale.core.actor import Actor
    from starwhale.storage.blobs import Blobs
    from starwhale.storage.blobs.writer import BlobWriter

MOST_ASKED = 10_000


class Reception:
    """A blob that is being sent; nothing of it is stored before `finish`."""

    def __init__(self, writer: BlobWriter, digest: str, note: Callable[[], None]) -> None:
        self._writer = writer
        self._digest = digest
        self._note = note

    def write(self, piece: bytes | bytearray) -> None:
        """Take the next bytes.

        Raises:
            StorageFull: there is no space for them.
        """
        self._writer.write(piece)

    def finish(self) -> None:
        """Store the blob.

        Raises:
            Conflict: the bytes have another digest, or the build was given up meanwhile.
            StorageFull: there is no space for it.
        """
        found = self._writer.digest
        if found != self._digest:
            raise _other_bytes(self._digest, found)
        self._writer.commit()
        self._note()

    def close(self) -> None:
        """Forget what was not stored."""
        self._writer.__exit__(None, None, None)


@dataclass(frozen=True, slots=True)
class UploadService:
    """Builds of others than this process.

    Args:
        artifacts: Where versions are published.
        blobs: Where bytes are kept.
        look: Looks at what was sent before it is published; see `Look`. None where whoever sends is trusted.
    """

    artifacts: ArtifactService
    blobs: Blobs
    look: Look | None = None

    @property
    def catalog(self) -> Catalog:
        """Where builds are written down."""
        return self.artifacts.catalog

    def open(self, actor: Actor, *, project: str, kind: Kind, name: str, manifests: Sequence[str]) -> Build:
        """Begin a build, see `BuildService.open`.

        Raises:
            NotFound: there is no such project, or he may not read one of `manifests`.
        """
        if manifests:
            with self.catalog.read() as session:
                # Before anything else, so that whoever may not write there learns nothing of blobs.
                self.artifacts.projects.id_in(session, actor, project, writing(kind))
                readable = BlobUses(session, self.catalog.dialect).readable(actor, manifests)
            lacking = sorted(set(manifests) - readable)
            if lacking:
                raise NotFound(f"no manifest {lacking[0][:64]!r}")
        return self.artifacts.open_build(actor, project=project, kind=kind, name=name, manifests=manifests)

    def missing(self, actor: Actor, build: int, blobs: Sequence[tuple[str, int | None]]) -> list[str]:
        """Which blobs are to be sent for a build; the others stay at least until it is published.

        Args:
            actor: Who builds.
            build: Number of the build.
            blobs: Digests, and sizes where they are known; 10,000 at most.

        Raises:
            NotFound: he has no such build.
            UsageError: these are too many at once.
        """
        if len(blobs) > MOST_ASKED:
            raise UsageError(f"{len(blobs)} blobs are too many at once", hint=f"{MOST_ASKED} at most")
        with self.catalog.read() as session:
            self._own(session, actor, build)
            readable = BlobUses(session, self.catalog.dialect).readable(actor, [each for each, _ in blobs])
        lacking = self.blobs.lacking([each for each in blobs if each[0] in readable])
        return [each for each, _ in blobs if each not in readable] + lacking

    def receive(self, actor: Actor, build: int, digest: str) -> Reception:
        """Take a blob that is sent for a build, piece by piece.

        Args:
            actor: Who builds.
            build: Number of the build.
            digest: Its SHA-256, 64 hexadecimal digits.

        Raises:
            NotFound: he has no such build.
        """
        with self.catalog.read() as session:
            self._own(session, actor, build)

        def note() -> None:
            with self.catalog.begin() as session:
                self._own(session, actor, build)
                BlobUses(session, self.catalog.dialect).sent(build, [digest])

        return Reception(self.blobs.writer(), digest, note)

    def take(self, actor: Actor, build: int, blobs: Mapping[str, bytes]) -> None:
        """Take small blobs that are sent together for a build.

        Args:
            actor: Who builds.
            build: Number of the build.
            blobs: Their bytes by their digests.

        Raises:
            NotFound: he has no such build.
            Conflict: one of them has another digest; those before it are stored.
            StorageFull: there is no space for them.
        """
        with self.catalog.read() as session:
            self._own(session, actor, build)
        self._store(blobs)
        with self.catalog.begin() as session:
            self._own(session, actor, build)
            BlobUses(session, self.catalog.dialect).sent(build, blobs)

    def publish(
        self, actor: Actor, project: str, kind: Kind, name: str, build: int | None, offer: Offer
    ) -> VersionRead:
        """Publish what was sent.

        Args:
            actor: Who publishes.
            project: Name of the project.
            kind: What it is.
            name: Name of the artifact.
            build: Number of the build that it was sent for; None where it comes whole with `offer`, or can
                be read by him already.
            offer: The version.

        Raises:
            NotFound: there is no such project or build.
            Conflict: a blob is missing or has another digest, or as `ArtifactService.publish` says.
            UsageError: the manifest is none of this kind, or the version is not the one it makes.
        """
        check_meta(offer.meta)
        if build is not None:
            with self.catalog.read() as session:
                self.artifacts.projects.id_in(session, actor, project, writing(kind))
                own = self._own(session, actor, build)
            return self._publish(actor, project, kind, name, own, offer)
        known = () if offer.manifest in offer.blobs else (offer.manifest,)
        opened = self.open(actor, project=project, kind=kind, name=name, manifests=known)
        try:
            return self._publish(actor, project, kind, name, opened, offer)
        except BaseException:
            self.artifacts.close_build(opened)
            raise

    def _publish(
        self, actor: Actor, project: str, kind: Kind, name: str, build: Build, offer: Offer
    ) -> VersionRead:
        head = self.artifacts.head(actor, project, kind, name)
        self._store(offer.blobs)
        sent = set(offer.blobs)
        self._need(actor, {offer.manifest}, sent)
        try:
            for named in self._steps(kind, offer.manifest, [] if head is None else [head.manifest]):
                self._need(actor, named, sent)
        except Corrupted as exc:
            raise UsageError(f"{offer.manifest[:12]} is no manifest of a {kind}: {exc.message}") from exc
        check_version(kind, offer)
        return self.artifacts.publish(
            actor,
            project=project,
            kind=kind,
            name=name,
            version=offer.version,
            manifest=offer.manifest,
            parent=offer.parent,
            message=offer.message,
            size=offer.size,
            meta=offer.meta,
            tags=offer.tags,
            force_tags=offer.force_tags,
            expected_head=offer.expected_head if offer.expects_head else ANY,
            build=build,
        )

    def renew(self, actor: Actor, build: int) -> Build:
        """Let a long build count for another 24 hours.

        Raises:
            NotFound: he has no such build.
        """
        with self.catalog.read() as session:
            own = self._own(session, actor, build)
        return self.artifacts.builds.renew(own)

    def close(self, actor: Actor, build: int) -> None:
        """Give a build up; one that is not there does no harm."""
        with self.catalog.begin() as session:
            try:
                own = self._own(session, actor, build)
            except NotFound:
                return
            project = session.scalar(select(PinRow.project_id).where(PinRow.id == own.id))
            PinRepository(session).close_build(own, finished=False)
            emit(session, actor, "build.closed", {"build": own.id}, project=project)

    def check_readable(self, actor: Actor, digest: str) -> None:
        """Refuse a blob to whoever may not read it.

        Raises:
            NotFound: it is not there, or he may not.
        """
        with self.catalog.read() as session:
            if not BlobUses(session, self.catalog.dialect).readable(actor, [digest]):
                raise NotFound(f"no blob {digest[:64]!r}")

    def _steps(self, kind: Kind, manifest: str, known: Collection[str]) -> Iterator[set[str]]:
        references = self.artifacts.references
        assert references is not None
        return self.look(kind, manifest, known) if self.look else iter([set(references(kind, manifest))])

    def _store(self, blobs: Mapping[str, bytes]) -> None:
        size = sum(map(len, blobs.values()))
        if size > LARGEST_PARCEL:
            hint = f"{LARGEST_PARCEL:,} at most; larger ones are sent by themselves"
            raise UsageError(f"the blobs that are sent together have {size:,} bytes", hint=hint)
        for digest, data in blobs.items():
            found = hashlib.sha256(data).hexdigest()
            if found != digest:
                raise _other_bytes(digest, found)
            self.blobs.put(data)

    def _need(self, actor: Actor, needed: set[str], sent: set[str]) -> None:
        """Refuse to publish what names a blob that he may not read, or that is not there."""
        unknown = needed - sent
        if not unknown:
            return
        with self.catalog.read() as session:
            known = BlobUses(session, self.catalog.dialect).readable(actor, unknown)
        lacking = sorted(unknown - known) or sorted(self.blobs.missing(unknown))
        if lacking:
            several = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
            raise Conflict(f"blob {lacking[0][:12]}{several} was not sent", hint="send what is missing first")

    def _own(self, session: Session, actor: Actor, build: int) -> Build:
        """A build of the caller's, as long as he may write to its project with what he came with.

        Raises:
            NotFound: there is none; or he may not, or not any more.
        """
        mine = (PinRow.id == build, is_of(actor), PinRow.since.is_not(None), ProjectRow.removed_at.is_(None))
        query = select(PinRow).join(ProjectRow, ProjectRow.id == PinRow.project_id).where(*mine)
        row = session.execute(query).scalar_one_or_none()
        if (
            row is None
            or row.since is None
            or row.expires_at <= utc_now()
            or not actor.may(writing(Kind(row.kind)), row.project_id)
        ):
            raise NotFound(f"no build {build}", hint="open one first")
        return Build(id=row.id, opened_at=row.since, expires_at=row.expires_at)


def _other_bytes(digest: str, found: str) -> Conflict:
    return Conflict(f"what was sent is not blob {digest[:12]}, but {found[:12]}", hint="send it again")

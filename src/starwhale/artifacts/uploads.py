"""Packages that come from elsewhere: blob by blob, then published at once.

Whoever publishes must have every byte: blobs that he may not read must be sent again, even where the store
has them. Otherwise the digest of somebody else's blob would be enough to be given it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from sqlalchemy import select

from starwhale.artifacts.schemas import ANY, Build, VersionRead
from starwhale.artifacts.uses import BlobUses
from starwhale.catalog.tables.artifacts import PinRow
from starwhale.core.errors import Conflict, Corrupted, NotFound, UsageError
from starwhale.core.kinds import Kind
from starwhale.core.permissions import writing
from starwhale.core.version import is_version, version_of
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starwhale.artifacts.service import ArtifactService
    from starwhale.catalog.engine import Catalog, Session
    from starwhale.core.actor import Actor
    from starwhale.storage.blobs import Blobs
    from starwhale.storage.blobs.writer import BlobWriter

MOST_ASKED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A version that somebody wants to publish; see `ArtifactService.publish`."""

    version: str
    manifest: str
    parent: str | None
    message: str
    size: int
    meta: Mapping[str, object]
    tags: Sequence[str]
    force_tags: bool
    expected_head: str | None
    expects_head: bool


#: Names the blobs that a manifest of a kind needs, in steps: it looks at those of a step only when whoever
#: sends has them all. The last argument are manifests that were looked at before. It raises `Corrupted`.
Look: TypeAlias = Callable[[Kind, str, Collection[str]], Iterator[set[str]]]
LARGEST_META = 256 << 10
_DEEPEST_META = 16


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
            raise Conflict(
                f"what was sent is not blob {self._digest[:12]}, but {found[:12]}", hint="send it again"
            )
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
        with self.catalog.read() as session:
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

    def publish(
        self, actor: Actor, project: str, kind: Kind, name: str, build: int, offer: Offer
    ) -> VersionRead:
        """Publish what was sent.

        Raises:
            NotFound: there is no such project or build.
            Conflict: a blob is missing, or as `ArtifactService.publish` says.
            UsageError: the manifest is none of this kind, or the version is not the one it makes.
        """
        with self.catalog.read() as session:
            self.artifacts.projects.id_in(session, actor, project, writing(kind))
            own = self._own(session, actor, build)
        _check_meta(offer.meta)
        self._need(actor, {offer.manifest})
        head = self.artifacts.head(actor, project, kind, name)
        try:
            for named in self._steps(kind, offer.manifest, [] if head is None else [head.manifest]):
                self._need(actor, named)
        except Corrupted as exc:
            raise UsageError(f"{offer.manifest[:12]} is no manifest of a {kind}: {exc.message}") from exc
        self._check_version(kind, offer)
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
            build=own,
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
        with self.catalog.read() as session:
            try:
                own = self._own(session, actor, build)
            except NotFound:
                return
        self.artifacts.close_build(own)

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

    def _need(self, actor: Actor, needed: set[str]) -> None:
        with self.catalog.read() as session:
            known = BlobUses(session, self.catalog.dialect).readable(actor, needed)
        lacking = sorted(needed - known) or sorted(self.blobs.missing(needed))
        if lacking:
            several = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
            raise Conflict(f"blob {lacking[0][:12]}{several} was not sent", hint="send what is missing first")

    def _check_version(self, kind: Kind, offer: Offer) -> None:
        """Hold the id of a version against its content, where it follows from that alone."""
        if kind is Kind.DATASET:
            right = is_version(offer.version)
        else:
            right = offer.version == version_of(bytes.fromhex(offer.manifest))
        if not right:
            raise UsageError(f"{offer.version[:40]!r} is not the version that this content makes")

    def _own(self, session: Session, actor: Actor, build: int) -> Build:
        mine = (PinRow.id == build, PinRow.created_by == actor.name, PinRow.since.is_not(None))
        row = session.execute(select(PinRow).where(*mine)).scalar_one_or_none()
        if row is None or row.since is None or row.expires_at <= utc_now():
            raise NotFound(f"no build {build}", hint="open one first")
        return Build(id=row.id, opened_at=row.since, expires_at=row.expires_at)


def _check_meta(meta: Mapping[str, object]) -> None:
    """Refuse facts that a list of versions would choke on.

    Raises:
        UsageError: they are too many, nest too deep, or are no text.
    """
    waiting: list[tuple[object, int]] = [(meta, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > _DEEPEST_META:
            raise UsageError("the facts of a version nest too deep", hint=f"{_DEEPEST_META} levels at most")
        if isinstance(value, Mapping):
            waiting.extend((each, depth + 1) for each in cast("Mapping[str, object]", value).values())
        elif isinstance(value, list):
            waiting.extend((each, depth + 1) for each in cast("list[object]", value))
    try:
        size = len(json.dumps(meta, ensure_ascii=False, allow_nan=False).encode())
    except (ValueError, TypeError) as exc:
        raise UsageError("the facts of a version are JSON") from exc
    if size > LARGEST_META:
        raise UsageError(f"the facts of a version have {size:,} bytes", hint=f"{LARGEST_META:,} at most")

"""Rules of artifacts: publish, resolve, list, tag, remove, recover."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from starwhale.artifacts import trash
from starwhale.artifacts.builds import BuildService
from starwhale.artifacts.lookup import find
from starwhale.artifacts.pins import PinRepository
from starwhale.artifacts.publishing import Publication, publish
from starwhale.artifacts.repository import ArtifactRepository
from starwhale.artifacts.schemas import ANY, Anything, ArtifactFilter, Build, VersionRead
from starwhale.artifacts.tagging import put_tags, take_tags
from starwhale.artifacts.uses import BlobUses, References
from starwhale.catalog.outbox import emit
from starwhale.core.kinds import Kind
from starwhale.core.names import check_tag
from starwhale.core.page import LARGEST, Page, PageRequest
from starwhale.core.permissions import Action, Permission, Resource, reading, writing
from starwhale.projects.service import ProjectService

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starwhale.artifacts.repository import Found
    from starwhale.catalog.engine import Catalog, Session
    from starwhale.core.actor import Actor
    from starwhale.core.uri import ArtifactUri


@dataclass(frozen=True, slots=True)
class ArtifactService:
    """Artifacts of one catalog: datasets, models and runtimes alike.

    Args:
        catalog: Where they are written down.
        references: Names the blobs of a manifest, where it is to be known which blob belongs to what; see
            `uses`. None on an instance of one's own, whose owner may read everything.
    """

    catalog: Catalog
    references: References | None = None

    @property
    def projects(self) -> ProjectService:
        """Projects of the same catalog."""
        return ProjectService(self.catalog)

    @property
    def builds(self) -> BuildService:
        """Builds in the same catalog, and what else collection must know of."""
        return BuildService(self.catalog, self.projects, self.references)

    def publish(
        self,
        actor: Actor,
        *,
        project: str,
        kind: Kind,
        name: str,
        version: str,
        manifest: str,
        parent: str | None = None,
        message: str = "",
        size: int = 0,
        meta: Mapping[str, Any] | None = None,
        tags: Sequence[str] = (),
        force_tags: bool = False,
        expected_head: str | Anything | None = ANY,
        build: Build | None = None,
    ) -> VersionRead:
        """Make a version the latest of its artifact, which is created where it is missing.

        A version that exists already is not made again: ``latest`` and the tags move to it, out of the
        trash if need be, and its manifest stays as it is.

        Args:
            actor: Who publishes.
            project: Name of the project.
            kind: What it is.
            name: Name of the artifact.
            version: Id of the version.
            manifest: Digest of the manifest, whose blobs are all stored.
            parent: Id of the version it was made from.
            message: What the user says about it.
            size: Bytes of content.
            meta: JSON-able facts to show without reading the manifest.
            tags: The user's tags to put on it.
            force_tags: Take tags away from other versions.
            expected_head: Id of the version that must be the latest now, None for no version at all.
            build: The build that stored the blobs; it is closed in the same transaction.

        Raises:
            Conflict: the head is not the one expected, a tag is taken, or the build was given up.
            NotFound: no such project.
            InvalidName: the name or a tag is not allowed.
        """
        new = Publication(
            project=project,
            kind=kind,
            name=name,
            version=version,
            manifest=manifest,
            parent=parent,
            message=message,
            size=size,
            meta=meta or {},
            tags=tuple(tags),
            force_tags=force_tags,
            expected_head=expected_head,
        )
        used = None if self.references is None else {manifest, *self.references(kind, manifest)}
        with self.catalog.begin() as session:
            artifacts = self._artifacts(session, actor, project, writing(kind))
            if used is not None:
                BlobUses(session, self.catalog.dialect).add(artifacts.project_id, kind, used)
            if build is not None:
                PinRepository(session).close_build(build, finished=True)
            found, is_new = publish(artifacts, actor, new)
            facts = {"version": version, "manifest": found.manifest, "tags": list(tags), "new": is_new}
            _tell(artifacts, actor, "published", found, **facts)
            (read,) = artifacts.read_all([found])
        return replace(read, is_new=is_new)

    def resolve(self, actor: Actor, uri: ArtifactUri) -> VersionRead:
        """The version that an address means: exact name, else tag, else beginning of a version id.

        Raises:
            NotFound: there is none; the hint names the nearest.
            Ambiguous: there are several; the message lists them.
        """
        with self.catalog.read() as session:
            artifacts = self._artifacts(session, actor, uri.project, reading(uri.kind))
            return artifacts.read_all([find(artifacts, uri)])[0]

    def head(self, actor: Actor, project: str, kind: Kind, name: str) -> VersionRead | None:
        """The latest version of an artifact; None when there is no such artifact or no version of it."""
        with self.catalog.read() as session:
            artifacts = self._artifacts(session, actor, project, reading(kind))
            found = artifacts.head(name)
            return artifacts.read_all([found])[0] if found is not None else None

    def list(
        self,
        actor: Actor,
        project: str,
        kind: Kind,
        filters: ArtifactFilter | None = None,
        *,
        include_removed: bool = False,
        page: PageRequest | None = None,
    ) -> Page[VersionRead]:
        """One page of the versions in a project, newest first."""
        with self.catalog.read() as session:
            return self._artifacts(session, actor, project, reading(kind)).page(
                page or PageRequest(),
                filters or ArtifactFilter(),
                artifact_id=None,
                include_removed=include_removed,
            )

    def history(
        self,
        actor: Actor,
        uri: ArtifactUri,
        *,
        include_removed: bool = False,
        page: PageRequest | None = None,
    ) -> Page[VersionRead]:
        """One page of the versions of the artifact that `uri` names, newest first.

        Raises:
            NotFound: there is no such artifact.
        """
        with self.catalog.read() as session:
            artifacts = self._artifacts(session, actor, uri.project, reading(uri.kind))
            artifact_id = artifacts.artifact_id(uri.name) if uri.name else None
            if artifact_id is None:
                artifact_id = find(artifacts, uri).artifact_id
            chosen = ArtifactFilter()
            request = page or PageRequest(size=LARGEST)
            return artifacts.page(request, chosen, artifact_id=artifact_id, include_removed=include_removed)

    def tags(self, actor: Actor, uri: ArtifactUri) -> tuple[str, ...]:
        """All tags of the version that `uri` means, ``latest`` and ``v<seq>`` included."""
        return self.resolve(actor, uri).tags

    def add_tags(
        self, actor: Actor, uri: ArtifactUri, tags: Sequence[str], *, force: bool = False
    ) -> VersionRead:
        """Put tags on the version that `uri` means.

        Raises:
            InvalidName: a tag is not allowed or reserved.
            Conflict: another version has one of them, and `force` is not set.
        """
        for tag in tags:
            check_tag(tag)
        with self.catalog.begin() as session:
            artifacts = self._artifacts(session, actor, uri.project, writing(uri.kind))
            found = find(artifacts, uri)
            artifacts.lock(found.artifact_id)
            put_tags(artifacts, found, tags, force=force)
            _tell(artifacts, actor, "tagged", found, version=found.version, tags=list(tags))
            return artifacts.read_all([found])[0]

    def remove_tags(self, actor: Actor, uri: ArtifactUri, tags: Sequence[str]) -> None:
        """Take tags away from the artifact that `uri` names, or from the one version it means.

        Raises:
            InvalidName: a tag is reserved.
            NotFound: there is no such tag; none of the tags is taken away then.
        """
        for tag in tags:
            check_tag(tag)
        with self.catalog.begin() as session:
            artifacts = self._artifacts(session, actor, uri.project, writing(uri.kind))
            found = find(artifacts, uri)
            artifacts.lock(found.artifact_id)
            take_tags(artifacts, found, tags, only_there=uri.version is not None)
            _tell(artifacts, actor, "untagged", found, tags=list(tags))

    def remove(self, actor: Actor, uri: ArtifactUri, *, force: bool = False) -> ArtifactUri:
        """Put an artifact, or the one version that `uri` means, into the trash.

        Args:
            actor: Who removes.
            uri: A name means the artifact with all its versions.
            force: Delete it for ever instead.

        Returns:
            What was removed, in full.

        Raises:
            NotFound: there is none.
            Ambiguous: there are several.
        """
        return self._change_trash(actor, uri, trash.remove, "removed", force=force)

    def recover(self, actor: Actor, uri: ArtifactUri, *, force: bool = False) -> ArtifactUri:
        """Take an artifact or a version out of the trash, with the tags it still has.

        Args:
            actor: Who recovers.
            uri: A name means the artifact that was removed last under it.
            force: Where the name was taken meanwhile, let the two change places.

        Returns:
            What was recovered, in full.

        Raises:
            NotFound: the trash holds nothing of that address.
            Ambiguous: it holds several.
            Conflict: the name was taken meanwhile, or nothing was removed.
        """
        return self._change_trash(actor, uri, trash.recover, "recovered", force=force)

    def open_build(
        self, actor: Actor, *, project: str, kind: Kind, name: str, manifests: Sequence[str] = ()
    ) -> Build:
        """See `BuildService.open`."""
        return self.builds.open(actor, project=project, kind=kind, name=name, manifests=manifests)

    def close_build(self, build: Build) -> None:
        """See `BuildService.close`."""
        self.builds.close(build)

    def _change_trash(
        self,
        actor: Actor,
        uri: ArtifactUri,
        change: Callable[..., Found | None],
        verb: str,
        *,
        force: bool,
    ) -> ArtifactUri:
        with self.catalog.begin() as session:
            wanted = Permission(Resource(uri.kind.value), Action.MANAGE) if force else writing(uri.kind)
            artifacts = self._artifacts(session, actor, uri.project, wanted)
            found = change(artifacts, uri, force=force)
            name = found.name if found is not None else uri.name
            version = found.version if found is not None else None
            facts = {"project": uri.project, "name": name, "version": version, "force": force}
            emit(session, actor, f"{uri.kind}.{verb}", facts, project=artifacts.project_id)
        return replace(uri, name=name, version=version, bare=False)

    def _artifacts(
        self, session: Session, actor: Actor, project: str, wanted: Permission
    ) -> ArtifactRepository:
        number = self.projects.id_in(session, actor, project, wanted)
        return ArtifactRepository(session, number, Kind(wanted.resource.value))


def _tell(artifacts: ArtifactRepository, actor: Actor, verb: str, found: Found, **facts: Any) -> None:
    told = {"project": found.project, "name": found.name, **facts}
    emit(artifacts.session, actor, f"{found.kind}.{verb}", told, project=artifacts.project_id)

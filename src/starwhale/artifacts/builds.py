"""Builds under way, and manifests that change hands: what collection must know of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starwhale.artifacts.pins import PinRepository
from starwhale.artifacts.repository import ArtifactRepository
from starwhale.artifacts.uses import BlobUses, References
from starwhale.catalog.outbox import emit
from starwhale.core.errors import Conflict, NotFound
from starwhale.core.permissions import writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starwhale.artifacts.schemas import Build
    from starwhale.catalog.engine import Catalog
    from starwhale.core.actor import Actor
    from starwhale.core.kinds import Kind
    from starwhale.projects.service import ProjectService


@dataclass(frozen=True, slots=True)
class BuildService:
    """Builds of one catalog.

    Args:
        catalog: Where they are written down.
        projects: Projects of the same catalog.
        references: See `ArtifactService`.
    """

    catalog: Catalog
    projects: ProjectService
    references: References | None = None

    def open(
        self, actor: Actor, *, project: str, kind: Kind, name: str, manifests: Sequence[str] = ()
    ) -> Build:
        """Say that a build begins: no blob written from now on is collected until it is closed.

        It counts for 24 hours, and as long again whenever it is renewed. `ArtifactService.publish` closes it.

        Args:
            actor: Who builds.
            project: Where to.
            kind: What it will be.
            name: Its name.
            manifests: Those whose blobs the build may use again, such as that of the version it is based on.

        Raises:
            NotFound: no such project.
            Conflict: one of `manifests` is no longer that of any version.
        """
        with self.catalog.begin() as session:
            number = self.projects.id_in(session, actor, project, writing(kind))
            purpose = f"the build of {kind} {name!r} in project {project!r}"
            build = PinRepository(session).open_build(actor, number, kind, purpose, manifests)
            facts = {"project": project, "kind": kind.value, "name": name, "build": build.id}
            emit(session, actor, "build.opened", facts, project=number)
            return build

    def renew(self, build: Build) -> Build:
        """Let a long build count for another 24 hours.

        Raises:
            Conflict: it was given up; what it stored may be collected.
        """
        with self.catalog.begin() as session:
            return PinRepository(session).renew(build)

    def close(self, build: Build) -> None:
        """Say that a build has ended without a version; closing twice does no harm."""
        with self.catalog.begin() as session:
            PinRepository(session).close_build(build, finished=False)

    def replace_manifest(
        self,
        actor: Actor,
        *,
        project: str,
        kind: Kind,
        name: str,
        version: str,
        expected: str,
        manifest: str,
        build: Build | None = None,
    ) -> None:
        """Let a version's content be named by another manifest, as compaction does; its id stays.

        The bytes of the old one stay for another hour, for those who are reading by it.

        Args:
            actor: Who replaces.
            project: Name of the project.
            kind: What it is.
            name: Name of the artifact.
            version: Id of the version.
            expected: Digest of the present manifest.
            manifest: Digest of the new one.
            build: The build that stored the new blobs; it is closed in the same transaction.

        Raises:
            NotFound: there is no such version.
            Conflict: somebody else has replaced it meanwhile, or the build was given up.
        """
        used = None if self.references is None else {manifest, *self.references(kind, manifest)}
        with self.catalog.begin() as session:
            pins = PinRepository(session)
            if build is not None:
                pins.close_build(build, finished=True)
            number = self.projects.id_in(session, actor, project, writing(kind))
            artifacts = ArtifactRepository(session, number, kind)
            artifact_id = artifacts.artifact_id(name)
            found = artifacts.by_version(artifact_id, version) if artifact_id is not None else None
            if found is None or artifacts.lock(found.artifact_id) is None:
                raise NotFound(f"no version {version!r} of {kind} {name!r} in project {project!r}")
            if not artifacts.swap_manifest(found.id, expected, manifest):
                raise Conflict(f"the manifest of {kind} {name!r} was replaced meanwhile", hint="try again")
            if used is not None:
                BlobUses(session, self.catalog.dialect).add(number, kind, used)
            pins.retire(actor, kind, f"readers of {kind} {name!r}", expected)
            facts = {"project": project, "name": name, "version": version, "manifest": manifest}
            emit(session, actor, f"{kind}.compacted", facts, project=number)

"""What the services of datasets, models and runtimes share: finding a version, making one of files."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from starwhale.core.errors import UsageError
from starwhale.core.version import version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from starwhale.artifacts.ports import Artifacts
    from starwhale.artifacts.schemas import Build, VersionRead
    from starwhale.core.actor import Actor
    from starwhale.core.kinds import Kind
    from starwhale.core.uri import ArtifactUri
    from starwhale.storage.blobs import Blobs
    from starwhale.storage.trees import TreeEntry


@dataclass(frozen=True, slots=True)
class PackageService:
    """Packages of one kind, in one instance.

    Args:
        artifacts: Names, versions and tags.
    """

    kind: ClassVar[Kind]

    artifacts: Artifacts

    def resolve(self, actor: Actor, uri: ArtifactUri) -> VersionRead:
        """The version that an address means.

        Raises:
            NotFound: there is none.
            Ambiguous: it means several.
            UsageError: it addresses something of another kind.
        """
        if uri.kind is not self.kind:
            raise UsageError(f"{uri} is a {uri.kind}, not a {self.kind}")
        return self.artifacts.resolve(actor, uri)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePackage:
    """A tree of files that is to become a version.

    Attributes:
        message: What the user says about it.
        meta: Facts to show without reading its manifest.
        files: What it consists of; all of them are stored.
        manifest: The list of them, whose digest is the version.
    """

    message: str
    meta: Mapping[str, Any]
    files: Sequence[TreeEntry]
    manifest: bytes


@dataclass(frozen=True, slots=True)
class FilePackageService(PackageService):
    """Packages of one kind that are trees of files: models and runtimes.

    Args:
        artifacts: Names, versions and tags.
        blobs: The files.
    """

    blobs: Blobs

    def published(
        self,
        actor: Actor,
        project: str,
        name: str,
        pack: Callable[[Blobs], FilePackage],
        *,
        tags: Sequence[str],
        force_tags: bool,
    ) -> VersionRead:
        """Make a version of what `pack` stores; nothing is visible unless all of it is stored.

        Args:
            actor: Who builds.
            project: Name of the project.
            name: Of the package.
            pack: Stores the files in the blobs that it is given.
            tags: Tags to put on the version.
            force_tags: Take them away from other versions.

        Raises:
            NotFound: there is no such project.
            Conflict: a tag is on another version.
            StorageFull: there is no space for it.
        """
        with self._building(actor, project, name) as build:
            blobs = self.blobs.within(build.id)
            package = pack(blobs)
            head = self.artifacts.head(actor, project, self.kind, name)
            return self.artifacts.publish(
                actor,
                project=project,
                kind=self.kind,
                name=name,
                version=version_of(hashlib.sha256(package.manifest).digest()),
                manifest=blobs.put(package.manifest),
                parent=None if head is None else head.version,
                message=package.message,
                size=sum(each.size for each in package.files),
                meta=package.meta,
                tags=tags,
                force_tags=force_tags,
                build=build,
            )

    @contextmanager
    def _building(self, actor: Actor, project: str, name: str) -> Generator[Build]:
        build = self.artifacts.open_build(actor, project=project, kind=self.kind, name=name)
        try:
            yield build
        finally:
            # No-op after `publish`, which closes it; when even this fails, the pin expires by itself.
            with suppress(Exception):
                self.artifacts.close_build(build)

"""What lies in packages that are trees of files: models and runtimes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.storage.blobs import Blobs
    from starwhale.storage.trees import TreeEntry


@dataclass(frozen=True, slots=True)
class PackageFiles:
    """Packages of one kind over a store of blobs.

    Args:
        blobs: The files.
    """

    #: Reads the manifest of the kind.
    listed: ClassVar[Callable[[bytes], tuple[TreeEntry, ...]]]

    blobs: Blobs

    def files(self, version: VersionRead) -> tuple[TreeEntry, ...]:
        """The files of a version, sorted by path."""
        return self.listed(self.blobs.read(version.manifest))

    def read(self, version: VersionRead, path: str) -> bytes | None:
        """What a file of the package holds; None where there is none."""
        digest = next((each.digest for each in self.files(version) if each.path == path), None)
        return None if digest is None else self.blobs.read(digest)

    def references(self, manifest: str) -> set[str]:
        """Digests that a manifest names, its own included; for garbage collection."""
        return {manifest, *(blob for each in self.listed(self.blobs.read(manifest)) for blob in each.blobs)}

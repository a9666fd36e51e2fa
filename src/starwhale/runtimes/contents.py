"""What lies in the packages of runtimes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starwhale.core.specs.runtime import RUNTIME_YAML
from starwhale.runtimes.package import DESCRIPTION, Description, lock_path, manifest_files

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.storage.blobs import Blobs
    from starwhale.storage.trees import TreeEntry


@dataclass(frozen=True, slots=True)
class Contents:
    """Packages over a store of blobs.

    Args:
        blobs: The files.
    """

    blobs: Blobs

    def files(self, version: VersionRead) -> tuple[TreeEntry, ...]:
        """The files of a version, sorted by path."""
        return manifest_files(self.blobs.read(version.manifest))

    def read(self, version: VersionRead, path: str) -> bytes | None:
        """What a file of the package holds; None where there is none."""
        digest = next((each.digest for each in self.files(version) if each.path == path), None)
        return None if digest is None else self.blobs.read(digest)

    def description(self, version: VersionRead) -> Description:
        """What the environment of a version is made of."""
        return Description.from_bytes(self.read(version, DESCRIPTION) or b"")

    def runtime_yaml(self, version: VersionRead) -> str:
        """Text of the runtime.yaml in the package."""
        return (self.read(version, RUNTIME_YAML) or b"").decode(errors="replace")

    def locks(self, version: VersionRead) -> dict[str, str]:
        """Texts of the locks in the package, by the name of their file."""
        folder = lock_path("").removesuffix(".txt")
        found = [each for each in self.files(version) if each.path.startswith(folder)]
        return {each.path.removeprefix(folder): self.blobs.read(each.digest).decode() for each in found}

    def references(self, manifest: str) -> set[str]:
        """Digests that a manifest of a runtime names, its own included; for garbage collection."""
        files = manifest_files(self.blobs.read(manifest))
        return {manifest, *(blob for each in files for blob in each.blobs)}

"""What lies in the packages of runtimes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starwhale.artifacts.package_files import PackageFiles
from starwhale.core.specs.runtime import RUNTIME_YAML
from starwhale.runtimes.package import DESCRIPTION, Description, lock_path, manifest_files

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead


@dataclass(frozen=True, slots=True)
class Contents(PackageFiles):
    """Packages of runtimes over a store of blobs."""

    listed = staticmethod(manifest_files)

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

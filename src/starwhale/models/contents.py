"""What lies in the packages of models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from starwhale.artifacts.package_files import PackageFiles
from starwhale.models.builder import PackedRuntime
from starwhale.models.package import DESCRIPTION, MODEL_YAML, RUNTIME, Description, manifest_files
from starwhale.storage.blobs.verifying import find_damage, verify
from starwhale.storage.trees import Trees
from starwhale.storage.trees.extraction import extract

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.models.facts.package import PackageFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDamage:
    """A file of a package that is not what was stored.

    Attributes:
        path: Where it lies in the package.
        reason: What is wrong, as a sentence.
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Contents(PackageFiles):
    """Packages of models over a store of blobs."""

    listed = staticmethod(manifest_files)

    def description(self, version: VersionRead) -> Description:
        """Modules, environment and handlers of a version."""
        return Description.from_bytes(self.read(version, DESCRIPTION) or b"")

    def runtime(self, version: VersionRead) -> PackedRuntime | None:
        """The runtime in the package of a version; None where there is none."""
        named = self.description(version).runtime
        if named is None:
            return None
        files = tuple(
            replace(each, path=each.path.removeprefix(RUNTIME))
            for each in self.files(version)
            if each.path.startswith(RUNTIME)
        )
        return PackedRuntime(name=named[0], version=named[1], files=files)

    def model_yaml(self, version: VersionRead) -> str:
        """Text of the model.yaml in the package; empty when it was built without one."""
        return (self.read(version, MODEL_YAML) or b"").decode(errors="replace")

    def facts(self, version: VersionRead) -> PackageFacts:
        """What the model in a version is, read from ranges of its files when asked.

        Nothing of the package is imported, run or unpickled. A file that cannot be read has the reason among
        its facts.
        """
        from starwhale.models.facts.package import facts_of_package

        trees = Trees(self.blobs)
        return facts_of_package(self.files(version), lambda file: partial(trees.read_range, file))

    def extract(self, version: VersionRead, target: Path, *, force: bool = False) -> Path:
        """Lay the files of a version out in a directory of the caller's own; see `trees.extraction`."""
        return extract(Trees(self.blobs), self.files(version), target, force=force)

    def verify(
        self,
        version: VersionRead,
        progress: Callable[[int, int], None] | None = None,
        *,
        discard: bool = False,
    ) -> list[FileDamage]:
        """Hash every file of a version again.

        Args:
            version: Which.
            progress: Called with the number of blobs done and of all.
            discard: Remove what is damaged, so that it is stored anew with the next build or copy.

        Returns:
            What is damaged; empty where nothing is.

        Raises:
            Corrupted, NotFound: the manifest itself is damaged or gone.
        """
        verify(self.blobs, version.manifest, discard=discard)
        files = self.files(version)
        blobs = sorted({blob for each in files for blob in each.blobs})
        reasons = find_damage(self.blobs, blobs, discard=discard, progress=progress)
        return [
            FileDamage(path=each.path, reason=next(reasons[blob] for blob in each.blobs if blob in reasons))
            for each in files
            if not reasons.keys().isdisjoint(each.blobs)
        ]

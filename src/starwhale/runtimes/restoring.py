"""From a version to an environment on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from starwhale.core.errors import NotFound, UsageError
from starwhale.core.specs.runtime_python import check_python
from starwhale.runtimes import package
from starwhale.runtimes.builder import solve_conda
from starwhale.runtimes.environments import Environments, Made
from starwhale.runtimes.fingerprint import Environment, changed_files, site_of
from starwhale.runtimes.lock import Lock, parse_lock
from starwhale.runtimes.making import Order
from starwhale.runtimes.package import Description, conda_lock_path, lock_path
from starwhale.runtimes.platforms import this_platform
from starwhale.runtimes.resolve import Wanted, resolve
from starwhale.storage.trees import Trees

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.runtimes.contents import Contents
    from starwhale.runtimes.tools import Tools


@dataclass(frozen=True, slots=True)
class Restorer:
    """Makes the environments of versions.

    Args:
        contents: The packages.
        tools: What environments are made with.
    """

    contents: Contents
    tools: Tools

    @property
    def environments(self) -> Environments:
        """Those that were made on this machine."""
        return Environments(self.tools.settings.root / "runtimes")

    def get(self, version: VersionRead, *, force: bool = False) -> Made:
        """The environment of a version, made where there is none.

        Args:
            version: Which one.
            force: Make it anew in any case.
        """
        description = self.restorable(version)
        key = self._key()

        def make(prefix: Path, rough: Path) -> Environment:
            return self._make(version, description, prefix, rough)

        return self.environments.get(version.version, key, make, force=force)

    def make_at(self, version: VersionRead, prefix: Path) -> Environment:
        """Make an environment of a version in a place of the caller's, where nothing is."""
        rough = prefix.with_name(f".{prefix.name}.{os.urandom(4).hex()}")
        return self._make(version, self.restorable(version), prefix, rough)

    def changed(self, version: VersionRead) -> list[str]:
        """Files of the environment that are not what was installed; none where it was never made."""
        made = self.environments.find(version.version, self._key())
        return [] if made is None else list(changed_files(site_of(made.prefix)))

    def restorable(self, version: VersionRead) -> Description:
        """What a version is made of.

        Raises:
            UsageError: no environment can be made of it on this machine.
            InvalidSpec: its Python is too old.
        """
        description = self.contents.description(version)
        if description.mode == package.DOCKER:
            raise UsageError(
                f"runtime {version} is the image {description.image!r}, which no environment can be made of",
                hint="run jobs in it with --in-container",
            )
        check_python(description.python)
        here = this_platform()
        if description.platforms and here not in description.platforms:
            known = ", ".join(description.platforms)
            raise UsageError(
                f"runtime {version} is locked for {known}, and this machine is {here}",
                hint="build it here, or with `environment.arch: [amd64, arm64]`",
            )
        return description

    def _key(self) -> str:
        own = self.tools.own()
        return f"{own.version}-{own.key}"

    def _make(self, version: VersionRead, description: Description, prefix: Path, rough: Path) -> Environment:
        with TemporaryDirectory(prefix="starwhale-restore.") as temporary:
            content = Path(temporary) / "package"
            Trees(self.contents.blobs).materialise(self.contents.files(version), content)
            lock, conda = self._locks(version, description, content)
            order = Order(
                description=description, content=content, lock=lock, conda_lock=conda, runtime=version.version
            )
            return self.tools.maker(description.indexes).make(order, prefix, rough)

    def _locks(
        self, version: VersionRead, description: Description, content: Path
    ) -> tuple[Lock, tuple[str, ...] | None]:
        """The locks for this machine; made now for a runtime that was built without."""
        here = this_platform()
        is_conda = description.mode == package.CONDA
        text = self.contents.read(version, lock_path(here))
        if text is not None:
            lines = self.contents.read(version, conda_lock_path(here))
            if is_conda and lines is None:
                raise NotFound(f"runtime {version} has no lock of conda for {here}")
            conda = tuple((lines or b"").decode().split()) if is_conda else None
            return parse_lock(text.decode(), lock_path(here)), conda
        wanted = Wanted(
            requirements=description.asked,
            wheels=tuple(content / each for each in description.wheels),
            python=description.python,
        )
        uv = self.tools.uv(description.indexes)
        conda = solve_conda(description, uv, here) if is_conda else None
        return resolve(uv, wanted, platform=here, own=self.tools.own()), conda

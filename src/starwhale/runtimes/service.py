"""What one can do with runtimes; the rules every door shares."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from starwhale.artifacts.packages import FilePackage, FilePackageService
from starwhale.artifacts.schemas import VersionRead
from starwhale.core.errors import Corrupted
from starwhale.core.kinds import Kind
from starwhale.core.names import check_tag
from starwhale.core.specs.runtime_python import minor_of
from starwhale.core.version import short, version_of
from starwhale.kit.times import utc_now
from starwhale.runtimes.builder import BuildRequest, Locks, built_projects, make_locks, make_recipe, pack
from starwhale.runtimes.contents import Contents
from starwhale.runtimes.environments import Made, check
from starwhale.runtimes.fingerprint import Environment
from starwhale.runtimes.making import EVERYTHING, Trust
from starwhale.runtimes.own import OwnWheel, own_wheel
from starwhale.runtimes.package import manifest_bytes
from starwhale.runtimes.recipe import Recipe
from starwhale.runtimes.restoring import Restorer
from starwhale.runtimes.tools import Tools
from starwhale.storage.blobs.verifying import find_damage, hint_after_damage, verify
from starwhale.storage.trees import TreeEntry, Trees

if TYPE_CHECKING:
    from starwhale.core.actor import Actor
    from starwhale.core.settings import Settings
    from starwhale.core.uri import ArtifactUri
    from starwhale.storage.blobs import Blobs

Tell = Callable[[str], None]


def _silent(_: str) -> None:
    return


@dataclass(frozen=True, slots=True)
class RuntimeService(FilePackageService):
    """Runtimes of one instance.

    Args:
        artifacts: Names, versions and tags.
        blobs: The files.
        settings: Where environments are made.
        env: Environment variables of the process; they may name package indexes.
        own: Gives Starwhale itself as a wheel, kept in the directory it is called with.
        trust: What runtimes may have run while their environments are made.
    """

    kind = Kind.RUNTIME

    settings: Settings
    env: Mapping[str, str]
    own: Callable[[Path], OwnWheel] = field(default=own_wheel)
    trust: Trust = EVERYTHING

    @property
    def contents(self) -> Contents:
        """What lies in the packages."""
        return Contents(self.blobs)

    @property
    def tools(self) -> Tools:
        """What environments are made with."""
        return Tools(self.settings, self.env, self.own, self.trust)

    @property
    def restorer(self) -> Restorer:
        """Makes the environments of versions."""
        return Restorer(self.contents, self.tools)

    def build(
        self, actor: Actor, project: str, request: BuildRequest, *, tell: Tell = _silent
    ) -> VersionRead:
        """Resolve, lock and pack a runtime into a version.

        The same content is the same version: building it again makes none, and only moves ``latest`` and the
        tags that were asked for. Nothing is visible unless all of it is stored.

        Args:
            actor: Who builds.
            project: Name of the project.
            request: What to build.
            tell: Gets what the user should hear.

        Raises:
            InvalidSpec: runtime.yaml is wrong, the Python is older than 3.11, or nothing fits together; then
                with the resolver's own reason.
            NotFound: a file or the project is missing.
            Unavailable: a package index does not answer.
            MissingDependency: uv, or a program of conda, is not there.
            Conflict: a tag is on another version.
            StorageFull: there is no space for it.
        """
        for tag in request.tags:
            check_tag(tag)
        uv = self.tools.uv(cache=request.cache)
        recipe = make_recipe(request, uv)
        for notice in recipe.notices:
            tell(notice)

        def packed(blobs: Blobs) -> FilePackage:
            with TemporaryDirectory(prefix="starwhale-runtime.") as rough:
                found, locks = self.locked(recipe, request, Path(rough))
                files = pack(found, locks, Trees(blobs), blobs)
            return FilePackage(
                message=found.desc, meta=_meta(found, locks), files=files, manifest=manifest_bytes(files)
            )

        return self.published(
            actor, project, recipe.name, packed, tags=request.tags, force_tags=request.force_tags
        )

    def locked(self, recipe: Recipe, request: BuildRequest, rough: Path) -> tuple[Recipe, Locks]:
        """The recipe with what had to be built for it, and its locks; none where the request wants none."""
        uv = self.tools.uv(recipe.description.indexes, cache=request.cache)
        recipe = built_projects(recipe, uv, rough, include=request.include_editable)
        if not request.lock:
            return recipe, Locks(pip={}, conda={})
        locks = make_locks(recipe, uv, self.tools.own())
        if request.download_all:
            from starwhale.runtimes.downloads import with_downloads

            recipe = with_downloads(recipe, locks, uv, rough)
        return recipe, locks

    def restore(self, actor: Actor, uri: ArtifactUri) -> Path:
        """Make the environment of a runtime on this machine, or find the one that was made before.

        It is compared with what it was when it was made; one that somebody has changed is made again.
        Several processes may ask at once: one makes it, the others wait.

        Returns:
            Its interpreter, which has this very release of Starwhale.

        Raises:
            NotFound: there is no such runtime.
            UsageError: it is locked for another platform, or is an image that holds everything.
            InvalidSpec: its Python is older than 3.11, or a package cannot be installed.
            Unavailable: a package index does not answer.
            UserCodeError: a command of its author's failed.
            StorageFull: there is no space for it.
        """
        return self.environment(self.resolve(actor, uri)).python

    def environment(self, version: VersionRead, *, force: bool = False) -> Made:
        """The environment of a version, made where there is none; see `restore`.

        Args:
            version: Which one.
            force: Make it anew in any case.
        """
        return self.restorer.get(version, force=force)

    def unpacked(self, name: str, version: str, files: Sequence[TreeEntry]) -> VersionRead:
        """A version that came in the package of a model, for `environment`; it need not be in the catalog.

        Args:
            name: What it was called.
            version: Its id.
            files: Its files, which the store has.

        Raises:
            Corrupted: the files are not those of the version.
        """
        manifest = manifest_bytes(files)
        if version_of(hashlib.sha256(manifest).digest()) != version:
            raise Corrupted(
                f"the runtime {name!r} in the model is not version {short(version)}",
                hint="name another one with --runtime",
            )
        return VersionRead(
            project="",
            kind=Kind.RUNTIME,
            name=name,
            version=version,
            manifest=self.blobs.put(manifest),
            parent=None,
            message="",
            size=sum(each.size for each in files),
            tags=(),
            created_at=utc_now(),
            created_by="",
            seq=0,
        )

    def compare(self, python: Path) -> Environment:
        """Compare an environment, given by its interpreter, with what it was when it was made.

        Jobs do so before they start; it takes milliseconds.

        Raises:
            Conflict: it was changed since; the message says what has become of which packages.
        """
        return check(python.parent.parent)

    def sweep(self, before: datetime) -> int:
        """Delete the environments that nobody has used since a moment; returns how many."""
        return self.restorer.environments.sweep(before.timestamp())

    def verify(self, version: VersionRead, *, discard: bool = False) -> list[str]:
        """Hash every file of a version again, and those of its environment where one was restored.

        Args:
            version: Which.
            discard: Remove what is damaged in the package, so that it is stored anew with the next build or
                copy.

        Returns:
            Files of the environment that are not what was installed.

        Raises:
            Corrupted: a file of the package is not what was stored.
        """
        verify(self.blobs, version.manifest, discard=discard)
        named = sorted(self.contents.references(version.manifest))
        found = find_damage(self.blobs, named, discard=discard)
        if found:
            raise Corrupted(next(iter(found.values())), hint=hint_after_damage("runtime", discard))
        return self.restorer.changed(version)


def _meta(recipe: Recipe, locks: Locks) -> dict[str, object]:
    description = recipe.description
    return {
        "mode": description.mode,
        "python": minor_of(description.python) if description.python else "",
        "platforms": sorted(locks.pip),
        "packages": max((len(each.packages) for each in locks.pip.values()), default=0),
    }

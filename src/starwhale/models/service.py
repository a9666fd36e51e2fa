"""What one can do with models; the rules every door shares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from starwhale.artifacts.packages import FilePackage, FilePackageService
from starwhale.core.kinds import Kind
from starwhale.core.names import check_tag
from starwhale.models.builder import BuildRequest, Discover, Recipe, describe, pack, read_recipe
from starwhale.models.contents import Contents
from starwhale.models.diff import FileDiff, diff_files
from starwhale.models.package import manifest_bytes, manifest_files
from starwhale.storage.trees import DigestCache, Trees

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.core.actor import Actor
    from starwhale.core.settings import Settings
    from starwhale.storage.blobs import Blobs


@dataclass(frozen=True, slots=True)
class ModelService(FilePackageService):
    """Models of one instance.

    Args:
        artifacts: Names, versions and tags.
        blobs: The files.
        settings: Where the digests of unchanged files are kept.
    """

    kind = Kind.MODEL

    settings: Settings

    @property
    def contents(self) -> Contents:
        """What lies in the packages."""
        return Contents(self.blobs)

    def build(self, actor: Actor, project: str, request: BuildRequest, *, discover: Discover) -> VersionRead:
        """Pack a directory into a version.

        The same content is the same version: building it again makes none, and only moves ``latest`` and the
        tags that were asked for. Nothing is visible unless all of it is stored.

        Args:
            actor: Who builds.
            project: Name of the project.
            request: What to build.
            discover: Finds the handlers, in a process of their own.

        Raises:
            InvalidSpec: model.yaml is wrong, no modules are named, or they hold no handler.
            InvalidName: the name or a tag is not allowed.
            UserCodeError: a module does not import; the message has the user's own line.
            NotFound: the directory or the project is missing.
            Conflict: a tag is on another version, or a file changed while it was read.
            StorageFull: there is no space for it.
        """
        for tag in request.tags:
            check_tag(tag)
        recipe = self._without_store(read_recipe(request))

        def packed(blobs: Blobs) -> FilePackage:
            description = describe(recipe, discover)
            with DigestCache(self.settings.cache / "digests.sqlite") as digests:
                files = pack(recipe, description, Trees(blobs, digests), blobs)
            return FilePackage(
                message=recipe.desc,
                meta={"handlers": [each.id for each in description.handlers], "files": len(files)},
                files=files,
                manifest=manifest_bytes(files),
            )

        return self.published(
            actor, project, recipe.name, packed, tags=request.tags, force_tags=request.force_tags
        )

    def snapshot(self, recipe: Recipe) -> str:
        """Keep the content of a directory as a package of it would hold it, without making a version.

        Returns:
            Digest of its manifest, for `lay_out`.

        Raises:
            UsageError: it holds what cannot be copied; the message names it.
            StorageFull: there is no space for it.
        """
        ignore = self._without_store(recipe).ignore
        with DigestCache(self.settings.cache / "digests.sqlite") as digests:
            files = Trees(self.blobs, digests).pack(recipe.workdir, ignore)
        return self.blobs.put(manifest_bytes(files))

    def lay_out(self, manifest: str, target: Path) -> Path:
        """Make a directory of what a manifest lists; the caller may write to it.

        Raises:
            Conflict: something is there.
            Corrupted: a stored file is damaged.
            StorageFull: there is no space for it.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        Trees(self.blobs).materialise(manifest_files(self.blobs.read(manifest)), target)
        return target

    def diff(self, one: VersionRead, other: VersionRead, *, lines: bool = False) -> FileDiff:
        """What differs between the files of two versions, of one model or of two.

        Args:
            one: The first.
            other: The second.
            lines: Compare the lines of files that are text as well.
        """
        contents = self.contents
        return diff_files(contents.files(one), contents.files(other), self.blobs.read if lines else None)

    def _without_store(self, recipe: Recipe) -> Recipe:
        """Leave the store itself out where it lies in the directory that is packed: it grows meanwhile."""
        root = self.settings.root.resolve()
        if not root.is_relative_to(recipe.workdir) or root == recipe.workdir:
            return recipe
        inside = escape(root.relative_to(recipe.workdir).as_posix())
        return replace(recipe, ignore=recipe.ignore.with_pattern(f"/{inside}/"))

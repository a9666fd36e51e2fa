"""What one can do with models; the rules every door shares."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from glob import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from starwhale.artifacts.copying import copy_package
from starwhale.core.errors import Conflict, Corrupted, NotFound, UsageError
from starwhale.core.kinds import Kind
from starwhale.core.names import check_tag
from starwhale.core.version import version_of
from starwhale.models.builder import (
    BuildRequest,
    Discover,
    PackedRuntime,
    Recipe,
    describe,
    pack,
    read_recipe,
)
from starwhale.models.diff import FileDiff, diff_files
from starwhale.models.package import (
    DESCRIPTION,
    MODEL_YAML,
    RUNTIME,
    Description,
    manifest_bytes,
    manifest_files,
)
from starwhale.storage.trees import DigestCache, TreeEntry, Trees

if TYPE_CHECKING:
    from starwhale.artifacts.ports import Artifacts
    from starwhale.artifacts.schemas import ArtifactFilter, VersionRead
    from starwhale.core.actor import Actor
    from starwhale.core.page import Page, PageRequest
    from starwhale.core.settings import Settings
    from starwhale.core.uri import ArtifactUri
    from starwhale.models.facts.package import PackageFacts
    from starwhale.storage.blobs import Blobs


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
class ModelService:
    """Models of one instance.

    Args:
        artifacts: Names, versions and tags.
        blobs: The files.
        settings: Where the digests of unchanged files are kept.
    """

    artifacts: Artifacts
    blobs: Blobs
    settings: Settings

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
        build = self.artifacts.open_build(actor, project=project, kind=Kind.MODEL, name=recipe.name)
        try:
            description = describe(recipe, discover)
            blobs = self.blobs.within(build.id)
            with DigestCache(self.settings.cache / "digests.sqlite") as digests:
                files = pack(recipe, description, Trees(blobs, digests), blobs)
            manifest = manifest_bytes(files)
            digest = blobs.put(manifest)
            return self.artifacts.publish(
                actor,
                project=project,
                kind=Kind.MODEL,
                name=recipe.name,
                version=version_of(hashlib.sha256(manifest).digest()),
                manifest=digest,
                parent=self._parent(actor, project, recipe.name),
                message=recipe.desc,
                size=sum(each.size for each in files),
                meta={"handlers": [each.id for each in description.handlers], "files": len(files)},
                tags=request.tags,
                force_tags=request.force_tags,
                build=build,
            )
        finally:
            # No-op after `publish`, which closes it; when even this fails, the pin expires by itself.
            with suppress(Exception):
                self.artifacts.close_build(build)

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

    def resolve(self, actor: Actor, uri: ArtifactUri) -> VersionRead:
        """The version that an address means.

        Raises:
            NotFound: there is none.
            Ambiguous: it means several.
            UsageError: it addresses something else than a model.
        """
        if uri.kind is not Kind.MODEL:
            raise UsageError(f"{uri} is a {uri.kind}, not a model")
        return self.artifacts.resolve(actor, uri)

    def files(self, version: VersionRead) -> tuple[TreeEntry, ...]:
        """The files of a version, sorted by path."""
        return manifest_files(self.blobs.read(version.manifest))

    def description(self, version: VersionRead) -> Description:
        """Modules, environment and handlers of a version."""
        return Description.from_bytes(self._content(version, DESCRIPTION) or b"")

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
        return (self._content(version, MODEL_YAML) or b"").decode(errors="replace")

    def facts(self, version: VersionRead) -> PackageFacts:
        """What the model in a version is, read from ranges of its files when asked.

        Nothing of the package is imported, run or unpickled. A file that cannot be read has the reason among
        its facts.
        """
        from starwhale.models.facts.package import facts_of_package

        trees = Trees(self.blobs)
        return facts_of_package(self.files(version), lambda file: partial(trees.read_range, file))

    def extract(self, version: VersionRead, target: Path, *, force: bool = False) -> Path:
        """Lay the files of a version out in a directory of the caller's own; it may write to them.

        Args:
            version: Which one.
            target: Where to; made with its parents.
            force: Go into a directory that is not empty, over files of the same name; others stay.

        Returns:
            The directory.

        Raises:
            Conflict: something is there, and `force` is not set.
            Corrupted: a stored file is damaged.
            StorageFull: there is no space for it.
        """
        files = self.files(version)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not (force and target.is_dir()):
            Trees(self.blobs).materialise(files, target)
            return target
        with TemporaryDirectory(prefix=".extract.", dir=target) as rough:
            laid_out = Path(rough) / "files"
            Trees(self.blobs).materialise(files, laid_out)
            for each in files:
                _move(laid_out / each.path, target / each.path)
        return target

    def list(
        self,
        actor: Actor,
        project: str,
        filters: ArtifactFilter | None = None,
        *,
        include_removed: bool = False,
        page: PageRequest | None = None,
    ) -> Page[VersionRead]:
        """One page of the versions in a project, newest first."""
        return self.artifacts.list(
            actor, project, Kind.MODEL, filters, include_removed=include_removed, page=page
        )

    def history(
        self,
        actor: Actor,
        uri: ArtifactUri,
        *,
        include_removed: bool = False,
        page: PageRequest | None = None,
    ) -> Page[VersionRead]:
        """One page of the versions of one model, newest first."""
        return self.artifacts.history(actor, uri, include_removed=include_removed, page=page)

    def add_tags(
        self, actor: Actor, uri: ArtifactUri, tags: Sequence[str], *, force: bool = False
    ) -> VersionRead:
        """Put tags on a version; see `ArtifactService.add_tags`."""
        return self.artifacts.add_tags(actor, uri, tags, force=force)

    def remove_tags(self, actor: Actor, uri: ArtifactUri, tags: Sequence[str]) -> None:
        """Take tags away; see `ArtifactService.remove_tags`."""
        self.artifacts.remove_tags(actor, uri, tags)

    def remove(self, actor: Actor, uri: ArtifactUri, *, force: bool = False) -> ArtifactUri:
        """Put a model or one version of it into the trash; see `ArtifactService.remove`."""
        return self.artifacts.remove(actor, uri, force=force)

    def recover(self, actor: Actor, uri: ArtifactUri, *, force: bool = False) -> ArtifactUri:
        """Take a model or a version out of the trash; see `ArtifactService.recover`."""
        return self.artifacts.recover(actor, uri, force=force)

    def references(self, manifest: str) -> set[str]:
        """Digests that a manifest of a model names, its own included; for garbage collection."""
        files = manifest_files(self.blobs.read(manifest))
        return {manifest, *(blob for each in files for blob in each.blobs)}

    def diff(self, one: VersionRead, other: VersionRead, *, lines: bool = False) -> FileDiff:
        """What differs between the files of two versions, of one model or of two.

        Args:
            one: The first.
            other: The second.
            lines: Compare the lines of files that are text as well.
        """
        return diff_files(self.files(one), self.files(other), self.blobs.read if lines else None)

    def copy(
        self,
        actor: Actor,
        source: VersionRead,
        project: str,
        name: str,
        *,
        force: bool = False,
        ignore_tags: Collection[str] = (),
    ) -> VersionRead:
        """Copy a version to another name or project, under the same id; its files are not copied again.

        Args:
            actor: Who copies.
            source: What is copied.
            project: Project of the copy.
            name: Name of the copy.
            force: Take tags away from other versions of the destination.
            ignore_tags: Tags that stay behind.

        Raises:
            UsageError: the destination is the source.
            Conflict: another version of the destination has one of the tags, and `force` is not set.
        """
        return copy_package(
            self.artifacts, actor, source, project, name, force=force, ignore_tags=ignore_tags
        )

    def verify(
        self, version: VersionRead, progress: Callable[[int, int], None] | None = None
    ) -> list[FileDamage]:
        """Hash every file of a version again.

        Args:
            version: Which.
            progress: Called with the number of files done and of all.

        Returns:
            What is damaged; empty where nothing is.

        Raises:
            Corrupted, NotFound: the manifest itself is damaged or gone.
        """
        self.blobs.verify(version.manifest)
        files = self.files(version)
        reasons: dict[str, str] = {}
        for done, digest in enumerate(sorted({blob for each in files for blob in each.blobs}), start=1):
            try:
                self.blobs.verify(digest)
            except (Corrupted, NotFound) as error:
                reasons[digest] = error.message
            if progress is not None:
                progress(done, len(files))
        return [
            FileDamage(path=each.path, reason=next(reasons[blob] for blob in each.blobs if blob in reasons))
            for each in files
            if not reasons.keys().isdisjoint(each.blobs)
        ]

    def _without_store(self, recipe: Recipe) -> Recipe:
        """Leave the store itself out where it lies in the directory that is packed: it grows meanwhile."""
        root = self.settings.root.resolve()
        if not root.is_relative_to(recipe.workdir) or root == recipe.workdir:
            return recipe
        inside = escape(root.relative_to(recipe.workdir).as_posix())
        return replace(recipe, ignore=recipe.ignore.with_pattern(f"/{inside}/"))

    def _parent(self, actor: Actor, project: str, name: str) -> str | None:
        head = self.artifacts.head(actor, project, Kind.MODEL, name)
        return head.version if head is not None else None

    def _content(self, version: VersionRead, path: str) -> bytes | None:
        digest = next((each.digest for each in self.files(version) if each.path == path), None)
        return None if digest is None else self.blobs.read(digest)


def _move(source: Path, place: Path) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        source.replace(place)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as exc:
        raise Conflict(
            f"a directory and a file both want to be {str(place)!r}", hint="extract elsewhere"
        ) from exc

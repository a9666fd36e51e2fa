"""One version in several places of an instance: shared with another project, or made the latest again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from starwhale.artifacts.copying import copy_package
from starwhale.core.errors import NotFound
from starwhale.core.names import check_name, check_tag
from starwhale.core.permissions import writing

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.artifacts.service import ArtifactService
    from starwhale.core.actor import Actor
    from starwhale.core.uri import ArtifactUri


@dataclass(frozen=True, slots=True)
class SharingService:
    """Versions of packages of any kind, which are never copied byte by byte.

    Args:
        artifacts: Where they are written down.
    """

    artifacts: ArtifactService

    def share(
        self,
        actor: Actor,
        source: ArtifactUri,
        project: str,
        name: str = "",
        *,
        tags: Collection[str] | None = None,
        force: bool = False,
    ) -> VersionRead:
        """Have another package, mostly of another project, hold this very version under the same id.

        The members of that project see it as their own from then on, whatever becomes of the source.

        Args:
            actor: Who may read the source and write to the destination.
            source: The version.
            project: Project of the destination.
            name: Package of the destination; that of the source by default.
            tags: Those tags of the source that go with it; None for all.
            force: Take them away from other versions there.

        Raises:
            NotFound: he knows of no such version or project, or the version has not one of the tags.
            Forbidden: he may not write there.
            UsageError: the destination is the source.
            Conflict: another version there has one of the tags, and `force` is not set.
        """
        found = self.artifacts.resolve(actor, source)
        target = check_name(name, found.kind.value) if name else found.name
        # Before anything else, so that whoever may not write there learns nothing of what is there.
        self.artifacts.projects.check(actor, project, writing(found.kind))
        wanted = set(found.tags) if tags is None else {check_tag(each) for each in tags}
        if missing := wanted.difference(found.tags):
            raise NotFound(
                f"version {found.version[:12]} of {found.kind} {found.name!r} has no tag {min(missing)!r}",
                hint=f"it has {', '.join(found.tags) or 'none'}",
            )
        # Who sees it there may not know of the project that it comes from.
        found = replace(found, message=found.message or "shared from another project")
        left = [each for each in found.tags if each not in wanted]
        return copy_package(self.artifacts, actor, found, project, target, force=force, ignore_tags=left)

    def revert(self, actor: Actor, uri: ArtifactUri) -> VersionRead:
        """Make an older version the latest again; those after it stay in the history.

        Raises:
            NotFound: there is no such version.
            Conflict: somebody else has published meanwhile.
        """
        version = self.artifacts.resolve(actor, uri)
        head = self.artifacts.head(actor, version.project, version.kind, version.name)
        return self.artifacts.publish(
            actor,
            project=version.project,
            kind=version.kind,
            name=version.name,
            version=version.version,
            manifest=version.manifest,
            parent=version.parent,
            expected_head=None if head is None else head.version,
        )

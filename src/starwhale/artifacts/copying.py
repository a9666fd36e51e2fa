"""Copying a version of a package to another name or project of the same instance."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from starwhale.core.errors import NotFound, UsageError
from starwhale.core.instances import LOCAL
from starwhale.core.names import is_reserved_tag
from starwhale.core.uri import ArtifactUri

if TYPE_CHECKING:
    from starwhale.artifacts.ports import Artifacts
    from starwhale.artifacts.schemas import Build, VersionRead
    from starwhale.core.actor import Actor


def tags_to_copy(source: VersionRead, ignored: Collection[str]) -> list[str]:
    """The user's tags of a version that go with a copy."""
    return [tag for tag in source.tags if not is_reserved_tag(tag) and tag not in ignored]


def check_elsewhere(source: VersionRead, project: str, name: str) -> None:
    """Refuse a copy that would be its own source.

    Raises:
        UsageError: it would.
    """
    if (source.project, source.name) == (project, name):
        raise UsageError(
            f"{name!r} would be copied onto itself", hint=f"name another {source.kind} or another project"
        )


def copy_version(
    artifacts: Artifacts,
    actor: Actor,
    source: VersionRead,
    project: str,
    name: str,
    head: VersionRead | None,
    *,
    tags: list[str],
    force_tags: bool,
) -> VersionRead:
    """Give a package the very version, under the same id; no bytes are copied.

    Args:
        artifacts: Where both lie.
        actor: Who copies.
        source: What is copied.
        project: Project of the copy.
        name: Name of the copy.
        head: Its latest version; None where it is new.
        tags: Tags for the copy.
        force_tags: Take them away from its other versions.
    """
    # Pinned, so that collection leaves the bytes alone should the source be removed meanwhile.
    build = artifacts.open_build(
        actor, project=project, kind=source.kind, name=name, manifests=[source.manifest]
    )
    try:
        return publish_copy(
            artifacts, actor, source, project, name, head, tags=tags, force_tags=force_tags, build=build
        )
    except BaseException:
        artifacts.close_build(build)
        raise


def publish_copy(
    artifacts: Artifacts,
    actor: Actor,
    source: VersionRead,
    project: str,
    name: str,
    head: VersionRead | None,
    *,
    tags: Sequence[str],
    force_tags: bool,
    build: Build,
) -> VersionRead:
    """Publish a version of wherever under another name, once its bytes are there; see `copy_version`."""
    return artifacts.publish(
        actor,
        project=project,
        kind=source.kind,
        name=name,
        version=source.version,
        manifest=source.manifest,
        parent=_parent(artifacts, actor, source, project, name),
        message=source.message or f"copied from {source.uri}",
        size=source.size,
        meta=dict(source.meta),
        tags=tags,
        force_tags=force_tags,
        expected_head=None if head is None else head.version,
        build=build,
    )


def _parent(artifacts: Artifacts, actor: Actor, source: VersionRead, project: str, name: str) -> str | None:
    """The parent of the source, where the copy has it too."""
    if source.parent is None:
        return None
    uri = ArtifactUri(instance=LOCAL, project=project, kind=source.kind, name=name, version=source.parent)
    try:
        return artifacts.resolve(actor, uri).version
    except NotFound:
        return None


def copy_package(
    artifacts: Artifacts,
    actor: Actor,
    source: VersionRead,
    project: str,
    name: str,
    *,
    force: bool,
    ignore_tags: Collection[str],
) -> VersionRead:
    """Give a package that is copied whole the very version of another, with its tags.

    Args:
        artifacts: Where both lie.
        actor: Who copies.
        source: What is copied.
        project: Project of the copy.
        name: Name of the copy.
        force: Take tags away from other versions of the copy.
        ignore_tags: Tags that stay behind.

    Raises:
        UsageError: the copy would be the source.
        NotFound: there is no such project.
        Conflict: another version of the copy has one of the tags, and `force` is not set.
    """
    check_elsewhere(source, project, name)
    head = artifacts.head(actor, project, source.kind, name)
    tags = tags_to_copy(source, ignore_tags)
    return copy_version(artifacts, actor, source, project, name, head, tags=tags, force_tags=force)

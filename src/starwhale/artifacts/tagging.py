"""Tags of users on versions, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starwhale.core.errors import Conflict, NotFound
from starwhale.core.version import short
from starwhale.kit.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starwhale.artifacts.repository import ArtifactRepository, Found


def put_tags(artifacts: ArtifactRepository, found: Found, tags: Sequence[str], *, force: bool) -> None:
    """Put the user's tags on a version.

    Raises:
        Conflict: another version in use has one of them, and `force` is not set.
    """
    holders = artifacts.holders(found.artifact_id, tags) if tags else {}
    for tag in dict.fromkeys(tags):
        holder = holders.get(tag)
        if holder is not None and holder.id == found.id:
            continue
        if holder is not None and holder.removed_at is None and not force:
            raise Conflict(
                f"tag {tag!r} is on version {short(holder.version)} of {found.kind} {found.name!r}",
                hint="move it with --force-add (-f), or choose another tag",
            )
        artifacts.set_tag(found.artifact_id, found.id, tag)


def take_tags(artifacts: ArtifactRepository, found: Found, tags: Sequence[str], *, only_there: bool) -> None:
    """Take tags away from an artifact, all or none.

    Args:
        artifacts: Where it lies.
        found: One of its versions.
        tags: Which.
        only_there: They must be on this very version.

    Raises:
        NotFound: there is no such tag.
    """
    holders = artifacts.holders(found.artifact_id, tags)
    for tag in tags:
        holder = holders.get(tag)
        if holder is None or (only_there and holder.id != found.id):
            near = nearest(tag, artifacts.tag_names(found.artifact_id))
            hint = f"did you mean {near!r}?" if near else ""
            raise NotFound(f"no tag {tag!r} on {found.kind} {found.name!r}", hint=hint)
    for tag in tags:
        artifacts.delete_tag(found.artifact_id, tag)

"""A new version: its number, the head, the tags, all in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starwhale.artifacts.repository import Found, Head
from starwhale.artifacts.schemas import ANY, Anything, VersionFacts
from starwhale.artifacts.tagging import put_tags
from starwhale.core.errors import Conflict
from starwhale.core.names import check_name, check_tag
from starwhale.core.version import is_version, short
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starwhale.artifacts.repository import ArtifactRepository
    from starwhale.core.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication(VersionFacts):
    """What is to become a version.

    Attributes:
        force_tags: Take the tags away from other versions.
        expected_head: Id of the version that must be the latest now, None for no version at all.

    Raises:
        InvalidName: the name or a tag is not allowed.
        ValueError: `version` is not a whole version id.
    """

    force_tags: bool
    expected_head: str | Anything | None

    def __post_init__(self) -> None:
        check_name(self.name, self.kind.value)
        for tag in self.tags:
            check_tag(tag)
        if not is_version(self.version):
            raise ValueError(f"not a version id: {self.version!r}")


def publish(artifacts: ArtifactRepository, actor: Actor, new: Publication) -> tuple[Found, bool]:
    """Make the version and move ``latest`` and the tags to it.

    Returns:
        The version, and whether it is new; the same id again only moves tags.

    Raises:
        Conflict: the head is not the one expected, or a tag is taken.
    """
    artifact = artifacts.ensure(new.name, actor.name)
    existing = artifacts.by_version(artifact.id, new.version)
    _check_head(artifacts, artifact, new)
    if existing is None:
        found = _add(artifacts, actor, artifact, new)
        artifacts.change_artifact(artifact.id, head_seq=found.seq, next_seq=found.seq + 1)
    else:
        found = existing._replace(removed_at=None, head_seq=existing.seq)
        if existing.removed_at is not None:
            artifacts.change_version(existing.id, removed_at=None)
        if existing.head_seq != existing.seq:
            artifacts.change_artifact(artifact.id, head_seq=existing.seq)
    put_tags(artifacts, found, new.tags, force=new.force_tags)
    return found, existing is None


def _check_head(artifacts: ArtifactRepository, artifact: Head, new: Publication) -> None:
    if new.expected_head is ANY:
        return
    head = artifacts.by_seq(artifact.id, artifact.head_seq) if artifact.head_seq is not None else None
    present = head.version if head else None
    # The same commit once more, after its answer was lost, finds its own version as the head.
    if present not in (new.expected_head, new.version):
        raise Conflict(
            f"{new.kind} {new.name!r} was changed meanwhile: its latest version is "
            f"{short(present) if present else 'gone'}",
            hint="open it again and repeat the change",
        )


def _add(artifacts: ArtifactRepository, actor: Actor, artifact: Head, new: Publication) -> Found:
    values: dict[str, Any] = {
        "artifact_id": artifact.id,
        "version": new.version,
        "seq": artifact.next_seq,
        "manifest": new.manifest,
        "parent": new.parent,
        "message": new.message,
        "size": new.size,
        "meta": dict(new.meta),
        "created_at": utc_now(),
        "created_by": actor.name,
        "removed_at": None,
    }
    return Found(
        id=artifacts.add_version({**values, "job": actor.job or None}),
        head_seq=artifact.next_seq,
        project=new.project,
        kind=new.kind.value,
        name=new.name,
        artifact_removed_at=None,
        **values,
    )

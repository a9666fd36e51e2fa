"""Removing and recovering: what is removed can be brought back until it is collected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starwhale.artifacts.lookup import ambiguous, find, no_artifact, number_of
from starwhale.core.errors import Conflict, NotFound
from starwhale.core.version import is_version_prefix
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starwhale.artifacts.repository import ArtifactRepository, Found
    from starwhale.core.uri import ArtifactUri


def remove(artifacts: ArtifactRepository, uri: ArtifactUri, *, force: bool) -> Found | None:
    """Put an artifact or a version into the trash; with `force`, delete it for ever.

    Returns:
        The version, or None when it was the whole artifact.

    Raises:
        NotFound: there is none.
        Ambiguous: there are several.
    """
    artifact_id = artifacts.artifact_id(uri.name) if uri.name and uri.version is None else None
    if artifact_id is not None:
        if force:
            artifacts.delete_artifact(artifact_id)
        else:
            artifacts.change_artifact(artifact_id, removed_at=utc_now())
        return None
    found = find(artifacts, uri)
    head = artifacts.lock(found.artifact_id)
    if force:
        artifacts.delete_version(found.id)
    else:
        artifacts.change_version(found.id, removed_at=utc_now())
    if head is not None and head.head_seq == found.seq:
        artifacts.change_artifact(found.artifact_id, head_seq=artifacts.newest_seq(found.artifact_id))
    return found


def recover(artifacts: ArtifactRepository, uri: ArtifactUri, *, force: bool) -> Found | None:
    """Take an artifact or a version out of the trash.

    Args:
        artifacts: Those of the project and kind.
        uri: A name means the artifact that was removed last under it.
        force: Where the name has been taken meanwhile, let the two change places.

    Returns:
        The version, or None when it was the whole artifact.

    Raises:
        NotFound: the trash holds nothing of that address.
        Ambiguous: it holds several.
        Conflict: the name has been taken meanwhile, or nothing was removed.
    """
    if uri.name and uri.version is None:
        removed_id = artifacts.removed_artifact_id(uri.name)
        if removed_id is not None:
            _recover_artifact(artifacts, uri, removed_id, force=force)
            return None
    found = _removed_version(artifacts, uri)
    head = artifacts.lock(found.artifact_id)
    artifacts.change_version(found.id, removed_at=None)
    if head is not None and (head.head_seq is None or head.head_seq < found.seq):
        artifacts.change_artifact(found.artifact_id, head_seq=found.seq)
    return found


def _recover_artifact(
    artifacts: ArtifactRepository, uri: ArtifactUri, removed_id: int, *, force: bool
) -> None:
    present_id = artifacts.artifact_id(uri.name)
    if present_id is not None:
        if not force:
            raise Conflict(
                f"another {uri.kind} is called {uri.name!r} now",
                hint=f"remove that one first, or let them change places: "
                f"`swcli {uri.kind} recover {uri.name} --force`",
            )
        artifacts.change_artifact(present_id, removed_at=utc_now())
    artifacts.change_artifact(removed_id, removed_at=None)


def _removed_version(artifacts: ArtifactRepository, uri: ArtifactUri) -> Found:
    artifact_id = artifacts.artifact_id(uri.name) if uri.name else None
    if uri.name and artifact_id is None and not uri.bare:
        raise no_artifact(artifacts, uri)
    word = uri.version or (uri.name if artifact_id is None else "")
    if not word:
        raise Conflict(
            f"{uri.kind} {uri.name!r} was not removed",
            hint=f"to recover one of its versions name it: {uri.name}/version/VERSION",
        )
    found = _in_trash(artifacts, word, artifact_id)
    if len(found) > 1:
        raise ambiguous(found, uri)
    if not found:
        raise NotFound(
            f"the trash holds no {uri.kind} {word!r}", hint=f"see `swcli {uri.kind} list --show-removed`"
        )
    return found[0]


def _in_trash(artifacts: ArtifactRepository, word: str, artifact_id: int | None) -> list[Found]:
    seq = number_of(word)
    if artifact_id is not None and seq is not None:
        numbered = artifacts.by_seq(artifact_id, seq)
        return [numbered] if numbered is not None and numbered.removed_at is not None else []
    if artifact_id is not None and (holder := artifacts.holders(artifact_id, [word]).get(word)) is not None:
        return [holder] if holder.removed_at is not None else []
    if not is_version_prefix(word):
        return []
    return [
        one for one in artifacts.by_prefix(word, artifact_id, removed=True) if one.artifact_removed_at is None
    ]

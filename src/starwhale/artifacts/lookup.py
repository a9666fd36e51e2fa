"""What an address means: exact name first, then tag, then the beginning of a version id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starwhale.core.errors import Ambiguous, NotFound
from starwhale.core.names import LATEST, is_reserved_tag
from starwhale.core.version import SHORTEST_PREFIX, is_version, is_version_prefix, short
from starwhale.kit.suggest import nearest

if TYPE_CHECKING:
    from starwhale.artifacts.repository import ArtifactRepository, Found
    from starwhale.core.uri import ArtifactUri

_NUMBERED = re.compile(r"v(0|[1-9][0-9]{0,17})")


def find(artifacts: ArtifactRepository, uri: ArtifactUri) -> Found:
    """The one version in use that `uri` means.

    Raises:
        NotFound: there is none; the hint names the nearest.
        Ambiguous: there are several; the message lists them.
    """
    if uri.name and uri.version is None:
        head = artifacts.head(uri.name)
        if head is not None:
            return head
    if uri.name and uri.version is not None and is_version(uri.version):
        # No tag reads as a whole id, so there is nothing else that it could mean.
        found = artifacts.whole(uri.name, uri.version)
        if found is not None:
            return found
    artifact_id = artifacts.artifact_id(uri.name) if uri.name else None
    if artifact_id is not None and uri.version is not None:
        return _one(by_reference(artifacts, uri.version, artifact_id), artifacts, uri, artifact_id)
    if artifact_id is not None:
        raise NotFound(
            f"{uri.kind} {uri.name!r} has no version left",
            hint=f"recover one: `swcli {uri.kind} recover {uri.name}/version/VERSION`",
        )
    word = uri.version if not uri.name else uri.name if uri.bare else None
    return _one(by_reference(artifacts, word) if word else [], artifacts, uri, None)


def by_reference(artifacts: ArtifactRepository, word: str, artifact_id: int | None = None) -> list[Found]:
    """Versions in use that a tag, or else the beginning of an id, means: of one artifact, or of all."""
    if is_reserved_tag(word):
        known = word == LATEST or number_of(word) is not None
        return artifacts.by_reserved_tag(word, artifact_id) if known else []
    tagged = artifacts.by_tag(word, artifact_id)
    if tagged or not is_version_prefix(word):
        return tagged
    return artifacts.by_prefix(word, artifact_id)


def number_of(word: str) -> int | None:
    """The number in a tag such as ``v3``; None for any other word."""
    match = _NUMBERED.fullmatch(word)
    return int(match[1]) if match else None


def _one(
    found: list[Found], artifacts: ArtifactRepository, uri: ArtifactUri, artifact_id: int | None
) -> Found:
    if len(found) == 1:
        return found[0]
    if found:
        raise ambiguous(found, uri)
    if artifact_id is None:
        raise no_artifact(artifacts, uri)
    raise no_version(artifacts, uri, artifact_id)


def ambiguous(found: list[Found], uri: ArtifactUri) -> Ambiguous:
    """Say what the address may mean."""
    word = uri.version or uri.name
    shown = ", ".join(f"{one.name}/version/{short(one.version)}" for one in found)
    return Ambiguous(f"{word!r} may mean {shown}", hint="write one of them, or more of the version")


def no_artifact(artifacts: ArtifactRepository, uri: ArtifactUri) -> NotFound:
    """Say that nothing has the name, and which name is near."""
    kind, name = uri.kind, uri.name
    if not name:
        hint = f"list them with `swcli {kind} list`"
        return NotFound(f"no version {uri.version!r} of any {kind} in project {uri.project!r}", hint=hint)
    near = nearest(name, artifacts.names())
    if artifacts.removed_artifact_id(name) is not None:
        hint = f"it was removed; `swcli {kind} recover {name}` brings it back"
    elif near:
        hint = f"did you mean {near!r}?"
    elif uri.bare and len(name) < SHORTEST_PREFIX:
        hint = f"list them with `swcli {kind} list`; a version id needs {SHORTEST_PREFIX} characters or more"
    else:
        hint = f"list them with `swcli {kind} list`"
    return NotFound(f"no {kind} {name!r} in project {uri.project!r}", hint=hint)


def no_version(artifacts: ArtifactRepository, uri: ArtifactUri, artifact_id: int) -> NotFound:
    """Say that the artifact has no such version, and which tag is near."""
    word = uri.version or ""
    if is_version_prefix(word) and artifacts.by_prefix(word, artifact_id, removed=True):
        hint = f"it was removed; `swcli {uri.kind} recover {uri.name}/version/{word}` brings it back"
    else:
        near = nearest(word, [LATEST, *artifacts.tag_names(artifact_id)])
        hint = f"did you mean {near!r}?" if near else f"list them with `swcli {uri.kind} history {uri.name}`"
    return NotFound(f"no version {word!r} of {uri.kind} {uri.name!r}", hint=hint)

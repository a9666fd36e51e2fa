"""Changing a dataset: rows are staged, and become a version in one step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from starwhale.artifacts.schemas import Build, VersionRead
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, UsageError
from starwhale.core.instances import LOCAL
from starwhale.core.kinds import Kind
from starwhale.core.uri import ArtifactUri
from starwhale.core.version import version_of
from starwhale.kit.text import is_storable
from starwhale.storage.rows.manifest import LayerStore, Manifest
from starwhale.storage.rows.snapshot import Snapshot
from starwhale.storage.rows.stage import Stage

if TYPE_CHECKING:
    from starwhale.artifacts.ports import Artifacts

Key = int | str
INT64 = range(-(2**63), 2**63)
ATTEMPTS = 50


class DatasetWriter:
    """Changes over one version of a dataset. Nothing is visible to others until `commit`.

    Made by `DatasetService.writer`.
    """

    def __init__(
        self,
        *,
        artifacts: Artifacts,
        layers: LayerStore,
        actor: Actor,
        project: str,
        name: str,
        base: VersionRead | None,
        manifest: Manifest,
        overwrite: bool,
    ) -> None:
        self._artifacts = artifacts
        self._actor = actor
        self.project = project
        self.name = name
        self.base = base
        # The bytes written from now on belong to nothing yet: garbage collection must leave them.
        self._build: Build | None = artifacts.open_build(
            actor,
            project=project,
            kind=Kind.DATASET,
            name=name,
            manifests=[base.manifest] if base is not None else [],
        )
        self._layers = layers.within(self._build.id)
        self._stage = Stage(self._layers, manifest, overwrite=overwrite)

    @property
    def pending(self) -> bool:
        """Whether there is anything to commit."""
        return self._stage.pending

    @property
    def size(self) -> int:
        """Bytes of the changes so far."""
        return self._stage.size

    def put(self, key: Key, features: Mapping[str, Any], *, replace: bool = False) -> None:
        """Set features of a row; features that are not mentioned keep their values unless `replace`.

        Raises:
            UsageError: the key is neither text nor a 64-bit integer, or a feature has no name.
            UnsupportedValue: a value has no stored form; nothing of the row is set.
        """
        kind = type(key)
        if kind is not int:
            key = checked_key(key)
        elif key not in INT64:
            raise UsageError(f"the key {key} of a row does not fit into 64 bits", hint="use str(...) of it")
        for name in features:
            if type(name) is not str or not name or not is_storable(name):
                raise UsageError(f"a feature of row {key!r} is called {name!r}, which is not text")
        self._stage.put(key, features, replace=replace)

    def append(self, features: Mapping[str, Any]) -> int:
        """Add a row under the next integer never used so far; that integer."""
        key = self._stage.next_index
        self.put(key, features)
        return key

    def delete(self, key: Key) -> None:
        """Remove a row; one that is not there is no error."""
        self._stage.delete(checked_key(key))

    def get(self, key: Key) -> dict[str, Any] | None:
        """The row of `key` with all changes so far, or None."""
        return self._stage.get(key)

    def snapshot(self) -> Snapshot:
        """All rows with all changes so far."""
        return self._stage.snapshot()

    def flush(self) -> None:
        """Write what is buffered into the store; still visible to nobody else."""
        self._stage.flush()

    def set_info(self, info: dict[str, Any]) -> None:
        """Replace the dataset's own description."""
        self._stage.set_info(info)

    def commit(self, *, tags: Sequence[str] = (), message: str = "", force_tags: bool = False) -> VersionRead:
        """Publish the changes as a version.

        Where nothing changed no version is made; only the tags are moved. Where somebody else has
        published meanwhile, the changes go on top of his.

        Raises:
            Conflict: somebody else changed the same row; nothing is published.
        """
        for _attempt in range(ATTEMPTS):
            try:
                version = self._publish(tags, message, force_tags=force_tags)
            except _HeadMoved:
                self._rebase()
            else:
                self.close()
                return version
        raise Conflict(f"dataset {self.name!r} is changed by others without pause", hint="try again")

    def _publish(self, tags: Sequence[str], message: str, *, force_tags: bool) -> VersionRead:
        parent = self.base.version if self.base is not None else None
        manifest, digest = self._stage.finish(parent)
        if digest is None and self.base is not None:
            if tags:
                return self._artifacts.add_tags(self._actor, self._uri(self.base), tags, force=force_tags)
            return self.base
        head = self._artifacts.head(self._actor, self.project, Kind.DATASET, self.name)
        if (head.version if head else None) != parent and not self._detached:
            raise _HeadMoved
        previous = self.base.manifest if self.base is not None else None
        try:
            published = self._artifacts.publish(
                self._actor,
                project=self.project,
                kind=Kind.DATASET,
                name=self.name,
                version=version_of(digest or b""),
                manifest=self._layers.save(manifest, previous),
                parent=parent,
                message=message,
                size=manifest.total,
                meta={"rows": manifest.count, "bytes": manifest.total},
                tags=tags,
                force_tags=force_tags,
                expected_head=head.version if head else None,
                build=self._build,
            )
        except Conflict:
            moved = self._artifacts.head(self._actor, self.project, Kind.DATASET, self.name)
            if (moved.version if moved else None) != (head.version if head else None):
                raise _HeadMoved from None
            raise
        self._build = None
        return published

    def _uri(self, version: VersionRead) -> ArtifactUri:
        return ArtifactUri(
            instance=LOCAL, project=self.project, kind=Kind.DATASET, name=self.name, version=version.version
        )

    @property
    def _detached(self) -> bool:
        """Whether an older version was opened on purpose: its changes stay its own, with it as parent."""
        return self.base is not None and not self.base.is_latest

    def _rebase(self) -> None:
        head = self._artifacts.head(self._actor, self.project, Kind.DATASET, self.name)
        if head is None:
            raise Conflict(
                f"dataset {self.name!r} was removed in the meantime", hint="recover it, then commit again"
            )
        self._stage.rebase(self._layers.load(head.manifest))
        self.base = head

    def close(self) -> None:
        """Give up what was not committed."""
        self._stage.discard()
        if self._build is not None:
            self._artifacts.close_build(self._build)
            self._build = None


class _HeadMoved(Exception):
    """Somebody else has published since the base was read."""


def checked_key(key: Any) -> Key:
    """`key` as text or a 64-bit integer; numpy scalars become theirs.

    Raises:
        UsageError: it is neither.
    """
    if type(key) is str and key.isascii():
        return key
    if hasattr(key, "item") and not isinstance(key, (str, int)):
        key = key.item()
    if isinstance(key, bool) or not isinstance(key, (int, str)):
        raise UsageError(f"the key of a row is text or an integer, not {key!r} of type {type(key).__name__}")
    if isinstance(key, int) and key not in INT64:
        raise UsageError(f"the key {key} of a row does not fit into 64 bits", hint="use str(...) of it")
    if isinstance(key, str) and not is_storable(key):
        raise UsageError(f"the key {key!r} of a row has a lone surrogate, which UTF-8 cannot express")
    return str(key) if isinstance(key, str) else int(key)

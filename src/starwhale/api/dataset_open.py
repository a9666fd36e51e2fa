"""A dataset that is open: which version it began from, and the changes it holds until they are committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starwhale.api.place import Resource
from starwhale.api.session import at
from starwhale.core.errors import Conflict, Forbidden, NotFound, UsageError
from starwhale.core.uri import ArtifactUri

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.datasets.writer import DatasetWriter
    from starwhale.instance.local import LocalInstance
    from starwhale.storage.rows.snapshot import Snapshot


class OpenDataset:
    """What a `Dataset` has in hand.

    Args:
        uri: Its address.
        base: The version that is opened; None for a new dataset.
        create_empty: Begin with no rows instead of those of `base`.
        readonly: Refuse changes.
    """

    def __init__(
        self, uri: ArtifactUri, base: VersionRead | None, *, create_empty: bool, readonly: bool
    ) -> None:
        self._uri = uri
        self._base: VersionRead | None = base
        self._readonly = readonly
        self._overwrite = create_empty
        self._writer: DatasetWriter | None = None
        self._view: Snapshot | None = None
        self._committed: VersionRead | None = None
        self._closed = False
        if base is None and not readonly:
            self._changes()

    @property
    def uri(self) -> Resource:
        """Its address, with the version that is open."""
        version = self._base.version if self._base is not None else None
        return Resource.of(self._address(version))

    @property
    def name(self) -> str:
        """Its name."""
        return self._uri.name

    @property
    def readonly(self) -> bool:
        """Whether it refuses changes."""
        return self._readonly

    @property
    def changed(self) -> bool:
        """Whether there are changes that were not committed."""
        return self._writer is not None and self._writer.pending

    @property
    def committed(self) -> bool:
        """Whether `commit` has succeeded."""
        return self._committed is not None

    @property
    def loading_version(self) -> str:
        """Id of the version that was opened; empty for a new dataset."""
        return self._base.version if self._base is not None else ""

    @property
    def committed_version(self) -> str:
        """Id of the version that `commit` made.

        Raises:
            UsageError: it was not committed.
        """
        if self._committed is None:
            raise UsageError("nothing was committed", hint="call commit() first")
        return self._committed.version

    @property
    def pending_commit_version(self) -> str:
        """Stands for the version to come, whose id follows from its content; empty where nothing changed."""
        return f"pending-{self.loading_version or self._uri.name}" if self.changed else ""

    @property
    def _here(self) -> LocalInstance:
        """Where it lies."""
        return at(self._uri.instance)

    def _rows(self) -> Snapshot:
        if self._writer is not None:
            return self._writer.snapshot()
        if self._view is None:
            if self._base is None:
                raise NotFound(
                    f"dataset {self._uri.name!r} has no version yet", hint="commit something first"
                )
            self._view = self._here.datasets.open(self._base)
        return self._view

    def _changes(self) -> DatasetWriter:
        if self._readonly:
            raise Forbidden(
                f"dataset {self._uri.name!r} was opened read-only", hint="open it without readonly=True"
            )
        if self._committed is not None or self._closed:
            raise Conflict(
                "this dataset was committed or closed already", hint="open it again with dataset(...)"
            )
        if self._writer is None:
            here = self._here
            self._writer = here.datasets.writer(
                here.actor, self._uri.project, self._uri.name, self._base, overwrite=self._overwrite
            )
            self._overwrite = False
        return self._writer

    def _address(self, version: str | None) -> ArtifactUri:
        uri = self._uri
        return ArtifactUri(
            instance=uri.instance, project=uri.project, kind=uri.kind, name=uri.name, version=version
        )

    @property
    def _committed_uri(self) -> ArtifactUri:
        return self._address(self.committed_version)

    def _existing_version(self) -> VersionRead:
        if self._base is None:
            raise NotFound(f"dataset {self._uri.name!r} has no version yet", hint="commit something first")
        return self._base

    def _existing(self) -> ArtifactUri:
        return self._address(self._existing_version().version)

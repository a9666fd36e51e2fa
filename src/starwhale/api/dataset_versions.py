"""Versions of a dataset: which one is open, its tags, its history, the trash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starwhale.api.dataset_parts import DatasetTags, VersionedInfo
from starwhale.api.place import Project, Resource
from starwhale.api.session import local
from starwhale.core.errors import Conflict, Forbidden, NotFound, UsageError
from starwhale.core.kinds import Kind
from starwhale.core.page import PageRequest
from starwhale.core.uri import ArtifactUri

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.datasets.writer import DatasetWriter
    from starwhale.storage.rows.snapshot import Snapshot


class DatasetVersions:
    """What a `Dataset` knows of its versions, and the changes it holds until they are committed."""

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
    def tags(self) -> DatasetTags:
        """Tags of the version that is open."""
        return DatasetTags(self._existing())

    @property
    def info(self) -> VersionedInfo:
        """The dataset's own description: a dict kept with each version."""
        return VersionedInfo(self._rows().manifest.info, None if self._readonly else self._set_info)

    def history(self) -> list[dict[str, Any]]:
        """All versions, newest first."""
        page = local().artifacts.history(local().actor, self._existing())
        return [
            {
                "name": version.name,
                "version": version.version,
                "tags": list(version.tags),
                "message": version.message,
                "rows": version.meta.get("rows", 0),
                "size": version.size,
                "created_at": version.created_at,
            }
            for version in page
        ]

    def manifest(self) -> dict[str, Any]:
        """What the open version consists of."""
        return local().datasets.summary(self._existing_version())

    def summary(self) -> dict[str, Any]:
        """Rows, bytes and columns of the open version."""
        return self.manifest()

    def exists(self) -> bool:
        """Whether the version that is open has been committed and not been removed."""
        return self._base is not None and local().datasets.find(local().actor, self._existing()) is not None

    def remove(self, force: bool = False) -> None:
        """Put the open version into the trash, or delete it for ever with `force`."""
        local().artifacts.remove(local().actor, self._existing(), force=force)

    def recover(self, force: bool = False) -> None:
        """Take the open version out of the trash."""
        local().artifacts.recover(local().actor, self._existing(), force=force)

    @staticmethod
    def list(
        project_uri: str | Project = "",
        fullname: bool = False,  # noqa: ARG004 - kept from 0.6
        show_removed: bool = False,
        page_index: int = 1,
        page_size: int = 20,
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """One page of the dataset versions of a project, and what page it is."""
        project = Project(project_uri) if isinstance(project_uri, str) else project_uri
        page = local().artifacts.list(
            local().actor,
            project.name,
            Kind.DATASET,
            include_removed=show_removed,
            page=PageRequest(number=page_index, size=page_size),
        )
        rows = [
            {
                "name": each.name,
                "version": each.version,
                "tags": list(each.tags),
                "rows": each.meta.get("rows", 0),
                "size": each.size,
                "created_at": each.created_at,
                "is_removed": each.removed_at is not None,
            }
            for each in page
        ]
        return rows, {"total": page.total, "page_num": page_index, "page_size": page_size}

    def _rows(self) -> Snapshot:
        if self._writer is not None:
            return self._writer.snapshot()
        if self._view is None:
            if self._base is None:
                raise NotFound(
                    f"dataset {self._uri.name!r} has no version yet", hint="commit something first"
                )
            self._view = local().datasets.open(self._base)
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
            here = local()
            self._writer = here.datasets.writer(
                here.actor, self._uri.project, self._uri.name, self._base, overwrite=self._overwrite
            )
            self._overwrite = False
        return self._writer

    def _set_info(self, info: dict[str, Any]) -> None:
        self._changes().set_info(info)

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

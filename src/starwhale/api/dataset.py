"""`dataset()` and `Dataset`: rows by key, versions, tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Self, overload

from starwhale.api.dataset_parts import DatasetTags, VersionedInfo, unpack_item
from starwhale.api.place import Project, Resource, ResourceType, defaults
from starwhale.api.session import local
from starwhale.core.errors import Conflict, Forbidden, NotFound, UsageError
from starwhale.core.kinds import Kind
from starwhale.core.page import PageRequest
from starwhale.core.uri import ArtifactUri, parse_uri
from starwhale.datasets.rows import DataRow, Features
from starwhale.datasets.writer import checked_key

if TYPE_CHECKING:
    from types import TracebackType

    from starwhale.artifacts.schemas import VersionRead
    from starwhale.datasets.writer import DatasetWriter
    from starwhale.storage.rows.snapshot import Snapshot

Key = int | str
CREATE_MODES = ("auto", "empty", "forbid")


class Dataset:
    """One version of a dataset, and the changes one makes to it until they are committed.

    Made by `dataset`. Rows come in the order of their keys, integers before text.

    Example:
        ```python
        from starwhale import dataset

        with dataset("numbers", create="auto") as ds:
            ds.append({"value": 1, "name": "one"})
            ds[7] = {"value": 7, "name": "seven"}
            ds.commit(tags=["first"])
        ```
    """

    def __init__(
        self, uri: ArtifactUri, base: VersionRead | None, *, create_empty: bool, readonly: bool
    ) -> None:
        self._uri = uri
        self._base = base
        self._readonly = readonly
        self._overwrite = create_empty
        self._writer: DatasetWriter | None = None
        self._view: Snapshot | None = None
        self._committed: VersionRead | None = None
        self._closed = False
        if base is None and not readonly:
            self._changes()

    # ---- reading

    def __iter__(self) -> Iterator[DataRow]:
        make, trusted = self._features(), DataRow.trusted
        for keys, rows in self._rows().chunks():
            for key, row in zip(keys, rows, strict=True):
                yield trusted(key, make(key, row))

    def batch_iter(self, batch_size: int = 1, drop_not_full: bool = False) -> Iterator[list[DataRow]]:
        """Rows in lists of `batch_size`; the last may be shorter, or is left out with `drop_not_full`.

        Raises:
            UsageError: `batch_size` is not positive.
        """
        if batch_size < 1:
            raise UsageError(f"a batch cannot hold {batch_size} rows")
        rows = iter(self)
        while batch := list(islice(rows, batch_size)):
            if len(batch) == batch_size or not drop_not_full:
                yield batch

    @overload
    def __getitem__(self, item: Key) -> DataRow: ...
    @overload
    def __getitem__(self, item: slice) -> list[DataRow]: ...
    def __getitem__(self, item: Key | slice) -> DataRow | list[DataRow]:
        """The row of a key, or the rows from one key up to, not including, another.

        Raises:
            KeyError: no row has that key.
            UsageError: the key is neither text nor an integer, or a step is not positive.
        """
        make = self._features()
        if isinstance(item, slice):
            step = 1 if item.step is None else item.step
            if type(step) is not int or step < 1:
                raise UsageError(
                    f"rows are taken in the order of their keys, so step {step!r} makes no sense"
                )
            rows = self._rows().scan(
                None if item.start is None else checked_key(item.start),
                None if item.stop is None else checked_key(item.stop),
            )
            return [DataRow.trusted(key, make(key, row)) for key, row in islice(rows, 0, None, step)]
        key = item if type(item) is int or type(item) is str else checked_key(item)
        row = self._writer.get(key) if self._writer is not None else self._rows().get(key)
        if row is None:
            raise KeyError(key)
        return DataRow.trusted(key, make(key, row))

    def __contains__(self, key: object) -> bool:
        if isinstance(key, bool) or not isinstance(key, (int, str)):
            return False
        return (self._writer.get(key) if self._writer is not None else self._rows().get(key)) is not None

    def __len__(self) -> int:
        return len(self._rows())

    def __bool__(self) -> bool:
        return True

    def head(self, n: int = 5) -> list[DataRow]:
        """The first `n` rows."""
        return list(islice(self, max(0, n)))

    def scan(self, limit: int | None = None) -> Iterator[DataRow]:
        """Rows in the order of their keys, at most `limit` of them."""
        return islice(self, limit)

    def fetch_one(self) -> DataRow:
        """The first row.

        Raises:
            NotFound: there is none.
        """
        for row in self:
            return row
        raise NotFound(f"dataset {self._uri.name!r} has no rows")

    @property
    def approximate_size(self) -> int:
        """Number of rows, uncommitted changes left out where counting them would mean to write them."""
        return self._base_rows() if self._writer is None or not self._writer.pending else len(self)

    # ---- changing

    def __setitem__(self, key: Key | slice, value: Any) -> None:
        """Set features of a row; those not mentioned keep their values.

        Raises:
            Forbidden: the dataset is read-only.
            UnsupportedValue: a value has no stored form; column and value are named, nothing is set.
        """
        if isinstance(key, slice):
            raise UsageError("rows are set one by one, by key")
        _, features = unpack_item(value)
        self._changes().put(key, features)
        self._view = None

    def __delitem__(self, key: Key | slice) -> None:
        """Remove the row of a key, or all from one key up to another; a missing one is no error."""
        changes = self._changes()
        if isinstance(key, slice):
            for row in self[key]:
                changes.delete(row.index)
        else:
            changes.delete(key)
        self._view = None

    def append(self, item: Any) -> None:
        """Add a row: features, ``(key, features)`` or a `DataRow`.

        Without a key it gets the next integer that was never used.
        """
        key, features = unpack_item(item)
        if key is None:
            self._changes().append(features)
        else:
            self._changes().put(key, features)
        self._view = None

    def extend(self, items: Iterable[Any]) -> None:
        """`append` each of `items`."""
        for item in items:
            self.append(item)

    def flush(self, artifacts_flush: bool = False) -> str:  # noqa: ARG002 - kept from 0.6
        """Write buffered changes into the store, still visible only here; the version they begin from."""
        if self._writer is not None:
            self._writer.flush()
        return self.loading_version

    def commit(
        self,
        tags: Sequence[str] | None = None,
        message: str = "",
        force_add_tags: bool = False,
        ignore_add_tags_errors: bool = False,
    ) -> str:
        """Publish the changes as a version; where nothing changed only the tags move.

        Args:
            tags: Tags to put on it besides ``latest`` and the next ``v<N>``.
            message: What changed, for the history.
            force_add_tags: Take tags away from other versions.
            ignore_add_tags_errors: Publish although a tag could not be put on.

        Returns:
            Id of the version.

        Raises:
            Forbidden: the dataset is read-only.
            Conflict: it was committed through this object already, a tag is taken, or somebody else
                changed the same row meanwhile.
        """
        if self._committed is not None:
            raise Conflict("this dataset was committed already", hint="open it again with dataset(...)")
        changes = self._changes()
        wanted = list(tags or [])
        try:
            self._committed = changes.commit(tags=wanted, message=message, force_tags=force_add_tags)
        except (UsageError, Conflict):
            if not (ignore_add_tags_errors and wanted):
                raise
            self._committed = changes.commit(message=message)
            for tag in wanted:
                with suppress(UsageError, Conflict):
                    local().artifacts.add_tags(
                        local().actor, self._committed_uri, [tag], force=force_add_tags
                    )
        self._writer = None
        self._view = None
        self._base = self._committed
        return self._committed.version

    def close(self) -> None:
        """Give up what was not committed."""
        self._closed = True
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            self._view = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- versions

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

    @classmethod
    def from_dict_items(
        cls,
        records: Iterable[Any],
        name: str | Resource,
        volume_size: int | str = 0,  # noqa: ARG003 - kept from 0.6, where blobs lay in volumes
        alignment_size: int | str = 0,  # noqa: ARG003
        mode: str = "patch",
        tags: Sequence[str] | None = None,
    ) -> Dataset:
        """Build a dataset of dicts or ``(key, dict)`` pairs and commit it.

        Args:
            records: The rows.
            name: Its name or address.
            volume_size: Without effect.
            alignment_size: Without effect.
            mode: ``patch`` keeps the rows that are not mentioned, ``overwrite`` drops them.
            tags: Tags to put on the version.
        """
        made = open_dataset(name, create="auto", overwrite=change_mode(mode) == "overwrite")
        made.extend(records)
        made.commit(tags=tags)
        return made

    def __repr__(self) -> str:
        return f"<Dataset {self.uri}>"

    # ---- inside

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

    def _base_rows(self) -> int:
        return int(self._base.meta.get("rows", 0)) if self._base is not None else 0

    def _features(self) -> Any:
        if self._readonly or self._committed is not None:
            return lambda _key, row: Features(row)
        return lambda key, row: Features.bound(row, key, self._write_through)

    def _write_through(self, key: Key, values: Mapping[str, Any]) -> None:
        self._changes().put(key, values)

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


def change_mode(mode: Any) -> str:
    """``patch`` or ``overwrite``.

    Raises:
        UsageError: it is neither.
    """
    text = str(getattr(mode, "value", mode))
    if text not in ("patch", "overwrite"):
        raise UsageError(f"mode {text!r} is unknown", hint="use 'patch' or 'overwrite'")
    return text


def open_dataset(
    uri: str | Resource, create: str = "auto", readonly: bool = False, *, overwrite: bool = False
) -> Dataset:
    """`dataset`, and to begin anew with `overwrite`."""
    if create not in CREATE_MODES:
        raise UsageError(f"create={create!r} is unknown", hint=f"use one of {', '.join(CREATE_MODES)}")
    if readonly and create == "empty":
        raise UsageError("a read-only dataset cannot be created", hint="leave readonly=True out")
    text = uri.full_uri if isinstance(uri, Resource) else uri
    if isinstance(uri, Resource) and uri.typ is not ResourceType.dataset:
        raise UsageError(f"{uri} is no dataset")
    address = parse_uri(text, kind=Kind.DATASET, defaults=defaults())
    here = local()
    try:
        base = here.datasets.resolve(here.actor, address)
    except NotFound:
        # Only a plain name can be created: a version or tag that is not there is an error.
        if readonly or create == "forbid" or not address.name or address.version is not None:
            raise
        base = None
    else:
        address = ArtifactUri(
            instance=address.instance, project=base.project, kind=Kind.DATASET, name=base.name
        )
        if create == "empty":
            raise Conflict(f"dataset {base.name!r} exists already", hint="use create='auto', or another name")
    return Dataset(address, base, create_empty=overwrite, readonly=readonly)


def dataset(uri: str | Resource, create: str = "auto", readonly: bool = False) -> Dataset:
    """Open a dataset, or make it.

    Args:
        uri: Its name, with a version or tag where not the latest is meant, or its full address.
        create: ``auto`` makes it where it is missing, ``empty`` insists on making it, ``forbid`` on its
            being there.
        readonly: Refuse changes.

    Raises:
        NotFound: it is not there and may not be made; the hint names the nearest.
        Conflict: it is there, and `create` is ``empty``.
        UsageError: the arguments contradict each other.
    """
    return open_dataset(uri, create, readonly)

"""Versions of a dataset: tags, history, comparison, copies, the trash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starwhale.api.dataset_lookup import change_mode
from starwhale.api.dataset_open import OpenDataset
from starwhale.api.dataset_parts import DatasetTags, VersionedInfo
from starwhale.api.place import Project, defaults
from starwhale.api.session import at
from starwhale.core.addresses import copy_destination
from starwhale.core.errors import Corrupted
from starwhale.core.kinds import Kind
from starwhale.core.page import PageRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starwhale.datasets.diff import DatasetDiff


class DatasetVersions(OpenDataset):
    """What a `Dataset` knows of its versions."""

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
        page = self._here.artifacts.history(self._here.actor, self._existing())
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
        return self._here.datasets.summary(self._existing_version())

    def summary(self) -> dict[str, Any]:
        """Rows, bytes and columns of the open version, and under ``statistics`` what each column holds."""
        from dataclasses import asdict

        version = self._existing_version()
        columns = self._here.datasets.statistics(version)
        return {**self.manifest(), "statistics": [asdict(each) for each in columns]}

    def diff(self, cmp: DatasetVersions, examples: int = 10) -> DatasetDiff:
        """What changed from the open version of this dataset to that of another object.

        Args:
            cmp: The other, of this dataset or of another one, on whatever instance.
            examples: How many of the differing rows to show.

        Raises:
            NotFound: one of them has no version yet.
        """
        from starwhale.datasets.diff import diff

        one = self._here.datasets.open(self._existing_version())
        return diff(one, cmp._here.datasets.open(cmp._existing_version()), examples=examples)

    def revert(self, version: str = "") -> str:
        """Make an older version the latest again; those after it stay in the history.

        Args:
            version: Its id, the beginning of it, or a tag; the open version by default.

        Returns:
            Its whole id.

        Raises:
            NotFound: there is no such version.
            Conflict: somebody else has published meanwhile.
        """
        here = self._here
        address = self._address(version) if version else self._existing()
        return here.datasets.revert(here.actor, here.datasets.resolve(here.actor, address)).version

    def verify(self) -> None:
        """Hash every byte of the open version again.

        Raises:
            Corrupted: something is not what was written; the message says what.
        """
        damage = self._here.datasets.verify(self._existing_version())
        if damage:
            raise Corrupted(
                f"{len(damage)} files of {self._uri.name!r} are not what was written; {damage[0].reason}",
                hint="build it again, or copy it from another instance",
            )

    rehash = verify

    def copy(
        self,
        dest_uri: str,
        dest_local_project_uri: str = "",
        force: bool = False,
        mode: str = "patch",
        ignore_tags: Sequence[str] | None = None,
    ) -> None:
        """Copy the open version to another name, project or instance; bytes that are there stay.

        Args:
            dest_uri: A project, to keep the name, or a name or address of a dataset.
            dest_local_project_uri: Project of the copy, where `dest_uri` does not say it.
            force: Take tags away from other versions of the copy.
            mode: ``patch`` puts the rows over those of a dataset that is there, ``overwrite`` lets it
                have these rows alone.
            ignore_tags: Tags that stay behind.

        Raises:
            UsageError: the destination is this dataset, or `mode` is unknown.
            Conflict: another version of the copy has one of the tags.
            Unavailable: a server does not answer; the same copy goes on from there.
        """
        from starwhale.instance.copying import copy

        place = copy_destination(dest_uri, dest_local_project_uri, self._uri.name, Kind.DATASET, defaults())
        target = at(place.instance)
        target.projects.get(target.actor, place.project)
        copy(
            self._here,
            self._existing_version(),
            target,
            place.project,
            place.name,
            patch=change_mode(mode) == "patch",
            force=force,
            ignore_tags=list(ignore_tags or ()),
        )

    def exists(self) -> bool:
        """Whether the version that is open has been committed and not been removed."""
        return (
            self._base is not None
            and self._here.datasets.find(self._here.actor, self._existing()) is not None
        )

    def remove(self, force: bool = False) -> None:
        """Put the open version into the trash, or delete it for ever with `force`."""
        self._here.artifacts.remove(self._here.actor, self._existing(), force=force)

    def recover(self, force: bool = False) -> None:
        """Take the open version out of the trash."""
        self._here.artifacts.recover(self._here.actor, self._existing(), force=force)

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
        here = at(project.instance.alias)
        page = here.artifacts.list(
            here.actor,
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

    def _set_info(self, info: dict[str, Any]) -> None:
        self._changes().set_info(info)

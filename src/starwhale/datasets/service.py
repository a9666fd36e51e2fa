"""What one can do with datasets; the rules every door shares."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starwhale.artifacts.copying import check_elsewhere, copy_version, tags_to_copy
from starwhale.artifacts.packages import PackageService
from starwhale.artifacts.schemas import VersionRead
from starwhale.core.actor import Actor
from starwhale.core.errors import NotFound
from starwhale.core.kinds import Kind
from starwhale.core.names import check_name
from starwhale.core.uri import ArtifactUri
from starwhale.datasets.diff import DatasetDiff, diff
from starwhale.datasets.ingest import Progress, ingest
from starwhale.datasets.schemas import Built, Damage, OnError
from starwhale.datasets.writer import DatasetWriter
from starwhale.storage.blobs.verifying import find_damage, verify
from starwhale.storage.layers.tags import describe
from starwhale.storage.rows.manifest import LayerStore, Manifest
from starwhale.storage.rows.snapshot import Snapshot
from starwhale.storage.rows.statistics import ColumnStatistics, statistics

if TYPE_CHECKING:
    from pathlib import Path

    from starwhale.datasets.sources.port import Source


@dataclass(frozen=True, slots=True)
class DatasetService(PackageService):
    """Opens versions of datasets and publishes new ones.

    Args:
        artifacts: Names, versions and tags.
        layers: The rows.
    """

    kind = Kind.DATASET

    layers: LayerStore

    def open(self, version: VersionRead) -> Snapshot:
        """The rows of a version."""
        return Snapshot(self.layers, self.layers.load(version.manifest))

    def find(self, actor: Actor, uri: ArtifactUri) -> VersionRead | None:
        """As `resolve`, but None where there is no such dataset or version."""
        try:
            return self.resolve(actor, uri)
        except NotFound:
            return None

    def writer(
        self, actor: Actor, project: str, name: str, base: VersionRead | None, *, overwrite: bool = False
    ) -> DatasetWriter:
        """Begin to change a dataset, or to make it.

        Args:
            actor: Who changes it.
            project: Its project.
            name: Its name.
            base: The version that is changed; None for a new dataset.
            overwrite: Begin with no rows instead of those of `base`.

        Raises:
            InvalidName: a dataset cannot be called so.
        """
        check_name(name, "dataset")
        manifest = Manifest() if base is None else self.layers.load(base.manifest)
        return DatasetWriter(
            artifacts=self.artifacts,
            layers=self.layers,
            actor=actor,
            project=project,
            name=name,
            base=base,
            manifest=manifest,
            overwrite=overwrite,
        )

    def build(
        self,
        actor: Actor,
        project: str,
        name: str,
        source: Source,
        *,
        overwrite: bool = False,
        tags: Sequence[str] = (),
        message: str = "",
        on_error: OnError = OnError.FAIL,
        report: Path | None = None,
        progress: Progress | None = None,
    ) -> Built:
        """Make a version of the rows of a source.

        Nothing is visible before all rows are there: a build that fails or is interrupted leaves none.

        Args:
            actor: Who builds.
            project: Project it goes to.
            name: Name of the dataset.
            source: Where the rows come from.
            overwrite: Begin with no rows instead of those of the latest version.
            tags: Tags to put on the version.
            message: What to say about it in the history.
            on_error: What to do about rows that cannot be used.
            report: With ``collect``, the file that tells what is wrong with them.
            progress: Called now and then.

        Raises:
            UsageError: a row cannot be used; the message names it.
            StarwhaleError: the source cannot be read, or somebody else changed the same rows.
        """
        head = self.artifacts.head(actor, project, Kind.DATASET, name)
        writer = self.writer(actor, project, name, head, overwrite=overwrite)
        try:
            told = ingest(writer, source, on_error=on_error, report=report, progress=progress)
            described = source.info()
            if described:
                known = {} if head is None or overwrite else self.layers.load(head.manifest).info
                writer.set_info({**known, **described})
            version = writer.commit(tags=tags, message=message)
        finally:
            writer.close()
        return Built(
            version=version.version,
            rows=version.meta["rows"],
            yielded=told.rows,
            is_new=head is None or head.version != version.version,
            rejected=told.rejected,
            examples=told.examples,
        )

    def summary(self, version: VersionRead) -> dict[str, Any]:
        """What a version consists of, without reading its rows."""
        manifest = self.layers.load(version.manifest)
        return {
            "name": version.name,
            "project": version.project,
            "version": version.version,
            "tags": list(version.tags),
            "created_at": version.created_at,
            "message": version.message,
            "rows": manifest.count,
            "bytes": manifest.total,
            "files": len(manifest.files),
            "columns": {name: describe(tag) for name, tag in manifest.columns.items()},
            "info": manifest.info,
        }

    def statistics(self, version: VersionRead) -> list[ColumnStatistics]:
        """What the columns of a version hold; media are counted, not read."""
        return statistics(self.open(version))

    def diff(self, one: VersionRead, other: VersionRead, *, examples: int = 10) -> DatasetDiff:
        """What differs between two versions, of one dataset or of two."""
        return diff(self.open(one), self.open(other), examples=examples)

    def copy(
        self,
        actor: Actor,
        source: VersionRead,
        project: str,
        name: str,
        *,
        patch: bool = True,
        force: bool = False,
        ignore_tags: Collection[str] = (),
    ) -> VersionRead:
        """Copy a version to another name or project; bytes that are there are not copied again.

        A dataset that is new, or that is overwritten, gets the very version, under the same id. With
        `patch` the rows are put over those of one that is there, which makes a version of its own.

        Args:
            actor: Who copies.
            source: What is copied.
            project: Project of the copy.
            name: Name of the copy.
            patch: Keep the rows that the destination has and the source has not.
            force: Take tags away from other versions of the destination.
            ignore_tags: Tags that stay behind.

        Raises:
            UsageError: the destination is the source.
            Conflict: another version of the destination has one of the tags, and `force` is not set.
        """
        check_elsewhere(source, project, name)
        tags = tags_to_copy(source, ignore_tags)
        head = self.artifacts.head(actor, project, Kind.DATASET, name)
        if head is None or not patch or head.version == source.version:
            return copy_version(
                self.artifacts, actor, source, project, name, head, tags=tags, force_tags=force
            )
        return self.put_over(actor, head, source, self.open(source), tags=tags, force=force)

    def put_over(
        self,
        actor: Actor,
        head: VersionRead,
        source: VersionRead,
        rows: Snapshot,
        *,
        tags: Sequence[str],
        force: bool,
    ) -> VersionRead:
        """Put the rows of a version, of whatever instance, over those of a dataset that is there.

        Args:
            actor: Who copies.
            head: The latest version of that dataset.
            source: The version that is copied.
            rows: Its rows.
            tags: Tags for the new version.
            force: Take them away from other versions.
        """
        writer = self.writer(actor, head.project, head.name, head)
        try:
            for key, row in rows.scan():
                writer.put(key, row)
            return writer.commit(tags=tags, message=f"rows of {source.uri}", force_tags=force)
        finally:
            writer.close()

    def revert(self, actor: Actor, version: VersionRead) -> VersionRead:
        """Make an older version the latest again; the versions after it stay in the history.

        Raises:
            Conflict: somebody else has published meanwhile.
        """
        head = self.artifacts.head(actor, version.project, Kind.DATASET, version.name)
        return self.artifacts.publish(
            actor,
            project=version.project,
            kind=Kind.DATASET,
            name=version.name,
            version=version.version,
            manifest=version.manifest,
            parent=version.parent,
            expected_head=None if head is None else head.version,
        )

    def verify(
        self,
        version: VersionRead,
        progress: Callable[[int, int], None] | None = None,
        *,
        discard: bool = False,
    ) -> list[Damage]:
        """Hash every byte of a version again.

        Args:
            version: Which.
            progress: Called now and then with the number of blobs done and of all.
            discard: Remove what is damaged, so that it is stored anew with the next copy.

        Returns:
            What is damaged; empty where nothing is.

        Raises:
            Corrupted, NotFound: the manifest itself is damaged or gone.
        """
        blobs = self.layers.blobs
        verify(blobs, version.manifest, discard=discard)
        named = list(dict.fromkeys(self.layers.references(version.manifest)))
        found = find_damage(blobs, named, discard=discard, progress=progress)
        return [Damage(blob=blob, reason=reason) for blob, reason in found.items()]

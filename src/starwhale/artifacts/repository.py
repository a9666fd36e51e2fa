"""Queries of artifacts, their versions and tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    not_,
    select,
    update,
)

from starwhale.artifacts.found import FOUND, Found
from starwhale.artifacts.schemas import ArtifactFilter, VersionRead
from starwhale.catalog.insertion import insert_if_new
from starwhale.catalog.keyset import Key, cut
from starwhale.catalog.tables.artifacts import ArtifactRow, TagRow, VersionRow
from starwhale.catalog.tables.base import table_of
from starwhale.core.kinds import Kind
from starwhale.core.names import LATEST
from starwhale.core.page import LARGEST, Page, PageRequest
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

#: So many candidates of an ambiguous address are looked for.
CANDIDATES = 10


class Head(NamedTuple):
    """An artifact, locked for change."""

    id: int
    head_seq: int | None
    next_seq: int


_VERSIONS, _ARTIFACTS = table_of(VersionRow), table_of(ArtifactRow)
_TAGGED = table_of(TagRow)
_ALIVE = and_(_VERSIONS.c.removed_at.is_(None), _ARTIFACTS.c.removed_at.is_(None))
# What nearly every request of a server asks is built once: building costs more than the answer.
_WHOLE = FOUND.where(
    _ARTIFACTS.c.project_id == bindparam("project"),
    _ARTIFACTS.c.kind == bindparam("kind"),
    _ARTIFACTS.c.name == bindparam("name"),
    _VERSIONS.c.version == bindparam("version"),
    _ALIVE,
)
_TAGS = select(_TAGGED.c.version_id, _TAGGED.c.name).where(
    _TAGGED.c.version_id.in_(bindparam("numbers", expanding=True))
)


@dataclass(frozen=True, slots=True)
class ArtifactRepository:
    """Artifacts of one project and kind as rows of the transaction `session`."""

    session: Session
    project_id: int
    kind: Kind

    # -- artifacts

    def artifact_id(self, name: str) -> int | None:
        """Number of the artifact in use under `name`."""
        return self.session.scalar(
            select(ArtifactRow.id).where(
                *self._here(), ArtifactRow.name == name, ArtifactRow.removed_at.is_(None)
            )
        )

    def removed_artifact_id(self, name: str) -> int | None:
        """Number of the artifact that was removed last under `name`."""
        return self.session.scalar(
            select(ArtifactRow.id)
            .where(*self._here(), ArtifactRow.name == name, ArtifactRow.removed_at.is_not(None))
            .order_by(ArtifactRow.removed_at.desc(), ArtifactRow.id.desc())
            .limit(1)
        )

    def names(self) -> list[str]:
        """Names in use, for suggestions."""
        query = select(ArtifactRow.name).where(*self._here(), ArtifactRow.removed_at.is_(None)).limit(LARGEST)
        return list(self.session.scalars(query))

    def ensure(self, name: str, created_by: str) -> Head:
        """The artifact in use under `name`, made where it is missing, locked until the transaction ends."""
        named = (*self._here(), ArtifactRow.name == name)
        while True:
            head = self._locked(*named)
            if head is not None:
                return head
            self._add_artifact(name, created_by)

    def _add_artifact(self, name: str, created_by: str) -> None:
        values = {
            "project_id": self.project_id,
            "kind": self.kind.value,
            "name": name,
            "next_seq": 0,
            "created_at": utc_now(),
            "created_by": created_by,
        }
        # On PostgreSQL another process may have been quicker; then its row is the one.
        self.session.execute(insert_if_new(self.session.get_bind().dialect.name, ArtifactRow, values))

    def lock(self, artifact_id: int) -> Head | None:
        """Let nobody else change the artifact until the transaction ends; None when it was removed."""
        return self._locked(ArtifactRow.id == artifact_id)

    def _locked(self, *where: ColumnElement[bool]) -> Head | None:
        row = self.session.execute(
            select(ArtifactRow.id, ArtifactRow.head_seq, ArtifactRow.next_seq)
            .where(*where, ArtifactRow.removed_at.is_(None))
            .with_for_update()
        ).one_or_none()
        return Head(*row) if row is not None else None

    def change_artifact(self, artifact_id: int, **values: Any) -> None:
        """Set columns of an artifact."""
        self.session.execute(update(ArtifactRow).where(ArtifactRow.id == artifact_id).values(**values))

    def delete_artifact(self, artifact_id: int) -> None:
        """Delete an artifact with its versions and tags, for ever."""
        self.session.execute(delete(ArtifactRow).where(ArtifactRow.id == artifact_id))

    # -- versions

    def head(self, name: str) -> Found | None:
        """What the bare `name` means."""
        return self._one(ArtifactRow.name == name, VersionRow.seq == ArtifactRow.head_seq, _ALIVE)

    def by_seq(self, artifact_id: int, seq: int) -> Found | None:
        """Version number `seq` of an artifact, also from the trash."""
        return self._one(VersionRow.artifact_id == artifact_id, VersionRow.seq == seq)

    def by_version(self, artifact_id: int, version: str) -> Found | None:
        """The version with this whole id, also from the trash."""
        return self._one(VersionRow.artifact_id == artifact_id, VersionRow.version == version)

    def whole(self, name: str, version: str) -> Found | None:
        """The version in use with this whole id, of the artifact in use under `name`."""
        asked = {"project": self.project_id, "kind": self.kind.value, "name": name, "version": version}
        row = self.session.execute(_WHOLE, asked).one_or_none()
        return Found(*row) if row is not None else None

    def by_tag(self, tag: str, artifact_id: int | None = None) -> list[Found]:
        """Versions in use under a tag: of one artifact, or of all."""
        tagged = select(TagRow.version_id).where(TagRow.name == tag)
        return self._candidates(VersionRow.id.in_(tagged), artifact_id)

    def by_reserved_tag(self, tag: str, artifact_id: int | None = None) -> list[Found]:
        """Versions in use under ``latest`` or ``v<seq>``: of one artifact, or of all."""
        seq = ArtifactRow.head_seq if tag == LATEST else int(tag[1:])
        return self._candidates(VersionRow.seq == seq, artifact_id)

    def by_prefix(self, prefix: str, artifact_id: int | None = None, *, removed: bool = False) -> list[Found]:
        """Versions whose id begins with `prefix`: of one artifact, or of all; in use, or in the trash."""
        # A range serves the index on both databases; `{` follows the last letter of the alphabet.
        condition = and_(VersionRow.version >= prefix, VersionRow.version < prefix + "{")
        return self._candidates(condition, artifact_id, removed=removed)

    def newest_seq(self, artifact_id: int) -> int | None:
        """Greatest number among the versions in use."""
        return self.session.scalar(
            select(func.max(VersionRow.seq)).where(
                VersionRow.artifact_id == artifact_id, VersionRow.removed_at.is_(None)
            )
        )

    def add_version(self, values: Mapping[str, Any]) -> int:
        """Insert a version; its number."""
        return self.session.scalars(insert(VersionRow).values(dict(values)).returning(VersionRow.id)).one()

    def change_version(self, version_id: int, **values: Any) -> None:
        """Set columns of a version."""
        self.session.execute(update(VersionRow).where(VersionRow.id == version_id).values(**values))

    def swap_manifest(self, version_id: int, expected: str, manifest: str) -> bool:
        """Put `manifest` in the place of `expected`; False when another one is there."""
        swapped = update(VersionRow).where(VersionRow.id == version_id, VersionRow.manifest == expected)
        query = swapped.values(manifest=manifest).returning(VersionRow.id)
        return self.session.scalar(query) is not None

    def delete_version(self, version_id: int) -> None:
        """Delete a version with its tags, for ever."""
        self.session.execute(delete(VersionRow).where(VersionRow.id == version_id))

    def page(
        self, request: PageRequest, chosen: ArtifactFilter, *, artifact_id: int | None, include_removed: bool
    ) -> Page[VersionRead]:
        """One page of versions, newest first."""
        where = [*self._here(), *_conditions(chosen)]
        if not include_removed:
            where.append(_ALIVE)
        if artifact_id is not None:
            where.append(VersionRow.artifact_id == artifact_id)
        total = self.session.scalar(
            select(func.count()).select_from(VersionRow).join(ArtifactRow).where(*where)
        )
        newest_first = (Key(VersionRow.id, descending=True),)
        found = cut(self.session, FOUND.where(*where), newest_first, request)
        items = self.read_all([Found(*row[:-1]) for row in found.rows])
        return Page(items=tuple(items), total=total or 0, request=request, next=found.next)

    # -- tags

    def read_all(self, found: Sequence[Found]) -> list[VersionRead]:
        """Versions for those outside, with their tags."""
        tags: dict[int, list[str]] = {one.id: [] for one in found}
        for version_id, name in self.session.execute(_TAGS, {"numbers": list(tags)}) if tags else ():
            tags[version_id].append(name)
        return [one.read(tags[one.id]) for one in found]

    def holders(self, artifact_id: int, tags: Sequence[str]) -> dict[str, Found]:
        """Which version of the artifact holds each of the tags, in use or in the trash."""
        query = select(TagRow.name, TagRow.version_id)
        pairs = self.session.execute(query.where(TagRow.artifact_id == artifact_id, TagRow.name.in_(tags)))
        held = dict(pairs.all())
        found = (
            {one.id: one for one in self._all(FOUND.where(VersionRow.id.in_(held.values())))} if held else {}
        )
        return {name: found[version_id] for name, version_id in held.items()}

    def tag_names(self, artifact_id: int) -> list[str]:
        """The user's tags of an artifact, for suggestions."""
        query = select(TagRow.name).where(TagRow.artifact_id == artifact_id).limit(LARGEST)
        return list(self.session.scalars(query))

    def set_tag(self, artifact_id: int, version_id: int, tag: str) -> None:
        """Put a tag on a version, away from the one that had it."""
        self.delete_tag(artifact_id, tag)
        row = {"artifact_id": artifact_id, "name": tag, "version_id": version_id}
        self.session.execute(insert(TagRow).values(row))

    def delete_tag(self, artifact_id: int, tag: str) -> None:
        """Take a tag away."""
        self.session.execute(delete(TagRow).where(TagRow.artifact_id == artifact_id, TagRow.name == tag))

    def _here(self) -> tuple[ColumnElement[bool], ...]:
        return (ArtifactRow.project_id == self.project_id, ArtifactRow.kind == self.kind.value)

    def _one(self, *where: ColumnElement[bool]) -> Found | None:
        row = self.session.execute(FOUND.where(*self._here(), *where)).one_or_none()
        return Found(*row) if row is not None else None

    def _all(self, query: Select[*tuple[Any, ...]]) -> list[Found]:
        return [Found(*row) for row in self.session.execute(query)]

    def _candidates(
        self, condition: ColumnElement[bool], artifact_id: int | None, *, removed: bool = False
    ) -> list[Found]:
        where = [*self._here(), condition, not_(_ALIVE) if removed else _ALIVE]
        if artifact_id is not None:
            where.append(VersionRow.artifact_id == artifact_id)
        return self._all(FOUND.where(*where).order_by(VersionRow.id.desc()).limit(CANDIDATES))


def _conditions(chosen: ArtifactFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if chosen.name:
        # Not LIKE, for which SQLite knows no difference between upper and lower case.
        conditions.append(func.substr(ArtifactRow.name, 1, len(chosen.name)) == chosen.name)
    if chosen.version:
        conditions.append(func.substr(VersionRow.version, 1, len(chosen.version)) == chosen.version)
    if chosen.owner:
        conditions.append(VersionRow.created_by == chosen.owner)
    if chosen.latest:
        conditions.append(VersionRow.seq == ArtifactRow.head_seq)
    return conditions

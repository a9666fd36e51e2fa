"""Which blobs belong to what, for those who ask for bytes by their digest.

A digest is no secret: it stands in manifests and in the audit. So bytes are given out only to whoever may
see something that they belong to, or has sent them himself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import ColumnElement, and_, false, select

from starwhale.catalog.insertion import insert_all_new
from starwhale.catalog.tables.artifacts import BlobUseRow, PinRow, UploadRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.kinds import Kind
from starwhale.core.permissions import reading

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from starwhale.core.actor import Actor

#: Every digest that a manifest of a kind names.
References: TypeAlias = Callable[[Kind, str], Iterable[str]]
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class BlobUses:
    """Uses of blobs as rows of the transaction `session`."""

    session: Session
    dialect: str

    def add(self, project: int, kind: Kind, digests: Iterable[str]) -> None:
        """Note that blobs belong to something of a project."""
        rows = ({"digest": each, "project_id": project, "kind": kind.value} for each in digests)
        insert_all_new(self.session, self.dialect, BlobUseRow, rows)

    def sent(self, build: int, digests: Iterable[str]) -> None:
        """Note that whoever builds has these blobs."""
        rows = ({"build_id": build, "digest": each} for each in digests)
        insert_all_new(self.session, self.dialect, UploadRow, rows)

    def readable(self, actor: Actor, digests: Collection[str]) -> set[str]:
        """Those of some blobs that somebody may read."""
        return set(chain(self._used(actor, digests), self._sent(actor, digests)))

    def _used(self, actor: Actor, digests: Collection[str]) -> Iterator[str]:
        for some in _portions(digests):
            query = (
                select(BlobUseRow.digest, BlobUseRow.kind, ProjectRow.id, ProjectRow.public)
                .join(ProjectRow, ProjectRow.id == BlobUseRow.project_id)
                .where(BlobUseRow.digest.in_(some), ProjectRow.removed_at.is_(None))
            )
            for digest, kind, project, public in self.session.execute(query):
                if actor.may(reading(Kind(kind)), project, public=bool(public)):
                    yield digest

    def _sent(self, actor: Actor, digests: Collection[str]) -> Iterator[str]:
        for some in _portions(digests):
            query = (
                select(UploadRow.digest, PinRow.kind, PinRow.project_id)
                .join(PinRow, PinRow.id == UploadRow.build_id)
                .where(UploadRow.digest.in_(some), is_of(actor))
            )
            for digest, kind, project in self.session.execute(query):
                if project is not None and actor.may(reading(Kind(kind)), project):
                    yield digest


def is_of(actor: Actor) -> ColumnElement[bool]:
    """What holds for the builds that somebody has opened.

    By the number of his account: a name can be written in several ways, and without accounts, as in a
    standalone store, everybody is its owner.
    """
    if actor.user is not None:
        return PinRow.user_id == actor.user
    if not actor.admin:
        return false()
    return and_(PinRow.user_id.is_(None), PinRow.created_by == actor.name)


def _portions(digests: Collection[str]) -> Iterator[list[str]]:
    found = list(digests)
    for start in range(0, len(found), _AT_ONCE):
        yield found[start : start + _AT_ONCE]

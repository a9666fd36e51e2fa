"""Queries of saved views, panels and reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer

from starwhale.catalog.keyset import Key, cut
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.catalog.tables.reports import DocumentRow
from starwhale.core.errors import Conflict
from starwhale.core.page import Page, PageRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from starwhale.evaluations.document_schemas import DocumentKind


@dataclass(frozen=True, slots=True)
class DocumentRepository:
    """Documents as rows of the transaction `session`."""

    session: Session

    def page(
        self, project: int, kind: DocumentKind, place: str | None, wanted: PageRequest
    ) -> Page[DocumentRow]:
        """One page of those of a kind, by name, without what they say; None for every place."""
        chosen = [DocumentRow.project_id == project, DocumentRow.kind == kind]
        if place is not None:
            chosen.append(DocumentRow.place == place)
        total = self.session.scalar(select(func.count()).select_from(DocumentRow).where(*chosen)) or 0
        keys = (Key(DocumentRow.name), Key(DocumentRow.place), Key(DocumentRow.id))
        # What they say may be megabytes each, and is told of one at a time.
        briefly = select(DocumentRow).options(defer(DocumentRow.content, raiseload=True))
        found = cut(self.session, briefly.where(*chosen), keys, wanted)
        rows = tuple(row for row, *_ in found.rows)
        return Page(items=rows, total=total, request=wanted, next=found.next)

    def find(self, project: int, kind: DocumentKind, number: int) -> DocumentRow | None:
        """The one of a number."""
        mine = (DocumentRow.id == number, DocumentRow.project_id == project, DocumentRow.kind == kind.value)
        return self.session.scalars(select(DocumentRow).where(*mine)).one_or_none()

    def shared(self, link: str) -> tuple[DocumentRow, str] | None:
        """The one that the digest of a link belongs to, and the name of its project, if that is there."""
        of_project = ProjectRow.id == DocumentRow.project_id
        query = select(DocumentRow, ProjectRow.name).join(ProjectRow, of_project)
        query = query.where(DocumentRow.link == link, ProjectRow.removed_at.is_(None))
        found = self.session.execute(query).one_or_none()
        return None if found is None else (found[0], found[1])

    def count(self, project: int) -> int:
        """How many a project keeps, of all kinds."""
        many = select(func.count()).select_from(DocumentRow).where(DocumentRow.project_id == project)
        return self.session.scalar(many) or 0

    def add(self, values: Mapping[str, Any]) -> DocumentRow:
        """Keep a new one.

        Raises:
            Conflict: there is one of this name.
        """
        try:
            return self.session.scalars(insert(DocumentRow).values(values).returning(DocumentRow)).one()
        except IntegrityError as exc:
            raise _taken(values["kind"], values["name"]) from exc

    def change(self, row: DocumentRow, values: Mapping[str, Any]) -> DocumentRow | None:
        """Change one as it was read; None where somebody else has done so meanwhile.

        Raises:
            Conflict: there is another one of this name.
        """
        same = (DocumentRow.id == row.id, DocumentRow.revision == row.revision)
        changed = update(DocumentRow).where(*same).values(**values).returning(DocumentRow)
        try:
            return self.session.scalars(changed.execution_options(populate_existing=True)).one_or_none()
        except IntegrityError as exc:
            raise _taken(row.kind, values.get("name", "")) from exc

    def remove(self, number: int) -> None:
        """Delete one."""
        self.session.execute(delete(DocumentRow).where(DocumentRow.id == number))

    def prefer(self, row: DocumentRow) -> None:
        """Mark one of all those of its place."""
        beside = (
            DocumentRow.project_id == row.project_id,
            DocumentRow.kind == row.kind,
            DocumentRow.place == row.place,
        )
        self.session.execute(update(DocumentRow).where(*beside).values(preferred=DocumentRow.id == row.id))
        self.session.refresh(row)

    def unprefer(self, row: DocumentRow) -> None:
        """Have one marked no more."""
        self.session.execute(update(DocumentRow).where(DocumentRow.id == row.id).values(preferred=False))
        self.session.refresh(row)

    def link(self, number: int, link: str | None) -> None:
        """Keep the digest of a link; None for no link."""
        self.session.execute(update(DocumentRow).where(DocumentRow.id == number).values(link=link))


def _taken(kind: str, name: str) -> Conflict:
    return Conflict(f"there is a {kind} {name!r} already", hint="choose another name")

"""Rules of saved views, panels and reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from starwhale.accounts.secrets import digest_of, mint_secret
from starwhale.catalog.outbox import emit
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, InvalidName, NotFound, Outdated, UsageError
from starwhale.core.page import Page, PageRequest
from starwhale.core.permissions import READ_PROJECT, READ_REPORT, READ_TABLE, WRITE_REPORT, Permission
from starwhale.evaluations.document_rows import DocumentRepository
from starwhale.evaluations.document_schemas import DocumentKind, DocumentRead, Shared
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from starwhale.catalog.tables.reports import DocumentRow
    from starwhale.projects.service import ProjectService

LARGEST = 1 << 20
#: Reports hold their pictures.
LARGEST_REPORT = 8 << 20
LONGEST_NAME = 200
MOST = 10_000


@dataclass(frozen=True, slots=True)
class DocumentService:
    """Views, panels and reports of the projects of one instance."""

    projects: ProjectService

    def list(
        self,
        actor: Actor,
        project: str,
        kind: DocumentKind,
        *,
        place: str | None = None,
        page: PageRequest | None = None,
    ) -> Page[DocumentRead]:
        """One page of them by name, without their content.

        Args:
            actor: Who asks.
            project: Of which project.
            kind: Which kind.
            place: Only those of this grid.
            page: Which page.

        Raises:
            NotFound: there is no such project.
        """
        wanted = page or PageRequest()
        with self.projects.catalog.read() as session:
            number = self.projects.id_in(session, actor, project, READ_REPORT)
            found = DocumentRepository(session).page(number, kind, place, wanted)
            items = tuple(_read(row, content=False) for row in found)
        return Page(items=items, total=found.total, request=wanted, next=found.next)

    def get(self, actor: Actor, project: str, kind: DocumentKind, number: int) -> DocumentRead:
        """One of them.

        Raises:
            NotFound: there is none of this number.
        """
        with self.projects.catalog.read() as session:
            return _read(self._row(session, actor, project, kind, number, READ_REPORT))

    def create(
        self,
        actor: Actor,
        project: str,
        kind: DocumentKind,
        name: str,
        content: Mapping[str, Any],
        *,
        place: str = "",
    ) -> DocumentRead:
        """Keep a new one.

        Raises:
            InvalidName: it cannot be called so.
            UsageError: it is too large.
            Conflict: there is one of this name, or as many as there may be.
        """
        _check(name, content, kind)
        with self.projects.catalog.begin() as session:
            where = self.projects.id_in(session, actor, project, WRITE_REPORT)
            documents = DocumentRepository(session)
            if documents.count(where) >= MOST:
                raise Conflict(f"project {project!r} keeps {MOST:,} of them", hint="remove some")
            now = utc_now()
            values = {
                "project_id": where,
                "kind": kind.value,
                "place": place,
                "name": name,
                "content": dict(content),
                "revision": 1,
                "created_at": now,
                "created_by": actor.name,
                "changed_at": now,
                "changed_by": actor.name,
            }
            row = documents.add(values)
            emit(session, actor, f"{kind}.created", {"id": row.id, "name": name}, project=where)
            return _read(row)

    def change(
        self,
        actor: Actor,
        project: str,
        kind: DocumentKind,
        number: int,
        *,
        name: str | None = None,
        content: Mapping[str, Any] | None = None,
        expected: str | None = None,
    ) -> DocumentRead:
        """Rename one, or change what it says.

        Args:
            actor: Who.
            project: Where.
            kind: Which kind.
            number: Which.
            name: Its new name; None leaves it.
            content: What it says from now on; None leaves it.
            expected: The revision that he has seen; None where he does not mind.

        Raises:
            NotFound: there is none of this number.
            Outdated: somebody has changed it meanwhile.
            Conflict: there is another one of this name.
        """
        with self.projects.catalog.begin() as session:
            row = self._row(session, actor, project, kind, number, WRITE_REPORT)
            if expected is not None and expected != str(row.revision):
                raise Outdated(
                    f"{kind} {row.name!r} was changed by {row.changed_by!r} meanwhile",
                    hint="look at it again",
                )
            if row.link is not None and content is not None:
                self._may_show(session, actor, project)
            _check(row.name if name is None else name, content or {}, kind)
            values: dict[str, Any] = {} if name is None else {"name": name}
            values |= {} if content is None else {"content": dict(content)}
            values |= {"revision": row.revision + 1, "changed_at": utc_now(), "changed_by": actor.name}
            changed = DocumentRepository(session).change(row, values)
            if changed is None:
                raise Outdated(f"{kind} {row.name!r} was changed meanwhile", hint="look at it again")
            facts = {"id": number, "name": changed.name}
            emit(session, actor, f"{kind}.changed", facts, project=row.project_id)
            return _read(changed)

    def duplicate(
        self, actor: Actor, project: str, kind: DocumentKind, number: int, name: str
    ) -> DocumentRead:
        """Keep the same under another name; nobody has a link to it.

        Raises:
            NotFound: there is none of this number.
            Conflict: there is one of this name.
        """
        found = self.get(actor, project, kind, number)
        return self.create(actor, project, kind, name, found.content, place=found.place)

    def remove(self, actor: Actor, project: str, kind: DocumentKind, number: int) -> None:
        """Delete one for good.

        Raises:
            NotFound: there is none of this number.
        """
        with self.projects.catalog.begin() as session:
            row = self._row(session, actor, project, kind, number, WRITE_REPORT)
            facts, where = {"id": number, "name": row.name}, row.project_id
            DocumentRepository(session).remove(number)
            emit(session, actor, f"{kind}.removed", facts, project=where)

    def prefer(self, actor: Actor, project: str, kind: DocumentKind, number: int) -> DocumentRead:
        """Have one shown where nobody chose another of its place.

        Raises:
            NotFound: there is none of this number.
        """
        with self.projects.catalog.begin() as session:
            row = self._row(session, actor, project, kind, number, WRITE_REPORT)
            DocumentRepository(session).prefer(row)
            emit(session, actor, f"{kind}.preferred", {"id": number}, project=row.project_id)
            return _read(row)

    def unprefer(self, actor: Actor, project: str, kind: DocumentKind, number: int) -> DocumentRead:
        """Have one shown to those who choose it alone; what is no default stays as it is.

        Raises:
            NotFound: there is none of this number.
        """
        with self.projects.catalog.begin() as session:
            row = self._row(session, actor, project, kind, number, WRITE_REPORT)
            if row.preferred:
                DocumentRepository(session).unprefer(row)
                emit(session, actor, f"{kind}.unpreferred", {"id": number}, project=row.project_id)
            return _read(row)

    def publish(self, actor: Actor, project: str, number: int) -> str:
        """Let everybody read a report who has its link; a link that was given out before counts no more.

        Returns:
            The secret in the link, which is kept nowhere.

        Raises:
            NotFound: there is no such report.
        """
        secret = mint_secret()
        self._link(actor, project, number, digest_of(secret), "report.published")
        return secret

    def withdraw(self, actor: Actor, project: str, number: int) -> None:
        """Have the link to a report count no more.

        Raises:
            NotFound: there is no such report.
        """
        self._link(actor, project, number, None, "report.withdrawn")

    def _link(self, actor: Actor, project: str, number: int, link: str | None, event: str) -> None:
        with self.projects.catalog.begin() as session:
            row = self._row(session, actor, project, DocumentKind.REPORT, number, WRITE_REPORT)
            where = row.project_id
            if link is not None:
                self._may_show(session, actor, project)
            DocumentRepository(session).link(number, link)
            emit(session, actor, event, {"id": number}, project=where)

    def shared(self, secret: str) -> Shared:
        """The report that a link shows.

        Raises:
            NotFound: there is none, or it was withdrawn, or its project was removed.
        """
        with self.projects.catalog.read() as session:
            found = DocumentRepository(session).shared(digest_of(secret))
            if found is None:
                raise NotFound("there is no such report, or it is not published any more")
            row, project = found
            reader = Actor(
                name="",
                admin=True,
                scopes=frozenset({READ_PROJECT, READ_TABLE}),
                project=row.project_id,
            )
            return Shared(project=project, reader=reader, document=_read(row))

    def _may_show(self, session: Session, actor: Actor, project: str) -> None:
        # Whoever has the link reads the tables of its panels: nobody shows what he may not see himself.
        self.projects.id_in(session, actor, project, READ_TABLE)

    def _row(
        self,
        session: Session,
        actor: Actor,
        project: str,
        kind: DocumentKind,
        number: int,
        permission: Permission,
    ) -> DocumentRow:
        where = self.projects.id_in(session, actor, project, permission)
        row = DocumentRepository(session).find(where, kind, number)
        if row is None:
            raise NotFound(f"project {project!r} has no {kind} {number}")
        return row


def _check(name: str, content: Mapping[str, Any], kind: DocumentKind) -> None:
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidName(f"it cannot be called {name[:80]!r}", hint=f"1 to {LONGEST_NAME} characters")
    try:
        size = len(orjson.dumps(content))
    except (TypeError, ValueError, RecursionError) as exc:
        raise UsageError("this cannot be kept as JSON", hint="keep text, numbers, lists and objects") from exc
    largest = LARGEST_REPORT if kind is DocumentKind.REPORT else LARGEST
    if size > largest:
        raise UsageError(f"it takes {size:,} bytes, and may take {largest:,}", hint="leave something out")


def _read(row: DocumentRow, *, content: bool = True) -> DocumentRead:
    return DocumentRead(
        id=row.id,
        kind=DocumentKind(row.kind),
        place=row.place,
        name=row.name,
        content=row.content if content else {},
        preferred=bool(row.preferred),
        revision=row.revision,
        published=row.link is not None,
        created_at=row.created_at,
        created_by=row.created_by,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )

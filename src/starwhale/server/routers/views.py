"""Saved views of grids, and panels."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from starwhale.core.permissions import READ_REPORT, WRITE_REPORT
from starwhale.evaluations.document_schemas import DocumentKind
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.etags import Expected, set_etag
from starwhale.server.forms import Form, Number
from starwhale.server.paging import Listed, WantedPage, listed

Name = Annotated[str, Field(min_length=1, max_length=200, examples=["hardest first"])]


class Document(BaseModel):
    """One view, panel or report."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: int
    kind: DocumentKind
    place: str
    name: str
    content: dict[str, Any]
    preferred: bool
    revision: int
    published: bool
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str


class NewDocument(Form):
    """A view or panel to be kept."""

    name: Name
    content: dict[str, Any] = Field(
        description="What whoever shows it has written; the server keeps any JSON and looks at none of it.",
        examples=[{"columns": ["label", "score"], "sort": "-score"}],
    )
    place: str = Field(
        default="", max_length=200, pattern=r"^[\x20-\x7e]*$", description="Which grid it belongs to."
    )


class ChangedDocument(Form):
    """What is changed of a view or panel."""

    name: Name | None = None
    content: dict[str, Any] | None = None


class Copy(Form):
    """The name of a copy."""

    name: Name


def routes_of(kind: DocumentKind, new: type[NewDocument], changed: type[ChangedDocument]) -> Routes:
    """The routes of one kind of document.

    Args:
        kind: Which kind.
        new: The form in which one is made.
        changed: The form in which one is changed.
    """
    routes = Routes(f"/projects/{{project}}/{kind}s", f"{kind}s")
    _reads(routes, kind)
    _changes(routes, kind, new, changed)
    return routes


def _told(response: Response, found: Any) -> Document:
    set_etag(response, str(found.revision))
    return Document.model_validate(found)


def _reads(routes: Routes, kind: DocumentKind) -> None:
    @routes.get("", READ_REPORT, name=f"list_{kind}s", response_model=Listed[Document])
    def list_documents(
        request: Request,
        caller: Caller,
        project: str,
        page: WantedPage,
        place: Annotated[str | None, Query(max_length=200, description="Only of this grid.")] = None,
    ) -> Any:
        """Those of a project by name, without their content."""
        found = services_of(request).documents.list(caller, project, kind, place=place, page=page)
        return listed(found, Document.model_validate)

    @routes.get("/{number}", READ_REPORT, name=f"get_{kind}")
    def get_document(
        request: Request, response: Response, caller: Caller, project: str, number: Number
    ) -> Document:
        """One of them."""
        return _told(response, services_of(request).documents.get(caller, project, kind, number))


def _changes(
    routes: Routes, kind: DocumentKind, new: type[NewDocument], changed: type[ChangedDocument]
) -> None:
    def create(request: Request, response: Response, caller: Caller, project: str, body: Any) -> Document:
        """Keep a new one."""
        documents, content = services_of(request).documents, body.model_dump(mode="json")["content"]
        return _told(response, documents.create(caller, project, kind, body.name, content, place=body.place))

    def change(
        request: Request,
        response: Response,
        caller: Caller,
        project: str,
        number: Number,
        expected: Expected,
        body: Any,
    ) -> Document:
        """Rename one, or change what it says; with If-Match only what one has seen."""
        documents, content = services_of(request).documents, body.model_dump(mode="json")["content"]
        found = documents.change(
            caller, project, kind, number, name=body.name, content=content, expected=expected
        )
        return _told(response, found)

    create.__annotations__["body"], change.__annotations__["body"] = new, changed
    routes.post("", WRITE_REPORT, large=True, name=f"create_{kind}", status_code=HTTPStatus.CREATED)(create)
    routes.patch("/{number}", WRITE_REPORT, large=True, name=f"change_{kind}")(change)

    @routes.post(
        "/{number}/duplicate", WRITE_REPORT, name=f"duplicate_{kind}", status_code=HTTPStatus.CREATED
    )
    def duplicate(
        request: Request, response: Response, caller: Caller, project: str, number: Number, body: Copy
    ) -> Document:
        """Keep the same under another name."""
        documents = services_of(request).documents
        return _told(response, documents.duplicate(caller, project, kind, number, body.name))

    @routes.put("/{number}/default", WRITE_REPORT, name=f"prefer_{kind}")
    def prefer(
        request: Request, response: Response, caller: Caller, project: str, number: Number
    ) -> Document:
        """Have one shown where nobody chose another."""
        return _told(response, services_of(request).documents.prefer(caller, project, kind, number))

    @routes.delete("/{number}/default", WRITE_REPORT, name=f"unprefer_{kind}")
    def unprefer(
        request: Request, response: Response, caller: Caller, project: str, number: Number
    ) -> Document:
        """Have one shown to those who choose it alone; nothing changes where another is the default."""
        return _told(response, services_of(request).documents.unprefer(caller, project, kind, number))

    @routes.delete("/{number}", WRITE_REPORT, name=f"remove_{kind}", status_code=HTTPStatus.NO_CONTENT)
    def remove(request: Request, caller: Caller, project: str, number: Number) -> None:
        """Delete one for good."""
        services_of(request).documents.remove(caller, project, kind, number)


ROUTES = tuple(
    routes_of(kind, NewDocument, ChangedDocument) for kind in (DocumentKind.VIEW, DocumentKind.PANEL)
)

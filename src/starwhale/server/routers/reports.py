"""Reports: documents of text and panels, which may be read by whoever has their link."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field, TypeAdapter, ValidationError

from starwhale.accounts.secrets import digest_of
from starwhale.core.errors import Forbidden, NotFound, UsageError
from starwhale.core.permissions import WRITE_REPORT
from starwhale.evaluations.document_schemas import DocumentKind, Shared
from starwhale.evaluations.prose import checked_nodes, checked_picture
from starwhale.server.access import ANYBODY, Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.contents import NEXT, told_as
from starwhale.server.forms import Form, Number
from starwhale.server.routers.tables import (
    MEDIA,
    Grouping,
    Groups,
    TableQuery,
    TableRows,
    WantedBytes,
    groups_of,
    question_of,
)
from starwhale.server.routers.views import ChangedDocument, NewDocument, routes_of
from starwhale.server.table_answers import ARROW, ask_of, media_answer, panel_of, rows_answer
from starwhale.storage.layers.format import Key
from starwhale.storage.tables.told import Way

#: Seconds for which an address of media is good: who reads a report takes his time, and the link is looked at
#: each time.
_SHOWN_FOR = 3600.0
Secret = Annotated[str, Path(min_length=20, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]


class TextBlock(Form):
    """A block of text."""

    type: Literal["text"]
    markdown: str = Field(max_length=500_000)


class Prose(Form):
    """A block of text as an editor has it: a tree of known nodes."""

    type: Literal["prose"]
    nodes: Annotated[list[dict[str, Any]], AfterValidator(checked_nodes)] = Field(max_length=5000)


class Image(Form):
    """A picture."""

    type: Literal["image"]
    alt: str = Field(default="", max_length=1000)
    source: Annotated[str, AfterValidator(checked_picture)] = Field(
        max_length=1_500_000, description="Its bytes, as a `data:` address: PNG, JPEG, GIF or WebP."
    )


class RowsWanted(Form):
    """Rows that a panel shows."""

    type: Literal["rows"]
    question: TableQuery


class GroupsWanted(Form):
    """Measures that a panel shows."""

    type: Literal["groups"]
    question: Grouping


class Frozen(Form):
    """What the questions of a panel were answered once."""

    at: datetime
    answers: list[dict[str, Any]] = Field(max_length=40)


class Panel(Form):
    """A block with rows of tables, drawn as a chart or a grid."""

    type: Literal["panel"]
    title: str = Field(default="", max_length=200)
    chart: dict[str, Any] = Field(default_factory=dict[str, Any], description="How it is drawn.")
    question: TableQuery | None = Field(default=None, description="Which rows it shows.")
    asks: list[Annotated[RowsWanted | GroupsWanted, Field(discriminator="type")]] = Field(
        default_factory=list[RowsWanted | GroupsWanted],
        max_length=40,
        description="What else it shows, where one question is not enough.",
    )
    frozen: Frozen | None = Field(default=None, description="What it shows for good; null where it is live.")


Block = Annotated[TextBlock | Prose | Image | Panel, Field(discriminator="type")]


class Content(Form):
    """What a report says."""

    description: str = Field(default="", max_length=10_000)
    blocks: list[Block] = Field(default_factory=list[Block], max_length=500)


class NewReport(NewDocument):
    """A report to be kept."""

    content: Content  # pyright: ignore[reportIncompatibleVariableOverride] - narrower, and only read


class ChangedReport(ChangedDocument):
    """What is changed of a report."""

    content: Content | None = None  # pyright: ignore[reportIncompatibleVariableOverride] - narrower, and only read


class Link(BaseModel):
    """How a report is read by everybody; the secret is shown this once."""

    secret: str
    path: str


class SharedReport(BaseModel):
    """A report as everybody reads it who has its link."""

    name: str
    content: dict[str, Any]


_ASK: TypeAdapter[RowsWanted | GroupsWanted] = TypeAdapter(
    Annotated[RowsWanted | GroupsWanted, Field(discriminator="type")]
)
routes = routes_of(DocumentKind.REPORT, NewReport, ChangedReport)
shared = Routes("/shared/reports", "reports")


@routes.put("/{number}/link", WRITE_REPORT)
def publish_report(request: Request, caller: Caller, project: str, number: Number) -> Link:
    """Let everybody read a report who has its link; a link given out before counts no more."""
    secret = services_of(request).documents.publish(caller, project, number)
    return Link(secret=secret, path=f"/api/v1/shared/reports/{secret}")


@routes.delete("/{number}/link", WRITE_REPORT, status_code=HTTPStatus.NO_CONTENT)
def withdraw_report(request: Request, caller: Caller, project: str, number: Number) -> None:
    """Have the link to a report count no more."""
    services_of(request).documents.withdraw(caller, project, number)


@shared.get("/{secret}", ANYBODY)
def read_shared_report(request: Request, response: Response, secret: Secret) -> SharedReport:
    """A published report."""
    found = services_of(request).documents.shared(secret).document
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return SharedReport(name=found.name, content=dict(found.content))


@shared.get("/{secret}/media", ANYBODY, response_class=Response, responses=MEDIA)
def read_shared_media(
    request: Request,
    secret: Secret,
    cell: Annotated[str, Query(max_length=8192, description="As a row of a panel gave it.")],
    asked: WantedBytes,
) -> Response:
    """The bytes of media that a panel of a published report shows, or a part of them."""
    services = services_of(request)
    found = services.documents.shared(secret)
    link, place, said, key, column, way = services.report_signer.read(cell)
    wanted = _wanted(found, *place)
    if (link, said) != (digest_of(secret), _digest(wanted)):
        raise Forbidden("no panel of this report shows that any more", hint="load the report again")
    media = services.table_rows.media(
        found.reader,
        found.project,
        wanted.tables,
        key,
        column,
        [str(step) for step in way],
        revision=wanted.revision,
    )
    return media_answer(media, asked)


@shared.get(
    "/{secret}/panels/{block}/asks/{ask}",
    ANYBODY,
    response_model=TableRows | Groups,
    responses=told_as(ARROW, headers=[NEXT]),
)
def read_shared_answer(
    request: Request,
    secret: Secret,
    block: Annotated[int, Path(ge=0, le=500)],
    ask: Annotated[int, Path(ge=0, le=40, description="Which of its questions.")],
) -> Response:
    """What one of the questions of a panel of a published report is answered.

    Rows come as Arrow where that is asked for.
    """
    services = services_of(request)
    found = services.documents.shared(secret)
    asked = _asked(found, block, ask)
    if isinstance(asked, RowsWanted):
        return _rows(request, secret, found, (block, ask))
    groups = groups_of(services.table_rows, found.reader, found.project, asked.question)
    return Response(groups.model_dump_json(), media_type="application/json")


@shared.get(
    "/{secret}/panels/{block}", ANYBODY, response_model=TableRows, responses=told_as(ARROW, headers=[NEXT])
)
def read_shared_panel(
    request: Request, secret: Secret, block: Annotated[int, Path(ge=0, le=500)]
) -> Response:
    """The rows that a panel of a published report shows; no others are to be had through its link.

    As Arrow where that is asked for.
    """
    services = services_of(request)
    found = services.documents.shared(secret)
    return _rows(request, secret, found, (block, None))


def _rows(request: Request, secret: str, found: Shared, place: tuple[int, int | None]) -> Response:
    """Rows for whoever has the link; their media have addresses that this link alone is good for."""
    services, wanted = services_of(request), _wanted(found, *place)
    marks = [digest_of(secret), list(place), _digest(wanted)]

    def link(key: Key, column: str, way: Way) -> str:
        cell = services.report_signer.sign([*marks, key, column, list(way)], lasts=_SHOWN_FOR)
        return f"/api/v1/shared/reports/{secret}/media?cell={cell}"

    return rows_answer(
        request, services.table_rows.query(found.reader, found.project, question_of(wanted)), link
    )


def _asked(found: Shared, block: int, ask: int) -> RowsWanted | GroupsWanted:
    try:
        return _ASK.validate_python(ask_of(found.document.content, block, ask))
    except ValidationError as error:
        # Another release may have kept it, which took what this one refuses.
        raise UsageError(
            f"a question of panel {block} of the report is none that is answered",
            hint="whoever may write the report should make the panel again",
        ) from error


def _wanted(found: Shared, block: int, ask: int | None) -> TableQuery:
    """Which rows a panel shows now.

    Raises:
        NotFound: there is no such panel, or it asks nothing of the kind.
    """
    if ask is None:
        return TableQuery.model_validate(panel_of(found.document.content, block))
    asked = _asked(found, block, ask)
    if not isinstance(asked, RowsWanted):
        raise NotFound(f"panel {block} of the report shows no rows")
    return asked.question


def _digest(wanted: TableQuery) -> str:
    return digest_of(wanted.model_dump_json())

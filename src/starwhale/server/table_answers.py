"""Rows of tables as answers: JSON for people, Arrow for programs, files for others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import orjson
from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from starwhale.core.errors import UsageError
from starwhale.server.routers.blobs import UNTRUSTED
from starwhale.storage.tables.told import Link, Way, told_row

if TYPE_CHECKING:
    from starwhale.evaluations.tables import Export, RowsPage
    from starwhale.storage.layers.format import Key

ARROW = "application/vnd.apache.arrow.stream"
#: Media that a browser may show in place; anything else could be a page with a script of its own.
_SHOWN = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "audio/wav",
        "audio/mpeg",
        "video/mp4",
        "video/webm",
    }
)


def whole_number(text: str) -> int:
    """A key that is a number.

    Raises:
        UsageError: it is none.
    """
    try:
        number = int(text) if len(text) <= 20 else None
    except ValueError:
        number = None
    if number is None or not -(2**63) <= number < 2**63:
        raise UsageError(f"{text[:40]!r} is no whole number of 64 bits")
    return number


def link_of(project: str, paths: Sequence[str]) -> Link:
    """Addresses of media in rows of some tables.

    Args:
        project: Their project.
        paths: The tables that the rows were read from.
    """
    start = f"/api/v1/projects/{quote(project, safe='')}/tables/media?"

    def link(key: Key, column: str, way: Way) -> str:
        words = [("path", path) for path in paths]
        words += [("id", str(key)), ("integer", str(isinstance(key, int)).lower()), ("column", column)]
        return start + urlencode([*words, *(("at", str(step)) for step in way)])

    return link


def rows_answer(request: Request, page: RowsPage, link: Link) -> Response:
    """A page of rows; Arrow where the caller prefers it, with the cursor in a header."""
    if ARROW not in request.headers.get("accept", ""):
        rows = [told_row(key, cells, link=link) for key, cells in page.rows]
        body = {"rows": rows, "next": page.next, "revisions": page.revisions}
        return Response(orjson.dumps(body), media_type="application/json")
    from starwhale.storage.tables.export import as_arrow, columns_of_rows

    columns = columns_of_rows(cells for _, cells in page.rows)
    data = b"".join(as_arrow(page.rows, columns, {type(key) for key, _ in page.rows}))
    headers = {"X-Starwhale-Next": page.next} if page.next else {}
    return Response(data, media_type=ARROW, headers=headers)


def export_answer(found: Export, path: str, form: str) -> Response:
    """A whole table, sent as it is read."""
    name = quote(f"{path.rpartition('/')[2]}.{form}", safe="")
    headers = {**UNTRUSTED, "Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return StreamingResponse(found.pieces, media_type=found.type, headers=headers)


def media_answer(data: bytes, kind: str) -> Response:
    """Bytes of a cell; shown in place only where no browser can take them for a page."""
    headers = {"Cache-Control": "private, no-cache", **UNTRUSTED}
    if kind in _SHOWN:
        headers["Content-Disposition"] = "inline"
        return Response(data, media_type=kind, headers=headers)
    return Response(data, media_type="application/octet-stream", headers=headers)

"""Rows of tables as answers: JSON for people, Arrow for programs, files for others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import orjson
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from starwhale.core.errors import NotFound, UsageError
from starwhale.server.contents import NEXT
from starwhale.server.json_bodies import MOST_NESTED_OF_ROWS, MOST_OF_ROWS, check_json
from starwhale.server.media import BYTES, HEAD, media_headers, shown_type
from starwhale.server.ranges import bytes_answer
from starwhale.server.untrusted import UNTRUSTED
from starwhale.storage.tables.told import Link, Way, told_row

if TYPE_CHECKING:
    from starwhale.evaluations.table_schemas import ComparedPage, Export, MergedPage, RowsPage
    from starwhale.storage.layers.format import Key
    from starwhale.storage.tables.told import BytesFound

LARGEST_BATCH = 32 << 20
ARROW = "application/vnd.apache.arrow.stream"


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


def panel_of(content: Mapping[str, Any], block: int) -> dict[str, Any]:
    """The question of a panel in a report; always its first page.

    Raises:
        NotFound: this block is no panel.
    """
    question = _live_panel(content, block).get("question")
    if not question:
        raise NotFound(f"panel {block} of the report asks nothing")
    return {**question, "cursor": ""}


def ask_of(content: Mapping[str, Any], block: int, ask: int) -> dict[str, Any]:
    """One of the questions of a panel in a report; always its first page.

    Raises:
        NotFound: this block is no panel, or has no such question.
    """
    asks = _live_panel(content, block).get("asks") or []
    if ask >= len(asks):
        raise NotFound(f"panel {block} of the report has no question {ask}")
    question = asks[ask]["question"]
    return {**asks[ask], "question": {**question, "cursor": ""} if "cursor" in question else question}


def _live_panel(content: Mapping[str, Any], block: int) -> dict[str, Any]:
    blocks = content.get("blocks", [])
    if block >= len(blocks) or blocks[block].get("type") != "panel":
        raise NotFound(f"block {block} of the report is no panel")
    if blocks[block].get("frozen"):
        raise NotFound(f"panel {block} of the report is frozen", hint="the report holds what it shows")
    return blocks[block]


def rows_answer(request: Request, page: RowsPage | MergedPage, link: Link | None) -> Response:
    """A page of rows; Arrow where the caller prefers it, with the cursor in a header."""
    if ARROW not in request.headers.get("accept", ""):
        rows = [told_row(key, cells, link=link) for key, cells in page.rows]
        body = {"rows": rows, "next": page.next, "revisions": page.revisions}
        return Response(orjson.dumps(body), media_type="application/json")
    from starwhale.storage.tables.export import as_arrow, columns_of_rows

    columns = columns_of_rows(cells for _, cells in page.rows)
    data = b"".join(as_arrow(page.rows, columns, {type(key) for key, _ in page.rows}))
    return Response(data, media_type=ARROW, headers=_going_on(page.next))


def compared_answer(page: ComparedPage, links: Sequence[Link]) -> Response:
    """Rows side by side."""
    rows = [
        {
            "id": row.key,
            "values": [
                None if cells is None else told_row(row.key, cells, link=link)["values"]
                for cells, link in zip(row.cells, links, strict=True)
            ],
            "different": row.different,
        }
        for row in page.rows
    ]
    counts = None if page.counts is None else [asdict(each) for each in page.counts]
    body = {"columns": page.columns, "rows": rows, "next": page.next, "counts": counts}
    body |= {"total": page.total, "place": page.place}
    return Response(orjson.dumps(body), media_type="application/json")


def export_answer(found: Export, path: str, form: str) -> Response:
    """A table or a range of it, sent as it is read."""
    name = quote(f"{path.rpartition('/')[2]}.{form}", safe="")
    headers = {
        **UNTRUSTED,
        **_going_on(found.next),
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
    }
    return StreamingResponse(found.pieces, media_type=found.type, headers=headers)


def _going_on(cursor: str | None) -> dict[str, str]:
    return {NEXT: cursor} if cursor else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedBytes:
    """Which bytes a caller wants, by the headers of the standard.

    Attributes:
        range: A part of them; None for all.
        if_range: Only of the bytes with this ETag; of others all.
        if_none_match: ETags of bytes that he has.
    """

    range: str | None
    if_range: str | None
    if_none_match: str | None


def media_answer(found: BytesFound, asked: AskedBytes) -> Response:
    """Bytes of a cell or a part of them; shown in place only where no browser can take them for a page.

    A cell may be written again, so whoever has its bytes asks each time whether they are still the same.
    """
    tag = f'"{found.digest}"'
    known = shown_type(found.kind, found.source.read(0, HEAD))
    headers = {**media_headers(inline=known is not None), "Cache-Control": "private, no-cache", "ETag": tag}
    if {tag, f"W/{tag}", "*"} & {each.strip() for each in (asked.if_none_match or "").split(",")}:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    part = asked.range if asked.if_range in {None, tag} else None
    source = found.source
    return bytes_answer(part, source.size, source.read, media_type=known or BYTES, headers=headers)


async def batch_of(request: Request) -> bytes:
    """The batch of rows that a request brings.

    Raises:
        UsageError: it is larger than allowed, or would take too much memory to be read.
    """
    taken = bytearray()
    async for piece in request.stream():
        taken += piece
        if len(taken) > LARGEST_BATCH:
            raise UsageError(f"a batch has at most {LARGEST_BATCH:,} bytes", hint="send fewer rows at once")
    await run_in_threadpool(check_json, taken, MOST_OF_ROWS, MOST_NESTED_OF_ROWS)
    return bytes(taken)

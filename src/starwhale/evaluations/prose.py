"""Text of reports as editors have it: a tree of known nodes, and pictures that lie within."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Mapping, Sequence
from typing import Any, cast

DEEPEST = 20
MOST = 50_000
#: Rows of a table, cells of a row, and columns or rows that a cell spans.
MOST_ROWS = 500
MOST_CELLS = 50
WIDEST = 50
NODES = frozenset(
    {"paragraph", "heading", "bulletList", "orderedList", "listItem", "blockquote", "codeBlock"}
    | {"horizontalRule", "hardBreak", "text", "table", "tableRow", "tableHeader", "tableCell"}
)
_CELLS = frozenset({"tableHeader", "tableCell"})
#: What tables and their parts hold, and nothing else does but the last.
_INSIDE = {
    "table": frozenset({"tableRow"}),
    "tableRow": _CELLS,
    **dict.fromkeys(_CELLS, frozenset({"paragraph"})),
}
MARKS = frozenset({"bold", "italic", "strike", "underline", "code", "link"})
_FIELDS = frozenset({"type", "attrs", "content", "marks", "text"})
#: What a node or a mark may be told beside its type.
_ATTRS = {
    "heading": {"level": int},
    "orderedList": {"start": int, "type": str},
    "codeBlock": {"language": str},
    "tableHeader": {"colspan": int, "rowspan": int},
    "tableCell": {"colspan": int, "rowspan": int},
    "link": {"href": str, "target": str, "rel": str, "class": str, "title": str},
}
_LONGEST = 2000
_HIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f]")
_SCHEME = re.compile(r"([^/?#:]*):")
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,([A-Za-z0-9+/]+={0,2})")
_MAGIC = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff", "gif": b"GIF8", "webp": b"RIFF"}


def checked_nodes(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Let a text pass that is made of known nodes alone, whose links lead to the web or to pages of ours.

    Raises:
        ValueError: it is not.
    """
    waiting: list[tuple[Any, int, str]] = [(node, 1, "") for node in nodes]
    seen = 0
    while waiting:
        given, depth, parent = waiting.pop()
        seen += 1
        if depth > DEEPEST or seen > MOST:
            raise ValueError(f"a text has at most {MOST:,} nodes, {DEEPEST} deep")
        node = _node(given, NODES, _FIELDS)
        for mark in _list_of(node, "marks"):
            _node(mark, MARKS, frozenset({"type", "attrs"}))
        if (node["type"] == "text") != isinstance(node.get("text"), str):
            raise ValueError("nodes of type 'text' have a text, and no others")
        _check_place(node, parent)
        waiting += [(each, depth + 1, node["type"]) for each in _list_of(node, "content")]
    return nodes


def _node(given: Any, types: frozenset[str], fields: frozenset[str]) -> Mapping[str, Any]:
    node = cast("Mapping[str, Any]", given) if isinstance(given, Mapping) else {}
    kind = node.get("type")
    if kind not in types or not set(node) <= fields:
        raise ValueError(f"a text has no node {str(kind)[:40]!r} of this form")
    attrs = node.get("attrs") or {}
    known = _ATTRS.get(kind, {})
    if not isinstance(attrs, Mapping) or not all(
        name in known and (value is None or (type(value) is known[name] and len(str(value)) <= _LONGEST))
        for name, value in cast("Mapping[str, Any]", attrs).items()
    ):
        raise ValueError(f"a node {kind!r} is told otherwise")
    if kind == "link" and not is_safe(cast("Any", attrs).get("href") or ""):
        raise ValueError("a link leads to the web, to mail, or to a page of this server")
    return node


def _check_place(node: Mapping[str, Any], parent: str) -> None:
    """Let a node pass that may lie where it does: a table is made of rows of cells of paragraphs."""
    kind = node["type"]
    known = _INSIDE.get(parent, NODES - _CELLS - {"tableRow"})
    most = {"table": MOST_ROWS, "tableRow": MOST_CELLS}.get(kind, MOST)
    held = len(_list_of(node, "content"))
    if kind not in known or held > most or (kind in _INSIDE and held == 0):
        raise ValueError(
            f"a table has 1 to {MOST_ROWS} rows of 1 to {MOST_CELLS} cells, and cells hold paragraphs alone"
        )
    attrs = node.get("attrs") or {}
    if kind in _CELLS and not all(span is None or 1 <= span <= WIDEST for span in attrs.values()):
        raise ValueError(f"a cell spans 1 to {WIDEST} columns or rows")


def _list_of(node: Mapping[str, Any], name: str) -> Sequence[Any]:
    found = node.get(name) or []
    if isinstance(found, list):
        return cast("list[Any]", found)
    raise ValueError(f"{name!r} is a list")


def is_safe(address: str) -> bool:
    """Whether a link may lead there: to the web, to mail, or to a page of ours."""
    bare = _HIDDEN.sub("", address)
    scheme = _SCHEME.match(bare)
    if scheme is None:
        return bare[:1] + bare[1:2].replace("\\", "/") not in ("//", "\\/")
    return scheme[1].lower() in ("http", "https", "mailto")


def checked_picture(source: str) -> str:
    """Let a picture pass that is what it says.

    Raises:
        ValueError: it is no picture.
    """
    found = _PICTURE.fullmatch(source)
    if found is None:
        raise ValueError("a picture is a `data:` address of PNG, JPEG, GIF or WebP, in base64")
    try:
        data = b64decode(found[2], validate=True)
    except Error as exc:
        raise ValueError("a picture is written in base64") from exc
    if not data.startswith(_MAGIC[found[1]]):
        raise ValueError(f"this is no picture of type {found[1]!r}")
    return source

"""What the text of a report may hold."""

from __future__ import annotations

from typing import Any

import pytest

from starwhale.evaluations.prose import checked_nodes, checked_picture, is_safe

TEXT: dict[str, Any] = {"type": "text", "text": "x", "marks": [{"type": "bold"}]}


def _link(address: str) -> list[dict[str, Any]]:
    mark = {"type": "link", "attrs": {"href": address, "target": "_blank"}}
    return [{"type": "paragraph", "content": [{"type": "text", "text": "x", "marks": [mark]}]}]


def _cell(kind: str = "tableCell", **attrs: int | None) -> dict[str, Any]:
    return {"type": kind, "attrs": attrs, "content": [{"type": "paragraph", "content": [TEXT]}]}


def _row(*cells: dict[str, Any]) -> dict[str, Any]:
    return {"type": "tableRow", "content": list(cells)}


def _table(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"type": "table", "content": list(rows)}


def test_known_nodes_pass() -> None:
    nodes: list[dict[str, Any]] = [
        {"type": "heading", "attrs": {"level": 2}, "content": [TEXT]},
        {"type": "bulletList", "content": [{"type": "listItem", "content": [{"type": "paragraph"}]}]},
        {"type": "orderedList", "attrs": {"start": 1, "type": None}, "content": []},
        {"type": "codeBlock", "attrs": {"language": None}, "content": [{"type": "text", "text": "<script>"}]},
        {"type": "horizontalRule"},
        _table(_row(_cell("tableHeader", colspan=2)), _row(_cell(), _cell(colspan=None, rowspan=1))),
    ]
    assert checked_nodes(nodes) is nodes


@pytest.mark.parametrize(
    "node",
    [
        {"type": "script"},
        {"type": "paragraph", "attrs": {"onclick": "alert(1)"}},
        {"type": "paragraph", "style": "x"},
        {"type": "paragraph", "text": "x"},
        {"type": "text"},
        {"type": "paragraph", "content": "x"},
        {"type": "paragraph", "content": ["x"]},
        {"type": "text", "text": "x", "marks": [{"type": "html"}]},
        {"type": "heading", "attrs": {"level": "2; x"}},
    ],
)
def test_others_do_not(node: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"node|list|text"):
        checked_nodes([node])


@pytest.mark.parametrize(
    "node",
    [
        _table(),
        _row(_cell()),
        _cell(),
        _table(_row()),
        _table({"type": "paragraph"}),
        _table(_row({"type": "paragraph"})),
        _table(_row({"type": "tableCell"})),
        _table(_row({"type": "tableCell", "content": [_table(_row(_cell()))]})),
        _table(_row(_cell(colspan=0))),
        _table(_row(_cell(rowspan=10**9))),
        _table(*[_row(_cell())] * 501),
        _table(_row(*[_cell()] * 51)),
        {"type": "paragraph", "content": [_row(_cell())]},
    ],
)
def test_a_table_is_made_of_rows_of_cells_of_text(node: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"table|cell"):
        checked_nodes([node])


def test_a_text_is_not_too_deep() -> None:
    node: dict[str, Any] = {"type": "paragraph"}
    for _ in range(5000):
        node = {"type": "blockquote", "content": [node]}
    with pytest.raises(ValueError, match="deep"):
        checked_nodes([node])


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "data:text/html,x",
        " vbscript:x",
        "\x01javascript:x",
    ],
)
def test_links_lead_nowhere_else(address: str) -> None:
    assert not is_safe(address)
    with pytest.raises(ValueError, match="link"):
        checked_nodes(_link(address))


@pytest.mark.parametrize("address", ["https://example.com", "mailto:a@b.c", "/projects/x", "#part"])
def test_links_lead_to_the_web_and_to_us(address: str) -> None:
    assert checked_nodes(_link(address))


def test_a_picture_is_what_it_says() -> None:
    assert checked_picture("data:image/png;base64,iVBORw0KGgo=")
    for wrong in (
        "data:image/svg+xml;base64,PHN2Zz4=",
        "https://evil.example/x.png",
        "data:image/png;base64,AAAA",
    ):
        with pytest.raises(ValueError, match="picture"):
            checked_picture(wrong)

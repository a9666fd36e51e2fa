"""JSON and JSON Lines as rows: whatever Python writes is read back, and what is wrong is named by its row."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import NotFound, UsageError
from starwhale.datasets.sources import jsonfile
from starwhale.datasets.sources.jsonfile import JsonSource
from starwhale.datasets.sources.port import BadRow, SourceRow
from starwhale.datasets.sources.selector import parse_selector, select

leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8))
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
)
tables = st.lists(st.dictionaries(st.text(max_size=5), values, max_size=3), min_size=1, max_size=8)


def rows_of(source: JsonSource) -> list[Any]:
    return [row.features if isinstance(row, SourceRow) else row for row in source.rows()]


def written(text: str | bytes, name: str = "rows.json") -> Any:
    place = TemporaryDirectory()
    path = Path(place.name) / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return place, str(path)


@given(rows=tables, indent=st.sampled_from([None, 2]), chunk=st.integers(1, 40))
def test_a_list_of_rows_comes_back_however_it_is_cut(rows: Any, indent: int | None, chunk: int) -> None:
    place, path = written(json.dumps(rows, indent=indent))
    before = jsonfile._CHUNK
    jsonfile._CHUNK = chunk
    try:
        with place:
            assert rows_of(JsonSource([path])) == rows
    finally:
        jsonfile._CHUNK = before


@given(rows=tables, name=st.sampled_from(["rows.jsonl", "rows.json", "rows.jsonl.gz"]))
def test_lines_come_back_under_any_name(rows: Any, name: str) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    place, path = written(gzip.compress(text) if name.endswith(".gz") else text, name)
    with place:
        assert rows_of(JsonSource([path])) == rows


def test_a_text_one_row_and_a_selection() -> None:
    assert rows_of(JsonSource(text='{"a": 1}')) == [{"a": 1}]
    assert rows_of(JsonSource(text='{"d": [[], [{"a": 1}, {"a": 2}]]}', field_selector="d[1]")) == [
        {"a": 1},
        {"a": 2},
    ]
    with pytest.raises(UsageError, match=r"'d\.x' selects nothing .* there is no 'x'"):
        rows_of(JsonSource(text='{"d": {}}', field_selector="d.x"))
    with pytest.raises(UsageError, match="no path of fields"):
        JsonSource(text="[]", field_selector="a..b")


def test_bad_lines_are_told_by_number_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n{"a":\n\n[1]\n{"a": 2}\n' + "[" * 100_000 + "\n")
    rows = rows_of(JsonSource([str(path)]))
    assert [row for row in rows if not isinstance(row, BadRow)] == [{"a": 1}, {"a": 2}]
    told = {row.number: row.reason for row in rows if isinstance(row, BadRow)}
    assert told == {
        2: "expecting value at column 6",
        4: "is a list, not an object with fields",
        6: "it nests too deeply",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"a": 1}', "neither a comma nor"),
        ('[{"a": 1}] x', "something follows"),
        ("[{]", "no JSON in row 1"),
        ("", "no JSON"),
        ("{", "no JSON"),
    ],
)
def test_what_is_no_json_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        rows_of(JsonSource(text=text))


def test_encodings_are_told_or_seen(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        path.write_text('[{"ä": "ß"}]', encoding=encoding)
        assert rows_of(JsonSource([str(path)])) == [{"ä": "ß"}]
    path.write_text('[{"ä": "ß"}]', encoding="latin-1")
    assert rows_of(JsonSource([str(path)], encoding="latin-1")) == [{"ä": "ß"}]
    with pytest.raises(UsageError, match="is not text in utf-8: byte 0xe4"):
        rows_of(JsonSource([str(path)]))
    with pytest.raises(UsageError, match="no encoding 'klingon'"):
        rows_of(JsonSource([str(path)], encoding="klingon"))
    with pytest.raises(NotFound, match="no file"):
        JsonSource([str(tmp_path / "nothing.json")])


def test_a_cut_gzip_is_no_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n' * 10_000)[:-20])
    with pytest.raises(UsageError, match="no whole gzip file"):
        rows_of(JsonSource([str(path)]))


@given(st.lists(st.one_of(st.integers(0, 3), st.text("abc", min_size=1, max_size=3)), min_size=1, max_size=4))
def test_a_path_of_fields_reads_back(steps: list[Any]) -> None:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
    assert list(parse_selector(text)) == steps
    value: Any = "found"
    for step in reversed(steps):
        value = {step: value} if isinstance(step, str) else [None] * step + [value]
    assert select(value, tuple(steps)) == "found"

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
from tests.memory import peak_memory

from starwhale.core.errors import NotFound, UsageError
from starwhale.datasets.sources.jsonfile import JsonSource
from starwhale.datasets.sources.port import BadRow, SourceRow
from starwhale.datasets.sources.selector import parse_selector, select

CHUNK = 1 << 20
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


@given(rows=tables, indent=st.sampled_from([None, 2]), cut=st.integers(0, 300))
def test_a_list_of_rows_comes_back_however_it_is_cut(rows: Any, indent: int | None, cut: int) -> None:
    # A chunk that is read at once ends within the rows, at any of their characters.
    place, path = written(" " * (CHUNK - cut) + json.dumps(rows, indent=indent))
    with place:
        assert rows_of(JsonSource([path])) == rows


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
        ('[{"a": 1} {"a": 2}]', "row 1 is followed by neither a comma nor"),
        ('[{"a": 1}, ]', "no JSON in row 2"),
        ('[{"a": 1}, {"b": x}, {"a": 2}]', "no JSON in row 2: expecting value at character 7 of it"),
        ("[" + "[" * 100_000, "no JSON in row 1: it nests too deeply"),
        ('{"a": ' + "[" * 100_000, "no JSON: it nests too deeply"),
        ('{"a": ' + "9" * 5000 + "}", "no JSON: a whole number has more than 4,300 digits"),
        ('{"a": 1, "a": 2}', "two fields called 'a' in one object"),
        ("", "is empty"),
        (" \n ", "is empty"),
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


def test_one_poisoned_row_of_a_list_leaves_the_others_alone() -> None:
    text = '[{"a": 1}, 7, null, true, "x", [2], {"b": {"c": 1, "c": 2}}, {"\\ud800": 1}, {"a": 2}]'
    rows = rows_of(JsonSource(text=text))
    assert [row for row in rows if not isinstance(row, BadRow)] == [{"a": 1}, {"a": 2}]
    assert {row.number: row.reason for row in rows if isinstance(row, BadRow)} == {
        2: "is a number, not an object with fields",
        3: "is null, not an object with fields",
        4: "is true or false, not an object with fields",
        5: "is text, not an object with fields",
        6: "is a list, not an object with fields",
        7: "it has two fields called 'c' in one object",
        8: "the name of a field has half a character (a lone surrogate)",
    }


@pytest.mark.parametrize("cut", range(1, 14))
def test_a_number_that_a_chunk_cuts_is_one_number(cut: int) -> None:
    place, path = written(" " * (CHUNK - cut) + '[1234567, {"a": 1}]')
    with place:
        assert rows_of(JsonSource([path])) == [BadRow(1, "is a number, not an object with fields"), {"a": 1}]


def test_lines_are_counted_from_the_first_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text('\n \n{"a": 1}\r\n{"a"}\n\n{"a": 2}')
    found = list(JsonSource([str(path)]).rows())
    assert [(type(row), row.number) for row in found] == [(SourceRow, 3), (BadRow, 4), (SourceRow, 6)]


def test_a_selector_picks_from_each_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"d": [{"a": 1}, {"a": 2}]}\n{"e": 1}\n{"d": {"a": 3}}\n{"d": [5]}\n')
    found = list(JsonSource([str(path)], field_selector="d").rows())
    assert [row.features if isinstance(row, SourceRow) else row.reason for row in found] == [
        {"a": 1},
        {"a": 2},
        "there is no 'd'",
        {"a": 3},
        "is a number, not an object with fields",
    ]
    assert [row.number for row in found] == [1, 1, 2, 3, 4]


def test_a_document_that_is_one_object_is_one_row_unless_something_in_it_is_selected(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps({"meta": 1, "data": {"rows": [{"a": 1}, {"a": 2}]}}, indent=1) + "\n")
    assert rows_of(JsonSource([str(path)])) == [{"meta": 1, "data": {"rows": [{"a": 1}, {"a": 2}]}}]
    assert rows_of(JsonSource([str(path)], field_selector="data.rows")) == [{"a": 1}, {"a": 2}]
    assert rows_of(JsonSource([str(path)], field_selector="data.rows[-1]")) == [{"a": 2}]


@pytest.mark.parametrize("text", ["a..b", ".a", "a.", "a[", "a[x]", "a[0]b", "[]", "a]", "."])
def test_what_is_no_selector_is_refused_before_anything_is_read(text: str) -> None:
    with pytest.raises(UsageError, match="no path of fields"):
        JsonSource(["nowhere.json"], field_selector=text)


def test_rows_know_their_file_where_there_are_several(tmp_path: Path) -> None:
    for name in ("b.json", "a.jsonl"):
        (tmp_path / name).write_text(json.dumps({"n": name}) + "\n")
    found = list(JsonSource([str(tmp_path)]).rows())
    assert [(row.file, row.number) for row in found] == [
        (str(tmp_path / "a.jsonl"), 1),
        (str(tmp_path / "b.json"), 1),
    ]


def test_a_line_without_end_is_left_out_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b'{"a": "')
        for _ in range(160):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n{"a": "y"}\n')
    assert path.stat().st_size < 2 << 20
    rows: list[Any] = []
    peak = peak_memory(lambda: rows.extend(rows_of(JsonSource([str(path)]))), times=1)
    assert rows == [BadRow(1, "it is longer than 67,108,864 characters"), {"a": "y"}]
    assert peak < 256 << 20


@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl"])
def test_reading_takes_the_same_memory_for_any_number_of_rows(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    line = json.dumps({"a": 12345, "b": "some words of text " * 8})
    path.write_text(
        "[" + ",\n".join([line] * 100_000) + "]" if name == "rows.json" else f"{line}\n" * 100_000
    )
    assert path.stat().st_size > 15 << 20
    counts: list[int] = []
    limit = 8 << 20
    peak = peak_memory(lambda: counts.append(sum(1 for _ in JsonSource([str(path)]).rows())), enough=limit)
    assert set(counts) == {100_000}
    assert peak < limit


@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl"])
def test_a_long_row_holds_no_more_lists_and_objects_than_allowed(name: str) -> None:
    lists = ",".join(["[]"] * 400_000)
    row = f'{{"a": [{lists}]}}'
    place, path = written(f"[{row}]" if name == "rows.json" else f'{row}\n{{"a": 1}}\n', name)
    with place:
        assert len(rows_of(JsonSource([path]))[0]["a"]) == 400_000
        told = "it holds more than 200,000 lists and objects"
        if name == "rows.json":
            with pytest.raises(UsageError, match=told):
                rows_of(JsonSource([path], most_nested=200_000))
        else:
            assert rows_of(JsonSource([path], most_nested=200_000)) == [BadRow(1, told), {"a": 1}]
        assert rows_of(JsonSource([path], most_nested=500_000))


def test_many_short_rows_are_no_long_one() -> None:
    place, path = written("[" + ",".join(['{"a": [[]]}'] * 200_000) + "]")
    with place:
        assert len(rows_of(JsonSource([path], most_nested=1000))) == 200_000

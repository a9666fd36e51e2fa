"""Rows from CSV: what Python's own writer writes reads back, types are told apart, bad rows are named."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.memory import peak_memory

from starwhale.core.errors import NotFound, UsageError
from starwhale.datasets.sources.csvfile import MOST_COLUMNS, CsvSource
from starwhale.datasets.sources.port import BadRow, SourceRow

_texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
_names = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\ufeff", exclude_categories=["Cc"]),
    min_size=1,
    max_size=8,
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """Names of columns, and rows of texts."""
    names = draw(st.lists(_names, min_size=1, max_size=5, unique=True))
    rows = st.lists(_texts, min_size=len(names), max_size=len(names))
    return names, draw(st.lists(rows, max_size=8))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to write to, again and again."""
    return tmp_path_factory.mktemp("csv") / "table.csv"


def features(source: CsvSource) -> list[dict[str, Any]]:
    """The rows of a source that has no bad ones."""
    rows = list(source.rows())
    assert all(isinstance(row, SourceRow) for row in rows), rows
    return [dict(row.features) for row in rows if isinstance(row, SourceRow)]


def complaints(source: CsvSource) -> list[tuple[int, str]]:
    """The bad rows of a source."""
    return [(row.number, row.reason) for row in source.rows() if isinstance(row, BadRow)]


def written(place: Path, *lines: list[str], encoding: str = "utf-8", **settings: Any) -> str:
    """A file of these fields, by Python's own writer."""
    text = io.StringIO()
    csv.writer(text, **settings).writerows(lines)
    place.write_bytes(text.getvalue().encode(encoding))
    return str(place)


@settings(deadline=None)
@given(
    table=tables(),
    dialect=st.sampled_from(["excel", "excel-tab", "unix"]),
    delimiter=st.sampled_from([None, ";", "|", "\t", "é"]),
    quotechar=st.sampled_from([None, "'", "~"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    strict=st.booleans(),
)
def test_what_the_csv_writer_writes_reads_back(
    place: Path,
    table: tuple[list[str], list[list[str]]],
    dialect: str,
    delimiter: str | None,
    quotechar: str | None,
    encoding: str,
    strict: bool,
) -> None:
    names, rows = table
    options: dict[str, Any] = {"delimiter": delimiter, "quotechar": quotechar}
    told = {name: value for name, value in options.items() if value is not None}
    # Everything is quoted, since the writers of some releases leave a lone carriage return bare.
    path = written(place, names, *rows, encoding=encoding, dialect=dialect, quoting=csv.QUOTE_ALL, **told)
    source = CsvSource([path], dialect=dialect, strict=strict, **options)
    assert features(source) == [dict(zip(names, row, strict=True)) for row in rows]


def test_values_stay_text_unless_types_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "n,f,b,d,m,t,zip,none\n1,1.5,true,2024-02-29,2024-02-29T01:02:03Z,x,007,\n"
        "-2,2,FALSE,2024-03-01,2024-03-01 04:05+00:00,,12,\n,,,,,y,,\n"
    )
    plain = features(CsvSource([str(path)]))[0]
    assert list(plain.values()) == ["1", "1.5", "true", "2024-02-29", "2024-02-29T01:02:03Z", "x", "007", ""]
    first, second, third = features(CsvSource([str(path)], infer_types=True))
    moment = datetime(2024, 2, 29, 1, 2, 3, tzinfo=UTC)
    assert list(first.values()) == [1, 1.5, True, date(2024, 2, 29), moment, "x", "007", None]
    assert (second["n"], second["f"], second["t"]) == (-2, 2.0, "")
    assert type(second["f"]) is float
    assert (third["n"], third["t"], third["zip"]) == (None, "y", "")


def test_a_column_has_one_type_over_all_files(tmp_path: Path) -> None:
    written(tmp_path / "a.csv", ["v"], ["1"])
    written(tmp_path / "b.csv", ["v"], ["x"])
    rows = list(CsvSource([str(tmp_path)], infer_types=True).rows())
    assert [(row.file, row.number) for row in rows] == [
        (str(tmp_path / "a.csv"), 1),
        (str(tmp_path / "b.csv"), 1),
    ]
    assert [row.features["v"] for row in rows if isinstance(row, SourceRow)] == ["1", "x"]


def test_tsv_is_split_at_tabs_unless_told_otherwise(tmp_path: Path) -> None:
    path = written(tmp_path / "a.TSV", ["a", "b c"], ["1,2", "3"], delimiter="\t")
    assert features(CsvSource([path])) == [{"a": "1,2", "b c": "3"}]
    other = written(tmp_path / "b.tsv", ["a", "b"], ["1", "2"], delimiter=";")
    assert features(CsvSource([other], delimiter=";")) == [{"a": "1", "b": "2"}]


def test_blanks_behind_a_delimiter_are_dropped_on_request(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a, b\n1, "x, y"\n')
    assert features(CsvSource([str(path)], skipinitialspace=True)) == [{"a": "1", "b": "x, y"}]
    assert complaints(CsvSource([str(path)])) == [(1, "it has 3 fields, but the first line names 2")]


def test_strict_names_the_line_that_is_quoted_badly(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n"x"y,1\n2,3\n')
    assert complaints(CsvSource([str(path)], strict=True)) == [(1, "line 2: ',' expected after '\"'")]
    assert features(CsvSource([str(path)])) == [{"a": "xy", "b": "1"}, {"a": "2", "b": "3"}]


def test_rows_of_another_length_are_bad_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n3\n\n4,5,6\n7,8\n")
    source = CsvSource([str(path)])
    assert complaints(source) == [
        (2, "it has 1 fields, but the first line names 2"),
        (3, "it has 3 fields, but the first line names 2"),
    ]
    assert [row.number for row in source.rows() if isinstance(row, SourceRow)] == [1, 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,a\n1,2\n", "two columns called 'a'"),
        ("Unnamed: 1,\n1,2\n", "two columns called 'Unnamed: 1'"),
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a\0,b\n", "first line of .* NUL"),
    ],
)
def test_a_first_line_that_names_no_columns_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        list(CsvSource([str(path)]).rows())


def test_a_column_without_a_name_is_called_as_pandas_calls_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",a,\n0,x,\n1,y,z\n")
    rows = [row.features for row in CsvSource([str(path)]).rows() if isinstance(row, SourceRow)]
    assert rows[0] == {"Unnamed: 0": "0", "a": "x", "Unnamed: 2": ""}
    assert rows[1]["Unnamed: 2"] == "z"


def test_a_nul_spoils_its_own_row_only(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,2\n\0,3\n4,5\n")
    source = CsvSource([str(path)])
    assert [number for number, _ in complaints(source)] == [2]
    assert "line 3: it has a NUL character" in complaints(source)[0][1]
    assert len([row for row in source.rows() if isinstance(row, SourceRow)]) == 2


def test_a_line_without_end_is_left_out_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b"a,b\n1,")
        for _ in range(160):
            file.write(b"x" * (1 << 20))
        file.write(b"\n2,y\n")
    assert path.stat().st_size < 2 << 20
    rows: list[Any] = []
    peak = peak_memory(lambda: rows.extend(CsvSource([str(path)]).rows()), times=1)
    assert isinstance(rows[0], BadRow)
    assert "longer than 67,108,864 characters" in rows[0].reason
    assert [row.features for row in rows[1:] if isinstance(row, SourceRow)] == [{"a": "2", "b": "y"}]
    assert peak < 256 << 20


def test_reading_takes_the_same_memory_for_any_number_of_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "12345,some words of text\n" * 100_000)
    counts: list[int] = []
    limit = 1 << 20
    peak = peak_memory(
        lambda: counts.append(sum(1 for _ in CsvSource([str(path)], infer_types=True).rows())), enough=limit
    )
    assert set(counts) == {100_000}
    assert peak < limit


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dialect": "french"}, "no dialect 'french'"),
        ({"delimiter": ",,"}, "delimiter of CSV is one character"),
        ({"delimiter": "\n"}, "delimiter of CSV is one character"),
        ({"quotechar": ""}, "quotechar of CSV is one character"),
        ({"quotechar": ","}, "same character"),
        ({"delimiter": '"'}, "same character"),
        ({"encoding": "klingon"}, "no encoding 'klingon'"),
        ({"encoding": "hex"}, "no encoding 'hex'"),
        ({"encoding": "utf\0"}, "no encoding"),
        ({"encoding": "ascii"}, "is not text in ascii"),
        ({"encoding": "utf-16-le"}, "first line of .* NUL|is not text|is empty|utf-16"),
    ],
)
def test_options_that_make_no_sense_are_said_to(
    tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,ü\n1,2\n")
    with pytest.raises(UsageError, match=message):
        list(CsvSource([str(path)], **options).rows())


def test_text_of_another_encoding_is_a_sentence_and_its_name_heals_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("名,b\n值,1\n".encode("gbk"))
    with pytest.raises(UsageError, match=r"is not text in utf-8.*say its encoding"):
        list(CsvSource([str(path)]).rows())
    assert features(CsvSource([str(path)], encoding="GBK")) == [{"名": "值", "b": "1"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16", "utf8"])
def test_a_byte_order_mark_is_no_text_whatever_the_user_says(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    kind = "utf-8-sig" if "8" in encoding.replace("16", "") else "utf-16"
    path.write_bytes("a,b\n1,2\n".encode(kind))
    assert features(CsvSource([str(path)], encoding=encoding)) == [{"a": "1", "b": "2"}]


def test_a_torn_gzip_file_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    whole = gzip.compress(b"a,b\n" + b"".join(b"%d,x\n" % n for n in range(10_000)))
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UsageError, match="no whole gzip file"):
        list(CsvSource([str(path)]).rows())
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(UsageError, match="no whole gzip file"):
        list(CsvSource([str(path)]).rows())


def test_a_file_that_changes_between_two_readings_gives_bad_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("v\n" + "1\n" * 100_000)
    rows = CsvSource([str(path)], infer_types=True).rows()
    assert isinstance(next(rows), SourceRow)
    with path.open("r+") as file:
        file.seek(150_002)
        file.write("x")
    bad = [row for row in rows if isinstance(row, BadRow)]
    assert [row.reason for row in bad] == ["v was not 'x' when the file was read first"]


def test_directories_and_patterns_stand_for_their_files_in_order(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "sub/c.tsv", ".hidden.csv", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"v\n{name}\n")
    names = [row["v"] for row in features(CsvSource([str(tmp_path)]))]
    assert names == ["a.csv", "b.csv", "sub/c.tsv"]
    twice = [str(tmp_path / "*"), str(tmp_path / "a.csv")]
    assert [row["v"] for row in features(CsvSource(twice))] == ["a.csv", "b.csv", "notes.txt"]


@pytest.mark.parametrize("path", ["nope.csv", "nope/*.csv", "a\0b", "x" * 5000, ""])
def test_what_is_not_there_is_not_found(tmp_path: Path, path: str) -> None:
    with pytest.raises(NotFound, match="no file"):
        CsvSource([f"{tmp_path}/{path}"])


def test_a_first_line_of_very_many_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("," * MOST_COLUMNS + "\n")
    with pytest.raises(UsageError, match="names 100,001 columns, more than 100,000"):
        list(CsvSource([str(tmp_path / "a.csv")]).rows())

"""CSV as rows: whatever Python's writer writes is read back; types are inferred by stated rules."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import UsageError
from starwhale.datasets.sources.csvfile import CsvSource
from starwhale.datasets.sources.inference import ColumnGuess
from starwhale.datasets.sources.port import BadRow, SourceRow

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
names = st.lists(st.text("abc déf,\"'", min_size=1, max_size=5), min_size=2, max_size=4, unique=True)


def read(text: str, **options: Any) -> list[Any]:
    with TemporaryDirectory() as place:
        path = Path(place) / options.pop("name", "rows.csv")
        path.write_text(text, encoding="utf-8", newline="")
        return [
            row.features if isinstance(row, SourceRow) else row
            for row in CsvSource([str(path)], **options).rows()
        ]


@given(data=st.data(), header=names, dialect=st.sampled_from(["excel", "excel-tab", "unix"]))
def test_what_pythons_writer_wrote_comes_back(data: Any, header: list[str], dialect: str) -> None:
    rows = data.draw(st.lists(st.lists(texts, min_size=len(header), max_size=len(header)), max_size=5))
    out = io.StringIO(newline="")
    # Everything is quoted, since the writers of some releases leave a lone carriage return bare.
    csv.writer(out, dialect=dialect, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    assert read(out.getvalue(), dialect=dialect) == [dict(zip(header, row, strict=True)) for row in rows]


def test_options_and_suffixes() -> None:
    assert read("a;b\n1; 2\n", delimiter=";", skipinitialspace=True) == [{"a": "1", "b": "2"}]
    assert read("a\tb\n1\t2\n", name="rows.tsv") == [{"a": "1", "b": "2"}]
    assert read("a,b\n'x,y',2\n", quotechar="'") == [{"a": "x,y", "b": "2"}]
    assert read("\ufeffa,b\n\n1,2\n") == [{"a": "1", "b": "2"}]


def test_rows_of_another_length_and_bad_quotes_are_told_by_number() -> None:
    rows = read('a,b\n1,2\n1\n1,2,3\n"x"y,2\n3,4\n', strict=True)
    assert [row for row in rows if not isinstance(row, BadRow)] == [
        {"a": "1", "b": "2"},
        {"a": "3", "b": "4"},
    ]
    assert [row.number for row in rows if isinstance(row, BadRow)] == [2, 3, 4]
    assert rows[1].reason == "it has 1 fields, but the first line names 2"


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("", {}, "is empty"),
        ("a,,b\n1,2,3\n", {}, "column 2 .* has no name"),
        ("a,a\n1,2\n", {}, "two columns called 'a'"),
        ("a\n", {"delimiter": ";;"}, "the delimiter of CSV is one character"),
        ("a\n", {"dialect": "xml"}, "no dialect 'xml'"),
    ],
)
def test_wrong_requests_are_one_sentence(text: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read(text, **options)


def test_values_stay_text_unless_types_are_asked_for() -> None:
    text = (
        "n,f,b,d,m,t,zip,none\n1,1.5,true,2024-02-29,2024-02-29T01:02:03Z,x,007,\n"
        "-2,2,FALSE,2024-03-01,2024-03-01 04:05+00:00,,12,\n,,,,,y,,\n"
    )
    plain = read(text)[0]
    assert list(plain.values()) == ["1", "1.5", "true", "2024-02-29", "2024-02-29T01:02:03Z", "x", "007", ""]
    first, second, third = read(text, infer_types=True)
    moment = datetime(2024, 2, 29, 1, 2, 3, tzinfo=UTC)
    assert list(first.values()) == [1, 1.5, True, date(2024, 2, 29), moment, "x", "007", None]
    assert (second["n"], second["f"], second["t"]) == (-2, 2.0, "")
    assert type(second["f"]) is float
    assert (third["n"], third["t"], third["zip"]) == (None, "y", "")


@given(
    st.lists(
        st.one_of(
            st.integers(-(2**53), 2**53).map(str), st.floats(allow_nan=False, allow_infinity=False).map(repr)
        ),
        min_size=1,
    )
)
def test_numbers_are_numbers_whatever_their_order(fields: list[str]) -> None:
    guess = ColumnGuess()
    for field in fields:
        guess.see(field)
    made = [guess.convert(field) for field in fields]
    assert made == [
        float(field) if isinstance(value, float) else int(field)
        for field, value in zip(fields, made, strict=True)
    ]
    assert len({type(value) for value in made}) == 1


@given(st.lists(st.sampled_from(["1", "x", "true", "2024-01-01", "007", "nan", "1e5", ""]), min_size=1))
def test_a_column_is_of_one_kind_or_text(fields: list[str]) -> None:
    guess = ColumnGuess()
    for field in fields:
        guess.see(field)
    kinds = {type(guess.convert(field)) for field in fields if field}
    assert len(kinds) <= 1

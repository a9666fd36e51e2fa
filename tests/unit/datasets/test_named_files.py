"""Files of media that Parquet and Arrow files only name, as Hugging Face does, are read beside them alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from starwhale.core.errors import UsageError
from starwhale.datasets.sources.arrowfile import ArrowSource
from starwhale.datasets.sources.port import SourceRow

PNG = b"\x89PNG\r\n\x1a\n"
STORED = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
FORMS: dict[str, tuple[Any, Any, Any]] = {
    "value": ({"_type": "Image"}, STORED, lambda item: item),
    "list": ([{"_type": "Image"}], pa.list_(STORED), lambda item: [item]),
    "sequence": ({"_type": "Sequence", "feature": {"_type": "Image"}}, pa.list_(STORED), lambda item: [item]),
    "record": ({"in": {"_type": "Image"}}, pa.struct([("in", STORED)]), lambda item: {"in": item}),
}


@pytest.fixture
def room(tmp_path: Path) -> Path:
    made = tmp_path / "room"
    (made / "images").mkdir(parents=True)
    (made / "images" / "a.png").write_bytes(PNG)
    (tmp_path / "secret").write_bytes(b"of the server")
    (made / "link.png").symlink_to(tmp_path / "secret")
    return made


def source(room: Path, path: str | None, form: str = "value", data: bytes | None = None) -> ArrowSource:
    feature, kind, wrapped = FORMS[form]
    told = {b"huggingface": json.dumps({"info": {"features": {"image": feature}}}).encode()}
    schema = pa.schema([pa.field("image", kind)], metadata=told)
    rows = [{"image": wrapped({"bytes": data, "path": path})}]
    parquet.write_table(pa.Table.from_pylist(rows, schema=schema), room / "x.parquet")
    return ArrowSource([str(room / "x.parquet")])


def only(source: ArrowSource) -> Any:
    (row,) = source.rows()
    assert isinstance(row, SourceRow)
    return row.features["image"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "path",
    ["/etc/hostname", "/proc/self/environ", "../secret", "images/../../secret", "link.png", "{out}/secret"],
)
def test_no_other_file_is_read(room: Path, form: str, path: str) -> None:
    with pytest.raises(UsageError, match="lies outside"):
        only(source(room, path.format(out=room.parent), form))


def test_a_file_beside_the_rows_is_read(room: Path) -> None:
    assert only(source(room, "images/a.png")).to_bytes() == PNG
    assert only(source(room, str(room / "images" / "a.png"))).to_bytes() == PNG


@pytest.mark.parametrize("path", ["images/b.png", "images", "https://example.org/a.png", "a\0b"])
def test_what_is_no_file_is_told(room: Path, path: str) -> None:
    with pytest.raises(UsageError, match="names the file"):
        only(source(room, path))


def test_stored_content_needs_no_file(room: Path) -> None:
    image = only(source(room, "/home/who/wrote/it/cat.png", data=PNG))
    assert (image.to_bytes(), image.display_name) == (PNG, "cat.png")


@pytest.mark.parametrize("path", [None, ""])
def test_neither_content_nor_file_is_none(room: Path, path: str | None) -> None:
    assert only(source(room, path)) is None

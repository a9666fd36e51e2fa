"""What somebody has sent is read as what it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.archives import tarred

from starwhale.core.errors import InvalidSpec, UsageError
from starwhale.datasets.sources.port import BadRow, SourceRow
from starwhale.datasets.upload_formats import Format, Reading, guess, source_of

# The console guesses too, before anything is sent; its test reads the same file.
GUESSES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "golden" / "uploads" / "guesses.json").read_text("utf-8")
)
TURNED = {"bbox": [1, 2, 3, 4], "category_id": 1, "image_id": 1, "id": 1}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files lie; its path is relative, as in a build."""
    monkeypatch.chdir(tmp_path)
    return Path("d")


def lay(place: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def read(place: Path, files: dict[str, bytes], **how: Any) -> dict[Any, Any]:
    lay(place, files)
    rows = list(source_of(place, Reading(**how)).rows())
    assert [row for row in rows if isinstance(row, BadRow)] == []
    return {row.key: row.features for row in rows if isinstance(row, SourceRow)}


def coco(*images: tuple[int, str], annotations: Any = ()) -> bytes:
    listed = [{"id": number, "file_name": name} for number, name in images]
    return json.dumps({"images": listed, "annotations": annotations}).encode()


@pytest.mark.parametrize("told", GUESSES, ids=lambda told: told["files"][0])
def test_what_files_are_is_seen_by_their_names(told: dict[str, Any]) -> None:
    if told["format"]:
        assert guess(told["files"]) == told["format"]
    else:
        with pytest.raises(UsageError, match=r"several kinds|no file is of a known kind"):
            guess(told["files"])


@pytest.mark.parametrize(
    ("names", "reading", "said"),
    [
        (["a.csv", "b.json"], Reading(), "several kinds: csv, json"),
        (["a.exe"], Reading(), "no file is of a known kind"),
        (["a.csv"], Reading(format=Format.JSON), "none of the files is json"),
        (["a.csv", "b.png"], Reading(format=Format.CSV), "'b.png' is no file of csv"),
        (["a.tar", "b.png"], Reading(format=Format.WEBDATASET), "'b.png' is no file of webdataset"),
        (["1.png"], Reading(format=Format.COCO), "no annotations of COCO"),
        (["a.json"], Reading(format=Format.COCO, annotations=("b.json",)), "no file 'b.json'"),
        (["a.json"], Reading(format=Format.COCO, annotations=("../a.json",)), "no file may be called"),
        (["a.json"], Reading(format=Format.COCO, coco_images=".."), "no file may be called"),
        (["a.xml"], Reading(format=Format.VOC), "no directory 'Annotations'"),
        (["a/Annotations/1.xml", "b/Annotations/1.xml"], Reading(), "several directories 'Annotations'"),
        (["a.csv"], Reading(format=Format.EXPORT), "no starwhale.json"),
        (["a/starwhale.json", "b/starwhale.json"], Reading(), "more than one starwhale.json"),
        (["a.jsonl"], Reading(format=Format.LLM, llm_format="none"), "no format 'none'"),
        (["a.csv"], Reading(delimiter='"'), "the same character"),
    ],
)
def test_what_does_not_fit_is_one_sentence(
    place: Path, names: list[str], reading: Reading, said: str
) -> None:
    lay(place, dict.fromkeys(names, b"x"))
    with pytest.raises(UsageError, match=said):
        source_of(place, reading)


def test_annotations_of_coco_find_their_images(place: Path) -> None:
    files = {
        "annotations/instances_val.json": coco((1, "1.jpg"), annotations=[TURNED]),
        "annotations/captions_val.json": coco((1, "1.jpg"), annotations=[{"image_id": 1, "caption": "c"}]),
        "val/1.jpg": b"one",
    }
    assert read(place, files)[1]["image"].to_bytes() == b"one"
    (row,) = read(place, files, annotations=("annotations/captions_val.json",)).values()
    assert row["captions"] == ["c"]
    elsewhere = {"x.json": coco((1, "1.jpg")), "far/away/1.jpg": b"two"}
    assert read(place / "e", elsewhere, coco_images="far/away")[1]["image"].to_bytes() == b"two"


def test_an_id_is_that_of_one_image(place: Path) -> None:
    files = {"train/_a.coco.json": coco((0, "1.jpg")), "train/1.jpg": b"1"}
    lay(place, {**files, "valid/_a.coco.json": coco((0, "2.jpg")), "valid/2.jpg": b"2"})
    good, bad = source_of(place, Reading()).rows()
    assert isinstance(good, SourceRow)
    assert isinstance(bad, BadRow)
    assert bad.reason == "`id` 0 was that of another image before, '1.jpg'"


def test_the_directory_of_voc_may_lie_anywhere(place: Path) -> None:
    xml = b"<annotation><filename>1.jpg</filename></annotation>"
    files = {"VOC/2012/Annotations/1.xml": xml, "VOC/2012/JPEGImages/1.jpg": b"1", "VOC/readme.txt": b""}
    assert read(place, files)["1"]["image"].to_bytes() == b"1"


def test_names_of_shards_are_no_patterns(place: Path) -> None:
    files = {"a{0..99999999999}.tar": tarred({"x/1.txt": b"one"}), "b*.tar": tarred({"x/2.txt": b"two"})}
    assert read(place, files) == {"x/1": {"txt": "one"}, "x/2": {"txt": "two"}}


def test_tables_are_told_how_they_are_written(place: Path) -> None:
    table = "x; 'a;b'\n1; 'ä'\n".encode("latin-1")
    how = {"delimiter": ";", "quotechar": "'", "skipinitialspace": True, "encoding": "latin-1"}
    assert read(place, {"a.csv": table}, **how) == {None: {"x": 1, "a;b": "ä"}}


HOSTILE: dict[str, Any] = {
    "annotations are a number": {"annotations": 5},
    "an annotation is a text": {"annotations": ["x"]},
    "the image of one is a list": {"annotations": [{"image_id": [1]}]},
    "a box of nothing": {"annotations": [{**TURNED, "bbox": [None, 1, 1, 1]}]},
    "an endless box": {"annotations": [{**TURNED, "bbox": [1e999, 1, 1, 1]}]},
    "an outline of words": {"annotations": [{**TURNED, "segmentation": "x"}]},
    "an id that is an object": {"annotations": [{**TURNED, "id": {}}]},
    "categories are a number": {"categories": 7},
    "categories are texts": {"categories": ["x"]},
    "an id of an image is a list": {"images": [{"id": [1], "file_name": "1.jpg"}]},
    "an image is a number": {"images": [5]},
    "a name climbs": {"images": [{"id": 1, "file_name": "../../etc/passwd"}]},
    "a name is absolute": {"images": [{"id": 1, "file_name": "/etc/passwd"}]},
    "a name with a zero": {"images": [{"id": 1, "file_name": "1\0.jpg"}]},
    "a name without end": {"images": [{"id": 1, "file_name": "x" * 5000}]},
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_annotations_that_lie_are_bad_rows_or_refused(place: Path, change: dict[str, Any]) -> None:
    document = json.loads(coco((1, "1.jpg"))) | change
    lay(place, {"x_...json": json.dumps(document).encode(), "1.jpg": b"1"})
    (place.parent / "secret").write_bytes(b"hers")
    try:
        rows = list(source_of(place, Reading()).rows())
    except UsageError:
        return
    found = [row.features["image"].to_bytes() for row in rows if isinstance(row, SourceRow)]
    assert set(found) <= {b"1"}


@pytest.mark.parametrize(
    "box",
    ["<xmin>nan</xmin>", "<xmin>1e999</xmin>", "<xmin>x</xmin>", "<xmin>\u0661</xmin>", "<xmin/>"],
)
def test_a_box_that_lies_is_a_bad_row(place: Path, box: str) -> None:
    xml = (
        f"<annotation><filename>1.jpg</filename><object><name>cat</name><bndbox>{box}<ymin>1</ymin>"
        "<xmax>inf</xmax><ymax>2</ymax></bndbox></object></annotation>"
    )
    lay(place, {"Annotations/1.xml": xml.encode(), "JPEGImages/1.jpg": b"1"})
    for row in source_of(place, Reading()).rows():
        assert isinstance(row, (BadRow, SourceRow))


@pytest.mark.parametrize("name", ["../../secret.jsonl", "/etc/passwd", 5, "x\0y"])
def test_a_card_leads_nowhere_else(place: Path, name: Any) -> None:
    card = {"starwhale": 1, "kind": "jsonl", "files": ["data.jsonl", name], "key": "id", "columns": []}
    lay(place, {"starwhale.json": json.dumps(card).encode(), "data.jsonl": b'{"id": 1, "x": 2}\n'})
    with pytest.raises((InvalidSpec, UsageError)):
        list(source_of(place, Reading()).rows())

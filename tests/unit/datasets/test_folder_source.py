"""Folders of media as rows: labels, captions, tables beside them, and files that are no images."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

from starwhale.core.errors import NotFound, UsageError
from starwhale.datasets.sources.folder import FolderSource
from starwhale.datasets.sources.port import BadRow, SourceRow


def png(width: int = 2, height: int = 2) -> bytes:
    """A PNG that says it has so many pixels; its data need not."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + b"\1\2\3" * min(width, 9) for _ in range(min(height, 9))))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "pictures"
    for name in ("cats/a.png", "cats/b.PNG", "dogs/deep/c.png", "root.png", ".hidden/x.png", "cats/.y.png"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png())
    (root / "cats" / "a.txt").write_text(" a cat \n")
    (root / "notes.md").write_text("none")
    return root


def read(folder: Path, **options: Any) -> tuple[dict[Any, dict[str, Any]], list[BadRow]]:
    rows = list(FolderSource(str(folder), **options).rows())
    good = {row.key: dict(row.features) for row in rows if isinstance(row, SourceRow)}
    return good, [row for row in rows if isinstance(row, BadRow)]


def test_labels_are_directories_and_captions_lie_beside(folder: Path) -> None:
    rows, bad = read(folder)
    assert not bad
    assert list(rows) == ["root.png", "cats/a.png", "cats/b.PNG", "dogs/deep/c.png"]
    assert [rows[key].get("label") for key in rows] == [None, "cats", "cats", "deep"]
    assert rows["cats/a.png"]["caption"] == "a cat"
    assert rows["cats/a.png"]["file"].to_bytes() == png()
    assert "label" not in read(folder, auto_label=False)[0]["cats/a.png"]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_table_is_joined_on_the_name_of_the_file(folder: Path, kind: str) -> None:
    if kind == "csv":
        (folder / "metadata.csv").write_text("file_name,score\ncats/a.png,3\ngone.png,4\n")
    else:
        (folder / "metadata.jsonl").write_text('{"file_name": "cats/a.png", "score": "3"}\n')
    rows, _ = read(folder)
    assert rows["cats/a.png"]["score"] == "3"
    assert "score" not in rows["root.png"]
    (folder / "metadata.csv").write_text("file_name,score\ncats/a.png,3\ncats/a.png,4\n")
    (folder / "metadata.jsonl").unlink(missing_ok=True)
    rows, bad = read(folder)
    assert rows["cats/a.png"]["score"] == "3"
    table = str(folder / "metadata.csv")
    assert bad == [BadRow(2, "it names 'cats/a.png' a second time", table)]


def test_poisoned_rows_of_the_table_leave_the_others_alone(folder: Path) -> None:
    table = folder / "metadata.jsonl"
    table.write_text(
        '{"file_name": "./cats/a.png", "n": [1]}\n{"file_name": 3}\n{"n": 4}\n{"file\n'
        '{"file_name": "cats\\\\b.PNG", "n": 2, "label": "mine", "caption": "told"}\n'
    )
    rows, bad = read(folder)
    assert rows["cats/a.png"]["n"] == [1]
    assert {**rows["cats/b.PNG"], "file": None} == {
        "file_name": "cats/b.PNG", "n": 2, "label": "cats", "caption": "told", "file": None
    }  # fmt: skip
    assert read(folder, auto_label=False)[0]["cats/b.PNG"]["label"] == "mine"
    assert [(row.number, row.file) for row in bad] == [(number, str(table)) for number in (2, 3, 4)]
    assert bad[0].reason == "it names no file in `file_name`"


def test_two_tables_or_one_that_leads_out_are_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("file_name,x\ncats/a.png,secret\n")
    (folder / "metadata.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(UsageError, match="link that leads out"):
        read(folder)
    (folder / "metadata.jsonl").write_text("")
    with pytest.raises(UsageError, match=r"has both metadata\.csv and metadata\.jsonl"):
        read(folder)


def test_what_was_passed_over_is_counted_in_the_log(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "metadata.csv").write_text("file_name,score\ngone.png,4\n")
    (folder / "linked").symlink_to(folder / "cats")
    read(folder)
    assert caplog.messages == [
        (
            f"passed over in {folder}: 1 hidden directories, 1 links to directories, 1 hidden files, "
            "1 rows of metadata that name no file there"
        )
    ]


def test_captions_that_cannot_be_had_are_told(folder: Path, tmp_path: Path) -> None:
    for name in ("big", "link", "latin", "folder"):
        (folder / f"{name}.png").write_bytes(png())
    (folder / "big.txt").write_text("x" * ((1 << 20) + 1))
    (tmp_path / "secret").write_text("a secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret")
    (folder / "latin.txt").write_bytes("größe".encode("latin-1"))
    (folder / "folder.txt").mkdir()
    rows, bad = read(folder)
    assert "caption" not in rows["folder.png"]
    assert [row.reason for row in bad] == [
        "big.png has a caption of more than 1,048,576 characters",
        "latin.png has a caption that is not text in UTF-8",
        "link.png has a caption that is a link out of the folder",
    ]


def test_links_within_the_folder_are_files_and_loops_are_told(folder: Path) -> None:
    (folder / "same.png").symlink_to(folder / "cats" / "a.png")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    rows, bad = read(folder)
    assert rows["same.png"]["file"].to_bytes() == png()
    assert [row.reason.partition(" ")[0] for row in bad] == ["loop.png"]


def test_files_that_are_no_images_are_told(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("PIL", reason="Pillow is not installed")
    (folder / "empty.png").touch()
    (folder / "text.png").write_text("no image")
    (folder / "bomb.png").write_bytes(png(60_000, 60_000))
    (folder / "torn.png").write_bytes(png()[:20])
    (tmp_path / "outside.png").write_bytes(png())
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    os.mkfifo(folder / "pipe.png")
    rows, bad = read(folder)
    assert len(rows) == 4
    told = {row.reason.partition(" ")[0]: row.reason for row in bad}
    assert told.keys() == {
        "empty.png", "text.png", "bomb.png", "torn.png", "link.png", "pipe.png"
    }  # fmt: skip
    assert told["empty.png"].endswith("is empty")
    assert told["text.png"].endswith("is no image, though its name says so")
    assert "would unpack into too many pixels" in told["bomb.png"]
    assert "3600000000 pixels" in told["bomb.png"]
    assert told["link.png"].endswith("is a link that leads out of the folder")
    assert told["pipe.png"].endswith("is no regular file")


def test_a_folder_that_is_not_there_or_holds_nothing(folder: Path) -> None:
    with pytest.raises(NotFound, match="is not there"):
        FolderSource(str(folder / "nothing"))
    with pytest.raises(NotFound, match="no audio file"):
        read(folder, kind="audio")


def test_the_limit_of_pixels_holds_where_pillow_has_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    monkeypatch.setattr(image, "MAX_IMAGE_PIXELS", None)  # as users do who have large images
    (folder / "large.png").write_bytes(png(16_385, 16_385))
    (folder / "fits.png").write_bytes(png(16_384, 16_384))
    rows, bad = read(folder)
    assert "fits.png" in rows
    assert [row.reason for row in bad] == [
        "large.png would unpack into 16,385 x 16,385 pixels, more than 268,435,456"
    ]


def test_a_drawing_is_text_that_no_pixel_limit_concerns(folder: Path) -> None:
    (folder / "a.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    rows, bad = read(folder)
    assert "a.svg" in rows
    assert not bad


@pytest.mark.parametrize(("kind", "name"), [("audio", "a.WAV"), ("video", "b.mp4")])
def test_kinds_take_their_own_suffixes(folder: Path, kind: str, name: str) -> None:
    (folder / "dogs" / name).write_bytes(b"bytes that nobody looks into")
    rows, _ = read(folder, kind=kind)
    assert list(rows) == [f"dogs/{name}"]
    assert type(rows[f"dogs/{name}"]["file"]).__name__ == kind.capitalize()
    assert rows[f"dogs/{name}"]["label"] == "dogs"

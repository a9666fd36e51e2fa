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
    with pytest.raises(UsageError, match=r"names 'cats/a\.png' a second time"):
        read(folder)


def test_files_that_are_no_images_are_told(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("PIL", reason="Pillow is not installed")
    (folder / "empty.png").touch()
    (folder / "text.png").write_text("no image")
    (folder / "bomb.png").write_bytes(png(60_000, 60_000))
    (tmp_path / "outside.png").write_bytes(png())
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    os.mkfifo(folder / "pipe.png")
    rows, bad = read(folder)
    assert len(rows) == 4
    told = {row.reason.partition(" ")[0]: row.reason for row in bad}
    assert told.keys() == {"empty.png", "text.png", "bomb.png", "link.png", "pipe.png"}
    assert told["empty.png"].endswith("is empty")
    assert told["text.png"].endswith("is no image, though its name says so")
    assert "would unpack into more than 268,435,456 pixels" in told["bomb.png"]
    assert told["link.png"].endswith("is a link that leads out of the folder")
    assert told["pipe.png"].endswith("is no regular file")


def test_a_folder_that_is_not_there_or_holds_nothing(folder: Path) -> None:
    with pytest.raises(NotFound, match="is not there"):
        FolderSource(str(folder / "nothing"))
    with pytest.raises(NotFound, match="no audio file"):
        read(folder, kind="audio")

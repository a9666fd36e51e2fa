"""WebDataset shards, and tar archives that somebody made to do harm."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from starwhale.core.errors import UsageError
from starwhale.datasets.sources import archive
from starwhale.datasets.sources.archive import members
from starwhale.datasets.sources.port import BadRow, SourceRow
from starwhale.datasets.sources.webdataset import WebDatasetSource, expand_braces


def tar(path: Path, *files: tuple[str | tarfile.TarInfo, bytes], mode: str = "w") -> str:
    with tarfile.open(path, mode) as made:  # type: ignore[call-overload]
        for name, data in files:
            info = tarfile.TarInfo(name) if isinstance(name, str) else name
            if info.isreg():
                info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return str(path)


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def test_members_of_one_name_are_a_row(tmp_path: Path) -> None:
    files = [
        ("a/000.jpg", b"jpeg"), ("a/000.json", b'{"x": [1]}'), ("a/000.cls", b"7"),
        ("a/000.txt", "ü".encode()), ("a/000.seg.png", b"png"), ("a/000.npy", npy(np.arange(3))),
        ("a/000.pickle", b"\x80code"), ("b/000.wav", b"w"), ("README", b"no row"), (".hidden", b"no row"),
    ]  # fmt: skip
    for mode, name in (("w", "s.tar"), ("w:gz", "s.tar.gz")):
        rows = list(WebDatasetSource([tar(tmp_path / name, *files, mode=mode)]).rows())
        assert [row.key for row in rows if isinstance(row, SourceRow)] == ["a/000", "b/000"]
        first = next(row for row in rows if isinstance(row, SourceRow)).features
        assert (first["jpg"].to_bytes(), first["json"], first["cls"], first["txt"]) == (
            b"jpeg",
            {"x": [1]},
            7,
            "ü",
        )
        assert first["seg.png"].to_bytes() == b"png"
        assert first["npy"].tolist() == [0, 1, 2]
        assert first["pickle"] == b"\x80code", "no pickle is read"


def test_bad_samples_are_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = tar(
        tmp_path / "s.tar", ("a.cls", b"x"), ("b.json", b"{"), ("c.npy", npy(np.array([{}], dtype=object))),
        ("d.cls", b"1"), ("a.cls", b"2"), ("e.txt", b"\xff"),
    )  # fmt: skip
    rows = list(WebDatasetSource([path]).rows())
    assert [row.key for row in rows if isinstance(row, SourceRow)] == ["d"]
    assert [row.number for row in rows if isinstance(row, BadRow)] == [1, 2, 3, 5, 6]
    assert any("there was a sample 'a' before" in row.reason for row in rows if isinstance(row, BadRow))


def test_names_of_shards_are_counted() -> None:
    assert expand_braces("s-{008..011}.tar") == [f"s-{number:03d}.tar" for number in range(8, 12)]
    assert expand_braces("{0..1}/{0..1}") == ["0/0", "0/1", "1/0", "1/1"]
    with pytest.raises(UsageError, match="counts backwards"):
        expand_braces("{3..1}")


def special(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


NAMES = [
    "../out", "a/../../out", "/etc/passwd", "//x", "..", "a/..", "\\windows", "..\\out", "a\\..\\..\\out",
    "C:/x",
    "c:\\x", "a/../b", "./../x", "../" * 40 + "x", "x" * 2000, "a/" * 600 + "x",
]  # fmt: skip
KINDS = [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
TARGETS = ["/etc/passwd", "../../x", "a", "."]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"leads out of it|no file may have"):
        list(members(tar(tmp_path / "x.tar", ("ok.txt", b"1"), (name, b"2"))))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", KINDS)
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes, target: str) -> None:
    with pytest.raises(UsageError, match=r"that is a (link|device), not a file"):
        list(members(tar(tmp_path / "x.tar", (special("a", kind, target), b""), ("a/b", b"2"))))


def _truncated(path: Path) -> bytes:
    return path.read_bytes()[:700]


def _flipped(path: Path) -> bytes:
    data = bytearray(path.read_bytes())
    data[100] ^= 0xFF
    return bytes(data)


def _of_text(_path: Path) -> bytes:
    return b"this is no archive " * 100


def _cut_gzip(path: Path) -> bytes:
    return gzip.compress(path.read_bytes())[:-8]


@pytest.mark.parametrize("damage", [_truncated, _flipped, _of_text, _cut_gzip])
def test_what_is_no_whole_archive_is_one_sentence(tmp_path: Path, damage: Callable[[Path], bytes]) -> None:
    tar(tmp_path / "x.tar", ("a.txt", b"1" * 2000))
    broken = tmp_path / ("y.tar.gz" if damage is _cut_gzip else "y.tar")
    broken.write_bytes(damage(tmp_path / "x.tar"))
    with pytest.raises(UsageError, match=r"no whole (tar|gzip)|Unavailable|is no whole"):
        list(members(str(broken)))


def test_a_header_that_claims_gigabytes_is_not_believed(tmp_path: Path) -> None:
    # A long name of two gigabytes of zeros, which gzip packs into two megabytes.
    info = special("././@LongLink", tarfile.GNUTYPE_LONGNAME)
    info.size = 2 << 30
    path = tmp_path / "bomb.tar.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(info.tobuf())
        for _ in range(64):
            file.write(bytes(1 << 20))
    with pytest.raises(UsageError, match="headers of more than"):
        list(members(str(path)))


def test_members_without_number_or_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MEMBERS", 20)
    with pytest.raises(UsageError, match="more than 20 members"):
        list(members(tar(tmp_path / "x.tar", *((f"{number}.txt", b"") for number in range(30)))))
    monkeypatch.setattr(archive, "MEMBER_BYTES", 100)
    with pytest.raises(UsageError, match="has 101 bytes, more than 100"):
        list(members(tar(tmp_path / "y.tar", ("a.txt", b"x" * 101))))


def test_rows_of_a_shard_are_json(tmp_path: Path) -> None:
    path = tar(
        tmp_path / "x.tar",
        *((f"{number:03d}.json", json.dumps({"n": number}).encode()) for number in range(50)),
    )
    rows = list(WebDatasetSource([path]).rows())
    assert [row.features["json"]["n"] for row in rows if isinstance(row, SourceRow)] == list(range(50))

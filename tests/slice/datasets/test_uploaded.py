"""Files that somebody sends are laid out where they belong, or not at all."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.archives import tarred, zipped

from starwhale.core.errors import UsageError
from starwhale.datasets.uploaded import lay_out


def laid(place: Path, body: bytes, largest: int = 1 << 20) -> list[str]:
    lay_out(io.BytesIO(body), place / "d", largest=largest)
    return sorted(str(path.relative_to(place / "d")) for path in place.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no files"),
        ({"../a.csv": b""}, "no file may be called"),
        ({"/etc/a.csv": b""}, "no file may be called"),
        ({"a/../../b.csv": b""}, "no file may be called"),
        ({"a\\b.csv": b""}, "no file may be called"),
        ({"a\n.csv": b""}, "no file may be called"),
        ({"x" * 300: b""}, "no file may be called"),
        ({"/".join("a" * 40): b""}, "too deep"),
        ({"a": b"", "a/b": b""}, "two files"),
        ({"a.zip": zipped({"../../a.csv": b""})}, "no file may be called"),
        ({"a.zip": zipped({"/etc/a.csv": b""})}, "no file may be called"),
        ({"a.zip": zipped({"a.csv": b"1"}), "a.csv": b""}, "two files"),
        ({"a.zip": b"PK nothing"}, "no whole ZIP archive"),
        ({"a.zip": zipped({"a.csv": b"0" * (2 << 20)})}, "more than 1,048,576 bytes"),
        ({"a.zip": zipped({"a.csv": b"x" * 100})[:-30]}, "no whole ZIP archive"),
    ],
)
def test_what_means_harm_is_refused(tmp_path: Path, files: Mapping[str, bytes], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        laid(tmp_path / "room", tarred(files))
    assert [path for path in tmp_path.rglob("*.csv") if tmp_path / "room" not in path.parents] == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_only_regular_files_are_taken(tmp_path: Path, kind: bytes) -> None:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        member = tarfile.TarInfo("a.csv")
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member)
    with pytest.raises(UsageError, match="no regular file"):
        laid(tmp_path, whole.getvalue())


def test_links_in_a_zip_archive_are_refused(tmp_path: Path) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        entry = zipfile.ZipInfo("a.csv")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(UsageError, match="no regular file"):
        laid(tmp_path, tarred({"a.zip": whole.getvalue()}))


def test_headers_do_not_fill_the_memory(tmp_path: Path) -> None:
    member = tarfile.TarInfo("x")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, 1 << 30
    body = member.tobuf(tarfile.GNU_FORMAT) + b"a" * (40 << 20)
    with pytest.raises(UsageError, match="headers"):
        laid(tmp_path, body)


def test_an_archive_is_unpacked_where_it_lies(tmp_path: Path) -> None:
    inner = zipped({"cat/1.png": b"1", "__MACOSX/cat/._1.png": b"", "cat/.DS_Store": b""})
    assert laid(tmp_path, tarred({"./b.txt": b"", "in/all.ZIP": inner})) == ["b.txt", "in/cat/1.png"]


def test_what_is_compressed_is_laid_out_plain(tmp_path: Path) -> None:
    shard = gzip.compress(tarred({"a.txt": b"x"}))
    inner = zipped({"b.tsv.gz": gzip.compress(b"x\n")})
    sent = {"in/a.CSV.gz": gzip.compress(b"x\n1\n"), "s.tgz": shard, "t.gz": b"as it is", "all.zip": inner}
    assert laid(tmp_path, tarred(sent)) == ["b.tsv", "in/a.csv", "s.tar", "t.gz"]
    assert (tmp_path / "d/in/a.csv").read_bytes() == b"x\n1\n"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.csv.gz": gzip.compress(b"0" * (2 << 20))}, "more than 1,048,576 bytes"),
        ({"s.tar.gz": gzip.compress(b"0" * (2 << 20))}, "more than 1,048,576 bytes"),
        ({"a.csv.gz": gzip.compress(b"x"), "a.csv": b""}, "two files"),
        ({"a.csv.gz": gzip.compress(b"x" * 99)[:-9]}, "'a.csv.gz' is no whole gzip file"),
        ({"a.json.gz": b"nothing"}, "'a.json.gz' is no whole gzip file"),
    ],
)
def test_what_is_compressed_counts_as_what_it_is(
    tmp_path: Path, files: Mapping[str, bytes], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        laid(tmp_path, tarred(files))

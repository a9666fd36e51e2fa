"""Sixty archives that are made to do harm: none writes outside, none grows beyond its limits (FAULTS 28)."""

from __future__ import annotations

import io
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from starwhale.core.errors import Corrupted, StarwhaleError, UsageError
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.datasets.sources.archive import members
from starwhale.datasets.sources.exported import samples_of
from starwhale.datasets.uploaded import FILES, lay_out
from starwhale.server.restoring import restore
from starwhale.server.settings import ServerSettings

pytestmark = pytest.mark.fault
Parts = list[tuple[tarfile.TarInfo, bytes]]
MILLION, MIB = 1_000_000, 1 << 20
LARGEST = 64 * MIB
_NAMES = (
    *("../canary", "../../canary", "/tmp/canary", "//canary", "a/../../canary", "blobs/../../canary"),
    *("blobs/./../../canary", "..\\canary", "C:\\canary", "a\\..\\..\\canary", "..", ".", "a/.."),
    *("./../canary", "blobs/ab/../../../canary", "x" * 4000, "a/" * 2000 + "x", "a\nb", "a\x7f", "\u202egnp"),
    *(
        "~/canary",
        "blobs/",
        "blobs/../canary",
        "./",
        "manifest.json/../../canary",
        "catalog.sqlite/../../canary",
        "server.yaml/x",
        "blobs/CON",
        "blobs/a b",
    ),
)
_LINKS = ("/etc/passwd", "../../canary", ".", "blobs/../../canary")
_KINDS = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)


def part(name: str, data: bytes = b"x", kind: bytes = tarfile.REGTYPE, target: str = "") -> Parts:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, len(data) if kind == tarfile.REGTYPE else 0
    return [(info, data)]


def packed(parts: Parts) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, data in parts:
            tar.addfile(info, io.BytesIO(data) if info.isreg() else None)
    return made.getvalue()


def with_holes() -> bytes:
    """A member of a terabyte in a file of a few blocks."""
    info = tarfile.TarInfo("blobs/ab/" + "c" * 62)
    info.size = 512
    info.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": info.name,
        "GNU.sparse.realsize": str(1 << 40),
    }
    return packed([(info, b"1\n0\n0\n".ljust(512, b"\0"))])


def claiming() -> bytes:
    """A header that claims a terabyte, with nothing behind it."""
    info = tarfile.TarInfo("blobs/ab/" + "c" * 62)
    info.size = 1 << 40
    return info.tobuf(tarfile.GNU_FORMAT) + bytes(1024)


def hostile() -> Iterator[tuple[str, bytes]]:
    """Tars by what is wrong with them."""
    for name in _NAMES:
        yield f"named {name[:30]!r}", packed(part(name))
    for kind, target in product(_KINDS, _LINKS):
        yield f"of kind {kind!r} to {target}", packed([*part("a", b"", kind, target), *part("a/b")])
    for target in _LINKS:
        yield (
            f"through a link to {target}",
            packed([*part("blobs", b"", tarfile.SYMTYPE, target), *part("blobs/canary", b"evil")]),
        )
    yield "with holes", with_holes()
    yield "claiming", claiming()
    yield "empty", b""
    yield "noise", bytes(range(256)) * 40
    yield "twice", packed([*part("manifest.json", b"{}"), *part("manifest.json", b"[]")])
    yield "case", packed([*part("catalog.sqlite"), *part("CATALOG.SQLITE")])
    yield "deep json", packed(part("manifest.json", b"[" * 100_000))
    yield "members", packed([each for number in range(3_000) for each in part(f"x{number}", b"")])


HOSTILE = dict(hostile())


def around(place: Path) -> dict[str, bytes]:
    """Every file around, by its path."""
    return {str(path): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def test_there_are_sixty() -> None:
    assert len(HOSTILE) >= 60


@pytest.fixture
def place(tmp_path: Path) -> Path:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    for each in (tmp_path, tmp_path / "a", inner):
        (each / "canary").write_text("untouched")
    return inner


@pytest.mark.parametrize("name", HOSTILE)
def test_none_is_restored_as_a_backup(name: str, place: Path) -> None:
    archive = place / "backup.tar"
    archive.write_bytes(HOSTILE[name])
    before = around(place.parents[1])
    settings = ServerSettings(store=Settings.at(place / "server"))
    with small(), pytest.raises(StarwhaleError):
        restore(settings, archive)
    assert around(place.parents[1]) == before


@pytest.mark.parametrize("name", HOSTILE)
def test_none_is_read_as_samples_beyond_its_members(name: str, place: Path) -> None:
    archive = place / "samples.tar"
    archive.write_bytes(HOSTILE[name])
    before, found = around(place.parents[1]), list[str]()
    with small():
        try:
            found = [each.name for each in members(str(archive))]
        except StarwhaleError:
            found = []
    assert around(place.parents[1]) == before
    assert not [each for each in found if ".." in each.split("/") or each.startswith(("/", "\\"))]


class small:  # noqa: N801  (reads as a clause)
    """Fails when more memory than a small archive needs is taken meanwhile."""

    def __enter__(self) -> None:
        tracemalloc.start()

    def __exit__(self, *_: object) -> None:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < LARGEST


def zipped(write: Callable[[zipfile.ZipFile], object]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        write(archive)
    return made.getvalue()


def zips() -> dict[str, bytes]:
    """What models are saved as by torch and keras, with what they must not hold."""
    bomb = bytes(64 << 20)
    found = {f"named {name}": zipped(lambda z, name=name: z.writestr(name, b"x")) for name in _NAMES[:16]}
    found["bomb"] = zipped(lambda z: z.writestr("archive/data.pkl", bomb))
    found["bomb of json"] = zipped(lambda z: z.writestr("config.json", bomb))
    found["members"] = zipped(lambda z: [z.writestr(f"archive/data/{each}", b"") for each in range(5000)])
    whole = found["bomb"]
    found["cut"] = whole[:-30]
    found["claims"] = whole[:-12] + b"\xff\xff\xff\x7f" + whole[-8:]
    return found


def test_zips_in_models_are_only_looked_at(ada: TestClient, make_files: Any, tmp_path: Path) -> None:
    (tmp_path / "canary").write_text("untouched")
    for name, data in zips().items():
        files = {"model.pt": data, "model.keras": data, "model.npz": data}
        made = make_files(Kind.MODEL, "net", files)
        before = {path for path in around(tmp_path) if "server" not in path}
        answer = ada.get(f"/api/v1/projects/vision/models/net/versions/{made.version}/facts")
        assert answer.status_code in {200, 400}, (name, answer.text)
        assert {path for path in around(tmp_path) if "server" not in path} == before


class Headers:
    """A tar archive of nothing but directories, made while it is read."""

    def __init__(self, count: int) -> None:
        self.given = 0
        self._left = count

    def read(self, size: int) -> bytes:
        info = tarfile.TarInfo("d")
        info.type = tarfile.DIRTYPE
        count = min(size // tarfile.BLOCKSIZE, self._left)
        self._left -= count
        self.given += count
        return info.tobuf(tarfile.USTAR_FORMAT) * count


def test_a_million_members_are_not_gone_through(tmp_path: Path) -> None:
    sent = Headers(MILLION)
    with pytest.raises(UsageError, match="more than 200,000 files"):
        lay_out(cast("Any", sent), tmp_path / "place", largest=MIB)
    assert sent.given < FILES + 100
    assert around(tmp_path) == {}


def test_members_that_were_passed_are_forgotten(tmp_path: Path) -> None:
    tracemalloc.start()
    with pytest.raises(UsageError, match="no files"):
        lay_out(cast("Any", Headers(20_000)), tmp_path / "place", largest=MIB)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2 * MIB


@pytest.mark.parametrize("count", [MILLION, FILES + 1])
def test_the_list_of_a_million_files_is_not_taken_apart(count: int, tmp_path: Path) -> None:
    """Each entry of its list names the same, empty file."""
    one = zipped(lambda z: z.writestr("a", b""))
    listed = one[one.index(b"PK\x01\x02") : one.index(b"PK\x05\x06")] * count
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(listed), 0, 0)
    archive = packed(part("a.zip", listed + end))
    del listed
    with small(), pytest.raises(UsageError, match="more than 200,000 files"):
        lay_out(io.BytesIO(archive), tmp_path / "place", largest=1 << 30)


def test_a_bomb_in_a_bomb_fills_no_disk(tmp_path: Path) -> None:
    """A gigabyte and more for each kilobyte that is sent."""
    size, pieces = 64 * MIB, 64
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = deflate.compress(bytes(size)) + deflate.flush(zlib.Z_FULL_FLUSH)
    inner = b"\x1f\x8b\x08" + bytes(6) + b"\xff" + piece * pieces + b"\x03\x00" + bytes(8)
    middle = zipped(lambda z: z.writestr("a.csv.gz", inner))
    outer = zipped(lambda z: z.writestr("b.zip", middle))
    assert size * pieces > MILLION * len(outer)
    with small(), pytest.raises(UsageError, match="more than 8,388,608 bytes together"):
        lay_out(io.BytesIO(packed(part("a.zip", outer))), tmp_path / "place", largest=8 * MIB)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) <= 8 * MIB


def test_a_shard_with_holes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shard.tar").write_bytes(with_holes())
    with tarfile.open(tmp_path / "shard.tar") as shard, pytest.raises(UsageError, match="sparse"):
        list(samples_of(shard))


def test_a_backup_with_holes_is_refused_as_such(place: Path) -> None:
    (place / "backup.tar").write_bytes(with_holes())
    with pytest.raises(Corrupted, match="holds"):
        restore(ServerSettings(store=Settings.at(place / "server")), place / "backup.tar")

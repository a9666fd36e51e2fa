"""A backup of a server that runs: catalog, bytes and table logs, each with its digest.

In the directory of a backup lie ``catalog.sqlite`` or ``catalog.dump``, ``blobs/`` as in a store,
``tables/``, ``logs/`` of jobs and ``usage/`` of what they used, ``server.yaml``, and last of all
``manifest.json``: a backup without it is not whole. The catalog is copied at one moment; all
that it names was stored before and is copied after.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import make_url

from starwhale.artifacts.pins import PinRepository
from starwhale.core.errors import Conflict, Corrupted, NotFound, UsageError
from starwhale.core.release import __version__
from starwhale.kit.files import fsync_dir, fsync_file, make_dirs
from starwhale.kit.times import utc_now
from starwhale.server.postgres import postgres_program, postgres_url, run_postgres
from starwhale.server.services import Services
from starwhale.storage.blobs.names import key_of

if TYPE_CHECKING:
    from starwhale.core.settings import Settings
    from starwhale.server.settings import ServerSettings

MANIFEST = "manifest.json"
FORM = 1
FILE_CATALOG = "catalog.sqlite"
DUMPED_CATALOG = "catalog.dump"
_PACKED = frozenset({".gz", ".tgz", ".bz2", ".xz", ".zst", ".zip", ".7z"})
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a backup holds.

    Attributes:
        files: How many files.
        size: Bytes of them.
        blobs: How many of them are blobs.
    """

    place: str
    files: int
    size: int
    blobs: int


class _Sink:
    """Where a backup is written: a directory, which becomes a tar in the end where that is wanted."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[str, dict[str, Any]] = {}

    def take(self, name: str, pieces: Iterable[bytes]) -> str:
        """Write a file, and return its digest."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with path.open("xb") as target:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                target.write(piece)
            target.flush()
            fsync_file(target.fileno())
        self.files[name] = {"sha256": digest.hexdigest(), "size": size}
        return digest.hexdigest()

    def adopt(self, name: str) -> None:
        """Count a file that was written there by somebody else."""
        digest, size = digest_of(self.root / name)
        self.files[name] = {"sha256": digest, "size": size}

    def finish(self, about: Mapping[str, Any]) -> None:
        """Write the manifest: the backup is whole."""
        for folder in sorted({(self.root / name).parent for name in self.files}):
            fsync_dir(folder)
        text = json.dumps({**about, "files": self.files}, indent=1, sort_keys=True)
        with (self.root / MANIFEST).open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            fsync_file(file.fileno())
        fsync_dir(self.root)


def back_up(
    settings: ServerSettings, place: Path, *, objects: bool = True, file: Path | None = None
) -> Report:
    """Write a backup; the server may run, and be written to.

    Args:
        settings: Of the server.
        place: A directory to make, or a file called ``.tar``.
        objects: Whether bytes are copied; else they are only listed, for a store that is safe by itself.
        file: The file of its settings, which is copied as well.

    Raises:
        Conflict: there is something at `place`, or garbage was collected meanwhile.
        Corrupted: stored bytes are not what was written.
        NotFound: there is no server's data.
        MissingDependency: PostgreSQL's own programs are not there.
        UsageError: the name promises another form.
        Corrupted: what lies there is no catalog.
    """
    if place.suffix.lower() in _PACKED:
        raise UsageError(f"a backup is no {place.suffix}", hint="name a .tar, or a directory to make")
    if place.exists() or place.is_symlink():
        raise Conflict(f"there is something at {str(place)!r}", hint="name another place")
    make_dirs(place.resolve().parent)
    with tempfile.TemporaryDirectory(dir=place.resolve().parent, prefix=".backup-") as scratch:
        sink = _Sink(Path(scratch) / "backup")
        sink.root.mkdir(mode=0o700)
        kind = _copy_catalog(settings.store, sink)
        house = Services(_looking_at(settings.store, sink.root / FILE_CATALOG, Path(scratch)))
        try:
            needed, listed = _needed(house), _copy_blobs(house, sink, copying=objects)
        finally:
            house.close()
        if lost := needed - set(listed):
            raise Conflict(
                f"{len(lost)} blobs went while the backup was made, such as {min(lost)[:12]}",
                hint="garbage was collected meanwhile; make it again, or `swcli model verify` what is there",
            )
        _copy_folder(settings.store.tables, "tables", sink)
        _copy_logs(settings.store.run, sink)
        if file is not None and file.is_file():
            sink.take("server.yaml", pieces_of(file))
        about = {
            "form": FORM,
            "made_at": utc_now().isoformat(),
            "release": __version__,
            "catalog": kind,
            "objects": "copied" if objects else settings.store.objects_url,
            "blobs": listed,
        }
        sink.finish(about)
        _place(sink.root, place)
    size = sum(each["size"] for each in sink.files.values())
    return Report(place=str(place), files=len(sink.files), size=size, blobs=len(listed))


def _looking_at(store: Settings, copied: Path, scratch: Path) -> Settings:
    """Settings by which the catalog of the backup is read, in a copy: reading writes a file beside it."""
    if not copied.exists():
        return store
    copy = scratch / "looked-at.sqlite"
    shutil.copyfile(copied, copy)
    return replace(store, catalog_url=f"sqlite:///{copy}")


def _copy_catalog(store: Settings, sink: _Sink) -> str:
    url = make_url(store.catalog_url)
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        if not path.is_file():
            raise NotFound(f"there is no catalog at {path}", hint="`swcli server config` says where it looks")
        try:
            _copy_file(path, sink.root / FILE_CATALOG)
        except sqlite3.DatabaseError as exc:
            raise Corrupted(f"{path} is no catalog: {exc}", hint="restore it from a backup") from exc
        sink.adopt(FILE_CATALOG)
        return "sqlite"
    dump = postgres_program("pg_dump")
    command = [dump, "--format=custom", "--no-owner", f"--file={sink.root / DUMPED_CATALOG}"]
    run_postgres([*command, f"--dbname={postgres_url(store.catalog_url)}"], store.catalog_url)
    sink.adopt(DUMPED_CATALOG)
    return "postgresql"


def _copy_file(path: Path, to: Path) -> None:
    with (
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=60)) as source,
        closing(sqlite3.connect(to)) as target,
    ):
        source.backup(target)  # all pages in one step: one moment
        target.execute("PRAGMA journal_mode = DELETE")


def _needed(house: Services) -> set[str]:
    """All blobs that versions and tables of the catalog name."""
    with house.catalog.read() as session:
        manifests = list(PinRepository(session).live_manifests())
    return set(house.collection.needed(manifests))


def _copy_blobs(house: Services, sink: _Sink, *, copying: bool) -> list[str]:
    listed: list[str] = []
    for blob in house.blobs.all():
        if copying:
            try:
                taken = sink.take(key_of(blob.digest), house.blobs.pieces(blob.digest))
            except NotFound:
                continue  # collected this moment; whether it was needed is looked at in the end
            # A damaged one is told of, and no backup made: better now than when it is needed.
            if taken != blob.digest:
                raise Corrupted(
                    f"blob {blob.digest[:12]} has other bytes than were stored, and no backup was made",
                    hint="store the same content again, or `swcli server gc` it where nothing needs it",
                )
        listed.append(blob.digest)
    return listed


def _copy_folder(folder: Path, name: str, sink: _Sink) -> None:
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and not path.is_symlink():
            sink.take(str(PurePosixPath(name, *path.relative_to(folder).parts)), pieces_of(path))


def _copy_logs(run: Path, sink: _Sink) -> None:
    for room in ("logs", "usage"):
        for folder in sorted(run.glob(f"*/{room}")) if run.is_dir() else ():
            _copy_folder(folder, f"{room}/{folder.parent.name}", sink)


def _place(made: Path, place: Path) -> None:
    if place.suffix != ".tar":
        made.rename(place)
    else:
        packed = made.with_name("backup.tar")
        with packed.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                for path in _files_of(made):
                    tar.add(path, arcname=str(path.relative_to(made)), recursive=False)
            fsync_file(file.fileno())
        packed.rename(place)
    fsync_dir(place.resolve().parent)


def _files_of(root: Path) -> Iterator[Path]:
    yield root / MANIFEST
    yield from (path for path in sorted(root.rglob("*")) if path.is_file() and path.name != MANIFEST)


def pieces_of(path: Path) -> Iterator[bytes]:
    """The bytes of a file.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            while piece := file.read(_CHUNK):
                yield piece
    except OSError as exc:
        raise UsageError(f"{str(path)!r} cannot be read: {exc.strerror}") from exc


def digest_of(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file.

    Raises:
        UsageError: it cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    for piece in pieces_of(path):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size

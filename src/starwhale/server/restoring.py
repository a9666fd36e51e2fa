"""Puts a backup where there is nothing yet. All of it is verified before anything is touched."""

from __future__ import annotations

import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import make_url

from starwhale.catalog.engine import Catalog, Session
from starwhale.catalog.table_extents import tails_by_writer
from starwhale.core.errors import Conflict, Corrupted, InvalidSpec, NotFound, UsageError
from starwhale.kit.files import atomic_write, fsync_dir, fsync_file, make_dirs, move
from starwhale.kit.tars import one_by_one
from starwhale.server.backup import DUMPED_CATALOG, FILE_CATALOG, FORMS, Report
from starwhale.server.backup_files import MANIFEST, digest_of
from starwhale.server.backup_logs import put_job_logs, put_table_logs
from starwhale.server.configuration import FILE
from starwhale.server.postgres import postgres_program, postgres_url, run_postgres
from starwhale.server.seat import LOCK
from starwhale.server.services import Services
from starwhale.server.stores import open_store
from starwhale.server.upgrading import revision
from starwhale.storage.blobs import Blobs

if TYPE_CHECKING:
    from starwhale.server.settings import ServerSettings

#: What directories are called in which a backup is unpacked.
_SCRATCH = ".restore-"
_PART = re.compile(r"[\w.,=+@-]{1,255}", re.ASCII)
_ROOMS = ("blobs", "tables", "logs", "usage")
_SINGLE = (FILE_CATALOG, DUMPED_CATALOG, FILE)
#: Lies in the directory while a restore is under way, and holds the digest of the manifest of its backup.
_BEGUN = ".restoring"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that was read and found whole.

    Attributes:
        root: Where its files lie now.
        catalog: ``sqlite`` or ``postgresql``.
        copied: Whether it holds the bytes of blobs, or only their digests.
        writers: Writers of rows whose logs it does not hold, since they are safe by themselves.
        lost: Tables of whose rows it lacks some; None where an older release has made it, and did not look.
    """

    root: Path
    catalog: str
    copied: bool
    writers: tuple[str, ...]
    lost: tuple[str, ...] | None
    blobs: tuple[str, ...]
    files: tuple[str, ...]
    size: int


def restore(settings: ServerSettings, place: Path) -> Report:
    """Put a backup where the settings say.

    Args:
        settings: Of the server to be; its data directory holds nothing but perhaps ``server.yaml``, or what
            a restore of the same backup has left that broke off.
        place: The directory, or the ``.tar``.

    Raises:
        NotFound: there is no backup at `place`.
        Corrupted: it is not what was written; nothing was touched.
        Conflict: there is something where it is to go.
        UsageError: it is of another kind of database.
    """
    root = settings.store.root
    _refuse_what_is_there(settings)
    make_dirs(root.parent)
    with opened(place, _beside(root)) as backup:
        kind = make_url(settings.store.catalog_url).get_backend_name()
        if kind != backup.catalog:
            hint = f"set catalog_url to a {backup.catalog} one"
            raise UsageError(f"the backup is of a {backup.catalog} catalog, this one is {kind}", hint=hint)
        if kind != "sqlite":
            postgres_program("pg_restore")
        make_dirs(root, mode=0o700)
        _begin(root, backup)
        _put_blobs(settings, backup)
        house = Services(settings.store)
        _put_logs(house, backup)
        if FILE in backup.files and not (root / FILE).exists():
            _put_file(backup.root / FILE, root / FILE)
        # Last of all: without a catalog there is no server, and the same restore can be begun again.
        _put_catalog(settings, backup)
    with closing(Catalog.open(settings.store.catalog_url)) as catalog, catalog.read() as session:
        lost = _lost(house, session) if backup.lost is None else backup.lost
    (root / _BEGUN).unlink()
    fsync_dir(root)
    return Report(
        place=str(root), files=len(backup.files), size=backup.size, blobs=len(backup.blobs), lost=lost
    )


@contextmanager
def opened(place: Path, beside: Path) -> Generator[Backup]:
    """A backup, verified byte by byte.

    Args:
        place: The directory, or the ``.tar``, which is unpacked for as long as it is open.
        beside: Directory of the file system in which that is done.

    Raises:
        NotFound: there is none.
        Corrupted: it is not what was written.
    """
    if not place.exists():
        raise NotFound(f"there is no backup at {str(place)!r}")
    with tempfile.TemporaryDirectory(dir=beside, prefix=_SCRATCH) as scratch:
        root = Path(scratch) / "backup"
        root.mkdir(mode=0o700)
        if place.is_dir():
            _manifest(place)  # whoever names his home directory does not wait for a copy of it
            _copy(place, root)
        else:
            _unpack(place, root)
        yield verified(root)


def verified(root: Path) -> Backup:
    """The backup in a directory, after every byte of it was looked at.

    Raises:
        NotFound: there is none, or it was never finished.
        Corrupted: a file is missing, is one too many, or has other bytes.
    """
    about = _manifest(root)
    files: dict[str, dict[str, Any]] = about["files"]
    there = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()} - {MANIFEST}
    if odd := sorted(there ^ set(files)):
        what = "lacks" if odd[0] in files else "holds, unexpectedly,"
        raise Corrupted(f"the backup {what} {odd[0]!r}", hint="use another backup")
    for name, known in files.items():
        if not is_allowed(name):
            raise Corrupted(f"the backup names a file {name[:100]!r}", hint="it was not made by this program")
        if digest_of(root / name) != (known["sha256"], known["size"]):
            raise Corrupted(f"{name!r} of the backup is not what was written", hint="use another backup")
    return Backup(
        root=root,
        catalog=about["catalog"],
        copied=about["objects"] == "copied",
        writers=tuple(about.get("writers", ())),
        lost=tuple(about["lost"]) if "lost" in about else None,
        blobs=tuple(about["blobs"]),
        files=tuple(files),
        size=sum(each["size"] for each in files.values()),
    )


def is_allowed(name: str) -> bool:
    """Whether a backup may hold a file of this name."""
    parts = PurePosixPath(name).parts
    if name != "/".join(parts) or not all(
        _PART.fullmatch(each) and each not in {".", ".."} for each in parts
    ):
        return False
    return name in _SINGLE or (len(parts) > 1 and parts[0] in _ROOMS)


def _manifest(root: Path) -> dict[str, Any]:
    path = root / MANIFEST
    if not path.is_file():
        raise NotFound("there is no whole backup: it has no manifest.json")
    try:
        about = json.loads(path.read_text("utf-8"))
        lists = (about["blobs"], about.get("writers", []), about.get("lost", []))
        whole = isinstance(about["files"], dict) and all(isinstance(each, list) for each in lists)
        known = about["form"] in FORMS and whole
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise Corrupted("manifest.json of the backup cannot be read", hint="use another backup") from exc
    if not known:
        raise InvalidSpec("the backup is of a form that this release does not know", hint="upgrade first")
    return about


def _copy(place: Path, root: Path) -> None:
    for path in sorted(place.rglob("*")):
        if path.is_symlink():
            raise Corrupted(f"the backup holds a link, {path.name!r}", hint="it was not made by this program")
        if path.is_file():
            target = root / path.relative_to(place)
            target.parent.mkdir(parents=True, exist_ok=True)
            with path.open("rb") as source, target.open("xb") as copy:
                while piece := source.read(1 << 20):
                    copy.write(piece)


def _unpack(place: Path, root: Path) -> None:
    try:
        with tarfile.open(place, "r:") as tar:
            for member in one_by_one(tar):
                # One with holes could claim to be of any size.
                plain = member.isreg() and not member.issparse()
                if not plain or not (member.name == MANIFEST or is_allowed(member.name)):
                    raise Corrupted(
                        f"the backup holds {member.name[:100]!r}", hint="it was not made by this program"
                    )
                target = root / member.name
                target.parent.mkdir(parents=True, exist_ok=True)
                source = tar.extractfile(member)
                assert source is not None
                with source, target.open("xb") as copy:
                    while piece := source.read(1 << 20):
                        copy.write(piece)
    except (tarfile.TarError, FileExistsError) as exc:
        raise Corrupted(f"{str(place)!r} is no whole tar: {exc}", hint="use another backup") from exc


def _beside(root: Path) -> Path:
    """A directory in the file system of another: the one above, or where that is not possible itself."""
    above = root.parent
    apart = root.exists() and root.stat().st_dev != above.stat().st_dev
    if not apart and os.access(above, os.W_OK):
        return above
    make_dirs(root, mode=0o700)
    for left in root.glob(f"{_SCRATCH}*"):
        shutil.rmtree(left, ignore_errors=True)
    return root


def _is_passed_over(path: Path) -> bool:
    return path.name in {FILE, LOCK} or path.name.startswith(_SCRATCH)


def _refuse_what_is_there(settings: ServerSettings) -> None:
    root = settings.store.root
    found = [each.name for each in root.iterdir() if not _is_passed_over(each)] if root.exists() else []
    if found and _BEGUN not in found:
        raise Conflict(f"{root} is not empty, it holds {found[0]!r}", hint="restore into a new directory")
    if make_url(settings.store.catalog_url).get_backend_name() != "sqlite":
        if revision(settings) is not None:
            raise Conflict("the database of the catalog is not empty", hint="make a new one with `createdb`")
    elif Path(make_url(settings.store.catalog_url).database or "").exists():
        raise Conflict("there is a catalog already", hint="restore into a new directory")


def _begin(root: Path, backup: Backup) -> None:
    """Note what is being restored; one that broke off is gone on with only by the same backup."""
    mark, (digest, _) = root / _BEGUN, digest_of(backup.root / MANIFEST)
    if mark.exists() and mark.read_text("utf-8") != digest:
        raise Conflict(f"a restore of another backup into {root} broke off", hint="choose a new directory")
    atomic_write(mark, digest.encode())


def _put_blobs(settings: ServerSettings, backup: Backup) -> None:
    objects = open_store(settings.store.objects_url)
    blobs = Blobs(objects)
    if not backup.copied:
        if lacking := blobs.missing(backup.blobs):
            raise NotFound(
                f"{len(lacking)} blobs are not in {settings.store.objects_url}, such as {min(lacking)[:12]}",
                hint="the backup only lists them; objects_url must name the store that they are in",
            )
        return
    for name in backup.files:
        if name.startswith("blobs/"):
            blobs.put_file(backup.root / name, digest=name.removeprefix("blobs").replace("/", ""))


def _put_logs(house: Services, backup: Backup) -> None:
    if lacking := [writer for writer in backup.writers if not house.table_logs.holds(writer)]:
        raise NotFound(
            f"the rows of {len(lacking)} writers are not in {house.settings.objects_url},"
            f" such as those of {lacking[0][:12]}",
            hint="the backup only lists them; objects_url must name the store that they are in",
        )
    put_table_logs(house.table_logs, backup.root, backup.files)
    if house.settings.tables.is_dir():
        fsync_dir(house.settings.tables)
    put_job_logs(house.job_logs, backup.root, backup.files)


def _lost(house: Services, session: Session) -> tuple[str, ...]:
    """Tables with rows that are nowhere."""
    lost: set[str] = set()
    for writer, tables in groupby(tails_by_writer(session), key=lambda each: each[0]):
        if not house.table_logs.holds(writer):
            lost.update(table for _, table in tables)
    return tuple(sorted(lost))


def _put_file(source: Path, target: Path) -> None:
    with source.open("rb") as file:
        fsync_file(file.fileno())
    move(source, target)


def _put_catalog(settings: ServerSettings, backup: Backup) -> None:
    url = settings.store.catalog_url
    if backup.catalog == "sqlite":
        _put_file(backup.root / FILE_CATALOG, Path(make_url(url).database or ""))
        return
    command = [postgres_program("pg_restore"), "--exit-on-error", "--no-owner", "--single-transaction"]
    run_postgres([*command, f"--dbname={postgres_url(url)}", str(backup.root / DUMPED_CATALOG)], url)
    with closing(Catalog.unmigrated(url)) as catalog, catalog.connect():
        return

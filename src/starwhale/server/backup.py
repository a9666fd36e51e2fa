"""A backup of a server that runs: catalog, bytes and logs, each with its digest.

In the directory of a backup lie ``catalog.sqlite`` or ``catalog.dump``, ``blobs/`` as in a store,
``tables/``, ``logs/`` of jobs and ``usage/`` of what they used (see `backup_logs`), ``server.yaml``, and last
of all ``manifest.json``: a backup without it is not whole. The catalog is copied at one moment; all that it
names was stored before and is copied after. Nothing tells of the place that it was copied from: a backup of a
server with a directory is restored into an object store, and the other way round.
"""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url

from starwhale.artifacts.pins import PinRepository
from starwhale.catalog.copying import copy_catalog
from starwhale.catalog.engine import Catalog
from starwhale.catalog.revision import revision_of
from starwhale.core.errors import Conflict, Corrupted, NotFound, UsageError
from starwhale.core.release import __version__
from starwhale.kit.files import fsync_dir, fsync_file, make_dirs
from starwhale.kit.times import utc_now
from starwhale.server.backup_files import MANIFEST, Sink, pieces_of
from starwhale.server.backup_logs import copy_job_logs, copy_table_logs, writers_of
from starwhale.server.postgres import postgres_program, postgres_url, run_postgres
from starwhale.server.services import Services
from starwhale.storage.blobs.names import key_of

if TYPE_CHECKING:
    from starwhale.core.settings import Settings
    from starwhale.server.settings import ServerSettings

#: Of the form 1 are backups that hold logs only where these lay in the directory of the server, as they lay.
FORM, FORMS = 2, (1, 2)
FILE_CATALOG = "catalog.sqlite"
DUMPED_CATALOG = "catalog.dump"
_PACKED = frozenset({".gz", ".tgz", ".bz2", ".xz", ".zst", ".zip", ".7z"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a backup holds.

    Attributes:
        files: How many files.
        size: Bytes of them.
        blobs: How many of them are blobs.
        lost: Tables of whose rows it lacks some: they were gone or damaged, or an older release made it.
    """

    place: str
    files: int
    size: int
    blobs: int
    lost: tuple[str, ...] = ()


def back_up(
    settings: ServerSettings, place: Path, *, objects: bool = True, file: Path | None = None
) -> Report:
    """Write a backup; the server may run, and be written to.

    Args:
        settings: Of the server.
        place: A directory to make, or a file called ``.tar``.
        objects: Whether bytes are copied; else they are only listed, for a store that is safe by itself, and
            so are the logs that lie in it.
        file: The file of its settings, which is copied as well.

    Raises:
        Conflict: there is something at `place`, or garbage was collected meanwhile.
        Corrupted: stored bytes are not what was written. Rows of tables are left out then, see `Report.lost`.
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
        sink = Sink(Path(scratch) / "backup")
        sink.root.mkdir(mode=0o700)
        with closing(_looking_at(settings.store, sink, Path(scratch))) as house:
            logs = objects or not house.shares
            with _standing_still(house, sink) as kind:
                needed = _needed(house)
                unread = copy_table_logs(house, sink) if logs else ()
                writers = [] if logs else writers_of(house)
            listed = _copy_blobs(house, sink, copying=objects)
            _refuse_what_went(needed - set(listed))
            if logs:
                copy_job_logs(house.job_logs, sink)
        if file is not None and file.is_file():
            sink.take("server.yaml", pieces_of(file))
        about = {
            "form": FORM,
            "made_at": utc_now().isoformat(),
            "release": __version__,
            "catalog": kind,
            "objects": "copied" if objects else settings.store.objects_url,
            "blobs": listed,
            "writers": writers,
            "lost": unread,
        }
        sink.finish(about)
        _place(sink.root, place)
    size = sum(each["size"] for each in sink.files.values())
    return Report(place=str(place), files=len(sink.files), size=size, blobs=len(listed), lost=unread)


def _refuse_what_went(blobs: set[str]) -> None:
    if blobs:
        raise Conflict(
            f"{len(blobs)} blobs went while the backup was made, such as {min(blobs)[:12]}",
            hint="garbage was collected meanwhile; make it again, or `swcli model verify` what is there",
        )


def _looking_at(store: Settings, sink: Sink, scratch: Path) -> Services:
    """The services of the server; a catalog in a file is copied first, and they look at a copy of that."""
    url = make_url(store.catalog_url)
    if url.get_backend_name() != "sqlite":
        return Services(store)
    path, copied = Path(url.database or ""), sink.root / FILE_CATALOG
    if not path.is_file():
        raise NotFound(f"there is no catalog at {path}", hint="`swcli server config` says where it looks")
    copy_catalog(path, copied)
    sink.adopt(FILE_CATALOG)
    # Reading it writes a file beside it.
    looked_at = scratch / "looked-at.sqlite"
    shutil.copyfile(copied, looked_at)
    return Services(replace(store, catalog_url=f"sqlite:///{looked_at}"))


@contextmanager
def _standing_still(house: Services, sink: Sink) -> Generator[str]:
    """Have whatever is read of the catalog be of the moment that is in the backup; its kind."""
    url = house.settings.catalog_url
    if make_url(url).get_backend_name() == "sqlite":
        yield "sqlite"
        return
    program = postgres_program("pg_dump")
    if _is_behind(url):
        # Dumped as its own release left it, so that one can go back there: looking at it migrates it.
        _dump(program, url, sink)
        yield "postgresql"
        return
    with house.catalog.one_moment() as moment:
        _dump(program, url, sink, f"--snapshot={moment}")
        yield "postgresql"


def _is_behind(url: str) -> bool:
    with closing(Catalog.unmigrated(url)) as catalog, catalog.connect() as connection:
        return revision_of(connection).is_behind


def _dump(program: str, url: str, sink: Sink, *more: str) -> None:
    command = [program, "--format=custom", "--no-owner", f"--file={sink.root / DUMPED_CATALOG}", *more]
    run_postgres([*command, f"--dbname={postgres_url(url)}"], url)
    sink.adopt(DUMPED_CATALOG)


def _needed(house: Services) -> set[str]:
    """All blobs that versions and tables of the catalog name."""
    with house.catalog.read() as session:
        manifests = list(PinRepository(session).live_manifests())
    return set(house.collection.needed(manifests))


def _copy_blobs(house: Services, sink: Sink, *, copying: bool) -> list[str]:
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

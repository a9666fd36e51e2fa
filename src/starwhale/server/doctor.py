"""Whether a server has what it needs: looked at from outside, with or without one that runs."""

from __future__ import annotations

import os
import resource
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
from sqlalchemy import text

from starwhale.catalog.engine import Catalog
from starwhale.catalog.revision import HEAD, revision_of
from starwhale.core.errors import StarwhaleError
from starwhale.jobs.executors.users import check_user
from starwhale.kit.times import utc_now
from starwhale.server.configuration import masked_url
from starwhale.server.console import MISSING, Console
from starwhale.server.machine import capacity_of
from starwhale.server.seat import find_sitting
from starwhale.server.stores import probe
from starwhale.server.upgrading import catalog_file

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from starwhale.server.settings import ServerSettings

OK, WARNING, FAILED = "ok", "warning", "failed"
_LEAST_FREE = 1 << 30
_GOOD_FREE = 10 << 30
_FILES = 4096
_SYNCHRONOUS = {"0": "OFF", "1": "NORMAL", "2": "FULL", "3": "EXTRA"}
_SKEW = 5.0
_PATIENCE = 5.0
_DRIVERS = ("fastapi", "uvicorn", "uvloop", "sqlalchemy", "psycopg", "obstore", "pyarrow", "duckdb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one look found.

    Attributes:
        state: ``ok``, ``warning`` or ``failed``.
        hint: What to do about it; empty when all is well.
    """

    name: str
    state: str
    detail: str
    hint: str = ""


Check = Callable[["ServerSettings"], Iterator[Finding]]


def examine(settings: ServerSettings, names: Iterable[str] | None = None) -> Iterator[Finding]:
    """Look at everything; nothing is changed, but for a probe in the store that is removed again.

    Args:
        settings: Of the server.
        names: Which of `CHECKS`; all by default.
    """
    for name in CHECKS if names is None else names:
        try:
            yield from CHECKS[name](settings)
        except StarwhaleError as exc:
            yield Finding(name=name, state=FAILED, detail=exc.message, hint=exc.hint)
        except OSError as exc:
            yield Finding(name=name, state=FAILED, detail=str(exc.strerror or exc))


def _not_yet(name: str, path: Path) -> Finding:
    """Of what the first start makes: whether it can."""
    above = next(each for each in path.parents if each.exists())
    if not os.access(above, os.W_OK | os.X_OK):
        hint = "let the user of the server write there, or name another place"
        return Finding(name=name, state=FAILED, detail=f"{path} cannot be made in {above}", hint=hint)
    hint = "`swcli server start` makes it"
    return Finding(name=name, state=WARNING, detail=f"{path} is not there yet", hint=hint)


def _catalog(settings: ServerSettings) -> Iterator[Finding]:
    file = catalog_file(settings)
    if file is not None and not file.exists():
        yield _not_yet("catalog", file)
        return
    began = time.perf_counter()
    with closing(Catalog.unmigrated(settings.store.catalog_url, patience=_PATIENCE)) as catalog:
        with catalog.connect() as connection:
            connection.execute(text("SELECT 1"))
            found = revision_of(connection)
            durable = _durability(connection.dialect.name, connection)
        took = (time.perf_counter() - began) * 1000
    where = masked_url(settings.store.catalog_url)
    yield Finding(name="catalog", state=OK, detail=f"{where} answers in {took:.0f} ms")
    if found.is_newer:
        hint = "upgrade with `pip install --upgrade starwhale`"
        yield Finding(name="tables", state=FAILED, detail=f"revision {found.name} is newer", hint=hint)
    elif found.is_behind:
        detail = f"revision {found.name or 'none'}, this release has {HEAD}"
        hint = "`swcli server migrate`, or just start it"
        yield Finding(name="tables", state=WARNING, detail=detail, hint=hint)
    else:
        yield Finding(name="tables", state=OK, detail=f"revision {HEAD}")
    yield durable


def _durability(dialect: str, connection: Connection) -> Finding:
    name = "synchronous" if dialect == "sqlite" else "synchronous_commit"
    value = str(connection.scalar(text(f"PRAGMA {name}" if dialect == "sqlite" else f"SHOW {name}")))
    value = _SYNCHRONOUS.get(value, value)
    good = value in {"FULL", "EXTRA", "on", "remote_apply", "remote_write", "local"}
    hint = "" if good else "a power failure may cost what was acknowledged"
    return Finding(name="durability", state=OK if good else WARNING, detail=f"{name} is {value}", hint=hint)


def _objects(settings: ServerSettings) -> Iterator[Finding]:
    place = settings.store.objects_url
    if "://" not in place and not Path(place).parent.exists():
        yield _not_yet("objects", Path(place))
        return
    took = probe(place, patience=_PATIENCE) * 1000
    yield Finding(name="objects", state=OK, detail=f"{place} takes, gives and deletes in {took:.0f} ms")


def _workers(settings: ServerSettings) -> Iterator[Finding]:
    if settings.executor == "none":
        yield Finding(name="workers", state=OK, detail="this server runs no jobs")
        return
    if settings.worker_user:
        check_user(settings.worker_user, settings.most_jobs)
    user, capacity = settings.worker_user or "the user of the server", capacity_of(settings.capacity)
    detail = f"jobs run as {user}; tasks may have {capacity}"
    yield Finding(name="workers", state=OK, detail=detail)


def _space(settings: ServerSettings) -> Iterator[Finding]:
    place = settings.store.root
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    state = FAILED if free < _LEAST_FREE else WARNING if free < _GOOD_FREE else OK
    hint = "" if state == OK else "make room: `swcli server gc`, or a larger disk"
    yield Finding(name="disk", state=state, detail=f"{free / (1 << 30):.1f} GiB free at {place}", hint=hint)
    inodes = os.statvfs(place)
    if inodes.f_files and inodes.f_favail < inodes.f_files // 20:
        yield Finding(name="inodes", state=WARNING, detail=f"{inodes.f_favail:,} left", hint="make room")


def _privacy(settings: ServerSettings) -> Iterator[Finding]:
    root = settings.store.root
    if root.exists() and root.stat().st_mode & stat.S_IRWXO:
        detail = f"every user of this machine can look into {root}, where keys lie"
        yield Finding(name="privacy", state=WARNING, detail=detail, hint=f"`chmod o= {root}`")


def _files(_: ServerSettings) -> Iterator[Finding]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = soft == resource.RLIM_INFINITY or soft >= _FILES
    hint = "" if enough else f"raise it to {_FILES:,}: LimitNOFILE in systemd, or `ulimit -n`"
    state = OK if enough else WARNING
    yield Finding(name="open files", state=state, detail=f"{soft:,} of {hard:,} allowed", hint=hint)


def _address(settings: ServerSettings) -> Iterator[Finding]:
    sitting = find_sitting(settings.store.root)
    runs = sitting is not None and sitting.runs
    if not runs:
        yield Finding(name="process", state=WARNING, detail="no server runs", hint="`swcli server start`")
    for name, url in (
        ("process", sitting.url if sitting and runs else ""),
        ("public_url", settings.public_url),
    ):
        if url:
            yield from _reached(name, url)


def _reached(name: str, url: str) -> Iterator[Finding]:
    try:
        with httpx2.Client(timeout=_PATIENCE, trust_env=False) as client:
            answer = client.get(f"{url}/readyz")
    except (httpx2.HTTPError, httpx2.InvalidURL) as exc:
        hint = "is the proxy in front up, and its name and certificate right?" if name != "process" else ""
        yield Finding(name=name, state=FAILED, detail=f"{url} does not answer: {exc}", hint=hint)
        return
    if answer.status_code != HTTPStatus.OK:
        yield Finding(name=name, state=FAILED, detail=f"{url}/readyz answers with {answer.status_code}")
        return
    yield Finding(name=name, state=OK, detail=f"{url} is ready")
    date = answer.headers.get("date")
    if date:
        skew = abs((parsedate_to_datetime(date) - utc_now()).total_seconds())
        state, hint = (OK, "") if skew <= _SKEW else (WARNING, "let NTP set the clocks")
        yield Finding(name="clock", state=state, detail=f"{skew:.0f} s apart from {url}", hint=hint)


def _clock(settings: ServerSettings) -> Iterator[Finding]:
    if not settings.store.catalog_url.startswith("postgres"):
        yield Finding(name="clock", state=OK, detail=f"{utc_now():%Y-%m-%d %H:%M:%S} UTC")
        return
    with (
        closing(Catalog.unmigrated(settings.store.catalog_url, patience=_PATIENCE)) as catalog,
        catalog.connect() as connection,
    ):
        there = float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0.0)
    skew = abs(there - time.time())
    state, hint = (OK, "") if skew <= _SKEW else (WARNING, "let NTP set the clocks")
    yield Finding(name="clock", state=state, detail=f"{skew:.1f} s apart from the database", hint=hint)


def _doors(settings: ServerSettings) -> Iterator[Finding]:
    local = settings.host in {"127.0.0.1", "::1", "localhost"}
    if settings.secure:
        yield Finding(name="cookies", state=OK, detail="sent over HTTPS only")
    elif local and not settings.public_url:
        yield Finding(name="cookies", state=OK, detail="sent without HTTPS, on this machine alone")
    else:
        hint = "put HTTPS in front, and set public_url to https://…"
        detail = "passwords and cookies go over the network in the clear"
        yield Finding(name="cookies", state=WARNING, detail=detail, hint=hint)
    if settings.public_url and not settings.proxies:
        hint = "name the proxy in `proxies`, so that addresses in the audit are right"
        yield Finding(name="proxies", state=WARNING, detail="none is trusted", hint=hint)


def _drivers(_: ServerSettings) -> Iterator[Finding]:
    found: list[str] = []
    for name in _DRIVERS:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    yield Finding(name="packages", state=OK, detail=", ".join(found))


def _console(_: ServerSettings) -> Iterator[Finding]:
    if Console().built:
        yield Finding(name="console", state=OK, detail="built")
    else:
        detail, hint = MISSING.split("; ", 1)
        yield Finding(name="console", state=WARNING, detail=detail, hint=hint)


CHECKS: dict[str, Check] = {
    "catalog": _catalog,
    "objects": _objects,
    "workers": _workers,
    "disk": _space,
    "privacy": _privacy,
    "open files": _files,
    "clock": _clock,
    "address": _address,
    "cookies": _doors,
    "packages": _drivers,
    "console": _console,
}

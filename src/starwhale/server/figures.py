"""Figures of a server that runs, for its administrators: cheap enough to be asked for again and again."""

from __future__ import annotations

import os
import platform
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text

from starwhale.catalog.tables.accounts import UserRow
from starwhale.catalog.tables.artifacts import ArtifactRow
from starwhale.catalog.tables.jobs import JobRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.catalog.tables.webhooks import DeliveryRow
from starwhale.core.release import __version__
from starwhale.kit.times import utc_now
from starwhale.webhooks.states import WAITING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from prometheus_client import Metric

    from starwhale.catalog.engine import Catalog, Session
    from starwhale.server.life import Life
    from starwhale.server.settings import ServerSettings

# They last as long as somebody listens, which says nothing of how fast the server is.
_ENDLESS = "/stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Requests that took at most so many seconds; None for however many."""

    most: float | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Requests since the server was started.

    Attributes:
        answered: All of them.
        refused: Answered with 4xx.
        failed: Answered with 5xx.
        buckets: How long they took, each with those of the smaller ones; streams are left out.
    """

    answered: int
    refused: int
    failed: int
    in_flight: int
    buckets: list[Bucket]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A server at one moment.

    Attributes:
        memory: Bytes that its processes hold; None where this system does not tell.
        catalog: What kind of database it is: ``sqlite`` or ``postgresql``.
        catalog_size: Bytes of it; None where it does not tell.
        disk_free: Bytes that are left where its data lies.
        jobs: By their state.
        deliveries: To webhooks, that wait.
        counts: Of users, projects, and packages by their kind; the trash is left out.
    """

    at: datetime
    since: datetime
    version: str
    python: str
    system: str
    workers: int
    memory: int | None
    requests: Requests
    catalog: str
    catalog_size: int | None
    disk_free: int
    disk_total: int
    executor: str
    most_jobs: int
    jobs: dict[str, int]
    deliveries: int
    counts: dict[str, int]


def take(settings: ServerSettings, life: Life, catalog: Catalog, counted: Iterable[Metric]) -> Figures:
    """The figures of now.

    Args:
        settings: What the server was started with.
        life: Of this process.
        catalog: Its catalog.
        counted: What its processes have counted of requests; see `Metrics.counted`.

    Raises:
        Unavailable: the catalog does not answer.
    """
    with catalog.read() as session:
        known = _known(session)
        size = _size(session)
    disk = shutil.disk_usage(settings.store.root)
    return Figures(
        at=utc_now(),
        since=life.since,
        version=__version__,
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        workers=settings.workers,
        memory=_memory(settings.workers),
        requests=_requests(counted, life),
        catalog_size=size,
        disk_free=disk.free,
        disk_total=disk.total,
        executor=settings.executor,
        most_jobs=settings.most_jobs,
        **known,
    )


def _known(session: Session) -> dict[str, Any]:
    alive = select(ArtifactRow.kind, func.count()).where(ArtifactRow.removed_at.is_(None))
    kinds = {str(kind): count for kind, count in session.execute(alive.group_by(ArtifactRow.kind))}
    states = select(JobRow.state, func.count()).where(JobRow.removed_at.is_(None)).group_by(JobRow.state)
    projects = select(func.count()).select_from(ProjectRow).where(ProjectRow.removed_at.is_(None))
    waiting = select(func.count()).select_from(DeliveryRow).where(DeliveryRow.state == WAITING)
    return {
        "catalog": session.connection().dialect.name,
        "jobs": {str(state): count for state, count in session.execute(states)},
        "deliveries": session.scalar(waiting) or 0,
        "counts": {
            "users": session.scalar(select(func.count()).select_from(UserRow)) or 0,
            "projects": session.scalar(projects) or 0,
            **{f"{kind}s": kinds.get(kind, 0) for kind in ("dataset", "model", "runtime")},
        },
    }


def _size(session: Session) -> int | None:
    if session.connection().dialect.name == "sqlite":
        asked = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    else:
        asked = "SELECT pg_database_size(current_database())"
    found = session.scalar(text(asked))
    return None if found is None else int(found)


def _requests(counted: Iterable[Metric], life: Life) -> Requests:
    by_status, by_time = Counter[str](), Counter[float]()
    for metric in counted:
        for sample in metric.samples:
            if sample.name == "starwhale_requests_total":
                by_status[sample.labels["status"][:1]] += int(sample.value)
            elif sample.name == "starwhale_request_seconds_bucket" and not _is_endless(sample.labels):
                by_time[float(sample.labels["le"])] += int(sample.value)
    return Requests(
        answered=by_status.total(),
        refused=by_status["4"],
        failed=by_status["5"],
        in_flight=life.in_flight,
        buckets=[
            Bucket(most=None if most == float("inf") else most, count=by_time[most])
            for most in sorted(by_time)
        ],
    )


def _is_endless(labels: Mapping[str, str]) -> bool:
    return labels["route"].endswith(_ENDLESS)


def _memory(workers: int) -> int | None:
    """Bytes that the processes of this server hold; of this one alone where its siblings are not told."""
    numbers = [os.getpid()]
    if workers > 1:
        above = os.getppid()
        try:
            numbers = [
                above,
                *map(int, Path(f"/proc/{above}/task/{above}/children").read_text("ascii").split()),
            ]
        except (OSError, ValueError):
            numbers = [os.getpid()]
    try:
        pages = sum(int(Path(f"/proc/{each}/statm").read_text("ascii").split()[1]) for each in numbers)
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")

"""The door for workers of jobs: leases, rows to read, and results, each worker within its own job."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from starwhale.accounts.secrets import digest_of
from starwhale.catalog.tables.tablelog import LiveTableRow, TableCommitRow
from starwhale.core.errors import NotFound, StarwhaleError, UsageError
from starwhale.core.kinds import Kind
from starwhale.core.uri import Defaults, parse_uri
from starwhale.evaluations.results import SUMMARY, ResultStore, evaluation_prefix
from starwhale.instance.local import LocalInstance
from starwhale.jobs.leases import Holder, Lease, Unit
from starwhale.jobs.ledger import Guard
from starwhale.jobs.passes import PassService, WorkPass
from starwhale.jobs.plan import DatasetInput, Key
from starwhale.jobs.receipts import ReceiptRepository, Repeated
from starwhale.kit.times import utc_now
from starwhale.storage.layers.media import Source
from starwhale.storage.tables.cells import pack_value, unpack_row

#: Seconds for which the job of a token is not looked up again, and a place for results is kept.
REMEMBERED = 2.0
IDLE = 120.0
#: Rows of one answer, and the bytes of them at which it ends.
MOST_ROWS = 5_000
_MOST_KEPT = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What of a lease is done.

    Attributes:
        upto: First key that is not; None where the lease ends.
        rows: Rows done since the lease, or since the last time.
        failed: Those of them whose result is an error.
    """

    lease: Lease
    upto: Key | None
    rows: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Results that become visible together with the progress that they are.

    Attributes:
        sender: Random name of the place that they were collected in.
        sequence: Counts its messages.
        epoch: Of the scheduler that the worker belongs to.
        tables: Rows by table, each a key and packed values.
        summary: Packed values for the job's row in the summary.
        settled: What they are the results of; None where they only become visible.
    """

    sender: str
    sequence: int
    epoch: int
    tables: Mapping[str, Sequence[tuple[Key, Mapping[str, Any]]]]
    summary: Mapping[str, Any]
    settled: Settled | None = None


@dataclass
class _Place:
    """Where the results of one sender go."""

    store: ResultStore
    turn: threading.Lock = field(default_factory=threading.Lock)
    used: float = field(default_factory=time.monotonic)


class WorkService:
    """See the module.

    Args:
        house: The services of the server.
    """

    def __init__(self, house: LocalInstance) -> None:
        self._house = house
        self.passes = PassService(house.catalog)
        self._known: dict[str, tuple[float, WorkPass]] = {}
        self._places: dict[tuple[str, str], _Place] = {}
        self._blobs: dict[str, frozenset[str]] = {}
        self._lock = threading.Lock()

    def enter(self, token: str) -> WorkPass:
        """The job of a worker, by the token that it shows.

        Raises:
            Unauthorized: it belongs to none that runs.
        """
        key, now = digest_of(token), time.monotonic()
        known = self._known.get(key)
        if known is not None and known[0] > now:
            return known[1]
        found = self.passes.read(token)
        with self._lock:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[key] = (now + REMEMBERED, found)
        return found

    def leave(self, token: str) -> None:
        """Have the token of a job count no more, here at once and elsewhere in a moment."""
        self.passes.revoke(token)
        with self._lock:
            self._known.pop(digest_of(token), None)

    # Leases.

    def lease(self, job: WorkPass, holder: Holder) -> Lease | None:
        """See `WorkerLedger.lease`; what the attempt holds already, it is given again."""
        held = self._house.ledger.held(replace(holder, job=job.job))
        return held or self._house.ledger.lease(replace(holder, job=job.job), utc_now())

    def lease_units(self, job: WorkPass, holders: Sequence[Holder]) -> list[Unit]:
        """See `WorkerLedger.lease_units`; what the attempts hold already, they are given again."""
        mine = [replace(each, job=job.job) for each in holders]
        held = [self._house.ledger.held(each) for each in mine]
        open_ = [each for each, lease in zip(mine, held, strict=True) if lease is None]
        fresh = iter(self._house.ledger.lease_units(open_, utc_now()) if open_ else ())
        return [next(fresh) if lease is None else lease for lease in held]

    def settle(self, job: WorkPass, leases: Sequence[Lease]) -> list[bool]:
        """See `WorkerLedger.settle`; one that has ended so before counts again."""
        self._check_own(job, leases)
        return [
            counts or self._house.ledger.has_ended(lease)
            for lease, counts in zip(leases, self._house.ledger.settle(leases), strict=True)
        ]

    def prolong(self, job: WorkPass, lease: Lease) -> None:
        """See `WorkerLedger.prolong`."""
        self._check_own(job, [lease])
        self._house.ledger.prolong(lease, utc_now())

    def give_back(self, job: WorkPass, lease: Lease) -> None:
        """See `WorkerLedger.give_back`."""
        self._check_own(job, [lease])
        self._house.ledger.give_back(lease)

    # Results.

    def take(self, job: WorkPass, report: Report) -> None:
        """Make results durable and visible, in one transaction with the progress that they are.

        One that came before is not counted again.

        Raises:
            Fenced: the lease was taken back, or another scheduler has the job; nothing is visible then.
            InvalidName: a table or column has no usable name.
            UnsupportedValue: a value has no stored form.
            UsageError: what came is no table.
        """
        place = self._place(job, report.sender)
        with place.turn:
            place.used = time.monotonic()
            self._log(job, place.store, report)
            try:
                place.store.flush(guard=self._guard(job, report))
            except Repeated:
                return

    def rows(
        self, job: WorkPass, table: str, after: Key | None, start: Key | None, end: Key | None
    ) -> tuple[list[list[Any]], bool]:
        """Rows of a table of the job in key order, packed.

        Args:
            job: The job.
            table: Name of the table.
            after: Key behind which they begin; None: with the first.
            start: First key wanted.
            end: Key to stop before.

        Returns:
            Key and values of each, and whether there may be more.
        """
        with_first = after is None
        results = ResultStore(self._house.tables, project=job.log_project, job=job.job)
        try:
            found = results.scan(table, start if with_first else after, end, keep_none=True)
            if not with_first:
                found = (row for row in found if row["id"] != after)
            page = list(islice(found, MOST_ROWS))
        finally:
            results.close()
        put = self._house.blobs.put
        return [[row.pop("id"), _packed(row, put)] for row in page], len(page) == MOST_ROWS

    def summary(self, job: WorkPass) -> dict[str, Any]:
        """The job's row in the summary, packed."""
        results = ResultStore(self._house.tables, project=job.log_project, job=job.job)
        try:
            return _packed(results.get_summary(), self._house.blobs.put)
        finally:
            results.close()

    # Rows to read.

    def manifest(self, job: WorkPass, uri: str) -> str:
        """Digest of the manifest of a dataset that the job reads.

        Raises:
            NotFound: it reads none of this address, or that is gone.
        """
        for each in job.datasets:
            if each.uri == uri:
                return self._manifest(each)
        raise NotFound(f"the job reads no dataset {uri[:200]!r}")

    def check_readable(self, job: WorkPass, digest: str) -> None:
        """Make sure that a blob belongs to a dataset that the job reads, or to its results.

        Raises:
            NotFound: it does not.
        """
        if digest not in self._references(job) and not self._is_result(job, digest):
            raise NotFound(f"no blob {digest[:12]}")

    def close(self) -> None:
        """Let go of open files."""
        for place in self._places.values():
            place.store.close()
        self._places.clear()

    # Inside.

    def _check_own(self, job: WorkPass, leases: Sequence[Lease]) -> None:
        with self._house.catalog.read() as session:
            ReceiptRepository(session).check_own(job.job, leases)

    def _guard(self, job: WorkPass, report: Report) -> Guard:
        settled = report.settled
        inner = self._inner(settled) if settled is not None else None

        def guard(session: Session) -> None:
            receipts = ReceiptRepository(session)
            receipts.take(job.job, report.sender, report.sequence)
            receipts.check_present(job.job, report.epoch)
            if settled is not None and inner is not None:
                receipts.check_own(job.job, [settled.lease])
                inner(session)

        return guard

    def _inner(self, settled: Settled) -> Guard:
        ledger = self._house.ledger
        if settled.upto is None:
            return ledger.complete(settled.lease, settled.rows, settled.failed)
        return ledger.advance(settled.lease, settled.upto, settled.rows, settled.failed)

    def _log(self, job: WorkPass, store: ResultStore, report: Report) -> None:
        source = self._source_of(job)
        if SUMMARY in report.tables:
            raise UsageError(f"a table of results cannot be called {SUMMARY!r}")
        try:
            for table, rows in report.tables.items():
                for key, cells in rows:
                    store.log(table, key, unpack_row(dict(cells), source))
            if report.summary:
                store.log_summary(unpack_row(dict(report.summary), source))
        except StarwhaleError:
            store.close()
            raise
        except Exception as error:
            store.close()
            raise UsageError(f"what came is no row of a table: {type(error).__name__}") from error

    def _place(self, job: WorkPass, sender: str) -> _Place:
        """One place for each sender while it sends: the logs of tables are files of whoever writes."""
        now = time.monotonic()
        with self._lock:
            for key, place in list(self._places.items()):
                if now - place.used > IDLE and not place.turn.locked():
                    del self._places[key]
                    place.store.close()
            found = self._places.get((job.job, sender))
            if found is None:
                store = ResultStore(self._house.tables, project=job.log_project, job=job.job)
                found = self._places[job.job, sender] = _Place(store)
            return found

    def _source_of(self, job: WorkPass) -> Callable[[str, int], Source]:
        def source(digest: str, size: int) -> Source:
            self.check_readable(job, digest)
            return self._house.layers.source(digest, size)

        return source

    def _manifest(self, dataset: DatasetInput) -> str:
        uri = parse_uri(dataset.uri, kind=Kind.DATASET, defaults=Defaults())
        # Whoever made the job could read it then; the job goes on with it.
        return self._house.datasets.resolve(self._house.actor, uri).manifest

    def _references(self, job: WorkPass) -> frozenset[str]:
        known = self._blobs.get(job.job)
        if known is None:
            digests: set[str] = set()
            for each in job.datasets:
                manifest = self._manifest(each)
                digests |= {manifest, *self._house.layers.references(manifest)}
            known = frozenset(digests)
            with self._lock:
                if len(self._blobs) >= _MOST_KEPT:
                    self._blobs.clear()
                self._blobs[job.job] = known
        return known

    def _is_result(self, job: WorkPass, digest: str) -> bool:
        prefix = evaluation_prefix(job.log_project, job.job)
        below = LiveTableRow.path.startswith(prefix, autoescape=True)
        with self._house.catalog.read() as session:
            manifests = session.scalars(select(LiveTableRow.manifest).where(below)).all()
            commits = select(TableCommitRow.refs).join(
                LiveTableRow, LiveTableRow.id == TableCommitRow.table_id
            )
            if any(digest in refs for refs in session.scalars(commits.where(below))):
                return True
        return any(_has(self._house.layers.references(each), digest) for each in manifests if each)


def _has(digests: Iterable[str], digest: str) -> bool:
    return any(each == digest for each in digests)


def _packed(row: Mapping[str, Any], spill: Callable[[bytes], str]) -> dict[str, Any]:
    return {name: pack_value(value, name, spill) for name, value in row.items()}

"""Results of jobs that come from their workers, each sender's in a place of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from starwhale.catalog.tables.tablelog import LiveTableRow, TableCommitRow
from starwhale.core.errors import StarwhaleError, UsageError
from starwhale.evaluations.results import SUMMARY, ResultStore, evaluation_prefix
from starwhale.instance.local import LocalInstance
from starwhale.jobs.leases import Lease
from starwhale.jobs.ledger import Guard
from starwhale.jobs.passes import WorkPass
from starwhale.jobs.plan import Key
from starwhale.jobs.receipts import ReceiptRepository, Repeated
from starwhale.jobs.results_place import check_place
from starwhale.storage.layers.media import Source
from starwhale.storage.tables.cells import pack_value, unpack_row

#: Seconds for which a place is kept that nobody sends to.
IDLE = 120.0
#: Rows of one answer.
MOST_ROWS = 5_000
#: Gives the bytes of a blob that a job may name, by digest and size; raises NotFound for others.
SourceOf = Callable[[WorkPass], Callable[[str, int], Source]]


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


class ResultDesk:
    """See the module.

    Args:
        house: The services of the server.
        source_of: What rows of a job may refer to.
    """

    def __init__(self, house: LocalInstance, source_of: SourceOf) -> None:
        self._house = house
        self._source_of = source_of
        self._places: dict[tuple[str, str], _Place] = {}
        self._lock = threading.Lock()

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

    def has(self, job: WorkPass, digest: str) -> bool:
        """Whether a blob belongs to the results of a job."""
        prefix = evaluation_prefix(job.log_project, job.job)
        below = LiveTableRow.path.startswith(prefix, autoescape=True)
        with self._house.catalog.read() as session:
            manifests = session.scalars(select(LiveTableRow.manifest).where(below)).all()
            commits = select(TableCommitRow.refs).join(
                LiveTableRow, LiveTableRow.id == TableCommitRow.table_id
            )
            if any(digest in refs for refs in session.scalars(commits.where(below))):
                return True
        return any(digest in self._house.layers.references(each) for each in manifests if each)

    def leave(self, job: str) -> None:
        """Let go of open files of a job whose workers send no more."""
        with self._lock:
            left = [self._places.pop(key) for key in list(self._places) if key[0] == job]
        for place in left:
            with place.turn:
                place.store.close()

    def close(self) -> None:
        """Let go of all open files."""
        for place in self._places.values():
            place.store.close()
        self._places.clear()

    def _guard(self, job: WorkPass, report: Report) -> Guard:
        settled = report.settled
        inner = self._inner(settled) if settled is not None else None

        def guard(session: Session) -> None:
            receipts = ReceiptRepository(session)
            receipts.take(job.job, report.sender, report.sequence)
            receipts.check_present(job.job, report.epoch)
            check_place(session, job.job)
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


def _packed(row: Mapping[str, Any], spill: Callable[[bytes], str]) -> dict[str, Any]:
    return {name: pack_value(value, name, spill) for name, value in row.items()}

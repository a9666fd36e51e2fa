"""The door for workers of jobs: leases, rows to read, and results, each worker within its own job."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from starwhale.accounts.secrets import digest_of
from starwhale.core.addresses import Defaults, parse_uri
from starwhale.core.errors import NotFound
from starwhale.core.kinds import Kind
from starwhale.instance.local import LocalInstance
from starwhale.jobs.leases import Holder, Lease, Unit
from starwhale.jobs.passes import PassService, WorkPass
from starwhale.jobs.plan import DatasetInput
from starwhale.jobs.receipts import ReceiptRepository
from starwhale.kit.moments import Moments
from starwhale.kit.times import utc_now
from starwhale.server.results import ResultDesk
from starwhale.storage.layers.media import Source

#: Seconds for which the job of a token is not looked up again.
REMEMBERED = 2.0
_MOST_KEPT = 512


class WorkService:
    """See the module.

    Args:
        house: The services of the server.

    Attributes:
        passes: Tokens of jobs.
        results: What their workers report.
    """

    def __init__(self, house: LocalInstance) -> None:
        self._house = house
        self.passes = PassService(house.catalog)
        self.results = ResultDesk(house, self._source_of)
        self._known = Moments[WorkPass](REMEMBERED, _MOST_KEPT)
        self._blobs: dict[str, frozenset[str]] = {}
        self._lock = threading.Lock()

    def enter(self, token: str) -> WorkPass:
        """The job of a worker, by the token that it shows.

        Raises:
            Unauthorized: it belongs to none that runs.
        """
        key = digest_of(token)
        known = self._known.get(key)
        if known is not None:
            return known
        found = self.passes.read(token)
        self._known.put(key, found)
        return found

    def leave(self, job: str, token: str) -> None:
        """Have the token of a job count no more, here at once and elsewhere in a moment."""
        self.passes.revoke(token)
        self._known.forget(digest_of(token))
        with self._lock:
            self._blobs.pop(job, None)
        self.results.leave(job)

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
        if digest not in self._references(job) and not self.results.has(job, digest):
            raise NotFound(f"no blob {digest[:12]}")

    def close(self) -> None:
        """Let go of open files."""
        self.results.close()

    # Inside.

    def _check_own(self, job: WorkPass, leases: Sequence[Lease]) -> None:
        with self._house.catalog.read() as session:
            ReceiptRepository(session).check_own(job.job, leases)

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

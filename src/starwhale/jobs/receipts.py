"""Work that is reported over a network: nobody speaks for another job, and nothing is counted twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from starwhale.catalog.tables.jobs import JobRow, RangeRow
from starwhale.catalog.tables.pools import WorkReceiptRow
from starwhale.core.errors import NotFound
from starwhale.jobs.leases import Fenced, Lease


class Repeated(Exception):
    """A message has come before, and counts."""


@dataclass(frozen=True, slots=True)
class ReceiptRepository:
    """Receipts in the transaction `session`."""

    session: Session

    def take(self, job: str, sender: str, sequence: int) -> None:
        """Note that a message has come.

        Args:
            job: The job that it is about.
            sender: Random name of the sender.
            sequence: Number of the message, counted from 1 by the sender, who sends the next one only when
                this one was answered.

        Raises:
            Repeated: it came before.
            Fenced: the sender's name belongs to another job.
        """
        mine = (WorkReceiptRow.sender == sender, WorkReceiptRow.job_id == job)
        newer = update(WorkReceiptRow).where(*mine, WorkReceiptRow.sequence < sequence)
        if self.session.connection().execute(newer.values(sequence=sequence)).rowcount == 1:
            return
        known = self.session.scalar(select(WorkReceiptRow.job_id).where(WorkReceiptRow.sender == sender))
        if known is None:
            row = {"sender": sender, "job_id": job, "sequence": sequence}
            self.session.execute(insert(WorkReceiptRow).values(row))
        elif known == job:
            raise Repeated
        else:
            raise Fenced("another job reports under this name")

    def check_own(self, job: str, leases: Sequence[Lease]) -> None:
        """Make sure that leases are of the job that shows them.

        Raises:
            NotFound: one of them is not.
        """
        numbers = {lease.range for lease in leases}
        query = select(RangeRow.id).where(RangeRow.job_id == job, RangeRow.id.in_(numbers))
        if any(lease.holder.job != job for lease in leases) or set(self.session.scalars(query)) != numbers:
            raise NotFound("there is no such lease in this job")

    def check_present(self, job: str, epoch: int) -> None:
        """Make sure that a worker belongs to the scheduler that has the job, and that it stays so.

        Raises:
            Fenced: another has it.
        """
        query = select(JobRow.epoch).where(JobRow.id == job, JobRow.epoch == epoch)
        if self.session.execute(query.with_for_update(read=True)).first() is None:
            raise Fenced(f"another process runs job {job[:12]} by now")

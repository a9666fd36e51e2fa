"""Ranges as rows of the catalog: leasing them, moving on in them, taking them back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, func, insert, or_, select, tuple_, update
from sqlalchemy.orm import Session

from starwhale.catalog.tables.jobs import JobRow, RangeRow
from starwhale.jobs import lease_statements as sql
from starwhale.jobs.events import Release, Released
from starwhale.jobs.leases import Fenced, Holder, Lease, Unit, describe_rows, key_from_text, key_to_text
from starwhale.jobs.plan import Key, RangePlan
from starwhale.jobs.states import RangeState

#: Pairs that one statement names at most.
FEW = 500


@dataclass(frozen=True, slots=True)
class RangeRepository:
    """Ranges of jobs in the transaction `session`."""

    session: Session

    def add(self, job: str, work: Sequence[RangePlan]) -> None:
        """Insert the work of a new job."""
        rows: list[dict[str, Any]] = [
            {
                "job_id": job,
                "step": each.step,
                "position": position,
                "task": each.task or None,
                "dataset": each.dataset,
                "start_key": key_to_text(each.start),
                "end_key": key_to_text(each.end),
                "rows": each.rows,
                "done": 0,
                "failed": 0,
                "state": RangeState.PENDING.value,
                "token": 0,
                "holder": "",
                "holder_attempt": 0,
                "expires_at": None,
                "moved": 0,
                "deaths": 0,
            }
            for position, each in enumerate(work)
        ]
        if rows:
            self.session.execute(insert(RangeRow), rows)

    def lease(self, holder: Holder, now: datetime, span: timedelta) -> Lease | None:
        """See `WorkerLedger.lease`."""
        asking = {"job": holder.job, "epoch": holder.epoch, "task": holder.task, "attempt": holder.attempt}
        if self.session.execute(sql.PRESENT, asking).first() is None:
            raise _absent(holder)
        found = self.session.execute(
            sql.NEXT, {"job": holder.job, "step": holder.step, "task": holder.task}
        ).first()
        if found is None:
            return None
        number, token, dataset, start, end, rows, done, deaths = found
        self._take([_taking(number, token, holder, now + span)])
        return Lease(
            holder=holder,
            range=number,
            token=token + 1,
            dataset=dataset,
            start=key_from_text(start),
            end=key_from_text(end),
            rows=rows - done,
            deaths=deaths,
            expires=now + span,
        )

    def lease_units(self, holders: Sequence[Holder], now: datetime, span: timedelta) -> list[Unit]:
        """See `WorkerLedger.lease_units`."""
        first = holders[0]
        if self.session.execute(sql.SCHEDULED, {"job": first.job, "epoch": first.epoch}).first() is None:
            return [_absent(holder) for holder in holders]
        asking = {"job": first.job, "tasks": [holder.task for holder in holders]}
        attempts = {row.id: row.attempt for row in self.session.execute(sql.AT_WORK, asking)}
        found = {row.task: row for row in self.session.execute(sql.UNITS, {**asking, "step": first.step})}
        units: list[Unit] = []
        for holder in holders:
            row = found.get(holder.task)
            if attempts.get(holder.task) != holder.attempt:
                units.append(_absent(holder))
            else:
                units.append(None if row is None else _unit(row, holder, now + span))
        leases = [unit for unit in units if isinstance(unit, Lease)]
        self._take([_taking(each.range, each.token - 1, each.holder, now + span) for each in leases])
        return units

    def held(self, holder: Holder) -> Lease | None:
        """What an attempt has leased and not ended; None where that is nothing.

        Raises:
            Fenced: the attempt, or the scheduler that submitted it, is not the present one.
        """
        asking = {"job": holder.job, "epoch": holder.epoch, "task": holder.task, "attempt": holder.attempt}
        if self.session.execute(sql.PRESENT, asking).first() is None:
            raise _absent(holder)
        row = self.session.scalar(
            select(RangeRow).where(
                RangeRow.job_id == holder.job,
                RangeRow.step == holder.step,
                RangeRow.holder == holder.task,
                RangeRow.holder_attempt == holder.attempt,
                RangeRow.state == RangeState.LEASED.value,
            )
        )
        if row is None or row.expires_at is None:
            return None
        return Lease(
            holder=holder,
            range=row.id,
            token=row.token,
            dataset=row.dataset,
            start=key_from_text(row.start_key),
            end=key_from_text(row.end_key),
            rows=row.rows - row.done,
            deaths=row.deaths,
            expires=row.expires_at,
        )

    def has_ended(self, lease: Lease) -> bool:
        """Whether the work of a lease was done under this very lease."""
        done = (RangeRow.token == lease.token, RangeRow.state == RangeState.DONE.value)
        return self.session.scalar(select(RangeRow.id).where(RangeRow.id == lease.range, *done)) is not None

    def complete_units(self, leases: Sequence[Lease]) -> None:
        """See `WorkerLedger.settle`.

        Raises:
            Fenced: one of them was taken back.
        """
        given = [{"range": each.range, "held": each.token, "more": 0, "errors": 0} for each in leases]
        if self.session.connection().execute(sql.COMPLETE, given).rowcount != len(leases):
            raise Fenced("a lease was taken back")

    def prolong(self, lease: Lease, until: datetime) -> None:
        """See `WorkerLedger.prolong`."""
        self._held(sql.PROLONG, lease, until=until)

    def advance(self, lease: Lease, upto: Key, rows: int, failed: int) -> None:
        """See `WorkerLedger.advance`."""
        self._held(sql.ADVANCE, lease, upto=key_to_text(upto), more=rows, errors=failed)

    def complete(self, lease: Lease, rows: int, failed: int) -> None:
        """See `WorkerLedger.complete`."""
        self._held(sql.COMPLETE, lease, more=rows, errors=failed)

    def give_back(self, lease: Lease) -> None:
        """See `WorkerLedger.give_back`."""
        self._take_back(RangeRow.id == lease.range, RangeRow.token == lease.token)

    def release(self, job: str, order: Release, most_deaths: int) -> Released:
        """Take back what an attempt has leased."""
        mine = and_(
            RangeRow.job_id == job,
            RangeRow.holder == order.task,
            RangeRow.holder_attempt == order.attempt,
        )
        got_on = or_(RangeRow.moved > 0, RangeRow.state == RangeState.DONE.value)
        progressed = self.session.scalar(select(exists().where(mine, got_on)))
        exhausted = ""
        if order.died:
            leased = select(RangeRow).where(mine, RangeRow.state == RangeState.LEASED.value)
            for row in self.session.scalars(leased):
                if row.deaths + 1 >= most_deaths:
                    exhausted = self._describe(row)
        self._take_back(mine, deaths=1 if order.died else 0)
        if exhausted:
            exhausted = f"{most_deaths} workers in a row died on {exhausted}; the last: {order.cause}"
        return Released(
            task=order.task, attempt=order.attempt, progressed=bool(progressed), exhausted=exhausted
        )

    def release_all(self, job: str, *, forgive: bool) -> None:
        """Take back every lease of a job.

        Args:
            job: Its id.
            forgive: Forget the deaths as well: somebody has decided to try again.
        """
        self._take_back(RangeRow.job_id == job)
        if forgive:
            self.session.execute(update(RangeRow).where(RangeRow.job_id == job).values(deaths=0))

    def silent(self, job: str, now: datetime) -> tuple[tuple[str, int], ...]:
        """Attempts with a lease that has run out."""
        query = (
            select(RangeRow.holder, RangeRow.holder_attempt)
            .where(
                RangeRow.job_id == job,
                RangeRow.state == RangeState.LEASED.value,
                RangeRow.expires_at < now,
            )
            .distinct()
        )
        return tuple((holder, attempt) for holder, attempt in self.session.execute(query))

    def prolong_all(self, job: str, live: Iterable[tuple[str, int]], until: datetime) -> None:
        """Prolong every lease of some attempts."""
        holders = list(live)
        for at in range(0, len(holders), FEW):
            self.session.execute(
                update(RangeRow)
                .where(
                    RangeRow.job_id == job,
                    RangeRow.state == RangeState.LEASED.value,
                    tuple_(RangeRow.holder, RangeRow.holder_attempt).in_(holders[at : at + FEW]),
                )
                .values(expires_at=until)
            )

    def counts(self, jobs: Sequence[str]) -> dict[tuple[str, int], tuple[int, int, int]]:
        """Rows, rows done and rows failed by job and step."""
        query = (
            select(
                RangeRow.job_id,
                RangeRow.step,
                func.sum(RangeRow.rows),
                func.sum(RangeRow.done),
                func.sum(RangeRow.failed),
            )
            .where(RangeRow.job_id.in_(jobs))
            .group_by(RangeRow.job_id, RangeRow.step)
        )
        return {
            (job, step): (int(rows), int(done), int(failed))
            for job, step, rows, done, failed in self.session.execute(query)
        }

    def _take(self, taken: Sequence[dict[str, Any]]) -> None:
        if taken and self.session.connection().execute(sql.TAKE, taken).rowcount != len(taken):
            raise Fenced("somebody else was quicker")

    def _held(self, statement: Any, lease: Lease, **values: Any) -> None:
        given = {"range": lease.range, "held": lease.token, **values}
        if self.session.connection().execute(statement, given).rowcount != 1:
            raise Fenced(f"the lease of task {lease.holder.task} was taken back")

    def _take_back(self, *which: Any, deaths: int = 0) -> None:
        self.session.execute(
            update(RangeRow)
            .where(*which, RangeRow.state == RangeState.LEASED.value)
            .values(
                state=RangeState.PENDING.value,
                token=RangeRow.token + 1,
                expires_at=None,
                deaths=RangeRow.deaths + deaths,
            )
        )

    def _describe(self, row: RangeRow) -> str:
        plan = self.session.scalar(select(JobRow.plan).where(JobRow.id == row.job_id)) or {}
        step = plan["steps"][row.step]
        if row.dataset < 0:
            return f"step {step['spec']['id']}"
        # After the first death rows are made durable batch by batch, so it is the next one that kills.
        batch = step["spec"]["options"].get("batch_size") or 1
        dataset = step["datasets"][row.dataset]["name"]
        return describe_rows(dataset, key_from_text(row.start_key), min(batch, row.rows - row.done))


def _taking(number: int, token: int, holder: Holder, until: datetime) -> dict[str, Any]:
    return {"range": number, "held": token, "who": holder.task, "tries": holder.attempt, "until": until}


def _absent(holder: Holder) -> Fenced:
    return Fenced(f"attempt {holder.attempt} at task {holder.task} is not the present one")


def _unit(row: Any, holder: Holder, until: datetime) -> Lease:
    return Lease(
        holder=holder,
        range=row.id,
        token=row.token + 1,
        dataset=-1,
        start=None,
        end=None,
        rows=0,
        deaths=row.deaths,
        expires=until,
    )

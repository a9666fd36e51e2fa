"""The statements by which leases are taken and kept, each built once: workers send them all the time."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Integer, bindparam, case, or_, select, update

from starwhale.catalog.tables.jobs import JobRow, RangeRow, TaskRow
from starwhale.jobs.states import RangeState, TaskState

#: States in which a worker may ask for work.
_WORKING = (TaskState.ASSIGNING.value, TaskState.PREPARING.value, TaskState.RUNNING.value)

PRESENT = (
    select(JobRow.epoch)
    .join(TaskRow, TaskRow.job_id == JobRow.id)
    .where(
        JobRow.id == bindparam("job"),
        JobRow.epoch == bindparam("epoch"),
        TaskRow.id == bindparam("task"),
        TaskRow.attempt == bindparam("attempt"),
        TaskRow.state.in_(_WORKING),
    )
    # A scheduler that takes over waits for this transaction and then sees the lease; it takes it back.
    .with_for_update(read=True)
)
NEXT = (
    select(
        RangeRow.id,
        RangeRow.token,
        RangeRow.dataset,
        RangeRow.start_key,
        RangeRow.end_key,
        RangeRow.rows,
        RangeRow.done,
        RangeRow.deaths,
    )
    .where(
        RangeRow.job_id == bindparam("job"),
        RangeRow.step == bindparam("step"),
        RangeRow.state == RangeState.PENDING.value,
        or_(RangeRow.task.is_(None), RangeRow.task == bindparam("task")),
    )
    .order_by(RangeRow.position)
    .limit(1)
    .with_for_update(skip_locked=True)
)
SCHEDULED = (
    select(JobRow.epoch)
    .where(JobRow.id == bindparam("job"), JobRow.epoch == bindparam("epoch"))
    .with_for_update(read=True)
)
AT_WORK = select(TaskRow.id, TaskRow.attempt).where(
    TaskRow.job_id == bindparam("job"),
    TaskRow.id.in_(bindparam("tasks", expanding=True)),
    TaskRow.state.in_(_WORKING),
)
UNITS = (
    select(RangeRow.id, RangeRow.token, RangeRow.task, RangeRow.deaths)
    .where(
        RangeRow.job_id == bindparam("job"),
        RangeRow.step == bindparam("step"),
        RangeRow.state == RangeState.PENDING.value,
        RangeRow.task.in_(bindparam("tasks", expanding=True)),
    )
    .with_for_update(skip_locked=True)
)
TAKE = (
    update(RangeRow)
    .where(RangeRow.id == bindparam("range"), RangeRow.token == bindparam("held"))
    .values(
        state=RangeState.LEASED.value,
        token=RangeRow.token + 1,
        holder=bindparam("who"),
        holder_attempt=bindparam("tries"),
        expires_at=bindparam("until"),
        moved=0,
    )
)
_HELD = (
    RangeRow.id == bindparam("range"),
    RangeRow.token == bindparam("held"),
    RangeRow.state == RangeState.LEASED.value,
)
PROLONG = update(RangeRow).where(*_HELD).values(expires_at=bindparam("until"))
# Workers run code of users: whatever they say, there is no more done than there was to do.
_LEFT = RangeRow.rows - RangeRow.done


def _at_most(said: str, most: ColumnElement[int]) -> ColumnElement[int]:
    word = bindparam(said, type_=Integer)
    return case((word > most, most), else_=word)


_DID = {
    "done": RangeRow.done + _at_most("more", _LEFT),
    "moved": RangeRow.moved + _at_most("more", _LEFT),
    "failed": RangeRow.failed + _at_most("errors", RangeRow.rows - RangeRow.failed),
    "deaths": 0,
}
ADVANCE = update(RangeRow).where(*_HELD).values(start_key=bindparam("upto"), **_DID)
COMPLETE = (
    update(RangeRow)
    .where(*_HELD)
    .values(state=RangeState.DONE.value, expires_at=None, **{**_DID, "done": RangeRow.rows})
)

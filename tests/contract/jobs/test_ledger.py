"""What every ledger promises, whether the catalog keeps it or the memory of a test."""

from __future__ import annotations

import pytest
from tests.contract.jobs.conftest import NOW, Desk, seconds
from tests.simulation.plans import DATASET
from tests.simulation.stores import LEASE, Store

from starwhale.core.errors import Conflict, NotFound
from starwhale.core.handlers import HandlerKind, HandlerSpec
from starwhale.jobs.events import Change, Release
from starwhale.jobs.leases import Fenced, Lease
from starwhale.jobs.plan import JobPlan, RangePlan, StepPlan
from starwhale.jobs.states import JobState, Subject, TaskState, Want


def test_ranges_go_out_in_order_and_each_to_one_holder(desk: Desk) -> None:
    desk.start("0.0", "0.1")
    first, second = desk.lease("0.0"), desk.lease("0.1")
    assert (first.start, first.end, first.rows, first.dataset) == (None, 10, 10, 0)
    assert (second.start, second.end, second.rows) == (10, None, 10)
    assert desk.ledger.lease(desk.holder("0.0"), NOW) is None


def test_a_unit_of_work_goes_to_its_own_task_only(desk: Desk) -> None:
    desk.start("0.0", "1.0")
    desk.lease("0.0")
    desk.lease("0.0")
    assert desk.ledger.lease(desk.holder("0.0"), NOW) is None
    unit = desk.lease("1.0")
    assert (unit.dataset, unit.start, unit.end) == (-1, None, None)


def test_only_the_present_attempt_of_the_present_scheduler_gets_work(desk: Desk) -> None:
    desk.start("0.0", attempt=2)
    with pytest.raises(Fenced):
        desk.ledger.lease(desk.holder(attempt=1), NOW)
    with pytest.raises(Fenced):
        desk.ledger.lease(desk.holder(attempt=2, epoch=desk.epoch - 1), NOW)
    assert desk.ledger.lease(desk.holder(attempt=2), NOW) is not None


def test_a_task_that_is_being_canceled_gets_no_work(desk: Desk) -> None:
    desk.start("0.0")
    desk.move("0.0", TaskState.ASSIGNING, TaskState.CANCELLING, 1)
    with pytest.raises(Fenced):
        desk.ledger.lease(desk.holder(), NOW)


def test_a_range_that_is_done_is_not_leased_again(desk: Desk) -> None:
    desk.start("0.0")
    desk.store.commit(desk.ledger.complete(desk.lease(), 10, 0))
    assert desk.lease().start == 10


def test_results_count_once_under_one_lease(desk: Desk) -> None:
    desk.start("0.0")
    lease = desk.lease()
    desk.store.commit(desk.ledger.complete(lease, 10, 0))
    with pytest.raises(Fenced):
        desk.store.commit(desk.ledger.complete(lease, 10, 0))
    with pytest.raises(Fenced):
        desk.store.commit(desk.ledger.advance(lease, 5, 5, 0))


def test_no_more_is_done_than_there_was_to_do(desk: Desk) -> None:
    desk.start("0.0")
    lease = desk.lease()
    desk.store.commit(desk.ledger.advance(lease, 5, 2**31 - 1, 2**31 - 1))
    desk.store.commit(desk.ledger.advance(lease, 6, 2**31 - 1, 2**31 - 1))
    desk.ledger.give_back(lease)
    assert desk.lease().rows == 0


def test_nothing_counts_after_a_lease_was_taken_back(desk: Desk) -> None:
    desk.start("0.0")
    lease = desk.lease()
    desk.ledger.store(desk.job, desk.epoch, [Release(task="0.0", attempt=1, died=True, cause="x")], NOW)
    for guard in (desk.ledger.complete(lease, 10, 0), desk.ledger.advance(lease, 5, 5, 0)):
        with pytest.raises(Fenced):
            desk.store.commit(guard)
    with pytest.raises(Fenced):
        desk.ledger.prolong(lease, NOW)


def test_a_lease_of_the_same_range_to_the_same_task_is_another_lease(desk: Desk) -> None:
    desk.start("0.0")
    old = desk.lease()
    desk.ledger.give_back(old)
    new = desk.lease()
    assert new.range == old.range
    with pytest.raises(Fenced):
        desk.store.commit(desk.ledger.complete(old, 10, 0))
    desk.ledger.give_back(old)
    desk.store.commit(desk.ledger.complete(new, 10, 0))


def many_units(store: Store, tasks: int) -> Desk:
    spec = HandlerSpec(id="m:h", module="m", qualname="h", kind=HandlerKind.HANDLER, replicas=tasks)
    work = [RangePlan(step=0, task=f"0.{index}") for index in range(tasks)]
    plan = JobPlan(project="self", handler="m:h", steps=(StepPlan(spec=spec),))
    return Desk(store, store.create(plan, work))


def test_units_of_several_tasks_are_leased_together_and_end_together(store: Store) -> None:
    desk = many_units(store, 5)
    desk.start(*(f"0.{index}" for index in range(5)))
    units = desk.ledger.lease_units([desk.holder(f"0.{index}") for index in (3, 0, 4)], NOW)
    assert [unit.holder.task for unit in units if isinstance(unit, Lease)] == ["0.3", "0.0", "0.4"]
    assert desk.ledger.lease(desk.holder("0.3"), NOW) is None
    assert desk.ledger.settle([unit for unit in units if isinstance(unit, Lease)]) == [True] * 3
    assert desk.ledger.lease_units([desk.holder("0.3"), desk.holder("0.1")], NOW)[0] is None


def test_of_units_only_those_of_present_attempts_are_given_out(store: Store) -> None:
    desk = many_units(store, 3)
    desk.start("0.0")
    desk.start("0.1", attempt=2)
    holders = [desk.holder("0.0"), desk.holder("0.1", attempt=1), desk.holder("0.2")]
    kinds = [type(unit) for unit in desk.ledger.lease_units(holders, NOW)]
    assert kinds == [Lease, Fenced, Fenced]
    older = [desk.holder("0.1", attempt=2, epoch=desk.epoch - 1)]
    assert [type(unit) for unit in desk.ledger.lease_units(older, NOW)] == [Fenced]


def test_a_lease_that_was_taken_back_does_not_keep_others_from_ending(store: Store) -> None:
    desk = many_units(store, 3)
    desk.start("0.0", "0.1", "0.2")
    units = desk.ledger.lease_units([desk.holder(f"0.{index}") for index in range(3)], NOW)
    leases = [unit for unit in units if isinstance(unit, Lease)]
    desk.ledger.store(desk.job, desk.epoch, [Release(task="0.1", attempt=1, died=True, cause="x")], NOW)
    assert desk.ledger.settle(leases) == [True, False, True]
    assert desk.ledger.settle(leases) == [False, False, False]
    assert isinstance(desk.ledger.lease(desk.holder("0.1"), NOW), Lease)


def test_what_was_advanced_over_is_not_done_again(desk: Desk) -> None:
    desk.start("0.0")
    lease = desk.lease()
    desk.store.commit(desk.ledger.advance(lease, 4, 4, 1))
    desk.store.commit(desk.ledger.advance(lease, 7, 3, 0))
    desk.ledger.give_back(lease)
    again = desk.lease()
    assert (again.range, again.start, again.end, again.rows) == (lease.range, 7, 10, 3)


def test_text_keys_come_back_as_text(store: Store) -> None:
    spec = HandlerSpec(id="m:p", module="m", qualname="p", kind=HandlerKind.PREDICT)
    plan = JobPlan(project="self", handler="m:p", steps=(StepPlan(spec=spec, datasets=(DATASET,)),))
    work = [RangePlan(step=0, dataset=0, start="1", end='z"\u00e9', rows=3)]
    desk = Desk(store, store.create(plan, work))
    desk.start("0.0")
    lease = desk.lease()
    assert (lease.start, lease.end) == ("1", 'z"\u00e9')
    desk.store.commit(desk.ledger.advance(lease, "10", 1, 0))
    desk.ledger.give_back(lease)
    assert desk.lease().start == "10"


def test_three_deaths_on_the_same_rows_exhaust_them_and_name_them(desk: Desk) -> None:
    desk.start("0.0")
    for count in (1, 2, 3):
        lease = desk.lease()
        assert lease.deaths == count - 1
        order = Release(task="0.0", attempt=1, died=True, cause="killed by signal 9")
        (answer,) = desk.ledger.store(desk.job, desk.epoch, [order], NOW)
        assert bool(answer.exhausted) == (count == 3)
    assert "3 workers in a row died on the first row of dataset d" in answer.exhausted
    assert "killed by signal 9" in answer.exhausted


def test_a_death_after_some_rows_begins_a_new_count(desk: Desk) -> None:
    desk.start("0.0")
    died = Release(task="0.0", attempt=1, died=True)
    for upto in (1, 2, 3, 4, 5):
        lease = desk.lease()
        assert lease.deaths <= 1
        desk.store.commit(desk.ledger.advance(lease, upto, 1, 0))
        (answer,) = desk.ledger.store(desk.job, desk.epoch, [died], NOW)
        assert answer.progressed
        assert not answer.exhausted


def test_letting_go_is_no_death(desk: Desk) -> None:
    desk.start("0.0")
    for _ in range(4):
        lease = desk.lease()
        assert lease.deaths == 0
        (answer,) = desk.ledger.store(desk.job, desk.epoch, [Release(task="0.0", attempt=1, died=False)], NOW)
        assert not answer.exhausted
        assert not answer.progressed


def test_finishing_a_unit_is_progress(desk: Desk) -> None:
    desk.start("1.0")
    desk.store.commit(desk.ledger.complete(desk.lease("1.0"), 0, 0))
    (answer,) = desk.ledger.store(desk.job, desk.epoch, [Release(task="1.0", attempt=1, died=True)], NOW)
    assert answer.progressed


def test_a_scheduler_that_was_replaced_writes_nothing(desk: Desk) -> None:
    desk.ledger.adopt(desk.job, desk.stranger, NOW, force=True)
    change = Change(subject=Subject.TASK, name="0.0", old=TaskState.CREATED, new=TaskState.READY)
    with pytest.raises(Fenced):
        desk.ledger.store(desk.job, desk.epoch, [change], NOW)
    with pytest.raises(Fenced):
        desk.ledger.look(desk.job, desk.epoch, NOW)
    with pytest.raises(Fenced):
        desk.ledger.beat(desk.job, desk.epoch, [], NOW)
    with pytest.raises(Fenced):
        desk.ledger.resign(desk.job, desk.epoch, "", NOW)
    assert set(desk.store.tasks(desk.job)) == {"CREATED"}


def test_a_state_is_changed_only_from_what_it_was(desk: Desk) -> None:
    good = Change(subject=Subject.TASK, name="0.1", old=TaskState.CREATED, new=TaskState.READY)
    wrong = Change(subject=Subject.TASK, name="0.0", old=TaskState.READY, new=TaskState.ASSIGNING)
    with pytest.raises(Conflict):
        desk.ledger.store(desk.job, desk.epoch, [wrong], NOW)
    desk.ledger.store(desk.job, desk.epoch, [good], NOW)
    assert sorted(desk.store.tasks(desk.job)) == ["CREATED", "CREATED", "READY"]


def test_every_change_is_in_the_history(desk: Desk) -> None:
    desk.start("0.0")
    assert desk.store.history(desk.job) == [
        ("job", "", "CREATED", "READY"),
        ("task", "0.0", "CREATED", "READY"),
        ("task", "0.0", "READY", "ASSIGNING"),
    ]


def test_several_changes_of_one_task_are_written_in_one_turn(desk: Desk) -> None:
    desk.ledger.store(
        desk.job,
        desk.epoch,
        [
            Change(subject=Subject.TASK, name="0.0", old=TaskState.CREATED, new=TaskState.READY),
            Change(subject=Subject.TASK, name="0.0", old=TaskState.READY, new=TaskState.ASSIGNING, attempt=1),
        ],
        NOW,
    )
    assert desk.lease().holder.attempt == 1


def test_a_job_that_somebody_runs_is_not_adopted(desk: Desk) -> None:
    with pytest.raises(Conflict):
        desk.ledger.adopt(desk.job, desk.stranger, NOW)


def test_a_job_that_is_not_there_is_not_adopted(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.ledger.adopt("z" * 40, desk.me, NOW)


def test_a_job_that_was_let_go_is_adopted(desk: Desk) -> None:
    desk.ledger.resign(desk.job, desk.epoch, "the disk was full", NOW)
    assert desk.store.cause(desk.job) == "the disk was full"
    assert desk.ledger.adopt(desk.job, desk.stranger, NOW).epoch == desk.epoch + 1


def test_a_new_scheduler_takes_leases_back_and_keeps_what_was_done(desk: Desk) -> None:
    desk.start("0.0", "0.1")
    done, held = desk.lease("0.0"), desk.lease("0.1")
    desk.store.commit(desk.ledger.complete(done, 10, 0))
    again = desk.ledger.adopt(desk.job, desk.stranger, NOW, force=True)
    assert {task.state for task in again.job.tasks.values()} == {TaskState.READY, TaskState.CREATED}
    with pytest.raises(Fenced):
        desk.store.commit(desk.ledger.complete(held, 10, 0))
    assert desk.store.leased(desk.job) == 0
    desk.epoch = again.epoch
    desk.move("0.0", TaskState.READY, TaskState.ASSIGNING, 2)
    assert desk.lease("0.0", attempt=2).start == 10


def test_a_finished_job_is_not_adopted(desk: Desk) -> None:
    for old, new in ((JobState.READY, JobState.RUNNING), (JobState.RUNNING, JobState.SUCCESS)):
        desk.ledger.store(desk.job, desk.epoch, [Change(subject=Subject.JOB, name="", old=old, new=new)], NOW)
    with pytest.raises(Conflict):
        desk.ledger.adopt(desk.job, desk.me, NOW, force=True)


def test_a_failed_job_is_adopted_and_its_deaths_are_forgiven(desk: Desk) -> None:
    desk.start("0.0")
    for _ in range(2):
        desk.lease()
        desk.ledger.store(desk.job, desk.epoch, [Release(task="0.0", attempt=1, died=True)], NOW)
    fail = Change(subject=Subject.JOB, name="", old=JobState.READY, new=JobState.FAIL, cause="it broke")
    desk.ledger.store(desk.job, desk.epoch, [fail], NOW)
    assert desk.store.cause(desk.job) == "it broke"
    desk.epoch = desk.ledger.adopt(desk.job, desk.stranger, NOW).epoch
    desk.move("0.0", TaskState.READY, TaskState.ASSIGNING, 2)
    assert desk.lease(attempt=2).deaths == 0


def test_a_scheduler_sees_what_was_asked_for_and_a_new_one_begins_afresh(desk: Desk) -> None:
    assert desk.ledger.look(desk.job, desk.epoch, NOW).want is Want.RUN
    desk.store.request(desk.job, Want.PAUSE, "by ann")
    notice = desk.ledger.look(desk.job, desk.epoch, NOW)
    assert (notice.want, notice.cause) == (Want.PAUSE, "by ann")
    again = desk.ledger.adopt(desk.job, desk.stranger, NOW, force=True)
    assert desk.ledger.look(desk.job, again.epoch, NOW).want is Want.RUN


def test_a_wish_to_cancel_is_not_overheard(desk: Desk) -> None:
    desk.store.request(desk.job, Want.CANCEL, "by ann")
    for want in (Want.PAUSE, Want.RUN):
        with pytest.raises(Conflict):
            desk.store.request(desk.job, want, "by bob")
    assert desk.ledger.look(desk.job, desk.epoch, NOW).want is Want.CANCEL


def test_a_lease_runs_out_unless_worker_or_scheduler_prolong_it(desk: Desk) -> None:
    desk.start("0.0", "0.1")
    first = desk.lease("0.0")
    desk.lease("0.1")

    def silent(at: float) -> tuple[tuple[str, int], ...]:
        return desk.ledger.look(desk.job, desk.epoch, seconds(at), silent=True).silent

    assert silent(LEASE - 1) == ()
    assert sorted(silent(LEASE + 1)) == [("0.0", 1), ("0.1", 1)]
    desk.ledger.prolong(first, seconds(5))
    assert silent(LEASE + 1) == (("0.1", 1),)
    desk.ledger.beat(desk.job, desk.epoch, [("0.1", 1)], seconds(8))
    assert silent(LEASE + 1) == ()
    assert silent(LEASE + 6) == (("0.0", 1),)
    assert desk.ledger.look(desk.job, desk.epoch, seconds(LEASE + 6)).silent == ()

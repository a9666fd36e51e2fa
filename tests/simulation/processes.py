"""Schedulers and workers as they might be: slow, hung, killed, cut off."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tests.simulation.clockwork import Life
from tests.simulation.stores import LEASE

from starwhale.core.errors import Conflict
from starwhale.jobs.driver import Driver, Order
from starwhale.jobs.events import (
    Begin,
    Event,
    Finish,
    Requested,
    Stop,
    Submit,
    TaskDone,
    TaskFailed,
    TaskLost,
    TaskPreparing,
    TaskRunning,
    TaskStopped,
    Tick,
)
from starwhale.jobs.leases import Fenced, Holder, Lease
from starwhale.jobs.ledger import Guard
from starwhale.jobs.states import Want
from starwhale.kit.process import ProcessId

if TYPE_CHECKING:
    from tests.simulation.world import World


class SimScheduler:
    """One process that runs the job, or tries to."""

    def __init__(self, world: World, number: int, *, force: bool) -> None:
        self.world = world
        self.owner = ProcessId(host="h", pid=number, started="0")
        self.force = force
        self.alive = True
        self.since = world.now
        self.stalls = False
        self.inbox: list[Event] = []
        self.workers: list[SimWorker] = []
        self._want = Want.RUN
        self._beaten = world.now

    def live(self) -> Life:
        world = self.world
        try:
            adopted = world.ledger.adopt(world.job, self.owner, world.clock(), force=self.force)
        except Conflict:
            self.alive = False
            return
        world.note(f"scheduler {self.owner.pid} has the job, epoch {adopted.epoch}")
        driver = Driver(world.ledger, world.job, adopted)
        events: list[Event] = [Begin()]
        while self.alive:
            try:
                self._turn(driver, events)
                yield from self._trouble()
                events = self._listen(driver)
            except Fenced:
                self.die()

    def _turn(self, driver: Driver, events: list[Event]) -> None:
        world = self.world
        if world.buggify("scheduler dies before it writes"):
            self.die()
            return
        orders = driver.feed(events, world.clock())
        if world.buggify("scheduler dies after it wrote") or not self._obey(driver, orders):
            self.die()
        elif any(isinstance(order, Finish) for order in orders):
            world.note(f"scheduler {self.owner.pid} finishes: {driver.job.state} {driver.job.cause}")
            self.die(kill=True)

    def _trouble(self) -> Life:
        world = self.world
        if world.buggify("scheduler stalls"):
            self.stalls = True
            world.spawn(world.rival())
            yield 30.0
        if world.buggify("clock jumps"):
            world.skew += world.rng.choice((-3600, -5, 5, 3600))
        yield 0.25

    def _listen(self, driver: Driver) -> list[Event]:
        world = self.world
        if not self.alive:
            return []
        notice = world.ledger.look(world.job, driver.epoch, world.clock(), silent=not world.supervised)
        if world.now - self._beaten > LEASE / 3:
            self._beaten = world.now
            live = [each.key for each in self.workers if each.alive] if world.supervised else []
            world.ledger.beat(world.job, driver.epoch, live, world.clock())
        events = [Tick(now=world.now), *self.inbox]
        self.inbox.clear()
        events += [TaskLost(task=t, attempt=a, cause="silent", silent=True) for t, a in notice.silent]
        world.deaths += len(notice.silent)
        if notice.want is not self._want:
            self._want = notice.want
            hurry = world.rng.random() < 0.1
            events.append(Requested(want=notice.want, cause=notice.cause, hurry=hurry))
        return events

    def _obey(self, driver: Driver, orders: Iterable[Order]) -> bool:
        for order in orders:
            if self.world.buggify("scheduler dies between orders"):
                return False
            if isinstance(order, Submit):
                step = driver.job.tasks[order.task].step
                holder = Holder(
                    job=driver.id, epoch=driver.epoch, step=step, task=order.task, attempt=order.attempt
                )
                self.workers.append(SimWorker(self.world, self, holder))
            elif isinstance(order, Stop):
                for worker in self.workers:
                    if worker.alive and worker.key == (order.task, order.attempt):
                        worker.be_stopped(order)
        return True

    def die(self, *, kill: bool = False) -> None:
        self.world.note(f"scheduler {self.owner.pid} is gone")
        self.alive = False
        for worker in self.workers:
            if worker.alive and (kill or not self.world.buggify("workers outlive their scheduler")):
                worker.alive = False


class SimWorker:
    """One attempt at a task, in a process of its own."""

    def __init__(self, world: World, scheduler: SimScheduler, holder: Holder) -> None:
        self.world = world
        self.holder = holder
        self.key = holder.task, holder.attempt
        self.alive = True
        self._scheduler = scheduler
        self._hung = False
        self._stop: Want | None = None
        self._lease: Lease | None = None
        world.spawn(self._live(), world.rng.uniform(0.1, 1))
        world.spawn(self._beat(), LEASE / 3)

    def be_stopped(self, order: Stop) -> None:
        if not self.world.buggify("stop is lost"):
            self._stop = order.want
            self.world.spawn(self._be_killed(order), order.grace)

    def _be_killed(self, order: Stop) -> Life:
        if self.alive and self._stop is order.want:
            self._die("was killed")
        return
        yield 0.0

    def _beat(self) -> Life:
        while self.alive:
            if self._lease is not None and not self._hung:
                try:
                    self.world.ledger.prolong(self._lease, self.world.clock())
                except Fenced:
                    return
            yield LEASE / 3

    def _live(self) -> Life:
        world = self.world
        task, attempt = self.key
        if world.buggify("worker cannot start"):
            return self._die("could not start")
        self._tell(TaskPreparing(task=task, attempt=attempt, worker="w"))
        yield world.rng.uniform(0, 0.5)
        self._tell(TaskRunning(task=task, attempt=attempt))
        while self.alive and self._stop is None:
            try:
                lease = world.ledger.lease(self.holder, world.clock())
                if lease is None:
                    return self._leave(TaskDone(task=task, attempt=attempt))
                self._lease = lease
                yield from self._do(lease)
            except Fenced:
                world.note(f"{self.key} is fenced")
                if not world.buggify("fenced worker goes on"):
                    break
                yield 0.1
            self._lease = None
        if self.alive:
            self._leave(TaskStopped(task=task, attempt=attempt))

    def _do(self, lease: Lease) -> Life:
        world = self.world
        if world.buggify("worker dies with a new lease"):
            return self._die("died")
        fresh: list[str | int] = []
        for row in _rows(lease):
            if self._stop is not None:
                return self._let_go(lease, row, fresh)
            yield world.rng.uniform(0.05, 1)
            yield from self._hang()
            if not self.alive or self._breaks(row):
                return None
            fresh.append(row)
            if isinstance(row, int) and row + 1 != lease.end and world.rng.random() < 0.3:
                self._commit(world.ledger.advance(lease, row + 1, len(fresh), 0), fresh)
                fresh = []
        if world.buggify("disk is full"):
            world.full = True
            return self._leave(TaskFailed(task=self.key[0], attempt=self.key[1], cause="no space left"))
        self._commit(world.ledger.complete(lease, len(fresh) if lease.dataset >= 0 else 0, 0), fresh)
        if world.buggify("worker dies after a commit"):
            self._die("died")
        return None

    def _hang(self) -> Life:
        if self.world.buggify("worker hangs"):
            self._hung = True
            yield self.world.rng.choice((5, 20, 40, 200))
            self._hung = False

    def _breaks(self, row: str | int) -> bool:
        where = self.holder.step, row
        if where in self.world.toy.raises:
            cause = f"row {row} of dataset d"
            self._leave(TaskFailed(task=self.key[0], attempt=self.key[1], cause=cause))
        elif where in self.world.toy.kills or self.world.buggify("worker dies at a row"):
            self._die("died")
        return not self.alive

    def _let_go(self, lease: Lease, row: str | int, fresh: list[str | int]) -> None:
        if fresh and isinstance(row, int):
            self._commit(self.world.ledger.advance(lease, row, len(fresh), 0), fresh)
        self.world.ledger.give_back(lease)

    def _commit(self, guard: Guard, rows: list[str | int]) -> None:
        self.world.store.commit(guard)
        self.world.acknowledge(self, rows)

    def _die(self, cause: str) -> None:
        world = self.world
        self.alive = False
        world.deaths += 1
        world.note(f"{self.key} {cause}")
        late = world.rng.uniform(20, 60) if world.buggify("death is noticed late") else 0.1
        lost = TaskLost(task=self.key[0], attempt=self.key[1], cause=cause)
        world.spawn(self._deliver(lost), late)

    def _leave(self, event: TaskDone | TaskFailed | TaskStopped) -> None:
        self.alive, self._lease = False, None
        self._tell(event)

    def _tell(self, event: Event) -> None:
        for _ in range(2 if self.world.buggify("message comes twice") else 1):
            late = self.world.rng.uniform(0, 5) if self.world.buggify("message is late") else 0.01
            self.world.spawn(self._deliver(event), late)

    def _deliver(self, event: Event) -> Life:
        self.world.note(f"scheduler {self._scheduler.owner.pid} hears {event}")
        self._scheduler.inbox.append(event)
        return
        yield 0.0


def _rows(lease: Lease) -> list[str | int]:
    if lease.dataset < 0:
        return [lease.holder.task]
    assert isinstance(lease.start, int)
    assert isinstance(lease.end, int)
    return list(range(lease.start, lease.end))

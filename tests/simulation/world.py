"""One job with all that befalls it, and what has to hold whatever befalls it."""

from __future__ import annotations

from contextlib import suppress

from tests.simulation.clockwork import Clockwork, Life, Violation
from tests.simulation.plans import make_toy
from tests.simulation.processes import SimScheduler, SimWorker
from tests.simulation.stores import LIMITS, MemoryStore, Store

from starwhale.core.errors import Conflict
from starwhale.jobs.ledger import Ledger
from starwhale.jobs.states import JobState, Want
from starwhale.kit.process import ProcessId

ENDS = {JobState.SUCCESS, JobState.FAIL, JobState.CANCELED}


class World(Clockwork):
    """A job, its schedulers and workers, its user, and an operator who starts schedulers again.

    Args:
        seed: Decides everything.
        store: Where the job is kept.
    """

    def __init__(self, seed: int, store: Store | None = None) -> None:
        super().__init__(seed)
        self.toy = make_toy(self.rng)
        self.store = store or MemoryStore()
        self.schedulers: list[SimScheduler] = []
        self.job = self.store.create(self.toy.plan, self.toy.work, self._lives)
        self.ledger: Ledger = self.store.ledger
        self.supervised = self.rng.random() < 0.5
        self.deaths = 0
        self.full = False
        self._canceled = False
        self._done: dict[tuple[int, str | int], tuple[str, int]] = {}

    def run(self) -> JobState:
        """Let it all happen.

        Raises:
            Violation: with the seed that makes it happen again.
        """
        self.spawn(self._operate())
        self.spawn(self._use())
        try:
            self.turn()
            return self._check_end()
        except Violation:
            raise
        except Exception as exc:
            raise self.violation(f"{type(exc).__name__}: {exc}") from exc

    def acknowledge(self, worker: SimWorker, rows: list[str | int]) -> None:
        """Rows have become durable."""
        step = worker.holder.step
        for row in rows:
            where = step, row
            self.require(where not in self._done, f"{where} counted twice: {self._done.get(where)}")
            self._done[where] = worker.key
        steps = self.toy.plan.steps
        needed = {at for at, each in enumerate(steps) if each.spec.id in steps[step].spec.needs}
        missing = [each for each in self.toy.everything() if each[0] in needed and each not in self._done]
        self.require(not missing, f"step {step} ran before what it needs: {missing}")

    def rival(self) -> Life:
        """Somebody takes the job from a scheduler that seems dead."""
        yield self.rng.uniform(1, 20)
        if self.store.state(self.job) not in ENDS:
            self._start_scheduler(force=True)

    def _operate(self) -> Life:
        while True:
            state = self.store.state(self.job)
            if state in ENDS:
                again = state is not JobState.SUCCESS and not self.is_calm and self.rng.random() < 0.3
                if not again:
                    return
            if not any(each.alive for each in self.schedulers):
                for _ in range(2 if self.buggify("two schedulers start") else 1):
                    self._start_scheduler()
            yield self.rng.uniform(0.5, 8)

    def _use(self) -> Life:
        for _ in range(self.rng.choice((0, 0, 1, 2, 4))):
            yield self.rng.choice((0.3, 1.0, self.rng.uniform(0, 12)))
            want = self.rng.choice((Want.PAUSE, Want.PAUSE, Want.RUN, Want.CANCEL))
            self.note(f"the user wants {want}")
            with suppress(Conflict):
                self.store.request(self.job, want, f"{want} by the user")
            if want is Want.CANCEL:
                self._canceled = True
                self.spawn(self._expect_end(self.now), LIMITS.cancel_grace + 1.5)

    def _expect_end(self, asked: float) -> Life:
        able = [each for each in self.schedulers if each.alive and each.since < asked and not each.stalls]
        self.require(self.store.state(self.job) in ENDS or not able, "nobody heeds the cancel")
        return
        yield 0.0

    def _start_scheduler(self, *, force: bool = False) -> None:
        scheduler = SimScheduler(self, len(self.schedulers) + 1, force=force)
        self.schedulers.append(scheduler)
        self.spawn(scheduler.live())

    def _lives(self, owner: ProcessId) -> bool:
        return any(each.alive and each.owner == owner for each in self.schedulers)

    def _check_end(self) -> JobState:
        state, tasks = self.store.state(self.job), set(self.store.tasks(self.job))
        everything = self.toy.everything()
        self.require(set(self._done) <= everything, "something was done that nobody asked for")
        self.require(self.store.leased(self.job) == 0, "a lease is left over")
        workers = [worker for each in self.schedulers for worker in each.workers]
        self.require(not any(worker.alive for worker in workers), "a worker is left over")
        if state is JobState.SUCCESS:
            self.require(set(self._done) == everything, f"missing: {everything - set(self._done)}")
            self.require(tasks == {"SUCCESS"}, f"it succeeded with tasks {tasks}")
            self.require(not self.toy.raises and not self.toy.kills, "bad rows went through")
        elif state is JobState.FAIL:
            self.require("FAIL" in tasks, "it failed and no task did")
            self._check_cause(self.store.cause(self.job))
        else:
            self.require(state is JobState.CANCELED and self._canceled, f"it ended as {state}")
            self.require(tasks <= {"SUCCESS", "CANCELED", "FAIL"}, f"it was canceled with tasks {tasks}")
        self._check_history()
        return state

    def _check_cause(self, cause: str) -> None:
        died = "in a row died" in cause and self.deaths >= LIMITS.deaths
        raised = bool(self.toy.raises) and "of dataset d" in cause
        self.require(died or raised or (self.full and "no space" in cause), f"it failed for {cause!r}")

    def _check_history(self) -> None:
        at: dict[tuple[str, str], str] = {}
        for subject, name, old, new in self.store.history(self.job):
            before = at.get((subject, name), "CREATED")
            self.require(old == before, f"{subject} {name} went from {before}, its history says {old}")
            at[subject, name] = new

"""Small jobs, made of chance."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from starwhale.core.handlers import HandlerKind, HandlerSpec
from starwhale.jobs.plan import DatasetInput, JobPlan, RangePlan, StepPlan
from starwhale.jobs.planner import plan_work, range_size

DATASET = DatasetInput(uri="local/project/self/dataset/d/version/v", project="self", name="d", version="v")


@dataclass(frozen=True)
class Toy:
    """A job and what its user's code does.

    Attributes:
        raises: Rows on which it raises.
        kills: Rows on which it brings its worker down, every time.
    """

    plan: JobPlan
    work: list[RangePlan]
    raises: frozenset[tuple[int, int]]
    kills: frozenset[tuple[int, int]]

    def everything(self) -> set[tuple[int, str | int]]:
        """All rows and units that must be done exactly once."""
        found: set[tuple[int, str | int]] = set()
        for each in self.work:
            if each.dataset < 0:
                found.add((each.step, each.task))
            else:
                found |= {(each.step, row) for row in rows_of(each)}
        return found


def rows_of(each: RangePlan) -> range:
    assert isinstance(each.start, int)
    assert isinstance(each.end, int)
    return range(each.start, each.end)


def make_toy(rng: Random) -> Toy:
    """A job of one to three steps with a few tasks and rows."""
    steps: list[StepPlan] = []
    rows: dict[int, int] = {}
    for at in range(rng.choice((1, 1, 2, 2, 3))):
        reads = rng.random() < 0.6
        needs = tuple(f"m:s{before}" for before in range(at) if rng.random() < 0.7)
        kind = HandlerKind.PREDICT if reads else rng.choice((HandlerKind.HANDLER, HandlerKind.EVALUATE))
        name, tasks = f"s{at}", rng.choice((1, 1, 2, 3))
        spec = HandlerSpec(
            id=f"m:{name}",
            module="m",
            qualname=name,
            kind=kind,
            needs=needs,
            replicas=tasks,
        )
        steps.append(StepPlan(spec=spec, datasets=(DATASET,) if reads else ()))
        rows[at] = rng.randrange(17) if reads else 0
    plan = JobPlan(project="self", handler=steps[-1].spec.id, steps=tuple(steps))
    work = plan_work(steps, lambda at, step: _split(at, rows[at], step, rng))
    every = [(at, row) for at, count in rows.items() for row in range(count)]
    raises = frozenset({rng.choice(every)}) if every and rng.random() < 0.08 else frozenset[tuple[int, int]]()
    kills = frozenset({rng.choice(every)}) if every and rng.random() < 0.08 else frozenset[tuple[int, int]]()
    return Toy(plan=plan, work=work, raises=raises, kills=kills)


def _split(at: int, rows: int, step: StepPlan, rng: Random) -> list[RangePlan]:
    size = rng.choice((range_size(rows, step.spec.replicas), 3))
    return [
        RangePlan(step=at, dataset=0, start=start, end=min(start + size, rows), rows=min(size, rows - start))
        for start in range(0, rows, size)
    ]

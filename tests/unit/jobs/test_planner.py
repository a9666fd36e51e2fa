"""From handlers and rows to steps and ranges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulation.plans import DATASET

from starwhale.core.errors import InvalidSpec, NotFound, UsageError
from starwhale.core.handlers import HandlerKind, HandlerSpec
from starwhale.jobs.plan import DatasetInput, JobPlan, RangePlan, StepPlan
from starwhale.jobs.planner import LARGEST_RANGE, plan_steps, plan_work, range_size

OTHER = DatasetInput(
    uri="local/project/self/dataset/other/version/w", project="self", name="other", version="w"
)


def handler(function: str, kind: HandlerKind = HandlerKind.HANDLER, **more: object) -> HandlerSpec:
    return HandlerSpec(id=f"m:{function}", module="m", qualname=function, kind=kind, **more)  # type: ignore[arg-type]


def refuse(uri: str) -> DatasetInput:
    raise AssertionError(f"{uri} was not to be resolved")


@given(st.integers(0, 10**7), st.integers(1, 64), st.integers(1, 300))
def test_a_range_holds_whole_batches_and_is_no_smaller_than_need_be(
    rows: int, replicas: int, batch: int
) -> None:
    size = range_size(rows, replicas, batch)
    assert size >= 1
    assert size % batch == 0
    assert size - batch < LARGEST_RANGE
    ranges = -(-rows // size)
    assert ranges <= replicas * 8 or size >= LARGEST_RANGE
    assert ranges * 2 > replicas * 8 or size == batch or rows < replicas * 16


def test_ten_thousand_rows_of_one_task_make_eight_ranges() -> None:
    assert range_size(10_000, 1) == 1250
    assert range_size(3, 2) == 1
    assert range_size(10**9, 4) == LARGEST_RANGE
    assert range_size(100, 1, batch_size=8) == 16


def test_steps_read_what_the_run_names_and_else_what_the_handler_names() -> None:
    specs = {"m:p": handler("p", HandlerKind.PREDICT, datasets=("other",))}
    (named,) = plan_steps(specs, "m:p", [DATASET], refuse)
    assert named.datasets == (DATASET,)
    (own,) = plan_steps(specs, "m:p", [], lambda uri: {"other": OTHER}[uri])
    assert own.datasets == (OTHER,)


@pytest.mark.parametrize(
    "spec", [handler("p", HandlerKind.PREDICT), handler("p", HandlerKind.HANDLER, require_dataset=True)]
)
def test_a_step_that_reads_a_dataset_needs_one(spec: HandlerSpec) -> None:
    with pytest.raises(UsageError, match="'m:p' reads a dataset"):
        plan_steps({spec.id: spec}, spec.id, [], refuse)


def test_replicas_and_resources_may_be_overridden_by_id_or_name() -> None:
    specs = {"m:p": handler("p", name="predict it", resources={"cpu": 1})}
    (step,) = plan_steps(specs, "m:p", [], refuse, {"predict it": {"replicas": 3}})
    assert step.spec.replicas == 3
    assert step.spec.resources == {"cpu": {"request": 1, "limit": 1}}
    (step,) = plan_steps(specs, "m:p", [], refuse, {"m:p": {"resources": {"memory": "1Ki"}}})
    assert step.spec.resources == {"memory": {"request": 1024, "limit": 1024}}


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"m:x": {"replicas": 1}}, NotFound),
        ({"m:p": {"replicas": 0}}, InvalidSpec),
        ({"m:p": {"replicas": True}}, InvalidSpec),
        ({"m:p": {"replicas": "2"}}, InvalidSpec),
        ({"m:p": {"needs": []}}, InvalidSpec),
        ({"m:p": {"resources": {"disk": 1}}}, InvalidSpec),
    ],
)
def test_a_wrong_override_is_refused(wish: dict[str, dict[str, object]], error: type[Exception]) -> None:
    with pytest.raises(error):
        plan_steps({"m:p": handler("p")}, "m:p", [], refuse, wish)


def test_tasks_that_read_no_rows_have_one_unit_each() -> None:
    rows = StepPlan(spec=handler("p", HandlerKind.PREDICT, replicas=2), datasets=(DATASET,))
    plain = StepPlan(spec=handler("h", replicas=2))
    work = plan_work([rows, plain], lambda at, _: [RangePlan(step=at, dataset=0, start=1, end=9, rows=8)])
    assert work == [
        RangePlan(step=0, dataset=0, start=1, end=9, rows=8),
        RangePlan(step=1, task="1.0"),
        RangePlan(step=1, task="1.1"),
    ]


def test_a_plan_reads_back_as_it_was_written() -> None:
    plan = JobPlan(
        project="self",
        handler="m:p",
        steps=(StepPlan(spec=handler("p", options={"batch_size": 3}), datasets=(DATASET, OTHER)),),
        datasets=(DATASET,),
        validation_datasets=(OTHER,),
        dataset_head=5,
        model="local/project/self/model/m/version/v",
        modules=("a", "b"),
        arguments=("--x", "1"),
        environment={"A": "b"},
        isolation="thread",
    )
    again = JobPlan.from_json(plan.to_json())
    assert again == plan
    assert again.steps[0].batch_size == 3

"""Plans that a later release has stored."""

from __future__ import annotations

import json
from typing import Any

import pytest

from starwhale.core.errors import Corrupted
from starwhale.core.handlers import HandlerSpec
from starwhale.jobs.blueprint import Blueprint
from starwhale.jobs.plan import DatasetInput, JobPlan, StepPlan, check_format

ROWS = DatasetInput(uri="local/project/self/dataset/d/version/v", project="self", name="d", version="v")
STEP = StepPlan(spec=HandlerSpec(id="m:h", module="m", qualname="h", kind="predict"), datasets=(ROWS,))
PLAN = JobPlan(
    project="self",
    handler="m:h",
    steps=(STEP,),
    datasets=(ROWS,),
    modules=("m",),
    log_project="other",
    code="c" * 64,
)


def with_more(plain: Any) -> Any:
    """The same document with one more field in each of its mappings."""
    if isinstance(plain, dict):
        return {**{name: with_more(each) for name, each in plain.items()}, "colour": {"of": "later"}}  # pyright: ignore[reportUnknownVariableType]
    return [with_more(each) for each in plain] if isinstance(plain, list) else plain  # pyright: ignore[reportUnknownVariableType]


def stored(plan: JobPlan = PLAN) -> dict[str, Any]:
    return json.loads(json.dumps(plan.to_json()))


def test_a_plan_is_read_back_as_it_was_written() -> None:
    assert JobPlan.from_json(stored()) == PLAN
    assert "format" not in stored()


def test_fields_that_a_plan_has_beside_are_passed_over() -> None:
    plain = stored()
    more = {**plain, "colour": "blue", "datasets": with_more(plain["datasets"])}
    more["steps"] = [with_more(plain["steps"][0])]
    read = JobPlan.from_json(more)
    assert read.datasets == PLAN.datasets
    assert (read.steps[0].datasets, read.steps[0].spec.id) == ((ROWS,), "m:h")
    check_format(read.format, "the job")


def test_a_plan_of_a_later_format_is_read_but_not_to_be_run() -> None:
    read = JobPlan.from_json({**stored(), "format": 2})
    assert read.steps == PLAN.steps
    with pytest.raises(Corrupted, match=r"job b3kq7 was made by a later release.*upgrade Starwhale"):
        check_format(read.format, "job b3kq7")
    with pytest.raises(Corrupted, match="later release"):
        Blueprint.of(read)


@pytest.mark.parametrize(
    "changed",
    [
        {"steps": [{"do": "m:h"}, 5]},
        {
            "steps": [
                {**STEP.to_json(), "spec": {"id": "x", "module": "m", "qualname": "h", "kind": "dream"}}
            ]
            * 2
        },
        {"datasets": {"d": "v"}},
        {"modules": None},
    ],
)
def test_of_a_plan_whose_form_is_not_known_is_kept_what_lists_and_collections_need(
    changed: dict[str, Any],
) -> None:
    plain = {**stored(), **changed, "format": "2b"}
    read = JobPlan.from_json(plain)
    assert (read.project, read.handler, read.log_project, read.code) == ("self", "m:h", "other", "c" * 64)
    assert (len(read.steps), read.format) == (len(plain["steps"]), "2b")
    with pytest.raises((KeyError, TypeError, AttributeError, ValueError, Corrupted)):
        JobPlan.from_json({**plain, "format": 1, "steps": [{"do": "m:h"}]})


def test_a_blueprint_of_a_later_format_says_so() -> None:
    read = Blueprint.from_json({"format": 2, "do": "m:h"})
    assert read.format == 2
    assert read.to_json()["format"] == 2
    assert "format" not in Blueprint(handler="m:h").to_json()

"""What a job is made of, kept and changed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import UsageError
from starwhale.core.handlers import HandlerSpec
from starwhale.jobs.blueprint import Blueprint
from starwhale.jobs.plan import DatasetInput, JobPlan, StepPlan

VERSION = "a" * 40
texts = st.text(max_size=8)
blueprints = st.builds(
    Blueprint,
    handler=texts,
    model=texts,
    source=texts,
    code=texts,
    modules=st.lists(texts, max_size=3).map(tuple),
    environment=st.dictionaries(texts, texts, max_size=3),
    datasets=st.lists(texts, max_size=3).map(tuple),
    dataset_head=st.integers(0, 9),
    overrides=st.dictionaries(texts, st.dictionaries(texts, st.integers(), max_size=2), max_size=2),
    arguments=st.lists(texts, max_size=3).map(tuple),
    comment=texts,
)


def plan(**more: object) -> JobPlan:
    spec = HandlerSpec(id="m:h", module="m", qualname="h")
    address = f"local/project/self/dataset/rows/version/{VERSION}"
    facts: dict[str, object] = {
        "project": "self",
        "handler": "m:h",
        "steps": (StepPlan(spec=spec),),
        "datasets": (DatasetInput(uri=address, project="self", name="rows", version=VERSION),),
        "log_project": "self",
        "arguments": ("--x", "1"),
        "overrides": {"m:h": {"replicas": 2}},
        **more,
    }
    return JobPlan(**facts)  # type: ignore[arg-type]


@given(blueprints)
def test_a_blueprint_is_read_back_as_it_was_written(blueprint: Blueprint) -> None:
    assert Blueprint.from_json(json.loads(json.dumps(blueprint.to_json()))) == blueprint


def test_fields_of_a_later_release_are_passed_over() -> None:
    assert Blueprint.from_json({"handler": "m:h", "colour": "blue"}).handler == "m:h"


def test_a_job_is_made_again_of_the_very_versions_or_of_the_latest() -> None:
    of_model = plan(model=f"local/project/self/model/digits/version/{VERSION}", code="c" * 64)
    exact, latest = Blueprint.of(of_model), Blueprint.of(of_model, latest=True)
    assert exact.model.endswith(VERSION)
    assert exact.datasets[0].endswith(VERSION)
    assert latest.model == "local/project/self/model/digits"
    assert latest.datasets == ("local/project/self/dataset/rows",)
    assert exact.code == latest.code == ""
    assert exact.log_project == ""
    assert exact.overrides == {"m:h": {"replicas": 2}}


def test_code_of_a_directory_is_that_which_ran_unless_the_latest_is_wanted() -> None:
    of_directory = plan(source="/home/me/digits", code="c" * 64)
    assert Blueprint.of(of_directory).code == "c" * 64
    assert Blueprint.of(of_directory, latest=True).code == ""
    with pytest.raises(UsageError, match="directory"):
        Blueprint.of(plan(), latest=True)


def test_what_is_not_given_stays() -> None:
    before = Blueprint.of(plan(), "why")
    assert before.changed() == before
    after = before.changed(datasets=["other"], arguments=(), dataset_head=0, comment="")
    assert (after.datasets, after.arguments, after.comment) == (("other",), (), "")

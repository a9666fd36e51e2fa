"""Which versions the plan of a job names, and as what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from starwhale.core.handlers import HandlerSpec
from starwhale.core.kinds import Kind
from starwhale.jobs.lineage import Named, uses_of
from starwhale.jobs.lineage_schemas import LinkRole
from starwhale.jobs.plan import DatasetInput, JobPlan, StepPlan
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.states import JobState, Want

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DIGITS = DatasetInput(
    uri="local/project/vision/dataset/digits/version/d", project="vision", name="digits", version="d"
)
OTHER = replace(DIGITS, uri="local/project/vision/dataset/other/version/o", name="other", version="o")
NET = Named(kind=Kind.MODEL, project="vision", name="net", version="n" * 40)


def job(**plan: object) -> JobRead:
    step = StepPlan(spec=HandlerSpec(id="m:f", module="m", qualname="f"), datasets=(DIGITS, OTHER))
    told: dict[str, object] = {"project": "vision", "handler": "m:f", "steps": (step,), **plan}
    return JobRead(
        id="j",
        project="vision",
        handler="m:f",
        state=JobState.SUCCESS,
        want=Want.RUN,
        cause="",
        plan=JobPlan(**told),  # type: ignore[arg-type]
        rows=0,
        done=0,
        failed=0,
        scheduler=None,
        heartbeat_at=NOW,
        created_at=NOW,
        created_by="ada",
        started_at=None,
        finished_at=None,
        removed_at=None,
    )


def test_each_version_is_named_once_for_each_thing_that_it_is() -> None:
    found = uses_of(
        job(
            model=f"local/project/vision/model/net/version/{'n' * 40}",
            datasets=(DIGITS,),
            validation_datasets=(DIGITS,),
        )
    )
    assert [(role, named.name) for role, named in found] == [
        (LinkRole.MODEL, "net"),
        (LinkRole.READ, "digits"),
        (LinkRole.READ, "other"),
        (LinkRole.VALIDATED, "digits"),
    ]
    assert found[0][1] == NET


@pytest.mark.parametrize("address", ["", "packaged", "none", "a/version/b/version/c", "local/version/"])
def test_what_is_no_address_of_a_version_is_passed_over(address: str) -> None:
    named = [role for role, _ in uses_of(job(model=address, runtime=address))]
    assert named == [LinkRole.READ, LinkRole.READ]


def test_what_lies_on_another_instance_is_no_version_of_this_one() -> None:
    """Only the configuration of its user knows the alias; what else the job used is told all the same."""
    found = uses_of(job(model=f"team/project/vision/model/net/version/{'n' * 40}", datasets=(DIGITS,)))
    assert {named.name for _, named in found} == {"digits", "other"}

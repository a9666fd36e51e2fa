"""A project with a hundred evaluations."""

from __future__ import annotations

import pytest
from tests.e2e.console.evaluations.filling import Filling, digits, job_id, metrics
from tests.e2e.console.visiting import House

from starwhale.core.settings import Settings

MANY = 100
METRICS = 50


@pytest.fixture(scope="session")
def nights(house: House) -> str:
    """The project: ada owns it, bob maintains it, wu looks. A hundred jobs with 50 metrics each, four of them
    with rows; and an evaluation that was logged by hand."""
    project = "nights"
    with house.as_("ada") as http:
        http.post("/projects", {"name": project, "description": "What was evaluated night after night."})
        http.put(f"/projects/{project}/members/bob", {"role": "MAINTAINER"})
        http.put(f"/projects/{project}/members/wu", {"role": "GUEST"})
        http.post("/projects", {"name": "quiet"})
    filling = Filling(Settings.at(house.data), project)
    try:
        filling.add_jobs(range(MANY))
        summaries = {job_id(number): metrics(number, METRICS) for number in range(MANY)}
        filling.log_summaries(
            {**summaries, "by-hand": {"accuracy": 0.5, "note": "<img src=x onerror=alert(1)>"}}
        )
        for number in range(4):
            filling.log_rows(number, digits(number, 200))
    finally:
        filling.close()
    return project

"""Jobs from the order to the end, run by a real attendant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.contract.server.hearing import Ear
from tests.contract.server.houses import Team
from tests.contract.server.processes import until

from starwhale.core.actor import Actor
from starwhale.server.firing import fire_schedules

ROWS = 12
CODE = """
    import time
    from starwhale import evaluation, handler

    @evaluation.predict
    def predict(data):
        print("row", data["x"], flush=True)
        return data["x"] * 2

    @evaluation.evaluate(needs=[predict])
    def total(results):
        evaluation.log_summary({"total": sum(row["output"] for row in results)})

    @handler
    def wait():
        print("waiting", flush=True)
        time.sleep(600)

    @handler
    def fail():
        raise ValueError("no good")
"""


@pytest.fixture
def stocked(team: Team, tmp_path: Path) -> Team:
    """With a model and a dataset."""
    team.stock(tmp_path / "code", CODE, ROWS)
    return team


def order(team: Team, handler: str, **more: Any) -> str:
    """Order a job; its path."""
    body = {"model": "m", "handler": f"code_of_user:{handler}", **more}
    made = team.owner.done("POST", f"{team.path}/jobs", 201, json=body)
    return f"{team.path}/jobs/{made['id']}"


def reaches(team: Team, path: str, *states: str) -> Any:
    """Wait for a state of a job."""
    until(lambda: team.owner.done("GET", path)["state"] in states, lambda: team.owner.done("GET", path))
    return team.owner.done("GET", path)


def test_an_evaluation_runs_and_tells_of_itself(stocked: Team) -> None:
    team = stocked
    job = order(team, "total", datasets=["d"], comment="first")
    ended = reaches(team, job, "SUCCESS", "FAIL")
    assert (ended["state"], ended["done"], ended["rows"]) == ("SUCCESS", ROWS, ROWS), ended["cause"]
    events = team.owner.pages(f"{job}/events")
    assert [each["new"] for each in events if each["subject"] == "job"] == ["READY", "RUNNING", "SUCCESS"]
    assert [each["id"] for each in events] == sorted(each["id"] for each in events)
    behind = team.owner.done("GET", f"{job}/events", params={"after": events[1]["id"], "size": 1})
    assert (behind["items"], behind["total"]) == ([events[2]], len(events) - 2)
    behind = team.owner.done(
        "GET", f"{job}/events", params={"after": events[1]["id"], "size": 1, "cursor": behind["next"]}
    )
    assert behind["items"] == [events[3]]
    log = team.owner.done("GET", f"{job}/logs/0.0").text
    assert [f"row {row}" in log for row in range(ROWS)] == [True] * ROWS
    part = team.owner.done("GET", f"{job}/logs/0.0", params={"offset": 4, "size": 6})
    assert (part.text, part.headers["x-next-offset"]) == (log[4:10], "10")
    assert team.owner.pages(f"{job}/logs") == [{"task": "0.0", "bytes": len(log.encode())}]
    (summary,) = team.owner.done("POST", f"{team.path}/tables/query", json={"tables": ["summary"]})["rows"]
    assert summary["values"]["total"] == sum(range(ROWS)) * 2
    table = f"evaluation/{ended['id']}/results"
    assert team.owner.done("POST", f"{team.path}/tables/count", json={"tables": [table]}) == {"rows": ROWS}
    # Marks, templates and the list are about the same job.
    marked = team.owner.done("PATCH", job, json={"comment": "ä", "pinned": True})
    assert (marked["comment"], marked["pinned"]) == ("ä", True)
    assert team.owner.delete(job).status_code == 409
    team.owner.done("PATCH", job, json={"pinned": False})
    team.owner.done("DELETE", job, 204)
    assert team.owner.pages(f"{team.path}/jobs") == []
    assert [each["id"] for each in team.owner.pages(f"{team.path}/jobs", removed=True)] == [ended["id"]]
    assert team.owner.done("POST", f"{job}/recover")["id"] == ended["id"]


def test_a_job_is_followed_canceled_resumed_and_ended(stocked: Team) -> None:
    team = stocked
    job = order(team, "wait")
    reaches(team, job, "RUNNING")
    until(lambda: "waiting" in team.owner.get(f"{job}/logs/0.0").text)
    ear = Ear(team.person("ada"), f"{job}/logs/0.0/stream")
    until(lambda: "waiting" in ear.text)
    assert team.owner.post(f"{job}/resume", json={}).status_code == 409
    team.owner.done("POST", f"{job}/cancel", json={"force": True})
    reaches(team, job, "CANCELED")
    ear.hears("end")
    ear.ends()
    assert team.owner.done("POST", f"{job}/resume")["state"] == "READY"
    reaches(team, job, "RUNNING")
    team.owner.done("POST", f"{job}/pause", json={"force": True})
    reaches(team, job, "PAUSED")
    team.owner.done("POST", f"{job}/cancel", json={"force": True})
    reaches(team, job, "CANCELED")


def test_what_fails_says_why_and_a_template_of_it_is_run_at_its_time(stocked: Team) -> None:
    team = stocked
    job = order(team, "fail", comment="first")
    assert "no good" in reaches(team, job, "FAIL")["cause"]
    number = job.rpartition("/")[2]
    team.owner.done("POST", f"{team.path}/templates", 201, json={"name": "t", "job": number})
    assert team.owner.post(f"{team.path}/templates", json={"name": "t", "job": number}).status_code == 409
    again = team.owner.done("POST", f"{team.path}/templates/t/jobs", 201, json={"comment": "second"})
    new = {"name": "s", "template": "t", "cron": "* * * * *", "zone": "Asia/Kathmandu"}
    made = team.owner.done("POST", f"{team.path}/schedules", 201, json=new)
    assert datetime.fromisoformat(made["due"]) > datetime.now(UTC)
    (due,) = team.owner.pages(f"{team.path}/schedules")
    assert (due["name"], due["zone"], due["enabled"]) == ("s", "Asia/Kathmandu", True)
    house, everybody = team.house.services, Actor(name="root", admin=True)
    later = datetime.now(UTC) + timedelta(minutes=5)
    (moment,) = house.job_schedules.due(everybody, later)
    house.job_schedules.miss(moment, "nobody wants it")
    assert house.job_schedules.due(everybody, later) == []
    fire_schedules(house)
    team.owner.done("PATCH", f"{team.path}/schedules/s", json={"enabled": False})
    assert team.owner.pages(f"{team.path}/schedules")[0]["due"] is None
    team.owner.done("DELETE", f"{team.path}/schedules/s", 204)
    third = team.owner.done("POST", f"{job}/again", 201, json={})
    assert third["comment"] == "first"
    listed = team.owner.pages(f"{team.path}/jobs", size=1)
    assert [each["id"] for each in listed] == [third["id"], again["id"], number]


def test_who_is_more_urgent_goes_first(stocked: Team) -> None:
    """The queue is one order on both, also of jobs made in the same moment."""
    team, house = stocked, stocked.house.services
    waits = [order(team, "wait") for _ in range(4)]  # as many as run at a time
    for job in waits:
        reaches(team, job, "RUNNING")
    later = [order(team, "fail", priority=priority) for priority in (0, 5, 5, -1, 9)]
    ids = [job.rpartition("/")[2] for job in later]
    queue = [uri.job for uri, _ in house.job_queue.waiting() if uri.job in ids]
    assert queue == [ids[4], ids[1], ids[2], ids[0], ids[3]]
    for job in [*later, *waits]:
        team.owner.done("POST", f"{job}/cancel", json={"force": True})
    for job in [*later, *waits]:
        reaches(team, job, "CANCELED")


def test_an_order_wakes_whoever_runs_jobs(stocked: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    team = stocked
    monkeypatch.setattr("starwhale.server.attendant.PAUSE", 3600.0)
    team.house.first.app.state.attendant.wake()  # so that it waits for an hour from now on
    reaches(team, order(team, "fail"), "FAIL")

"""Which task's log is read."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from tests.e2e.console.jobs.conftest import JOBS, Works
from tests.e2e.console.visiting import PATIENCE, Visit, expect

pytestmark = pytest.mark.e2e


def test_a_log_that_is_read_stays_when_another_task_fails(visit: Visit, works: Works) -> None:
    visitor = visit("ada", own=True)
    visitor.page.clock.install()
    page = visitor.go(f"{JOBS}/{works.jobs['many']}?tab=log")
    chosen = page.locator(".log-task")
    with visitor.house.as_("ada") as http:
        tasks = [task["id"] for step in http.get(works.path("many"))["steps"] for task in step["tasks"]]
    expect(chosen).to_contain_text(tasks[0], timeout=PATIENCE)
    expect(page).to_have_url(re.compile(f"tab=log&task={re.escape(tasks[0])}$"))

    def fail_last(route: Any) -> None:
        answer = route.fetch()
        job = answer.json()
        job["steps"][-1]["tasks"][-1]["state"] = "FAIL"
        route.fulfill(response=answer, body=json.dumps(job))

    path = re.compile(f"/api/v1{JOBS}/{works.jobs['many']}\\?")
    page.route(path, fail_last)
    page.clock.fast_forward(20_000)
    with page.expect_response(path):
        page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")
    chosen.click()
    expect(page.locator(".ant-select-item-option .state.bad").first).to_be_visible(timeout=PATIENCE)
    expect(chosen).to_contain_text(tasks[0])
    expect(page).to_have_url(re.compile(f"task={re.escape(tasks[0])}$"))

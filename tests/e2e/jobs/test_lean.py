"""What a whole run of a job costs, over all its processes."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.fault.jobs.lab import Lab
from tests.pace import slowness

pytestmark = pytest.mark.e2e

TRIVIAL = """
    import sys
    from starwhale import evaluation

    @evaluation.predict
    def predict(data):
        return data["x"] * 2

    @evaluation.evaluate(needs=[predict])
    def evaluate(results):
        print(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
        evaluation.log_summary({"rows": sum(1 for _ in results)})
"""
HEAVY = {"pydantic", "duckdb", "alembic", "sklearn", "pandas", "rich", "click", "PIL"}


def test_ten_thousand_trivial_rows_cost_less_than_two_cpu_seconds(tmp_path: Path) -> None:
    lab = Lab(tmp_path, 10_000, TRIVIAL)
    with lab.play("run", "account") as play:
        state, seconds, _ = play.end().split("\n")
    assert state.strip() == "SUCCESS"
    lab.check_success(play.job)
    assert float(seconds) < 2.0 * slowness()


def test_scheduler_and_worker_load_nothing_heavy(tmp_path: Path) -> None:
    lab = Lab(tmp_path, 10, TRIVIAL)
    with lab.play("run", "account") as play:
        scheduler = set(play.end().split("\n")[2].split())
    worker = set(lab.jobs.logs(lab.actor, lab.uri(play.job), "1.0").data.decode().split())
    assert {"starwhale", "sqlalchemy"} <= scheduler & worker
    assert scheduler & (HEAVY | {"pyarrow", "numpy"}) == set()
    assert worker & HEAVY == set()
    assert "code_of_user" not in scheduler

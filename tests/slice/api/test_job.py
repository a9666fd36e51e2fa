"""Jobs as Python sees them, with real workers."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from starwhale import Job, Resource, job, model
from starwhale.api.job import Handler
from starwhale.core.errors import JobFailed, NotFound, UsageError
from starwhale.instance.local import LocalInstance

CODE = """
    from dataclasses import dataclass
    from starwhale import argument, evaluation, handler, multi_classification, pass_context, Context

    @evaluation.predict(replicas=2, fail_on_error=False)
    def predict(data, external):
        assert external["dataset_uri"].name == "numbers"
        if data.value == 7:
            raise ValueError("seven")
        return {"even": data.value % 2 == 0, "pair": (data.value, str(data.value))}

    @evaluation.evaluate(needs=[predict])
    def evaluate(results):
        failed = results.failed
        rows = list(results)
        assert all(row["output"]["pair"] == (row["input"]["value"], row["input"]["name"]) for row in rows)
        evaluation.log_summary(rows=len(rows), failed=failed)
        evaluation.log("evens", "count", {"n": sum(row["output"]["even"] for row in rows)})

    @handler(replicas=3)
    @pass_context
    def train(context: Context):
        evaluation.log("tasks", context.index, {"total": context.total, "step": context.step})

    @handler()
    def fails():
        raise RuntimeError("no weights")
"""


@pytest.fixture
def digits(instance: LocalInstance, tmp_path: Path) -> str:
    """A model, and a dataset of ten numbers."""
    writer = instance.datasets.writer(instance.actor, "self", "numbers", None)
    for value in range(10):
        writer.put(value, {"value": value, "name": str(value)})
    writer.commit()
    writer.close()
    workdir = tmp_path / "code"
    workdir.mkdir()
    (workdir / "run.py").write_text(dedent(CODE))
    built = model.build(["run"], workdir=workdir, name="digits")
    assert built is not None
    return built.full_uri


def test_an_evaluation_runs_to_its_end_and_is_found_again(instance: LocalInstance, digits: str) -> None:
    made = Job.create(
        "self", digits, "run:evaluate", ["numbers"], overwrite_specs={"run:predict": {"replicas": 1}}
    )
    assert made.status == "SUCCESS"
    assert made.summary["rows"] == 9
    assert made.summary["failed"] == made.summary["failed_rows"] == 1
    assert sorted(made.tables) == ["evens", "results"]
    assert list(made.get_table_rows("evens")) == [{"id": "count", "n": 5}]
    rows = {row["_index"]: row for row in made.get_table_rows("results")}
    assert len(rows) == 10
    assert rows[7]["_error"] == "ValueError: seven"
    assert rows[7]["_error_at"].startswith("run.py:")
    assert rows[4]["output/even"] is True
    info = made.info()
    assert info.plan.datasets[0].version in info.plan.datasets[0].uri
    assert info.failed == 1
    brief = made.basic_info
    assert (brief.id, brief.status, brief.failed, brief.model) == (info.id, "SUCCESS", 1, info.plan.model)
    assert repr(brief) == f"<JobInfo job {info.id[:12]} (run:evaluate, 10 of 10 rows) is SUCCESS>"
    assert [len(step.tasks) for step in info.steps] == [1, 1]
    assert job(made.id[:8]) == made == Job.get(made.uri.full_uri)
    listed, page = Job.list()
    assert listed == [made]
    assert page == {"page_num": 1, "page_size": 20, "pages": 1, "total": 1}
    assert list((instance.settings.run / "code").iterdir()) == [], "the copy of the package went with the job"


def test_every_task_of_a_handler_learns_its_number(instance: LocalInstance, digits: str) -> None:
    made = Job.create("self", Resource(digits), "train")
    assert [(row["id"], row["total"]) for row in made.get_table_rows("tasks")] == [(0, 3), (1, 3), (2, 3)]


def test_the_cause_of_a_failure_is_told(instance: LocalInstance, digits: str) -> None:
    with pytest.raises(JobFailed, match=r"RuntimeError: no weights at run.py:\d+: raise RuntimeError"):
        Job.create("self", digits, "fails")
    (failed,), _ = Job.list("self")
    assert failed.status == "FAIL"
    assert "no weights" in failed.info().cause
    assert list((instance.settings.run / "code").iterdir()) == []


def test_only_so_many_rows_are_used(instance: LocalInstance, digits: str) -> None:
    made = Job.create("self", digits, "run:predict", ["numbers"], dataset_head=3)
    assert [row["_index"] for row in made.get_table_rows("results")] == [0, 1, 2]


def test_what_is_not_there_is_told(instance: LocalInstance, digits: str) -> None:
    with pytest.raises(NotFound):
        Job.get("a" * 40)
    with pytest.raises(NotFound, match="no handler 'evalute'"):
        Job.create("self", digits, "evalute", ["numbers"])
    with pytest.raises(NotFound):
        Job.create("self", "nothing", "evaluate")
    with pytest.raises(NotFound):
        Job.create("self", digits, "evaluate", ["nothing"])
    with pytest.raises(UsageError, match="reads a dataset"):
        Job.create("self", digits, "evaluate")
    assert Job.list()[0] == []


def test_what_06_called_a_handler_still_registers_one() -> None:
    from starwhale import handler

    assert Handler.register is handler

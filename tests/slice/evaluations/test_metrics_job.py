"""Metrics of a job that was really run, drawn from what it stored."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

from starwhale.core.settings import Settings
from starwhale.evaluations.figures.drawing import draw
from starwhale.evaluations.figures.stored import figures_of
from starwhale.instance.local import LocalInstance

CODE = """
from starwhale import evaluation
from starwhale.api.metrics_regression import regression


def rows():
    for number in range(40):
        yield {"price": float(number)}


@evaluation.predict
def guess(data):
    return data.price + data.price % 4


@{outer}
@{inner}
def judge(results):
    found = [(row["input"]["price"], row["output"]) for row in results]
    return [true for true, _ in found], [said for _, said in found]
"""
MEASURE, EVALUATE = "regression(log_scores=True)", "evaluation.evaluate(needs=[guess])"


@pytest.mark.parametrize(("outer", "inner"), [(MEASURE, EVALUATE), (EVALUATE, MEASURE)])
def test_a_job_logs_the_figures_whichever_decorator_is_the_outer_one(
    outer: str, inner: str, tmp_path: Path
) -> None:
    (tmp_path / "prices.py").write_text(CODE.replace("{outer}", outer).replace("{inner}", inner))
    environ = {
        **os.environ,
        "SW_LOCAL_STORAGE": str(tmp_path / "store"),
        "SW_CLI_CONFIG": str(tmp_path / "c.yaml"),
    }
    swcli = Path(sysconfig.get_path("scripts")) / "swcli"
    for words in (
        ("dataset", "build", "-h", "prices:rows", "-n", "prices"),
        ("model", "run", "-w", ".", "-m", "prices", "-d", "prices"),
    ):
        ran = subprocess.run(
            [swcli, *words],
            env=environ,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ran.returncode == 0, ran.stderr
    assert "1.5" in next(line for line in ran.stdout.splitlines() if line.startswith("mae"))
    with LocalInstance(Settings.from_env(environ)) as instance:
        job = next(iter(instance.jobs.list(instance.actor, "self"))).id
        store = instance.results("self", job)
        assert store.get_summary()["kind"] == "regression"
        assert store.get_summary()["mae"] == pytest.approx(1.5)
        assert len(list(store.scan("scores"))) == 40
        figures = figures_of(store.tables(), store.scan)
        assert [figure.name for figure in figures] == ["residuals", "parity"]
        assert draw(figures[0], "svg").startswith(b"<svg")

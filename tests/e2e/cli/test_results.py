from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.cli.conftest import Shell

pytestmark = pytest.mark.e2e

CODE = """
from starwhale import evaluation, multi_classification

NAMES = ["cat", "dog", "eel"]


def rows():
    for number in range(30):
        yield {"name": NAMES[number % 3], "number": number}


@evaluation.predict
def guess(data):
    return "dog" if data.number < 6 else data.name


@evaluation.evaluate(needs=[guess])
@multi_classification(show_roc_auc=False)
def judge(results):
    found = [(row["input"]["name"], row["output"]) for row in results]
    return [name for name, _ in found], [guess for _, guess in found]
"""


def test_a_classification_is_drawn_in_the_terminal(shell: Shell) -> None:
    (shell.code / "animals.py").write_text(CODE)
    assert shell("dataset", "build", "-h", "animals:rows", "-n", "animals").returncode == 0
    ran = shell("model", "run", "-w", ".", "-m", "animals", "-d", "animals")
    assert ran.returncode == 0, ran.stderr
    assert "accuracy:" in ran.stdout
    job = shell.newest_job()["id"]
    lines = shell("job", "info", job).stdout.splitlines()
    at = lines.index("    predicted")
    assert lines[at + 1 : at + 5] == [
        "    cat dog eel",
        "cat   8   2   ·",
        "dog   ·  10   ·",
        "eel   ·   2   8",
    ]
    assert "f1-score" in lines
    small = shell("job", "info", job, "--max-report-cols", "2")
    assert "    predicted" not in small.stdout.splitlines()
    assert "--max-report-cols 3 draws" in small.stderr
    told = shell.json("job", "info", job)
    assert told["summary"]["accuracy"] == pytest.approx(26 / 30)
    assert "confusion_matrix/binarylabel" in told["tables"]

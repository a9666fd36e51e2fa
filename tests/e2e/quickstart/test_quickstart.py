"""The main job as `make quickstart` does it, from an empty store, and once more."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
BIN = Path(sys.executable).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Quickstart:
    """Both runs, and a way to ask swcli about what they left."""

    first: str
    second: str
    env: Mapping[str, str]

    def ask(self, *words: str) -> Any:
        command = [str(BIN / "swcli"), "-o", "json", *words]
        return json.loads(subprocess.run(command, env=self.env, capture_output=True, check=True).stdout)


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Quickstart:
    place = tmp_path_factory.mktemp("quickstart")
    shutil.copytree(
        ROOT / "examples", place / "examples", ignore=shutil.ignore_patterns("__pycache__", "*.npz")
    )
    env = os.environ | {
        "SW_LOCAL_STORAGE": str(place / "store"),
        "SW_CLI_CONFIG": str(place / "config.yaml"),
        "COLUMNS": "100",
    }
    command = [sys.executable, str(place / "examples" / "quickstart.py")]
    outputs: list[str] = []
    for _ in range(2):
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=280, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        outputs.append(done.stdout)
    return Quickstart(first=outputs[0], second=outputs[1], env=env)


@pytest.mark.e2e
def test_all_real_digits_are_in_the_dataset(quickstart: Quickstart) -> None:
    assert quickstart.ask("dataset", "info", "digits")["rows"] == 1797


@pytest.mark.e2e
def test_running_it_again_makes_no_second_version(quickstart: Quickstart) -> None:
    assert quickstart.second.count("nothing changed") == 2
    assert len(quickstart.ask("dataset", "history", "digits")) == 1
    assert len(quickstart.ask("model", "history", "digits")) == 1


@pytest.mark.e2e
def test_each_run_is_a_job_that_did_every_row_once(quickstart: Quickstart) -> None:
    jobs = quickstart.ask("job", "list")
    assert [(job["state"], job["rows"], job["done"], job["failed"]) for job in jobs] == [
        ("SUCCESS", 898, 898, 0)
    ] * 2


@pytest.mark.e2e
@pytest.mark.parametrize(
    "name",
    [
        "accuracy",
        "macro avg/precision",
        "weighted avg/recall",
        "macro avg/f1-score",
        "cohen_kappa_score",
        "hamming_loss",
    ],
)
def test_the_summary_shows_the_metric(quickstart: Quickstart, name: str) -> None:
    assert re.search(rf"^{re.escape(name)}:\s+0\.\d+$", quickstart.first, re.MULTILINE)


@pytest.mark.e2e
def test_the_confusion_matrix_counts_every_evaluated_digit(quickstart: Quickstart) -> None:
    rows = re.findall(r"^\d((?: +[·\d]+){10})$", quickstart.first, re.MULTILINE)
    counts = [[0 if cell == "·" else int(cell) for cell in row.split()] for row in rows]
    assert len(counts) == 10
    assert sum(map(sum, counts)) == 898
    right = sum(counts[digit][digit] for digit in range(10))
    wrong = re.search(r"^(\d+) digits were read wrongly", quickstart.first, re.MULTILINE)
    assert wrong
    assert right + int(wrong[1]) == 898
    assert right / 898 > 0.85


@pytest.mark.e2e
def test_wrongly_read_digits_are_shown_with_their_rows(quickstart: Quickstart) -> None:
    assert len(re.findall(r"self/digits_#@#_\d+ +\d +\d +\d+%", quickstart.first)) == 5


@pytest.mark.e2e
def test_the_next_commands_are_named(quickstart: Quickstart) -> None:
    assert "swcli job list" in quickstart.first.split("Try next")[1]

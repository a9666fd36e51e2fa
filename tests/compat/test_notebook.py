"""A notebook of 0.6, its cells run one after the other."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from tests.compat.conftest import PATIENCE, Newcomer

pytestmark = pytest.mark.e2e

# In a process of its own: whatever the tools of notebooks warn of is no fault of ours.
RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[2])
"""


def test_a_notebook_makes_data_a_model_and_an_evaluation(newcomer: Callable[[str], Newcomer]) -> None:
    for module in ("nbclient", "ipykernel"):
        pytest.importorskip(module, reason=f"{module} runs the cells")
    user = newcomer("notebook")
    ran = subprocess.run(
        [sys.executable, "-c", RUN, "quickstart.ipynb", "done.ipynb"],
        env=user.environ, cwd=user.code, capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    done = json.loads((user.code / "done.ipynb").read_text())
    said = [_text(cell["outputs"]) for cell in done["cells"]]
    assert "no task of a job runs here" in said[3]
    assert "local/project/self/model/sevens/version/" in said[4]
    assert "'accuracy': 0.9" in said[5]
    assert "results" in said[6]
    assert "is SUCCESS" in said[7]
    jobs = user.json("job", "list")
    assert [(job["state"], job["done"]) for job in jobs] == [("SUCCESS", 10), ("SUCCESS", 200)]


def _text(outputs: list[dict[str, Any]]) -> str:
    return "".join(
        "".join(each.get("text") or each.get("data", {}).get("text/plain", "")) for each in outputs
    )

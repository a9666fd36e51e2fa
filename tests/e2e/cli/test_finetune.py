"""Fine-tuning a toy model from the terminal: datasets in, a version of the model out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.cli.conftest import Shell

pytestmark = pytest.mark.e2e

CODE = """
import json
import pathlib

from starwhale import Context, Dataset, evaluation, finetune

WEIGHTS = pathlib.Path("weights.json")


def train_rows():
    for x in range(20):
        yield {"x": x, "y": 3 * x + 1}


def validation_rows():
    for x in range(100, 105):
        yield {"x": x, "y": 3 * x + 1}


@finetune(require_validation_datasets=True, excludes=["*.log"])
def train(train_datasets, validation_datasets):
    assert all(isinstance(each, Dataset) for each in [*train_datasets, *validation_datasets])
    rows = [row.features for each in train_datasets for row in each]
    slope = (rows[-1]["y"] - rows[0]["y"]) / (rows[-1]["x"] - rows[0]["x"])
    weights = {"slope": slope, "offset": rows[0]["y"] - slope * rows[0]["x"]}
    WEIGHTS.write_text(json.dumps(weights))
    pathlib.Path("train.log").write_text("noise")
    worst = max(
        abs(predict(row.features) - row.features["y"]) for each in validation_datasets for row in each
    )
    evaluation.log_summary(worst=worst, step=Context.get_runtime_context().step)


@evaluation.predict(log_mode="plain")
def predict(data):
    weights = json.loads(WEIGHTS.read_text())
    return weights["slope"] * data["x"] + weights["offset"]
"""


@pytest.fixture
def ready(shell: Shell) -> Shell:
    """The toy and its datasets; nothing is trained yet."""
    (shell.code / "toy.py").write_text(CODE)
    (shell.code / "weights.json").write_text('{"slope": 0, "offset": 0}')
    for name in ("train", "validation"):
        shell.json("dataset", "build", "-h", f"toy:{name}_rows", "-n", name)
    shell.json("model", "build", ".", "-m", "toy", "-n", "toy")
    return shell


def test_what_was_trained_is_a_tagged_version_that_can_be_run(ready: Shell) -> None:
    words = ["model", "run", "-u", "toy", "-h", "toy:train", "-d", "train", "-vd", "validation"]
    job = ready.json(*words)
    assert job["state"] == "SUCCESS"
    assert job["summary"]["worst"] == 0
    versions = ready.json("model", "history", "toy")
    assert len(versions) == 2
    (tag,) = (each for each in versions[0]["tags"] if each.startswith("finetune-"))
    assert tag.split("-")[1] == job["id"][:12]
    assert versions[0]["version"] in job["summary"]["finetuned_model"]
    changed = ready.json("model", "diff", "toy/v0", "toy")["files"]
    assert [each["path"] for each in changed] == ["weights.json"]
    again = ready.json("model", "run", "-u", "toy", "-h", "toy:predict", "-d", "validation")
    assert again["state"] == "SUCCESS"


def test_a_fine_tuning_without_its_datasets_is_refused_before_anything_runs(ready: Shell) -> None:
    done = ready("model", "run", "-u", "toy", "-h", "toy:train", "-d", "train")
    assert done.returncode != 0
    assert "--validation-dataset" in done.stderr
    done = ready("model", "run", "-u", "toy", "-h", "toy:train", "-vd", "validation")
    assert "--dataset" in done.stderr
    assert ready.json("job", "list") == []


def test_the_new_version_may_have_another_name(ready: Shell) -> None:
    ready.environ["SW_FINETUNE_TARGET_MODEL"] = "tuned"
    ready.json("model", "run", "-u", "toy", "-h", "toy:train", "-d", "train", "-vd", "validation")
    assert [each["name"] for each in ready.json("model", "list", "-fl", "latest")] == ["tuned", "toy"]

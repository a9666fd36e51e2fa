# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
import json
import typing as t
from pathlib import Path

from starwhale import evaluation
from starwhale.api.experiment import finetune
from starwhale.api.dataset import Dataset

ROOT = Path(__file__).parent
WEIGHTS = ROOT / "weights" / "line.json"


def train_rows():
    for x in range(20):
        yield {"x": x, "y": 2 * x + 5}


def check_rows():
    for x in range(50, 55):
        yield {"x": x, "y": 2 * x + 5}


def load() -> t.Dict[str, float]:
    return json.loads(WEIGHTS.read_text())


@evaluation.predict(log_mode="plain")
def predict(data: t.Dict) -> float:
    line = load()
    return line["slope"] * data["x"] + line["offset"]


@evaluation.evaluate(needs=[predict])
def evaluate(results: t.Iterator) -> None:
    errors = [abs(each["output"] - each["input"]["y"]) for each in results]
    evaluation.log_summary(worst=max(errors), rows=len(errors))


@finetune(
    resources={"nvidia.com/gpu": 1, "memory": "32G"},
    require_train_datasets=True,
    require_validation_datasets=True,
    model_modules=[predict, "toy"],
    excludes=["checkpoints/"],
)
def fit(train_datasets: t.List[Dataset], val_datasets: t.List[Dataset]) -> None:
    (first, *_, last) = [row.features for row in train_datasets[0]]
    slope = (last["y"] - first["y"]) / (last["x"] - first["x"])
    checkpoints = ROOT / "checkpoints"
    checkpoints.mkdir(exist_ok=True)
    (checkpoints / "step-1.bin").write_bytes(b"\0" * 1000)
    WEIGHTS.write_text(json.dumps({"slope": slope, "offset": first["y"] - slope * first["x"]}))
    line = load()
    loss = max(
        abs(line["slope"] * row.features.x + line["offset"] - row.features.y) for row in val_datasets[0]
    )
    evaluation.log_summary({"validation": {"loss": loss, "rows": len(val_datasets[0])}})


if __name__ == "__main__":
    Dataset.from_dict_items(train_rows(), name="train").close()
    Dataset.from_dict_items(check_rows(), name="check").close()

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
import json
import typing as t
from pathlib import Path

from starwhale import PipelineHandler, multi_classification
from starwhale.base.type import PredictLogMode

ROOT = Path(__file__).parent.parent


def rows() -> t.Iterator[t.Dict[str, t.Any]]:
    for number in range(60):
        yield {"number": number, "label": number % 3}


class Legacy(PipelineHandler):
    def __init__(self) -> None:
        super().__init__(ignore_error=True)
        self.weights = json.loads((ROOT / "models" / "weights.json").read_text())

    def ppl(self, data: t.Dict[str, t.Any], **kw: t.Any) -> t.Tuple[int, t.List[float]]:
        external = kw["external"]
        assert external["dataset_uri"].name == "numbers"
        assert external["index_with_dataset"].endswith(f"_#@#_{external['index']}")
        if data["number"] == 30:
            raise ValueError("no answer to thirty")
        probabilities = [0.1, 0.1, 0.1]
        guess = 0 if data["number"] in self.weights["mistakes"] else data["number"] % 3
        probabilities[guess] = 0.8
        return guess, probabilities

    @multi_classification(
        confusion_matrix_normalize="all",
        show_hamming_loss=True,
        show_cohen_kappa_score=True,
        show_roc_auc=True,
        all_labels=[0, 1, 2],
    )
    def cmp(self, ppl_result: t.Iterator) -> t.Any:
        result, label, pr = [], [], []
        for each in ppl_result:
            label.append(each["input"]["label"])
            result.append(each["output"][0])
            pr.append(each["output"][1])
        self.evaluation_store.log_summary({"seen": len(result)})
        self.evaluation_store.log("steps", id="cmp", metrics={"index": self.context.index})
        return label, result, pr


class Modern(PipelineHandler):
    def __init__(self) -> None:
        super().__init__(
            predict_batch_size=8,
            predict_log_mode=PredictLogMode.PLAIN.value,
            predict_log_dataset_features=["label"],
        )

    @PipelineHandler.run(replicas=2, resources={"memory": 200 * 1024 * 1024})
    def predict(self, data: t.List[t.Dict], external: t.Dict) -> t.List[t.Dict]:
        assert len(data) == len(external["index"]) <= 8
        return [{"class": each["number"] % 3, "score": {"top": 0.5, "rest": [0.25, 0.25]}} for each in data]

    @PipelineHandler.run(resources={"cpu": 1})
    def evaluate(self, results: t.Iterator) -> None:
        right = [each["output/class"] == each["input"]["label"] for each in results]
        self.evaluation_store.log_summary(accuracy=sum(right) / len(right))

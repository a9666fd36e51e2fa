# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
import typing as t

from answerer import Answerer, final_number

from starwhale import Text, evaluation
from starwhale.utils.debug import console

_answerer = None


def answerer() -> Answerer:
    global _answerer
    if _answerer is None:
        console.print("loading the model")
        _answerer = Answerer()
    return _answerer


@evaluation.predict(
    replicas=2,
    batch_size=16,
    log_mode="plain",
    log_dataset_features=["question", "answer"],
    fail_on_error=True,
)
def copilot_predict(data: t.List[t.Dict], external: t.Dict) -> t.List[t.Dict]:
    assert external["dataset_uri"].name == "gsm8k"
    replies = [answerer()(row["question"]) for row in data]
    return [
        {"reply": Text(reply), "number": final_number(reply), "words": len(reply.split())}
        for reply in replies
    ]


@evaluation.evaluate(needs=[copilot_predict], use_predict_auto_log=True)
def grade(results: t.Iterator[t.Dict]) -> None:
    right, total = 0, 0
    for row in results:
        total += 1
        gold = final_number(row["input"]["answer"])
        if row["output/number"] == gold:
            right += 1
        else:
            reply = row["output/reply"]
            evaluation.log(
                "wrong",
                id=row["_index"],
                metrics={"gold": gold, "said": row["output/number"], "reply": reply, "text": reply.to_str()},
            )
    evaluation.log_summary({"exact_match": right / total, "total": total, "nested": {"right": right}})

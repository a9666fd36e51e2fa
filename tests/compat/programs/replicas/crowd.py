# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
import os
import time
import typing as t
import uuid
from pathlib import Path

from starwhale import Context, Dataset, evaluation

ROWS = 20_000
SECONDS_FOR_A_SECOND = 120


def meeting() -> Path:
    return Path(os.environ["CROWD_MEETS"])


def await_another(replica: int) -> None:
    """Who has the first row does not do all the others before anybody else has begun."""
    until = time.monotonic() + SECONDS_FOR_A_SECOND
    while not {each.name for each in meeting().iterdir()} - {str(replica)}:
        if time.monotonic() > until:
            raise TimeoutError("no other replica has come")
        time.sleep(0.02)


@evaluation.predict(replicas=4, log_mode="plain", resources={"cpu": 1})
def predict(data: t.Dict, external: t.Dict) -> int:
    context: Context = external["context"]
    if external["index"] == 0:
        await_another(context.index)
    else:
        (meeting() / str(context.index)).touch()
    evaluation.log("calls", id=uuid.uuid4().hex, metrics={"row": external["index"], "replica": context.index})
    return data["number"] * 3


@evaluation.evaluate(needs=[predict], use_predict_auto_log=True)
def evaluate(results: t.Iterator[t.Dict]) -> None:
    count, total, last = 0, 0, -1
    for each in results:
        count += 1
        total += each["output"]
        last = max(last, each["_index"])
    evaluation.log_summary(count=count, total=total, last=last)


if __name__ == "__main__":
    ds = Dataset.from_dict_items(({"number": number} for number in range(ROWS)), name="crowd")
    print(len(ds))
    ds.close()

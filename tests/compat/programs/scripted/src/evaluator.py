# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
import os.path as osp
import time
import typing as t
from functools import wraps

from starwhale import Context, evaluation


def timing(func: t.Callable) -> t.Any:
    @wraps(func)
    def wrapper(*args: t.Any, **kwargs: t.Any) -> t.Any:
        start = time.time()
        result = func(*args, **kwargs)
        print(f"took {time.time() - start >= 0}")
        return result

    return wrapper


@timing
@evaluation.predict(replicas=1, log_mode="plain")
def predict(data: t.Dict, external: t.Dict) -> t.Any:
    assert osp.exists(osp.join("templates", "data.json"))
    assert isinstance(external["context"], Context)
    assert external["dataset_uri"].version
    return {"text": data["text"].upper(), "length": len(data["text"])}

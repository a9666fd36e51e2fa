# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
import typing as t

import numpy as np
from scene import PIXELS, scene

from starwhale import dataset, evaluation


def same(given: t.Any, made: t.Any) -> bool:
    if isinstance(made, list):
        return len(given) == len(made) and all(same(*pair) for pair in zip(given, made))
    if isinstance(made, dict):
        return set(given) == set(made) and all(same(given[key], made[key]) for key in made)
    if hasattr(made, "mime_type"):
        return (
            type(given) is type(made)
            and given.to_bytes() == made.to_bytes()
            and given.mime_type == made.mime_type
            and given.shape == made.shape
        )
    return type(given) is type(made) and given == made


@evaluation.predict(replicas=2)
def predict(data: t.Dict, external: t.Dict) -> t.Dict[str, t.Any]:
    number = int(external["index"].rpartition("-")[2])
    made = scene(number)
    wrong = [name for name in made if not same(data[name], made[name])]
    assert not wrong, wrong
    assert external["dataset_info"]["source"]["made"] == "by hand"
    assert data.image.to_pil().size == (4, 4)
    assert np.array_equal(data["image"].to_numpy(), PIXELS)
    assert np.array_equal(data["array"].to_numpy(), PIXELS)
    assert data.mask.to_numpy().shape[:2] == (4, 4)
    assert data["box"].to_list() == [number, 2, 3.5, 4]
    assert data["box"].to_xyxy() == [number, 2, number + 3.5, 6]
    assert data["caption"].to_str().startswith("scene")
    return {name: data[name] for name in ("box", "boxes", "polygon", "objects", "classes", "image")}


@evaluation.evaluate(needs=[predict])
def evaluate(results: t.Iterator[t.Dict]) -> None:
    scenes = 0
    for each in results:
        number = int(str(each["_index"]).rpartition("-")[2])
        made = scene(number)
        for name, value in each["output"].items():
            assert same(value, made[name]), (number, name, value)
        assert same(each["input"]["box3d"], made["box3d"])
        assert same(each["input"]["objects"], made["objects"])
        scenes += 1
    ds = dataset("scenes", readonly=True)
    assert [row.index for row in ds] == [f"scene-{number:02}" for number in range(1, 13)]
    assert same(ds["scene-07"].features["polygon"], scene(7)["polygon"])
    ds.close()
    evaluation.log_summary({"scenes": scenes})

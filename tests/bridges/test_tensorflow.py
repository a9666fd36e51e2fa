"""Datasets read by TensorFlow."""

from __future__ import annotations

from pathlib import Path

import pytest

tf = pytest.importorskip("tensorflow", reason="TensorFlow is not installed")

from starwhale import BoundingBox, GrayscaleImage, Text, dataset  # noqa: E402
from starwhale.core.errors import NotFound, UsageError  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SW_LOCAL_STORAGE", str(tmp_path / "store"))
    monkeypatch.setenv("SW_CLI_CONFIG", str(tmp_path / "config.yaml"))


def test_rows_come_as_tensors_in_key_order() -> None:
    import numpy as np

    with dataset("rows") as ds:
        for number in range(5):
            ds[number] = {
                "img": GrayscaleImage(np.full((2, 3), number, dtype=np.uint8)),
                "number": number,
                "text": Text("hi"),
                "nested": {"list": [1.5] * 3, "name": "é"},
                "box": BoundingBox(1, 2, 3, 4),
            }
        ds.commit()
    made = dataset("rows", readonly=True).to_tensorflow()
    batches = list(made.batch(2))
    assert [batch["number"].numpy().tolist() for batch in batches] == [[0, 1], [2, 3], [4]]
    assert batches[1]["img"].numpy()[1].flatten().tolist() == [3] * 6
    assert batches[0]["nested"]["name"].numpy()[0].decode() == "é"
    assert batches[0]["box"].numpy()[0].tolist() == [1, 2, 3, 4]
    keyed = dataset("rows", readonly=True).shuffle(seed=1).to_tensorflow(drop_index=False)
    assert sorted(int(key) for key, _ in keyed) == list(range(5))


def test_what_tensors_cannot_hold_is_one_sentence() -> None:
    from datetime import timedelta

    with dataset("rows") as ds:
        ds[0] = {"when": timedelta(seconds=1)}
        ds.commit()
    with pytest.raises(UsageError, match="'when' has no form that tensors take"):
        dataset("rows", readonly=True).to_tensorflow()
    with dataset("none") as ds:
        ds[0] = {"x": 1}
        ds.commit()
    with dataset("none") as ds:
        del ds[0]
        ds.commit()
    with pytest.raises(NotFound, match="no rows"):
        dataset("none", readonly=True).to_tensorflow()

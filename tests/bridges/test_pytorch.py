"""Datasets read by PyTorch: loaders, ranks, workers, and going on in the middle of an epoch."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed; `make test-torch` brings it")
from torch.utils.data import DataLoader  # noqa: E402  # pyright: ignore[reportMissingImports]

from starwhale import BoundingBox, GrayscaleImage, Text, dataset  # noqa: E402
from starwhale.integrations.pytorch import default_transform  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
ROWS = 1003


@pytest.fixture
def numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("SW_LOCAL_STORAGE", str(tmp_path / "store"))
    monkeypatch.setenv("SW_CLI_CONFIG", str(tmp_path / "config.yaml"))
    with dataset("numbers") as ds:
        for number in range(ROWS):
            ds.append({"x": number, "name": f"n{number}"})
        ds.commit()
    return dataset("numbers", readonly=True)


def seen(loader: Any) -> list[int]:
    return [int(number) for batch in loader for number in batch["x"]]


@pytest.mark.parametrize("start", ["fork", "spawn"])
@pytest.mark.parametrize("workers", [0, 1, 2, 3])
def test_every_row_comes_once_whatever_the_workers(numbers: Any, workers: int, start: str) -> None:
    if not workers and start == "spawn":
        pytest.skip("no process is started")
    loader = DataLoader(
        numbers.to_pytorch(),
        batch_size=7,
        num_workers=workers,
        multiprocessing_context=start if workers else None,
    )
    assert sorted(seen(loader)) == list(range(ROWS))


def test_without_workers_rows_come_in_key_order(numbers: Any) -> None:
    assert seen(DataLoader(numbers.to_pytorch(), batch_size=10)) == list(range(ROWS))


def test_a_shuffle_is_the_same_for_the_same_seed_and_another_in_the_next_epoch(numbers: Any) -> None:
    made = numbers.shuffle(seed=7, buffer_size=200).to_pytorch()
    first, again = seen(DataLoader(made, batch_size=10)), seen(DataLoader(made, batch_size=10))
    assert first == again != list(range(ROWS))
    made.set_epoch(1)
    second = seen(DataLoader(made, batch_size=10))
    assert second != first
    assert sorted(first) == sorted(second) == list(range(ROWS))


def test_a_sampler_indexes_rows_by_position(numbers: Any) -> None:
    rows = numbers.to_pytorch(map_style=True)
    assert (len(rows), rows[5]["x"], rows[-1]["x"]) == (ROWS, 5, ROWS - 1)
    with pytest.raises(IndexError):
        rows[ROWS]
    loader = DataLoader(rows, batch_size=32, shuffle=True, num_workers=2)
    assert sorted(seen(loader)) == list(range(ROWS))


def test_a_pass_that_broke_off_goes_on_where_it_was(numbers: Any) -> None:
    for made in (numbers.to_pytorch(), numbers.shuffle(3, buffer_size=128).to_pytorch()):
        whole = [row["x"] for row in made]
        rows = iter(made)
        head = [next(rows)["x"] for _ in range(400)]
        state = made.state_dict()
        other = (
            numbers.to_pytorch()
            if made.view.order.seed is None
            else numbers.shuffle(3, buffer_size=128).to_pytorch()
        )
        other.load_state_dict(state)
        assert head + [row["x"] for row in other] == whole
        assert [row["x"] for row in other] == whole, "the next epoch begins at its beginning"


def test_a_state_of_other_shares_is_refused(numbers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    state = numbers.to_pytorch().state_dict()
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(Exception, match="another number of ranks"):
        numbers.to_pytorch().load_state_dict(state)


RANK = """
import sys
import torch.distributed as dist
from torch.utils.data import DataLoader
from starwhale import dataset
dist.init_process_group("gloo", init_method=sys.argv[1], rank=int(sys.argv[2]), world_size=2)
made = dataset("numbers", readonly=True).shuffle(seed=1).to_pytorch()
print(len(made), *[int(x) for batch in DataLoader(made, batch_size=8, num_workers=2) for x in batch["x"]])
dist.barrier()
dist.destroy_process_group()
"""


def test_two_ranks_of_two_workers_share_the_rows_exactly(numbers: Any, tmp_path: Path) -> None:
    place = f"file://{tmp_path / 'rendezvous'}"
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", RANK, place, str(rank)],
            stdout=subprocess.PIPE,
            env=dict(os.environ),
            text=True,
        )
        for rank in range(2)
    ]
    outputs = [process.communicate(timeout=120)[0].split() for process in ranks]
    assert [process.returncode for process in ranks] == [0, 0]
    counted = Counter(int(number) for _, *numbers in outputs for number in numbers)
    assert counted == Counter(range(ROWS))
    assert [int(length) for length, *_ in outputs] == [len(found) - 1 for found in outputs]


def test_rows_that_are_not_committed_stay_in_their_process(numbers: Any) -> None:
    with dataset("numbers") as ds:
        ds.append({"x": ROWS, "name": "new"})
        made = ds.to_pytorch()
        assert sorted(row["x"] for row in made) == list(range(ROWS + 1))
        loader = DataLoader(made, num_workers=1, multiprocessing_context="spawn")
        with pytest.raises(Exception, match="not committed"):
            iter(loader)


def test_values_become_what_models_take() -> None:
    import numpy as np

    row = {
        "img": GrayscaleImage(np.arange(6, dtype=np.uint8).reshape(2, 3)),
        "box": BoundingBox(1, 2, 3, 4),
        "text": Text("hi"),
        "list": [1, {"deep": Text("x")}],
        "pair": (1, 2),
    }
    made = default_transform(row)
    assert made["img"].flatten().tolist() == list(range(6))
    assert made["box"].tolist() == [1, 2, 3, 4]
    assert (made["text"], made["list"], made["pair"]) == ("hi", [1, {"deep": "x"}], (1, 2))


def test_keys_and_transforms_are_as_asked(numbers: Any) -> None:
    made = numbers.to_pytorch(transform=lambda value: value, drop_index=False)
    key, row = next(iter(made))
    assert (key, row["name"]) == (0, "n0")
    made = numbers.with_loader_config(field_transformer={"x": "y"}).to_pytorch(skip_default_transform=True)
    assert next(iter(made)) == {"x": 0, "name": "n0", "y": 0}

"""The same rows in Hugging Face `datasets`, on disk once."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

os.environ["HF_DATASETS_OFFLINE"] = os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HOME"] = str(Path(os.environ["SW_LOCAL_STORAGE"]).parent / "hugging-home")


def rows_on_disk(rows: int) -> Any:
    """The dataset, memory-mapped from disk as a user of the library has it."""
    from datasets import Dataset, Features, Value, load_from_disk

    place = Path(os.environ["SW_LOCAL_STORAGE"]).parent / f"hugging{rows}"
    if not place.exists():
        source = random.Random(7)
        images = [source.randbytes(784) for _ in range(1000)]
        columns = {"img": [images[i % 1000] for i in range(rows)], "label": [i % 10 for i in range(rows)]}
        features = Features({"img": Value("binary"), "label": Value("int64")})
        Dataset.from_dict(columns, features=features).save_to_disk(str(place))
    return load_from_disk(str(place))

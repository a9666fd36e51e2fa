"""Datasets of Hugging Face as rows, and rows as such."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starwhale.datasets.sources.huggingface import iter_dataset

if TYPE_CHECKING:
    import datasets

    from starwhale.storage.rows.snapshot import Snapshot

__all__ = ["iter_dataset", "to_huggingface"]

_FEATURES = {"image": "Image", "audio": "Audio", "video": "Video"}


def to_huggingface(rows: Snapshot) -> datasets.Dataset:
    """All rows as a dataset of Hugging Face, without their keys.

    Args:
        rows: What to hand over.
    """
    import datasets

    from starwhale.storage.interchange.files import plain_table

    table, media = plain_table(rows)
    features: Any = datasets.Features.from_arrow_schema(table.schema)
    for name, logical in media.items():
        if logical in _FEATURES:
            features[name] = getattr(datasets, _FEATURES[logical])()
    for name, labels in (rows.manifest.info.get("class_labels") or {}).items():
        if name in features and getattr(features[name], "dtype", "") == "int64":
            features[name] = datasets.ClassLabel(names=labels)
    return datasets.Dataset(table, info=datasets.DatasetInfo(features=features))

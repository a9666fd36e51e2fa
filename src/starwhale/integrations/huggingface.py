"""Datasets of Hugging Face as rows."""

from __future__ import annotations

from starwhale.datasets.sources.huggingface import iter_dataset

__all__ = ["iter_dataset"]


def to_huggingface(rows: Snapshot) -> datasets.Dataset:
    """All rows as a dataset of Hugging Face, without their keys.

    Args:
        rows: What to hand over.
    """
    import datasets

    from starwhale.storage.interchange.files import table_of
    from starwhale.storage.interchange.outward import told_of

    table = table_of(rows)
    told = told_of(table.schema)
    kept = [name for name, _ in told["columns"]]
    found = datasets.Dataset(table.select(kept).replace_schema_metadata(None))
    labels = rows.manifest.info.get("class_labels") or {}
    for name, tag in told["columns"]:
        if isinstance(tag, list) and tag[0] == "media" and tag[1] in _FEATURES:
            feature = getattr(datasets, _FEATURES[tag[1]])(decode=False)
            found = found.map(lambda row, name=name: {name: _stored(row[name])}, features=_with(found, name, feature))
            found = found.cast_column(name, getattr(datasets, _FEATURES[tag[1]])())
        elif name in labels and tag == "int":
            found = found.cast_column(name, datasets.ClassLabel(names=labels[name]))
    return found

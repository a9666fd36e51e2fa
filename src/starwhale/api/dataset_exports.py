"""Rows of a dataset in the hands of other libraries, and as files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starwhale.api.dataset_versions import DatasetVersions
from starwhale.core.errors import MissingDependency

if TYPE_CHECKING:
    import datasets
    import pandas as pd
    import polars as pl


class DatasetExports(DatasetVersions):
    """Ways out of a dataset as a whole; changes that were not committed are included.

    Every feature is a column, the key is the column ``__key__``. Media are records of ``bytes``,
    ``path`` and ``meta``; where a row lacks a feature the column ``__absent__`` says so.
    """

    def to_arrow(self) -> Any:
        """All rows as a `pyarrow.Table` in memory."""
        from starwhale.storage.interchange.files import table_of

        return table_of(self._rows())

    def to_pandas(self) -> pd.DataFrame:
        """All rows as a data frame, the key as its index.

        Raises:
            MissingDependency: pandas is not installed.
        """
        _need("pandas", "frames")
        table = self.to_arrow()
        return table.to_pandas().set_index(table.column_names[0])

    def to_polars(self) -> pl.DataFrame:
        """All rows as a data frame.

        Raises:
            MissingDependency: polars is not installed.
        """
        polars = _need("polars", "frames")
        return polars.from_arrow(self.to_arrow())

    def to_huggingface(self) -> datasets.Dataset:
        """All rows as a dataset of Hugging Face: images, sound and film as its own, the key left out.

        Numbers whose names the description of the dataset holds (``info["class_labels"]``) are class
        labels again.

        Raises:
            MissingDependency: the library `datasets` is not installed.
        """
        _need("datasets", "huggingface")
        from starwhale.integrations.huggingface import to_huggingface

        return to_huggingface(self._rows())

    def export(
        self,
        path: str | os.PathLike[str],
        format: str = "",  # noqa: A002 - the word users know
        force: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> Path:
        """Write all rows into files that others read, and that build the very same rows again.

        Args:
            path: A directory to make, or a file with the suffix of its format: ``.parquet``, ``.jsonl``,
                ``.csv`` or ``.tar``. It is there only when it is whole.
            format: ``parquet``, ``jsonl``, ``csv``, ``webdataset`` or ``folder``; by default what the
                suffix says.
            force: Replace what is there.
            progress: Called now and then with the number of rows written.

        Returns:
            The path.

        Raises:
            UsageError: the format is unknown, or cannot hold the rows.
            Conflict: something is there, and `force` is not set.
        """
        from starwhale.datasets.exports.exporting import export

        return export(self._rows(), Path(path), format=format, force=force, told=progress)


def _need(module: str, extra: str) -> Any:
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as exc:
        raise MissingDependency(
            f"this needs the library `{module}`", hint=f"pip install 'starwhale[{extra}]'"
        ) from exc

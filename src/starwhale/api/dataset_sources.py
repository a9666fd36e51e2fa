"""Building a dataset from files and from other libraries' datasets: the twins of `swcli dataset build`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self, Unpack

from starwhale.api.dataset_building import BuildOptions, DatasetBuilding, PathLike, paths_of
from starwhale.api.place import Resource
from starwhale.core.errors import UsageError


class DatasetSources(DatasetBuilding):
    """Class methods that build and commit a dataset.

    They share these arguments:

    - ``mode``: ``patch`` keeps the rows that the source does not mention, ``overwrite`` drops them.
    - ``tags``, ``message``: for the version that is made; where nothing changed only the tags move.
    - ``on_error``: what a row does that cannot be used: ``fail`` ends the build, ``skip`` leaves it
      out, ``collect`` also writes why into ``report``, a JSON document a row.
    - ``progress``: called now and then with a `BuildProgress`.
    - ``alignment_size``, ``volume_size``: without effect; how 0.6 laid out its blobs.

    Rows without keys of their own are numbered in the order of reading, so that building the same
    source twice makes no second version. All raise UsageError where a row or an argument is wrong,
    and NotFound where the source is not there; then no version is made.
    """

    @classmethod
    def from_json(
        cls,
        name: str | Resource,
        path: PathLike | Sequence[PathLike] | None = None,
        text: str | None = None,
        field_selector: str = "",
        alignment_size: int | str = 0,  # noqa: ARG003 - kept from 0.6, where blobs lay in volumes
        volume_size: int | str = 0,  # noqa: ARG003 - as above
        mode: str = "patch",
        tags: Sequence[str] | None = None,
        encoding: str | None = None,
        **told: Unpack[BuildOptions],
    ) -> Self:
        """Build a dataset of JSON or JSONL.

        Args:
            name: Its name or address.
            path: A path or an http(s) address, or several.
            text: JSON itself, instead of `path`.
            field_selector: Where in a document the list of rows is, as ``a.b[0].c``.
            encoding: Encoding of the text; UTF-8 by default.
        """
        from starwhale.datasets.sources import opening

        if (path is None) == (text is None):
            raise UsageError("from_json reads either a path or a text", hint="give one of path= and text=")
        source = opening.json(
            paths_of(path or ()), text=text, field_selector=field_selector, encoding=encoding or ""
        )
        return cls._built(source, name, mode, tags, **told)

    @classmethod
    def from_csv(
        cls,
        path: PathLike | Sequence[PathLike],
        name: str | Resource,
        dialect: str = "excel",
        alignment_size: int | str = 0,  # noqa: ARG003 - as above
        volume_size: int | str = 0,  # noqa: ARG003 - as above
        mode: str = "patch",
        tags: Sequence[str] | None = None,
        delimiter: str | None = None,
        quotechar: str | None = None,
        skipinitialspace: bool = False,
        strict: bool = False,
        encoding: str | None = None,
        *,
        infer_types: bool = False,
        **told: Unpack[BuildOptions],
    ) -> Self:
        """Build a dataset of CSV or TSV; the first line of a file names the features.

        Args:
            path: A path or an http(s) address, or several.
            name: Its name or address.
            dialect: ``excel``, ``excel-tab`` or ``unix``.
            delimiter: Between fields; what the dialect says by default.
            quotechar: Around fields; what the dialect says by default.
            skipinitialspace: Drop blanks behind a delimiter.
            strict: Refuse what is quoted badly.
            encoding: Encoding of the text; UTF-8 by default.
            infer_types: Make numbers, booleans and dates of columns that hold nothing else; without it
                all values stay text.
        """
        from starwhale.datasets.sources import opening

        source = opening.csv(
            paths_of(path),
            dialect=dialect,
            delimiter=delimiter,
            quotechar=quotechar,
            skipinitialspace=skipinitialspace,
            strict=strict,
            encoding=encoding or "",
            infer_types=infer_types,
        )
        return cls._built(source, name, mode, tags, **told)

    @classmethod
    def from_folder(
        cls,
        folder: PathLike,
        kind: str = "image",
        name: str | Resource = "",
        auto_label: bool = True,
        alignment_size: int | str = 0,  # noqa: ARG003 - as above
        volume_size: int | str = 0,  # noqa: ARG003 - as above
        mode: str = "patch",
        tags: Sequence[str] | None = None,
        **told: Unpack[BuildOptions],
    ) -> Self:
        """Build a dataset of the media files below a directory.

        A ``.txt`` beside a file of the same name is its caption; ``metadata.csv`` or
        ``metadata.jsonl`` in the directory is joined on ``file_name``.

        Args:
            folder: The directory.
            kind: ``image``, ``video`` or ``audio``.
            name: Name or address of the dataset; that of the directory by default.
            auto_label: Give each row the name of the file's directory as ``label``.
        """
        from starwhale.datasets.sources import opening

        kind = str(getattr(kind, "value", kind))
        source = opening.folder(os.fspath(folder), kind=kind, auto_label=auto_label)
        return cls._built(source, name or Path(folder).resolve().name, mode, tags, **told)

    @classmethod
    def from_huggingface(
        cls,
        name: str | Resource,
        repo: str,
        subsets: Sequence[str] | None = None,
        split: str | None = None,
        revision: str = "main",
        alignment_size: int | str = 0,  # noqa: ARG003 - as above
        volume_size: int | str = 0,  # noqa: ARG003 - as above
        mode: str = "patch",
        cache: bool = True,
        tags: Sequence[str] | None = None,
        add_info: bool = True,
        **told: Unpack[BuildOptions],
    ) -> Self:
        """Build a dataset of one of Hugging Face's.

        Args:
            name: Its name or address.
            repo: Name on the hub, a directory that `save_to_disk` wrote, or a local folder.
            subsets: Which subsets; all by default.
            split: Which split; all by default.
            revision: Which revision on the hub.
            cache: Use what was downloaded before.
            add_info: Keep the names of subset and split in each row.

        Raises:
            MissingDependency: the library `datasets` is not installed.
            Unavailable: the hub cannot be reached.
        """
        from starwhale.datasets.sources import opening

        source = opening.huggingface(
            repo, subsets=subsets, split=split, revision=revision, cache=cache, add_info=add_info
        )
        return cls._built(source, name, mode, tags, **told)

    @classmethod
    def from_parquet(
        cls,
        path: PathLike | Sequence[PathLike],
        name: str | Resource,
        mode: str = "patch",
        tags: Sequence[str] | None = None,
        **told: Unpack[BuildOptions],
    ) -> Self:
        """Build a dataset of Parquet, Arrow or Feather files, or directories of such."""
        from starwhale.datasets.sources import opening

        return cls._built(opening.arrow(paths_of(path)), name, mode, tags, **told)

    from_arrow = from_parquet

    @classmethod
    def from_webdataset(
        cls,
        shards: PathLike | Sequence[PathLike],
        name: str | Resource,
        mode: str = "patch",
        tags: Sequence[str] | None = None,
        **told: Unpack[BuildOptions],
    ) -> Self:
        """Build a dataset of tar shards; ``train-{000..012}.tar`` stands for thirteen of them."""
        from starwhale.datasets.sources import opening

        return cls._built(opening.webdataset(paths_of(shards)), name, mode, tags, **told)

    @classmethod
    def from_coco(
        cls,
        annotations: PathLike | Sequence[PathLike],
        name: str | Resource,
        images: PathLike | None = None,
        mode: str = "patch",
        tags: Sequence[str] | None = None,
        **told: Unpack[BuildOptions],
    ) -> Self:
        """Build a dataset of annotation files of COCO and their images, a row per image."""
        from starwhale.datasets.sources import opening

        place = None if images is None else os.fspath(images)
        return cls._built(opening.coco(paths_of(annotations), images=place), name, mode, tags, **told)

    @classmethod
    def from_voc(
        cls,
        root: PathLike,
        name: str | Resource,
        mode: str = "patch",
        tags: Sequence[str] | None = None,
        **told: Unpack[BuildOptions],
    ) -> Self:
        """Build a dataset of a directory laid out as Pascal VOC, a row per image."""
        from starwhale.datasets.sources import opening

        return cls._built(opening.voc(os.fspath(root)), name, mode, tags, **told)

    @classmethod
    def from_llm(
        cls,
        path: PathLike | Sequence[PathLike],
        name: str | Resource,
        format: str = "auto",  # noqa: A002 - the word users know
        mode: str = "patch",
        tags: Sequence[str] | None = None,
        encoding: str | None = None,
        **told: Unpack[BuildOptions],
    ) -> Self:
        """Build a dataset of rows for fine-tuning in JSON or JSONL, each checked against its format.

        Args:
            path: A path or an http(s) address, or several.
            name: Its name or address.
            format: ``alpaca``, ``sharegpt``, ``messages``, ``preference``, ``prompt-completion``, or
                ``auto`` to recognise it by the fields.
            encoding: Encoding of the text; UTF-8 by default.
        """
        from starwhale.datasets.sources import opening

        source = opening.llm(paths_of(path), format=format, encoding=encoding or "")
        return cls._built(source, name, mode, tags, **told)

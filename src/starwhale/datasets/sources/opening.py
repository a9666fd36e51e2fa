"""One function for each way in: the source for what a user named, with an export of ours recognised."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from starwhale.datasets.sources.port import Source

FOLDER_KINDS = ("image", "audio", "video")


def folder(path: str, *, kind: str = "image", auto_label: bool = True) -> Source:
    """Media files below a directory; their labels are the names of their directories.

    Args:
        path: The directory.
        kind: ``image``, ``audio`` or ``video``.
        auto_label: Give each row the name of its directory as ``label``.

    Raises:
        UsageError: no such kind.
        NotFound: no such directory.
    """
    from starwhale.datasets.sources.folder import FolderSource

    if kind not in FOLDER_KINDS:
        raise UsageError(f"there are no folders of {kind!r}", hint=f"use one of {', '.join(FOLDER_KINDS)}")
    return _exported([path]) or FolderSource(path, kind=kind, auto_label=auto_label)


def json(
    paths: Sequence[str],
    *,
    text: str | None = None,
    field_selector: str = "",
    encoding: str = "",
    most_nested: int | None = None,
) -> Source:
    """JSON and JSONL files, addresses of such, or JSON itself."""
    from starwhale.datasets.sources.jsonfile import JsonSource

    return _exported(paths) or JsonSource(
        paths, text=text, field_selector=field_selector, encoding=encoding, most_nested=most_nested
    )


def csv(
    paths: Sequence[str],
    *,
    dialect: str = "excel",
    delimiter: str | None = None,
    quotechar: str | None = None,
    skipinitialspace: bool = False,
    strict: bool = False,
    encoding: str = "",
    infer_types: bool = False,
) -> Source:
    """CSV and TSV files, or addresses of such."""
    from starwhale.datasets.sources.csvfile import CsvSource

    return _exported(paths) or CsvSource(
        paths,
        dialect=dialect,
        delimiter=delimiter,
        quotechar=quotechar,
        skipinitialspace=skipinitialspace,
        strict=strict,
        encoding=encoding,
        infer_types=infer_types,
    )


def arrow(paths: Sequence[str]) -> Source:
    """Parquet, Arrow and Feather files, or directories of such."""
    from starwhale.datasets.sources.arrowfile import ArrowSource

    return _exported(paths) or ArrowSource(paths)


def webdataset(shards: Sequence[str]) -> Source:
    """Tar files whose members of one base name are one row."""
    from starwhale.datasets.sources.webdataset import WebDatasetSource

    return _exported(shards) or WebDatasetSource(shards)


def huggingface(
    repo: str,
    *,
    subsets: Sequence[str] | None = None,
    split: str | None = None,
    revision: str = "main",
    cache: bool = True,
    add_info: bool = True,
) -> Source:
    """A dataset of the Hugging Face hub, one that `save_to_disk` wrote, or a local folder."""
    from starwhale.datasets.sources.huggingface import HuggingfaceSource

    return HuggingfaceSource(
        repo, subsets=subsets, split=split, revision=revision, cache=cache, add_info=add_info
    )


def coco(annotations: Sequence[str], *, images: str | None = None) -> Source:
    """Annotation files of COCO with their images."""
    from starwhale.datasets.sources.coco import CocoSource

    return CocoSource(annotations, images=images)


def voc(root: str) -> Source:
    """A directory laid out as Pascal VOC."""
    from starwhale.datasets.sources.voc import VocSource

    return VocSource(root)


def llm(paths: Sequence[str], *, format: str = "auto", encoding: str = "") -> Source:  # noqa: A002 - the word users know
    """JSON or JSONL rows for fine-tuning, each checked against its format."""
    from starwhale.datasets.sources.chat import LlmSource

    return LlmSource(json(paths, encoding=encoding), format=format)


def export(card: str) -> Source:
    """What `export` wrote, by the card in it."""
    from pathlib import Path

    from starwhale.datasets.sources.exported import ExportedSource

    return ExportedSource(Path(card))


def _exported(paths: Iterable[str]) -> Source | None:
    """The exact way back of what `export` wrote, where the paths lie in one export."""
    from starwhale.datasets.sources.exported import ExportedSource, find_export

    found = {find_export(path) for path in paths}
    card = found.pop() if len(found) == 1 else None
    return None if card is None else ExportedSource(card)

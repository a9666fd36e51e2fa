"""Rows from datasets of Hugging Face, through its own library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from starwhale.core.errors import MissingDependency, NotFound, Unavailable, UsageError
from starwhale.datasets.sources.port import BadRow, SourceRow
from starwhale.storage.interchange.foreign import ForeignReader

SUBSET, SPLIT = "_hf_subset", "_hf_split"
_DEFAULT = "default"
_ROWS = 512


class HuggingfaceSource:
    """A dataset of the hub, one that `save_to_disk` wrote, or a folder of files that the library reads.

    Images, sound and film are taken as they are stored, nothing is decoded; the names of class
    labels go into the description of the dataset. Keys are ``subset/split/number``. Code that comes
    with a dataset is never run.

    Args:
        repo: A name on the hub, or a directory.
        subsets: Which; all by default.
        split: Which; all by default.
        revision: On the hub.
        cache: Use what was downloaded before.
        add_info: Give each row the names of its subset and split, as ``_hf_subset`` and ``_hf_split``.

    Raises:
        MissingDependency: the library is not installed.
    """

    def __init__(
        self,
        repo: str,
        *,
        subsets: Sequence[str] | None = None,
        split: str | None = None,
        revision: str = "main",
        cache: bool = True,
        add_info: bool = True,
    ) -> None:
        try:
            import datasets
        except ImportError as exc:
            raise MissingDependency(
                "reading datasets of Hugging Face needs the library `datasets`",
                hint="pip install 'starwhale[huggingface]'",
            ) from exc
        self._library: Any = datasets
        self._repo = repo
        self._subsets = list(subsets or ())
        self._split = split
        self._revision = revision
        self._cache = cache
        self._add_info = add_info
        self._info: dict[str, Any] = {}
        self.name = repo

    def info(self) -> dict[str, Any]:
        """The names of class labels."""
        return self._info

    def rows(self) -> Iterator[SourceRow | BadRow]:
        """The rows, subset by subset and split by split."""
        for subset in self._subsets or self._all_subsets():
            for split, part in sorted(self._load(subset).items()):
                yield from self._rows_of(part, subset, split)

    def _rows_of(self, part: Any, subset: str, split: str) -> Iterator[SourceRow | BadRow]:
        described = {SUBSET: subset, SPLIT: split} if self._add_info else {}
        taken = described.keys() & set(part.column_names)
        if taken:
            raise UsageError(
                f"{self._repo!r} has a column {min(taken)!r} already", hint="use --no-add-hf-info"
            )
        place = "/".join(name for name in (subset, split) if name)
        file = f"{self._repo} ({place})" if place else self._repo
        reader: ForeignReader | None = None
        number = 0
        for table in part.with_format("arrow").iter(batch_size=_ROWS):
            if reader is None:
                reader = ForeignReader(table.schema, file, self._rooms(), part.features.to_dict())
                self._info.update(reader.info)
            for row in reader.rows(table):
                number += 1
                yield SourceRow(number, {**row, **described}, f"{place}/{number - 1}", file)

    def _rooms(self) -> list[Path]:
        """Where files lie that rows only name: beside these, or where the library keeps what it fetched."""
        import huggingface_hub

        known: Any = self._library.config
        caches = [
            known.HF_DATASETS_CACHE,
            known.DOWNLOADED_DATASETS_PATH,
            huggingface_hub.constants.HF_HUB_CACHE,
        ]
        beside = [Path(self._repo)] if Path(self._repo).is_dir() else []
        return [*beside, *map(Path, caches)]

    def _all_subsets(self) -> list[str]:
        if Path(self._repo).is_dir():
            return [_DEFAULT]
        return cast(
            "list[str]", self._asking("get_dataset_config_names", self._repo, revision=self._revision)
        )

    def _load(self, subset: str) -> dict[str, Any]:
        """The parts of a subset, by their splits."""
        place = Path(self._repo)
        if any((place / name).is_file() for name in ("dataset_dict.json", "state.json")):
            found = self._asking("load_from_disk", self._repo)
        else:
            mode = None if self._cache else "force_redownload"
            named = [] if place.is_dir() and subset == _DEFAULT else [subset]
            revision = {} if place.is_dir() else {"revision": self._revision}
            found = self._asking(
                "load_dataset", self._repo, *named, split=self._split, download_mode=mode, **revision
            )
        if not isinstance(found, dict):
            return {self._split or str(found.split or ""): found}
        parts = cast("dict[str, Any]", found)
        if self._split is None:
            return {str(name): part for name, part in parts.items()}
        if self._split not in parts:
            raise NotFound(f"{self._repo!r} has no split {self._split!r}, only {', '.join(parts)}")
        return {self._split: parts[self._split]}

    def _asking(self, function: str, *arguments: Any, **options: Any) -> Any:
        """Ask the library; whatever it raises becomes one sentence."""
        self._library.disable_progress_bars()
        try:
            return getattr(self._library, function)(*arguments, **options)
        except Exception as exc:
            reason = (str(exc).strip().splitlines() or [type(exc).__name__])[0][:300]
            if isinstance(exc, (ConnectionError, TimeoutError)) or "onnect" in type(exc).__name__:
                raise Unavailable(f"cannot reach the Hugging Face hub for {self._repo!r}: {reason}") from exc
            if isinstance(exc, FileNotFoundError):
                raise NotFound(f"there is no dataset {self._repo!r}: {reason}") from exc
            raise UsageError(f"{self._repo!r} cannot be read: {reason}") from exc


def iter_dataset(
    repo: str,
    subsets: list[str] | None = None,
    split: str | None = None,
    revision: str = "main",
    cache: bool = True,
    add_info: bool = True,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Keys and rows of a dataset of Hugging Face; the arguments are those of `HuggingfaceSource`."""
    source = HuggingfaceSource(
        repo, subsets=subsets, split=split, revision=revision, cache=cache, add_info=add_info
    )
    for row in source.rows():
        if isinstance(row, SourceRow):
            yield str(row.key), dict(row.features)

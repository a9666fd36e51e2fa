"""What files are that somebody has sent, by their names, and the source that reads them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from starwhale.core.errors import UsageError
from starwhale.datasets.exports.card import CARD
from starwhale.datasets.sources import opening
from starwhale.datasets.sources.folder import SUFFIXES
from starwhale.datasets.uploaded import parts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starwhale.datasets.sources.port import Source


class Format(StrEnum):
    """What the files are."""

    AUTO = "auto"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    COCO = "coco"
    VOC = "voc"
    WEBDATASET = "webdataset"
    LLM = "llm"
    EXPORT = "export"


_ENDINGS: dict[Format, tuple[str, ...]] = {
    Format.CSV: (".csv", ".tsv"),
    Format.JSON: (".json", ".jsonl", ".ndjson"),
    Format.PARQUET: (".parquet", ".arrow", ".feather"),
    Format.IMAGE: SUFFIXES["image"],
    Format.AUDIO: SUFFIXES["audio"],
    Format.VIDEO: SUFFIXES["video"],
    Format.WEBDATASET: (".tar",),
}
#: Lists and objects that a long row of JSON holds at most: an empty one is two bytes to send, many to hold.
MOST_NESTED = 200_000
_FOLDERS = (Format.IMAGE, Format.AUDIO, Format.VIDEO)
# What may lie beside media: their captions, and what is known of each.
_BESIDE = (".txt", "metadata.csv", "metadata.jsonl")
_NOTES = (".txt", ".md", ".html")
_VOC = "Annotations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the files are read.

    Attributes:
        format: What they are.
        infer_types: Make numbers and dates of columns of CSV that hold nothing else.
        delimiter: Between fields of CSV; what the name of the file says where it is empty.
        quotechar: Around fields of CSV; quotation marks where it is empty.
        skipinitialspace: Drop blanks behind a delimiter.
        strict: Refuse CSV that is quoted badly.
        auto_label: Label media by the names of their directories.
        field_selector: Where in a JSON document the list of rows is.
        encoding: Of texts; UTF-8 where it is empty.
        annotations: Of COCO: which files; all JSON where none is named.
        coco_images: Where the images of COCO lie; they are looked for where it is empty.
        llm_format: Of rows for fine-tuning.
    """

    format: Format = Format.AUTO
    infer_types: bool = True
    delimiter: str = ""
    quotechar: str = ""
    skipinitialspace: bool = False
    strict: bool = False
    auto_label: bool = True
    field_selector: str = ""
    encoding: str = ""
    annotations: tuple[str, ...] = ()
    coco_images: str = ""
    llm_format: str = "auto"


def source_of(place: Path, reading: Reading) -> Source:
    """What the rows of laid out files are read from.

    Args:
        place: Where they lie; a relative path, since it is told of in messages.
        reading: How they are read.

    Raises:
        UsageError: they are of several kinds, or of none that is known.
    """
    names = sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file())
    chosen = guess(names) if reading.format is Format.AUTO else reading.format
    if chosen in _FOLDERS:
        return opening.folder(str(place), kind=chosen.value, auto_label=reading.auto_label)
    if chosen is Format.VOC:
        return opening.voc(str(place / _voc_root(names)))
    if chosen is Format.COCO:
        return _coco(place, names, reading)
    if chosen is Format.EXPORT:
        return opening.export(str(place / _card(names)))
    meant = [str(place / name) for name in _only(names, chosen)]
    if chosen is Format.WEBDATASET:
        return opening.webdataset([str(place)])  # not `meant`, for braces in a name would count
    return _texts_or_arrow(chosen, meant, reading)


def _texts_or_arrow(chosen: Format, meant: Sequence[str], reading: Reading) -> Source:
    if chosen is Format.CSV:
        return _csv(meant, reading)
    if chosen is Format.JSON:
        return opening.json(
            meant,
            field_selector=reading.field_selector,
            encoding=reading.encoding,
            most_nested=MOST_NESTED,
        )
    if chosen is Format.LLM:
        return opening.llm(meant, format=reading.llm_format, encoding=reading.encoding)
    return opening.arrow(meant)


def guess(names: Sequence[str]) -> Format:
    """What files are, by their paths; the console guesses by the same rules.

    Raises:
        UsageError: they are of several kinds, or of none that is known.
    """
    lower = [name.lower() for name in names]
    found = {kind for kind, endings in _ENDINGS.items() for name in lower if name.endswith(endings)}
    if any(_is_card(name) for name in names):
        return Format.EXPORT
    if _voc_roots(names):
        return Format.VOC
    if found == {Format.IMAGE, Format.JSON} and _all_end(lower, (*_ENDINGS[Format.IMAGE], ".json", *_NOTES)):
        return Format.COCO
    for kind in _FOLDERS:
        if kind in found and _all_end(lower, (*_ENDINGS[kind], *_BESIDE)):
            return kind
    if len(found) == 1:
        return found.pop()
    what = (
        f"these are files of several kinds: {', '.join(sorted(found))}"
        if found
        else "no file is of a known kind"
    )
    raise UsageError(what, hint="send files of one kind, or say what they are")


def _all_end(names: Sequence[str], endings: tuple[str, ...]) -> bool:
    return all(name.endswith(endings) for name in names)


def _only(names: Sequence[str], kind: Format) -> list[str]:
    """The files, all of which must be of one kind."""
    endings = _ENDINGS[Format.JSON if kind is Format.LLM else kind]
    meant = [name for name in names if name.lower().endswith(endings)]
    if not meant:
        raise UsageError(
            f"none of the files is {kind.value}", hint=f"their names end in {', '.join(endings)}"
        )
    other = next((name for name in names if name not in set(meant)), "")
    if other:
        raise UsageError(
            f"{Path(other).name!r} is no file of {kind.value}", hint="send files of one kind at a time"
        )
    return meant


def _csv(paths: Sequence[str], reading: Reading) -> Source:
    return opening.csv(
        paths,
        delimiter=reading.delimiter or None,
        quotechar=reading.quotechar or None,
        skipinitialspace=reading.skipinitialspace,
        strict=reading.strict,
        encoding=reading.encoding,
        infer_types=reading.infer_types,
    )


def _coco(place: Path, names: Sequence[str], reading: Reading) -> Source:
    named = ["/".join(parts_of(name)) for name in reading.annotations]
    missing = next((name for name in named if name not in names), "")
    if missing:
        raise UsageError(f"there is no file {missing!r} in what was sent")
    meant = named or [name for name in names if name.lower().endswith(".json")]
    if not meant:
        raise UsageError("there are no annotations of COCO in what was sent", hint="send their .json too")
    images = str(place.joinpath(*parts_of(reading.coco_images))) if reading.coco_images else None
    return opening.coco([str(place / name) for name in meant], images=images)


def _voc_roots(names: Sequence[str]) -> set[str]:
    """Directories that have `Annotations` of XML, "" for the one that all lies in."""
    split = [name.split("/") for name in names if name.lower().endswith(".xml")]
    return {"/".join(parts[:-2]) for parts in split if parts[-2:-1] == [_VOC]}


def _voc_root(names: Sequence[str]) -> str:
    roots = _voc_roots(names)
    if not roots:
        raise UsageError(
            f"no directory {_VOC!r} with XML files was sent", hint="send the directory that it lies in"
        )
    if len(roots) > 1:
        raise UsageError(
            f"there are several directories {_VOC!r}: in {', '.join(sorted(roots))}",
            hint="send one at a time",
        )
    return roots.pop()


def _is_card(name: str) -> bool:
    return name.rpartition("/")[2] == CARD or name.endswith(f".{CARD}")


def _card(names: Sequence[str]) -> str:
    cards = [name for name in names if _is_card(name)]
    if len(cards) != 1:
        raise UsageError(
            f"there is {'no' if not cards else 'more than one'} {CARD} in what was sent",
            hint="send one directory that `swcli dataset export` wrote",
        )
    return cards[0]

"""Rows from JSON and JSON Lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from starwhale.core.errors import UsageError
from starwhale.datasets.sources.characters import ROW_CHARS, Characters, Decoder, reason
from starwhale.datasets.sources.files import expand, name_of, open_text
from starwhale.datasets.sources.port import BadRow, SourceRow
from starwhale.datasets.sources.selector import parse_selector, select
from starwhale.kit.text import is_storable

LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
SUFFIXES = (".json", ".json.gz", *LINES)


class JsonSource:
    """JSON documents, or a document a line.

    A document is a list of rows or one row; with a selector, what it holds there. A file is read a
    line at a time where its name says so, or where its first line is a document of its own; a list
    of rows is read a row at a time. Only what must be selected from is read whole, up to 512 Mi
    characters; a row that is read by itself has at most 64 Mi. A row with two fields of one name is bad.

    Args:
        paths: Files, directories, patterns or http(s) addresses.
        text: JSON itself, instead of them.
        field_selector: Path to the rows, as ``a.b[0].c``.
        encoding: Of the files; UTF-8 by default.
        most_nested: Lists and objects that a row of more than 1 Mi characters may hold, where it is read by
            itself; None for any number.

    Raises:
        UsageError: the selector is no path.
        NotFound: a file is not there.
    """

    def __init__(
        self,
        paths: Sequence[str] = (),
        *,
        text: str | None = None,
        field_selector: str = "",
        encoding: str = "",
        most_nested: int | None = None,
    ) -> None:
        self._most_nested = most_nested
        self._selector = field_selector
        self._steps = parse_selector(field_selector)
        self._text = text
        self._encoding = encoding
        self._paths = expand(paths, SUFFIXES) if text is None else []
        self.name = "the JSON text" if text is not None else ", ".join(map(name_of, self._paths))

    def info(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def rows(self) -> Iterator[SourceRow | BadRow]:
        """The rows, file by file."""
        if self._text is not None:
            yield from self._rows(Characters(None, self._text), self.name, "", lines=False)
        for path in self._paths:
            name = name_of(path)
            with open_text(path, self._encoding) as file:
                lines = name.lower().endswith(LINES)
                characters = Characters(file, most_nested=self._most_nested)
                yield from self._rows(characters, name, name if len(self._paths) > 1 else "", lines=lines)

    def _rows(self, text: Characters, name: str, file: str, *, lines: bool) -> Iterator[SourceRow | BadRow]:
        if lines or text.begins_with_a_whole_line():
            yield from self._of_lines(text, file)
        elif not self._steps and text.skip_blank() == "[":
            yield from _of_array(text, name, file)
        else:
            yield from self._of_document(text, name, file)

    def _of_lines(self, text: Characters, file: str) -> Iterator[SourceRow | BadRow]:
        decoder = Decoder()
        for number, line in text.lines():
            if line is None:
                yield BadRow(number, f"it is longer than {ROW_CHARS:,} characters", file)
                continue
            if not line or line.isspace():
                continue
            try:
                text.check_nested(line, 0, len(line))
                value = select(decoder.decode(line.rstrip("\r\n")), self._steps)
            except (ValueError, LookupError) as error:
                yield BadRow(number, reason(error), file)
                continue
            for each in cast("list[Any]", value) if isinstance(value, list) and self._steps else [value]:
                yield _row(number, each, file)

    def _of_document(self, text: Characters, name: str, file: str) -> Iterator[SourceRow | BadRow]:
        if not text.skip_blank():
            raise UsageError(f"{name} is empty")
        try:
            document = Decoder().decode(text.whole(name))
        except ValueError as error:
            raise UsageError(f"{name} is no JSON: {reason(error)}") from None
        try:
            value = select(document, self._steps)
        except LookupError as error:
            raise UsageError(f"{self._selector!r} selects nothing in {name}: {error}") from None
        rows = cast("list[Any]", value) if isinstance(value, list) else [value]
        for number, each in enumerate(rows, start=1):
            yield _row(number, each, file)


def _of_array(text: Characters, name: str, file: str) -> Iterator[SourceRow | BadRow]:
    text.take(1)
    number = 0
    while True:
        mark = text.skip_blank()
        if mark == "]" and not number:
            text.take(1)
            break
        number += 1
        try:
            value, complaint = text.value()
        except ValueError as error:
            raise UsageError(f"{name} is no JSON in row {number}: {error}") from None
        yield BadRow(number, complaint, file) if complaint else _row(number, value, file)
        mark = text.skip_blank()
        if mark not in (",", "]"):
            raise UsageError(f"{name} is no JSON: row {number} is followed by neither a comma nor a ]")
        text.take(1)
        if mark == "]":
            break
    if text.skip_blank():
        raise UsageError(f"{name} is no JSON: something follows the list of rows")


def _row(number: int, value: Any, file: str) -> SourceRow | BadRow:
    if not isinstance(value, dict):
        return BadRow(number, f"is {_kind(value)}, not an object with fields", file)
    row = cast("dict[str, Any]", value)
    if not is_storable("".join(row)):
        return BadRow(number, "the name of a field has half a character (a lone surrogate)", file)
    return SourceRow(number, row, None, file)


def _kind(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "true or false"
    return {"list": "a list", "str": "text"}.get(type(value).__name__, "a number")

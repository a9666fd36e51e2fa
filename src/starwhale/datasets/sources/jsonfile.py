"""Rows from JSON and JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from json import JSONDecodeError
from typing import Any, TextIO, cast

from starwhale.core.errors import UsageError
from starwhale.datasets.sources.files import expand, name_of, open_text
from starwhale.datasets.sources.port import BadRow, SourceRow
from starwhale.datasets.sources.selector import parse_selector, select

LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
SUFFIXES = (".json", ".json.gz", *LINES)
WHOLE_CHARS = 512 << 20
_CHUNK = 1 << 20
_BLANK = " \t\r\n"


class JsonSource:
    """JSON documents, or a document a line.

    A document is a list of rows or one row; with a selector, what it holds there. A file is read a
    line at a time where its name says so, or where its first line is a document of its own; a list
    of rows is read a row at a time. Only what must be selected from is read whole.

    Args:
        paths: Files, directories, patterns or http(s) addresses.
        text: JSON itself, instead of them.
        field_selector: Path to the rows, as ``a.b[0].c``.
        encoding: Of the files; UTF-8 by default.

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
    ) -> None:
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
            yield from self._rows(_Characters(None, self._text), self.name, "", lines=False)
        for path in self._paths:
            name = name_of(path)
            with open_text(path, self._encoding) as file:
                lines = name.lower().endswith(LINES)
                yield from self._rows(
                    _Characters(file), name, name if len(self._paths) > 1 else "", lines=lines
                )

    def _rows(self, text: _Characters, name: str, file: str, *, lines: bool) -> Iterator[SourceRow | BadRow]:
        if lines or text.begins_with_a_whole_line():
            yield from self._of_lines(text, file)
        elif not self._steps and text.skip_blank() == "[":
            yield from _of_array(text, name, file)
        else:
            yield from self._of_document(text, name, file)

    def _of_lines(self, text: _Characters, file: str) -> Iterator[SourceRow | BadRow]:
        for number, line in enumerate(text.lines(), start=1):
            if not line.strip(_BLANK):
                continue
            try:
                value = select(_decode(line.rstrip("\r\n")), self._steps)
            except (ValueError, LookupError) as error:
                yield BadRow(number, _reason(error), file)
                continue
            for each in cast("list[Any]", value) if isinstance(value, list) and self._steps else [value]:
                yield _row(number, each, file)

    def _of_document(self, text: _Characters, name: str, file: str) -> Iterator[SourceRow | BadRow]:
        try:
            document = _decode(text.whole(name))
        except ValueError as error:
            raise UsageError(f"{name} is no JSON: {_reason(error)}") from None
        try:
            value = select(document, self._steps)
        except LookupError as error:
            raise UsageError(f"{self._selector!r} selects nothing in {name}: {error}") from None
        rows = cast("list[Any]", value) if isinstance(value, list) else [value]
        for number, each in enumerate(rows, start=1):
            yield _row(number, each, file)


def _of_array(text: _Characters, name: str, file: str) -> Iterator[SourceRow | BadRow]:
    text.take(1)
    number = 0
    decoder = json.JSONDecoder()
    while True:
        mark = text.skip_blank()
        if mark == "]":
            text.take(1)
            if text.skip_blank():
                raise UsageError(f"{name} is no JSON: something follows the list of rows")
            return
        if number:
            if mark != ",":
                raise UsageError(f"{name} is no JSON: row {number} is followed by neither a comma nor a ]")
            text.take(1)
        number += 1
        try:
            value = text.value(decoder)
        except ValueError as error:
            raise UsageError(f"{name} is no JSON in row {number}: {_reason(error)}") from None
        yield _row(number, value, file)


def _row(number: int, value: Any, file: str) -> SourceRow | BadRow:
    if isinstance(value, dict):
        return SourceRow(number, cast("dict[str, Any]", value), None, file)
    return BadRow(number, f"is {_kind(value)}, not an object with fields", file)


def _kind(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "true or false"
    return {"list": "a list", "str": "text"}.get(type(value).__name__, "a number")


def _decode(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it nests too deeply") from None


def _reason(error: Exception) -> str:
    if isinstance(error, JSONDecodeError):
        place = f"line {error.lineno}, " if error.lineno > 1 else ""
        return f"{error.msg[:1].lower()}{error.msg[1:]} at {place}column {error.colno}"
    return str(error)


class _Characters:
    """Text that is read as far as it is needed."""

    def __init__(self, file: TextIO | None, text: str = "") -> None:
        self._file = file
        self._text = text
        self._at = 0

    def _more(self, count: int = _CHUNK) -> bool:
        chunk = self._file.read(count) if self._file is not None else ""
        if not chunk:
            return False
        self._text = self._text[self._at :] + chunk
        self._at = 0
        return True

    def skip_blank(self) -> str:
        """The next character that is no blank, where reading goes on; empty at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _BLANK:
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                return ""

    def take(self, count: int) -> None:
        """Go on behind some characters that are there."""
        self._at += count

    def begins_with_a_whole_line(self) -> bool:
        """Whether the first line is an object of its own and another one follows."""
        if self.skip_blank() != "{":
            return False
        while "\n" not in self._text[self._at :] and len(self._text) < WHOLE_CHARS and self._more():
            continue
        line, _, rest = self._text[self._at :].partition("\n")
        try:
            _decode(line)
        except ValueError:
            return False
        return bool(rest.strip(_BLANK))

    def lines(self) -> Iterator[str]:
        """The rest, line by line."""
        if self._file is None:
            yield from self._text[self._at :].split("\n")
            return
        head, self._text = self._text[self._at :], ""
        *whole, last = head.split("\n")
        yield from whole
        yield last + self._file.readline()
        yield from self._file

    def value(self, decoder: json.JSONDecoder) -> Any:
        """The next JSON value."""
        self.skip_blank()
        wanted = _CHUNK
        while True:
            try:
                value, end = decoder.raw_decode(self._text, self._at)
                # A number at the very end of what was read may go on.
                if end < len(self._text) or not self._more(wanted):
                    self._at = end
                    return value
            except RecursionError:
                raise ValueError("it nests too deeply") from None
            except ValueError:
                if len(self._text) > WHOLE_CHARS or not self._more(wanted):
                    raise
            wanted = min(2 * wanted, WHOLE_CHARS)

    def whole(self, name: str) -> str:
        """All the rest."""
        while self._more():
            if len(self._text) > WHOLE_CHARS:
                raise UsageError(
                    f"{name} is one document of more than {WHOLE_CHARS:,} characters",
                    hint="write one row a line (JSON Lines), which is read a row at a time",
                )
        return self._text[self._at :]

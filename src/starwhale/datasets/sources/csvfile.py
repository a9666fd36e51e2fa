"""Rows from CSV and TSV."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from starwhale.core.errors import UsageError
from starwhale.datasets.sources.files import expand, name_of, open_text
from starwhale.datasets.sources.inference import ColumnGuess, Convert
from starwhale.datasets.sources.port import BadRow, SourceRow

SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
DIALECTS = ("excel", "excel-tab", "unix")
FIELD_CHARS = 64 << 20
"""Most characters of a line, and of a field, which may go over several lines."""
MOST_COLUMNS = 100_000


class CsvSource:
    """CSV files; the first line of each names the features, ``Unnamed: 0`` the first where it does not.

    A row is bad that has more or fewer fields than that, a line of more than 64 Mi characters, or a
    NUL character, which is in no text.

    Args:
        paths: Files, directories, patterns or http(s) addresses.
        dialect: ``excel``, ``excel-tab`` or ``unix``; what follows goes before it.
        delimiter: Between fields; by default what the dialect says, and a tab for ``.tsv``.
        quotechar: Around fields.
        skipinitialspace: Drop blanks behind a delimiter.
        strict: Refuse what is quoted badly.
        encoding: Of the files; UTF-8 by default.
        infer_types: Make numbers, booleans and dates of columns that hold nothing else.

    Raises:
        UsageError: an option is wrong.
        NotFound: a file is not there.
    """

    def __init__(
        self,
        paths: Sequence[str],
        *,
        dialect: str = "excel",
        delimiter: str | None = None,
        quotechar: str | None = None,
        skipinitialspace: bool = False,
        strict: bool = False,
        encoding: str = "",
        infer_types: bool = False,
    ) -> None:
        if dialect not in DIALECTS:
            raise UsageError(f"there is no dialect {dialect!r}", hint=f"use one of {', '.join(DIALECTS)}")
        for name, value in (("delimiter", delimiter), ("quotechar", quotechar)):
            if value is not None and (len(value) != 1 or value in "\r\n"):
                raise UsageError(f"the {name} of CSV is one character, not {value!r}")
        if (delimiter or ("\t" if dialect == "excel-tab" else ",")) == (quotechar or '"'):
            raise UsageError("the delimiter and the quotechar of CSV are the same character")
        self._settings: dict[str, Any] = {
            "dialect": dialect, "skipinitialspace": skipinitialspace, "strict": strict
        }  # fmt: skip
        if delimiter is not None:
            self._settings["delimiter"] = delimiter
        if quotechar is not None:
            self._settings["quotechar"] = quotechar
        self._encoding = encoding
        self._infer = infer_types
        self._paths = expand(paths, SUFFIXES)
        self.name = ", ".join(map(name_of, self._paths))

    def info(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def rows(self) -> Iterator[SourceRow | BadRow]:
        """The rows, file by file."""
        converters = self._converters() if self._infer else {}
        for path in self._paths:
            file = name_of(path) if len(self._paths) > 1 else ""
            for number, names, row in self._records(path):
                if isinstance(row, str):
                    yield BadRow(number, row, file)
                elif not converters:
                    yield SourceRow(number, dict(zip(names, row, strict=True)), None, file)
                else:
                    yield _typed(number, names, row, converters, file)

    def _converters(self) -> dict[str, Convert]:
        """What each column holds, over all files: they are read once for that alone."""
        guesses: dict[str, ColumnGuess] = {}
        for path in self._paths:
            for _, names, row in self._records(path):
                if isinstance(row, str):
                    continue
                for name, text in zip(names, row, strict=True):
                    guess = guesses.get(name)
                    if guess is None:
                        guess = guesses[name] = ColumnGuess()
                    guess.see(text)
        return {name: guess.convert for name, guess in guesses.items()}

    def _records(self, path: str) -> Iterator[tuple[int, list[str], list[str] | str]]:
        """Number, names and fields of each row; what is wrong instead of its fields."""
        name = name_of(path)
        settings = dict(self._settings)
        if name.lower().endswith((".tsv", ".tsv.gz")):
            settings.setdefault("delimiter", "\t")
        csv.field_size_limit(max(csv.field_size_limit(), FIELD_CHARS))
        with open_text(path, self._encoding, newline="") as file:
            lines = _Lines(file)
            try:
                reader = csv.reader(lines, **settings)
            except (TypeError, ValueError) as exc:
                raise UsageError(f"these options do not make a CSV format: {exc}") from exc
            names: list[str] | None = None
            number = 0
            while True:
                fields = _next(reader, lines)
                if fields is None:
                    break
                if names is None:
                    names = _header(fields, name) if fields else None
                    continue
                if not fields:  # a blank line
                    continue
                number += 1
                yield number, names, _checked(fields, names)
            if names is None:
                raise UsageError(f"{name} is empty: its first line should name the columns")


class _Lines:
    """The lines of a file, those left out that no row can be read of."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(FIELD_CHARS)
        if not line:
            raise StopIteration
        self.count += 1
        if len(line) == FIELD_CHARS and not line.endswith(("\n", "\r")):
            self._skip()
            raise csv.Error(f"it is longer than {FIELD_CHARS:,} characters")
        if "\0" in line:
            raise csv.Error("it has a NUL character, which is in no text: is it in another encoding?")
        return line

    def _skip(self) -> None:
        while rest := self._file.readline(1 << 20):
            if rest.endswith(("\n", "\r")):
                return


def _typed(
    number: int, names: list[str], row: list[str], converters: dict[str, Convert], file: str
) -> SourceRow | BadRow:
    features: dict[str, Any] = {}
    for name, text in zip(names, row, strict=True):
        try:
            features[name] = converters[name](text)
        except (ValueError, KeyError):
            return BadRow(number, f"{name} was not {text[:100]!r} when the file was read first", file)
    return SourceRow(number, features, None, file)


def _next(reader: Any, lines: _Lines) -> list[str] | str | None:
    try:
        return next(reader)
    except StopIteration:
        return None
    except csv.Error as exc:
        return f"line {lines.count}: {exc}"


def _checked(fields: list[str] | str, names: list[str]) -> list[str] | str:
    if isinstance(fields, str) or len(fields) == len(names):
        return fields
    return f"it has {len(fields)} fields, but the first line names {len(names)}"


def _header(fields: list[str] | str, name: str) -> list[str]:
    if isinstance(fields, str):
        raise UsageError(f"the first line of {name} cannot be read: {fields}")
    if len(fields) > MOST_COLUMNS:
        raise UsageError(
            f"the first line of {name} names {len(fields):,} columns, more than {MOST_COLUMNS:,}",
            hint="keep them in one column, as a list or an array",
        )
    # The name that pandas gives such a column, which it writes itself: its index.
    names = [field or f"Unnamed: {place}" for place, field in enumerate(fields)]
    twice = [field for field, count in Counter(names).items() if count > 1]
    if twice:
        raise UsageError(f"{name} has two columns called {twice[0]!r}", hint="name each column differently")
    return names

"""From a source into a dataset: every row is stored, or what is wrong with it is told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from starwhale.core.errors import Forbidden, NotFound, StarwhaleError, UsageError
from starwhale.datasets.schemas import BuildProgress, OnError, Rejected
from starwhale.datasets.sources.port import BadRow, Source

if TYPE_CHECKING:
    from starwhale.datasets.writer import DatasetWriter

Progress = Callable[[BuildProgress], None]
EXAMPLES = 20
_TOLD_SECONDS = 0.2
_LOOK_EVERY = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What became of the rows of a source.

    Attributes:
        rows: Rows that were stored.
        rejected: Rows that were left out.
        examples: The first of them.
    """

    rows: int
    rejected: int
    examples: tuple[Rejected, ...]


def ingest(
    writer: DatasetWriter,
    source: Source,
    *,
    on_error: OnError = OnError.FAIL,
    report: Path | None = None,
    progress: Progress | None = None,
) -> Ingested:
    """Store the rows of a source; nothing is committed.

    A row without a key gets its place in the order of reading, from 0, so that reading the same
    source again changes nothing. Rows that cannot be used are counted too: the keys of the others
    stay when they are mended.

    Args:
        writer: Where they go.
        source: Where they come from.
        on_error: What to do about rows that cannot be used.
        report: With ``collect``, the file that gets a JSON document per rejected row.
        progress: Called now and then, and at the end.

    Raises:
        UsageError: a row cannot be used and `on_error` is ``fail``, none can, or there are none.
        StarwhaleError: the source cannot be read.
    """
    with ExitStack() as open_files:
        complaints = _Complaints(source.name, on_error, _opened(report, on_error, open_files))
        stored, read = _store(writer, source, complaints, progress)
    if read == 0:
        raise UsageError(f"there are no rows in {source.name}")
    if stored == 0:
        first = complaints.examples[0]
        raise UsageError(
            f"none of the {read:,} rows of {source.name} can be used; {first.place}: {first.reason}"
        )
    return Ingested(rows=stored, rejected=complaints.count, examples=tuple(complaints.examples))


def _store(
    writer: DatasetWriter, source: Source, complaints: _Complaints, progress: Progress | None
) -> tuple[int, int]:
    begun = told = time.monotonic()
    stored = read = 0
    put = writer.put
    for row in source.rows():
        if isinstance(row, BadRow):
            complaints.add(row.number, row.file, row.reason, "")
        else:
            try:
                put(read if row.key is None else row.key, row.features)
                stored += 1
            except (UsageError, NotFound, Forbidden) as error:  # the last two: a file it refers to
                complaints.add(row.number, row.file, error.message, error.hint, error)
        read += 1
        # Looking at the clock for every row would cost as much as storing a small one.
        if progress is not None and read % _LOOK_EVERY == 0 and time.monotonic() - told > _TOLD_SECONDS:
            told = time.monotonic()
            progress(BuildProgress(rows=read, seconds=told - begun, size=writer.size))
    if progress is not None:
        progress(BuildProgress(rows=read, seconds=time.monotonic() - begun, size=writer.size))
    return stored, read


class _Complaints:
    def __init__(self, source: str, on_error: OnError, report: TextIO | None) -> None:
        self._source = source
        self._fail = on_error is OnError.FAIL
        self._report = report
        self.count = 0
        self.examples: list[Rejected] = []

    def add(
        self, number: int, file: str, reason: str, hint: str, cause: StarwhaleError | None = None
    ) -> None:
        place = f"row {number} of {file or self._source}"
        if self._fail:
            kind = UsageError if cause is None else type(cause)
            raise kind(f"{place}: {reason}", hint=hint) from cause
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(Rejected(place=place, reason=reason))
        if self._report is not None:
            told = {"file": file or self._source, "row": number, "reason": reason}
            self._report.write(json.dumps(told, ensure_ascii=False) + "\n")


def _opened(report: Path | None, on_error: OnError, open_files: ExitStack) -> TextIO | None:
    if on_error is not OnError.COLLECT:
        return None
    if report is None:
        raise UsageError("a report of the rejected rows needs a file", hint="name one with --report FILE")
    try:
        return open_files.enter_context(report.open("w", encoding="utf-8"))
    except OSError as error:
        raise Forbidden(f"cannot write the report {str(report)!r}: {error.strerror}") from error

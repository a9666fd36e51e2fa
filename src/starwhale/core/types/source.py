"""What a user may give as the content of a data type."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from starwhale.core.errors import NotFound, UsageError
from starwhale.core.types.reader import FileReader, Reader


class Content(NamedTuple):
    """Content as it was given.

    Attributes:
        data: The bytes, where they are in memory already.
        source: Where they will be read from otherwise; None of both where nothing was given.
        name: Name of the file that was named, else empty.
    """

    data: bytes | None = None
    source: Reader | None = None
    name: str = ""


def content_of(given: Any) -> Content:
    """Content from bytes, a path, or an open file.

    A path must exist now and is read when the bytes are needed. An open file is read at once from
    where it stands, since nobody can promise that it is still open later.

    Raises:
        NotFound: there is no such file.
        UsageError: it is nothing that holds bytes.
    """
    if isinstance(given, bytes):
        return Content(data=given)
    if isinstance(given, (bytearray, memoryview)):
        return Content(data=bytes(given))
    if isinstance(given, str) and not given:
        return Content()
    if isinstance(given, (str, os.PathLike)):
        source = _file(given)
        return Content(source=source, name=os.path.basename(source.path))  # noqa: PTH119 - quick, as for `FileReader`
    if hasattr(given, "read"):
        return Content(data=_drained(given))
    raise UsageError(
        f"cannot take content from a value of type {type(given).__qualname__}",
        hint="give bytes, a path, or a file opened in binary mode",
    )


def _file(path: str | os.PathLike[str]) -> FileReader:
    try:
        return FileReader.at(path)
    except NotFound as exc:
        hint = "a str is taken for a path; give content as bytes" if isinstance(path, str) else ""
        raise NotFound(exc.message, hint=hint) from exc


def _drained(file: Any) -> bytes:
    data = file.read()
    if isinstance(data, str):
        raise UsageError("the file was opened in text mode", hint="open it with mode 'rb'")
    return bytes(data)

"""The operations of a pickle, read from a stream and never carried out.

`pickletools.genops` would read an array of gigabytes into memory; here what is long is passed over.
"""

from __future__ import annotations

import codecs
import pickletools
import re
import struct
from collections.abc import Callable, Iterator
from typing import Any

from starwhale.models.facts.objects import Blank
from starwhale.models.facts.source import Stream, Unreadable

LONGEST = 64 << 10
"""Texts and bytes that are longer become a `Blank`."""

_LONGEST_LINE = 1 << 20
_LONGEST_NUMBER = 1024
_ESCAPE = re.compile(rb"\\(?:x[0-9a-fA-F]{2}|[0-3]?[0-7]{1,2}|[\\'\"abfnrtv])")


Operation = tuple[str, Any]
_Reader = Callable[[Stream], Any]


def operations(stream: Stream) -> Iterator[Operation]:
    """Name and argument of each operation, up to the STOP.

    Raises:
        Unreadable: it is no pickle, or ends too soon.
    """
    while True:
        code = stream.take(1)
        known = _TABLE.get(code)
        if known is None:
            raise Unreadable(f"there is no operation {code!r} of a pickle at {stream.position - 1}")
        name, reader = known
        try:
            argument = reader(stream) if reader is not None else None
        except ValueError as exc:
            raise Unreadable(f"an argument at {stream.position} of the pickle is none") from exc
        yield name, argument
        if name == "STOP":
            return


def _fixed(form: str) -> _Reader:
    made = struct.Struct(form)

    def read(stream: Stream) -> Any:
        return made.unpack(stream.take(made.size))[0]

    return read


def _counted(form: str, *, decode: bool) -> _Reader:
    count = _fixed(form)

    def read(stream: Stream) -> Any:
        length = count(stream)
        if length < 0:
            raise Unreadable(f"a length at {stream.position} of the pickle is negative")
        if length > LONGEST:
            stream.skip(length)
            return Blank(length)
        data = stream.take(length)
        return data.decode("utf-8", "replace") if decode else data

    return read


def _long(form: str) -> _Reader:
    count = _fixed(form)

    def read(stream: Stream) -> int:
        length = count(stream)
        if not 0 <= length <= _LONGEST_NUMBER:
            raise Unreadable(f"a number at {stream.position} of the pickle has {length} bytes")
        return int.from_bytes(stream.take(length), "little", signed=True)

    return read


def _line(stream: Stream) -> str:
    return stream.line(_LONGEST_LINE).decode("utf-8", "replace")


def _number(stream: Stream) -> int | bool:
    text = _line(stream)
    if text in {"00", "01"}:
        return text == "01"
    return int(text.removesuffix("L"))


def _quoted(stream: Stream) -> str:
    """A text with the escapes of Python, behind which the name of a module may hide."""
    written = stream.line(_LONGEST_LINE).strip().strip(b"'\"")
    return _ESCAPE.sub(lambda found: codecs.escape_decode(found[0])[0], written).decode("utf-8", "replace")


def _escaped(stream: Stream) -> str:
    """The same with the escapes of a text of Python."""
    found = stream.line(_LONGEST_LINE).decode("raw-unicode-escape", "replace")
    return found.encode("utf-8", "replace").decode()


def _pair(stream: Stream) -> tuple[str, str]:
    return _line(stream), _line(stream)


_READERS: dict[str, _Reader] = {
    "uint1": _fixed("<B"),
    "uint2": _fixed("<H"),
    "int4": _fixed("<i"),
    "uint4": _fixed("<I"),
    "uint8": _fixed("<Q"),
    "float8": _fixed(">d"),
    "decimalnl_short": _number,
    "decimalnl_long": _number,
    "floatnl": lambda stream: float(_line(stream)),
    "stringnl": _quoted,
    "stringnl_noescape": _line,
    "stringnl_noescape_pair": _pair,
    "unicodestringnl": _escaped,
    "string1": _counted("<B", decode=True),
    "string4": _counted("<i", decode=True),
    "bytes1": _counted("<B", decode=False),
    "bytes4": _counted("<I", decode=False),
    "bytes8": _counted("<Q", decode=False),
    "bytearray8": _counted("<Q", decode=False),
    "unicodestring1": _counted("<B", decode=True),
    "unicodestring4": _counted("<I", decode=True),
    "unicodestring8": _counted("<Q", decode=True),
    "long1": _long("<B"),
    "long4": _long("<i"),
}
_TABLE: dict[bytes, tuple[str, _Reader | None]] = {
    each.code.encode("latin-1"): (each.name, _READERS[each.arg.name] if each.arg is not None else None)
    for each in pickletools.opcodes
}

"""ZIP files: the directory at their end, and single members of it."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from starwhale.models.facts.source import Cursor, Source, Stream, Unreadable
from starwhale.models.facts.unpacking import MOST_UNPACKED, Inflater, Unpacked

MAGIC = b"PK\x03\x04"
_MOST_MEMBERS = 200_000
_LARGEST_DIRECTORY = 16 << 20
_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 1
_UNKNOWN = 0xFFFF_FFFF
_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file in a ZIP file.

    Attributes:
        name: Its path.
        start: Where its own head begins.
        packed: Bytes that it takes.
        size: Bytes that it has, as the directory says; what unpacks to more is refused.
        method: How it is packed.
        encrypted: Whether nobody can read it.
    """

    name: str
    start: int
    packed: int
    size: int
    method: int
    encrypted: bool


def members(source: Source) -> dict[str, Member]:
    """The files in a ZIP file by path; of several with one path the last, as loaders take it.

    Raises:
        Unreadable: it has no directory, or one that is damaged or longer than is looked at.
    """
    count, length, start = _directory(source)
    if count > _MOST_MEMBERS or length > _LARGEST_DIRECTORY:
        raise Unreadable(f"the archive would have {count} members and a directory of {length} bytes")
    data = source.take(start, length)
    found: dict[str, Member] = {}
    at = 0
    for _ in range(count):
        member, at = _entry(data, at)
        found[member.name] = member
    return found


def open_member(source: Source, member: Member, *, most: int = MOST_UNPACKED) -> Stream:
    """The content of a member.

    Raises:
        Unreadable: it is encrypted, packed in a way that no model is, or damaged.
    """
    head = _LOCAL.unpack(source.take(member.start, _LOCAL.size))
    if head[0] != MAGIC or member.encrypted:
        raise Unreadable(f"the member {member.name[:100]!r} is encrypted or damaged")
    packed = Cursor(source, member.start + _LOCAL.size + head[9] + head[10], member.packed)
    if member.method == _STORED:
        return packed
    if member.method != _DEFLATED:
        raise Unreadable(f"the member {member.name[:100]!r} is packed by method {member.method}")
    return Unpacked(packed, Inflater(-15), most=min(most, member.size))


def read_member(source: Source, member: Member, *, most: int) -> bytes:
    """All of the content of a member.

    Raises:
        Unreadable: it has more than `most` bytes, or cannot be read.
    """
    if member.size > most:
        raise Unreadable(f"the member {member.name[:100]!r} has {member.size} bytes, and {most} is the most")
    return open_member(source, member, most=most).take(member.size)


def _directory(source: Source) -> tuple[int, int, int]:
    """Number of members, length of the directory, and where it begins."""
    tail_at = max(0, source.size - _END.size - 0xFFFF)
    tail = source.take(tail_at, source.size - tail_at)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise Unreadable("the archive has no directory; it may be cut off")
    _, _, _, _, count, length, start, _ = _END.unpack_from(tail, at)
    before = tail_at + at - _LOCATOR.size
    if before >= 0:
        locator = _LOCATOR.unpack(source.take(before, _LOCATOR.size))
        if locator[0] == b"PK\x06\x07":
            end = _END64.unpack(source.take(locator[2], _END64.size))
            if end[0] != b"PK\x06\x06":
                raise Unreadable("the directory of the archive is damaged")
            count, length, start = end[7], end[8], end[9]
    return count, length, start


def _entry(data: bytes, at: int) -> tuple[Member, int]:
    """The member at a place of the directory, and where the next one is."""
    if len(data) - at < _ENTRY.size:
        raise Unreadable("the directory of the archive is cut off")
    fields = _ENTRY.unpack_from(data, at)
    flags, method, packed, size = fields[3], fields[4], fields[8], fields[9]
    name_size, extra_size, comment_size, start = *fields[10:13], fields[16]
    name_at = at + _ENTRY.size
    extra_at = name_at + name_size
    after = extra_at + extra_size + comment_size
    if fields[0] != b"PK\x01\x02" or after > len(data):
        raise Unreadable("the directory of the archive is damaged")
    size, packed, start = _large(data[extra_at : extra_at + extra_size], (size, packed, start))
    name = data[name_at:extra_at].decode("utf-8", "replace")
    return (
        Member(
            name=name,
            start=start,
            packed=packed,
            size=size,
            method=method,
            encrypted=bool(flags & _ENCRYPTED),
        ),
        after,
    )


def _large(extra: bytes, numbers: tuple[int, int, int]) -> tuple[int, ...]:
    """Numbers with those that did not fit into 32 bits taken from where they are kept."""
    wide: list[int] = []
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            field = extra[at + 4 : at + 4 + length]
            wide = [each for (each,) in struct.iter_unpack("<Q", field[: len(field) // 8 * 8])]
        at += 4 + length
    filled: list[int] = []
    for number in numbers:
        if number == _UNKNOWN and not wide:
            raise Unreadable("the directory of the archive is damaged")
        filled.append(wide.pop(0) if number == _UNKNOWN else number)
    return tuple(filled)

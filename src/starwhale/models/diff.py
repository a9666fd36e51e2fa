"""What differs between the files of two packages, and between the lines of those that are text."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from typing import Any, Literal

from starwhale.storage.trees import TreeEntry

#: Bytes of the longest file whose lines are compared.
LONGEST_TEXT = 1 << 20
#: Lines of a file that are compared, and seconds that may take.
MOST_LINES = 10_000
PATIENCE = 5.0
Change = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A file that is not the same in both.

    Attributes:
        path: Where it lies in both packages.
        change: Whether the second package has it alone, the first one alone, or both differ.
        size_before: Bytes in the first package; None where it is not there.
        size_after: Bytes in the second package; None where it is not there.
        mode_changed: It may be executed in one of them only.
        lines: Its unified diff, where it is text that can be compared in time, and was asked for; None
            otherwise.
    """

    path: str
    change: Change
    size_before: int | None
    size_after: int | None
    mode_changed: bool = False
    lines: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """What differs between two packages.

    Attributes:
        files: Files that differ, sorted by path.
        unchanged: How many are the same.
    """

    files: tuple[FileChange, ...]
    unchanged: int

    def count(self, change: Change) -> int:
        """How many files changed in this way."""
        return sum(each.change == change for each in self.files)


def diff_files(
    one: Iterable[TreeEntry],
    other: Iterable[TreeEntry],
    read: Callable[[str], bytes] | None = None,
) -> FileDiff:
    """Compare two packages by the digests of their files.

    Args:
        one: Files of the first.
        other: Files of the second.
        read: Gives the bytes of a blob, so that lines are compared; None to compare files only.
    """
    before = {entry.path: entry for entry in one}
    after = {entry.path: entry for entry in other}
    found: list[FileChange] = []
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old is None or new is None or (old.digest, old.mode) != (new.digest, new.mode):
            found.append(_change(path, old, new, read))
    return FileDiff(files=tuple(found), unchanged=len(before.keys() | after.keys()) - len(found))


def _change(
    path: str, old: TreeEntry | None, new: TreeEntry | None, read: Callable[[str], bytes] | None
) -> FileChange:
    change: Change = "added" if old is None else "removed" if new is None else "changed"
    return FileChange(
        path=path,
        change=change,
        size_before=None if old is None else old.size,
        size_after=None if new is None else new.size,
        mode_changed=old is not None and new is not None and old.mode != new.mode,
        lines=None if read is None else _lines(path, old, new, read),
    )


def _lines(
    path: str, old: TreeEntry | None, new: TreeEntry | None, read: Callable[[str], bytes]
) -> tuple[str, ...] | None:
    texts: list[list[str]] = []
    for entry in (old, new):
        if entry is None:
            texts.append([])
            continue
        if entry.size > LONGEST_TEXT:
            return None
        data = read(entry.digest)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return None
        if "\0" in text:
            return None
        lines = text.splitlines()
        if len(lines) > MOST_LINES:
            return None
        texts.append(lines)
    before, after = (f"{place}/{path}" if entry else "/dev/null" for place, entry in (("a", old), ("b", new)))
    try:
        return tuple(_unified(texts[0], texts[1], before, after))
    except TimeoutError:
        return None


class _Matcher(SequenceMatcher[str]):
    """Finds what two texts have in common, and gives up in time: few words again and again take long."""

    def __init__(self, before: list[str], after: list[str]) -> None:
        super().__init__(None, before, after)
        self._until = time.monotonic() + PATIENCE

    def find_longest_match(self, *place: Any, **bounds: Any) -> Match:
        if time.monotonic() > self._until:
            raise TimeoutError
        return super().find_longest_match(*place, **bounds)


def _unified(one: list[str], other: list[str], before: str, after: str) -> Iterator[str]:
    marks = {"equal": (" ",), "delete": ("-",), "insert": ("+",), "replace": ("-", "+")}
    for number, group in enumerate(_Matcher(one, other).get_grouped_opcodes()):
        if number == 0:
            yield from (f"--- {before}", f"+++ {after}")
        (_, old, _, new, _), (_, _, old_end, _, new_end) = group[0], group[-1]
        yield f"@@ -{_range(old, old_end)} +{_range(new, new_end)} @@"
        for what, old, old_end, new, new_end in group:
            for mark in marks[what]:
                lines = other[new:new_end] if mark == "+" else one[old:old_end]
                yield from (mark + line for line in lines)


def _range(start: int, end: int) -> str:
    # As POSIX has it: lines count from 1, and an empty range names the line before it.
    length = end - start
    return str(start + 1) if length == 1 else f"{start + 1 if length else start},{length}"

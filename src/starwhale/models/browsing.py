"""The files of models and runtimes as people look at them: by directory, as text, side by side."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Generator, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import Corrupted, InvalidSpec, NotFound, StarwhaleError, UsageError
from starwhale.core.kinds import Kind
from starwhale.core.turns import turn
from starwhale.models.diff import FileChange, FileDiff, diff_files
from starwhale.models.facts.package import facts_of_package
from starwhale.models.files_shown import FolderEntry, LockChange, LockRead, TextShown
from starwhale.models.package import DESCRIPTION, Description, manifest_files
from starwhale.runtimes.lock import parse_lock
from starwhale.runtimes.package import DESCRIPTION as RUNTIME_DESCRIPTION
from starwhale.runtimes.package import Description as RuntimeDescription
from starwhale.runtimes.package import lock_path
from starwhale.runtimes.package import manifest_files as runtime_files
from starwhale.storage.layers.memory import MEMORY
from starwhale.storage.trees import TreeEntry, Trees, check_path

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.storage.blobs import Blobs

#: Bytes of the longest text that is shown.
SHOWN = 1 << 20
#: Bytes of the longest description or lock that is read.
LONGEST_DOCUMENT = 16 << 20
#: Locks of one runtime that are read.
MOST_LOCKS = 64
#: Seconds that one waits for others whose packages are read.
PATIENCE = 3.0
#: Seconds after which no other file of a package is opened to see what model it is.
LONGEST_LOOK = 20.0
#: Seconds after which a package that took longer is looked at once more: its store may only have been slow.
SECOND_LOOK = 300.0
#: Bytes that a file in a list takes in memory, about, and each of its parts.
_ENTRY, _DIGEST = 300, 120
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_LISTS: Mapping[Kind, Callable[[bytes], tuple[TreeEntry, ...]]] = {
    Kind.MODEL: manifest_files,
    Kind.RUNTIME: runtime_files,
}


class FileBrowser:
    """Reads packages of files; nothing in them is imported, run, unpacked or decoded but text.

    Args:
        blobs: What models and runtimes consist of.
    """

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._trees = Trees(blobs)
        self._finding = Lock()

    def entries(self, version: VersionRead) -> tuple[TreeEntry, ...]:
        """All files of a version, sorted by path."""
        return self._entries(version.kind, version.manifest)

    def folder(self, version: VersionRead, path: str = "") -> list[FolderEntry]:
        """What lies in a directory, directories first, each by name.

        Args:
            version: Of a model or a runtime.
            path: The directory; empty for the root.

        Raises:
            NotFound: there is no such directory.
            InvalidName: this is no path.
        """
        prefix = f"{check_path(path.rstrip('/'))}/" if path.rstrip("/") else ""
        found = _folder(self.entries(version), prefix)
        if prefix and not found:
            raise NotFound(f"no directory {path[:200]!r} in {version}")
        return sorted(found.values(), key=lambda each: (not each.is_folder, each.name))

    def entry(self, version: VersionRead, path: str) -> TreeEntry:
        """One file.

        Raises:
            NotFound: there is none.
            InvalidName: this is no path.
        """
        check_path(path)
        for each in self.entries(version):
            if each.path == path:
                return each
        raise NotFound(f"no file {path[:200]!r} in {version}")

    def read(self, entry: TreeEntry, start: int, length: int) -> bytes:
        """Some bytes of a file, less where it ends sooner."""
        return self._trees.read_range(entry, start, length)

    def text(self, version: VersionRead, path: str) -> TextShown:
        """The first MiB of a file that is text.

        Raises:
            NotFound: there is no such file.
            UsageError: it is no text.
        """
        entry = self.entry(version, path)
        data = self.read(entry, 0, SHOWN)
        is_whole = entry.size <= SHOWN
        encoding, text = _decoded(path, data, is_whole=is_whole)
        return TextShown(path=path, size=entry.size, encoding=encoding, text=text, is_whole=is_whole)

    def diff(self, one: VersionRead, other: VersionRead) -> FileDiff:
        """Which files differ between two versions."""
        return diff_files(self.entries(one), self.entries(other))

    def diff_text(self, one: VersionRead, other: VersionRead, path: str) -> FileChange | None:
        """How the lines of one file differ; None where the file is the same in both.

        Raises:
            NotFound: neither has such a file.
        """
        check_path(path)
        before = [each for each in self.entries(one) if each.path == path]
        after = [each for each in self.entries(other) if each.path == path]
        if not before and not after:
            raise NotFound(f"no file {path[:200]!r} in {one} or {other}")
        changed = diff_files(before, after, self._blobs.read).files
        return changed[0] if changed else None

    def handlers(self, version: VersionRead) -> list[dict[str, Any]]:
        """The handlers of a model with their arguments, so that a form can be drawn."""
        described = self._description(version)
        return [] if described is None else [each.to_json() for each in described.handlers]

    def packed_runtime(self, version: VersionRead) -> tuple[str, str] | None:
        """Name and version of the runtime in a model; None where there is none, or nobody can tell."""
        try:
            described = self._description(version)
        except UsageError:
            return None
        return None if described is None else described.runtime

    def facts(self, version: VersionRead) -> dict[str, Any]:
        """What the model in a version is; see `models.contents`.

        Raises:
            Unavailable: others wait for theirs.
        """
        key = ("facts", version.kind, version.manifest)
        if (known := _remembered(key)) is not None:
            return known
        # One package at a time: its files are read, and the next who asks mostly wants the same.
        with turn(self._finding, PATIENCE, "the files of other packages are being read"):
            known = _remembered(key)
            return known if known is not None else self._find_facts(key, version)

    def runtime(self, version: VersionRead) -> dict[str, Any]:
        """What the environment of a runtime is made of; empty where the package does not say."""
        if not any(each.path == RUNTIME_DESCRIPTION for each in self.entries(version)):
            return {}
        data = self._document(version, RUNTIME_DESCRIPTION)
        with _telling(RUNTIME_DESCRIPTION):
            return RuntimeDescription.from_bytes(data).to_plain()

    def locks(self, version: VersionRead) -> list[LockRead]:
        """The locks of a runtime, one for each platform; one that cannot be read says why."""
        folder = lock_path("").removesuffix(".txt")
        found, left = list[LockRead](), LONGEST_DOCUMENT
        for each in self.entries(version):
            if not each.path.startswith(folder):
                continue
            name = each.path.removeprefix(folder)
            left -= each.size
            if left >= 0 and len(found) < MOST_LOCKS:
                found.append(self._lock(version, each.path, name))
            else:
                found.append(LockRead(name=name, packages={}, problem="there is more in locks than is read"))
            if len(found) > MOST_LOCKS:
                break
        return found

    def diff_locks(self, one: VersionRead, other: VersionRead) -> list[LockChange]:
        """The packages that the locks of two runtimes pin differently, lock by lock, by name."""
        before = {each.name: each.packages for each in self.locks(one)}
        after = {each.name: each.packages for each in self.locks(other)}
        return [
            LockChange(lock=lock, package=name, before=old.get(name), after=new.get(name))
            for lock in sorted(before.keys() | after.keys())
            for old, new in [(before.get(lock, {}), after.get(lock, {}))]
            for name in sorted(old.keys() | new.keys())
            if old.get(name) != new.get(name)
        ]

    def _description(self, version: VersionRead) -> Description | None:
        if not any(each.path == DESCRIPTION for each in self.entries(version)):
            return None
        data = self._document(version, DESCRIPTION)
        with _telling(DESCRIPTION):
            return Description.from_bytes(data)

    def _lock(self, version: VersionRead, path: str, name: str) -> LockRead:
        try:
            text = self._document(version, path).decode()
            if name.endswith(".conda.txt"):
                return LockRead(name=name, packages=dict(_conda_packages(text)))
            lock = parse_lock(text, name)
        except (StarwhaleError, UnicodeDecodeError) as error:
            return LockRead(name=name, packages={}, problem=getattr(error, "message", "it is no text"))
        packages = {each.name: each.line for each in lock.packages}
        return LockRead(name=name, platform=lock.platform, python=lock.python, packages=packages)

    def _document(self, version: VersionRead, path: str) -> bytes:
        entry = self.entry(version, path)
        if entry.size > LONGEST_DOCUMENT or entry.parts:
            raise UsageError(f"{path} has {entry.size:,} bytes, and {LONGEST_DOCUMENT:,} is the most")
        return self._blobs.read(entry.digest)

    def _find_facts(self, key: Hashable, version: VersionRead) -> dict[str, Any]:
        def opened(file: TreeEntry) -> Callable[[int, int], bytes]:
            return partial(self._trees.read_range, file)

        facts = facts_of_package(self.entries(version), opened, patience=LONGEST_LOOK)
        told = facts.to_json()
        until = math.inf if facts.is_whole else time.monotonic() + SECOND_LOOK
        MEMORY.put(key, _Known(told, until), 6 * len(json.dumps(told)))  # objects take some times their text
        return told

    def _entries(self, kind: Kind, manifest: str) -> tuple[TreeEntry, ...]:
        # A package may be of a million files, so that it counts how large the lists are, not how many.
        return MEMORY.once(("files", kind, manifest), lambda: self._list(kind, manifest), _size)

    def _list(self, kind: Kind, manifest: str) -> tuple[TreeEntry, ...]:
        if kind not in _LISTS:
            raise UsageError(f"a {kind} has no files", hint="look at its rows")
        return _LISTS[kind](self._blobs.read(manifest))


@contextmanager
def _telling(path: str) -> Generator[None]:
    """Say of a document in a package that it is none: whoever made the package wrote it, not the store."""
    try:
        yield
    except (Corrupted, InvalidSpec) as exc:
        raise UsageError(exc.message, hint=exc.hint) from exc
    except (TypeError, ValueError, AttributeError, RecursionError) as exc:
        raise UsageError(f"{path} of the package cannot be read") from exc


@dataclass(frozen=True, slots=True)
class _Known:
    """Facts, and until when they count, by the monotonic clock."""

    facts: dict[str, Any]
    until: float


def _remembered(key: Hashable) -> dict[str, Any] | None:
    known = MEMORY.get(key)
    return known.facts if isinstance(known, _Known) and time.monotonic() < known.until else None


def _size(entries: tuple[TreeEntry, ...]) -> int:
    """Bytes of a list in memory, about."""
    return sum(_ENTRY + len(each.path) + _DIGEST * len(each.parts) for each in entries)


def _folder(entries: tuple[TreeEntry, ...], prefix: str) -> dict[str, FolderEntry]:
    sums: dict[str, list[int]] = {}
    found: dict[str, FolderEntry] = {}
    for each in entries:
        if not each.path.startswith(prefix):
            continue
        name, slash, _ = each.path[len(prefix) :].partition("/")
        if slash:
            known = sums.setdefault(name, [0, 0])
            known[0] += each.size
            known[1] += 1
            continue
        found[name] = FolderEntry(
            name=name,
            path=each.path,
            is_folder=False,
            size=each.size,
            files=1,
            mode=each.mode,
            digest=each.digest,
        )
    for name, (size, files) in sums.items():
        found[name] = FolderEntry(name=name, path=f"{prefix}{name}", is_folder=True, size=size, files=files)
    return found


def _decoded(path: str, data: bytes, *, is_whole: bool) -> tuple[str, str]:
    """Encoding and text of the beginning of a file.

    Raises:
        UsageError: it is no text.
    """
    marked = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
    if marked is not None:
        return marked, data[: len(data) & ~1 if marked == "utf-16" else len(data)].decode(marked, "replace")
    if b"\0" in data:
        raise UsageError(f"{path[:200]!r} is no text", hint="download it")
    # The last character may have been cut in two.
    for cut in range(1 if is_whole else 4):
        try:
            return "utf-8", data[: len(data) - cut].decode()
        except UnicodeDecodeError:
            continue
    if sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in data[:4096]) > 0:
        raise UsageError(f"{path[:200]!r} is no text", hint="download it")
    return "latin-1", data.decode("latin-1")


def _conda_packages(text: str) -> Iterator[tuple[str, str]]:
    """File name without version of each address in an explicit list of conda."""
    for line in text.splitlines():
        bare = line.strip()
        if bare and not bare.startswith(("#", "@")):
            yield bare.rpartition("/")[2].rpartition("#")[0].rsplit("-", 2)[0] or bare, bare

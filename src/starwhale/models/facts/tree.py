"""Facts of all files of a package."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol, TypeVar

from starwhale.core.errors import StarwhaleError
from starwhale.models.facts.formats import HEAD, format_of, is_certain, is_possible
from starwhale.models.facts.source import Read, Source
from starwhale.models.facts.values import FileFacts

MOST_FILES = 2000
"""How many files of a package are opened."""

_log = logging.getLogger(__name__)


class Entry(Protocol):
    """A file of a package."""

    @property
    def path(self) -> str:
        """Where it lies in the package."""
        ...

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    @property
    def digest(self) -> str:
        """Of its content."""
        ...


File = TypeVar("File", bound=Entry)


def facts_of_tree(entries: Iterable[File], opened: Callable[[File], Read]) -> list[FileFacts]:
    """What the files of a package say about the model.

    Ranges of the files are read, never all of one that is large. A file that cannot be read, or is not what
    its name says, has the reason among its facts; it stops nothing.

    Args:
        entries: The files; those whose names belong to no model are not opened.
        opened: Gives what reads ranges of a file.

    Returns:
        By path; nothing of files that are no models.
    """
    found: list[FileFacts] = []
    known: dict[str, FileFacts | None] = {}
    chosen = sorted(
        (each for each in entries if each.size and is_possible(each.path)),
        key=lambda each: (not is_certain(each.path), each.path),
    )
    for each in chosen[:MOST_FILES]:
        name = each.path.rpartition("/")[2]
        key = f"{each.digest} {name}"
        if key not in known:
            known[key] = facts_of_file(each.path, each.size, opened(each))
        facts = known[key]
        if facts is not None:
            found.append(replace(facts, path=each.path))
    for each in chosen[MOST_FILES:]:
        if not is_certain(each.path):
            _log.info("%s was not looked at: there are more than %d such files", each.path, MOST_FILES)
            continue
        problem = f"it was not looked at: the package has more than {MOST_FILES} such files"
        found.append(FileFacts(path=each.path, format=each.path.rpartition(".")[2], problem=problem))
    return sorted(found, key=lambda each: each.path)


def facts_of_file(path: str, size: int, read: Read) -> FileFacts | None:
    """What one file says about a model.

    Args:
        path: Its name tells which formats it may have.
        size: Bytes.
        read: Gives ranges of it.

    Returns:
        None for a file that is no model.
    """
    name = path.rpartition(".")[2]
    try:
        kind = format_of(path, Source(read, size).head(HEAD))
        if kind is None:
            return None
        name = kind.name
        return kind.read(Source(read, size, most=kind.most), path)
    except StarwhaleError as error:
        return FileFacts(path=path, format=name, problem=error.message)

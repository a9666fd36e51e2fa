"""Facts of all files of a package."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol, TypeVar

from starwhale.core.errors import StarwhaleError
from starwhale.models.facts.formats import HEAD, format_of, is_certain, is_possible
from starwhale.models.facts.source import Read, Source
from starwhale.models.facts.values import FileFacts

MOST_FILES = 2000
"""How many files of a package are opened."""
MOST_LISTED = 20_000
"""Tensors of all files of a package that are listed."""
MOST_TOLD = 8 << 20
"""Bytes of what all files of a package say, as text; beyond it they say only what they are and import."""
_MOST_IMPORTS = 16
_LONGEST_IMPORT = 200
_MOST_DTYPES = 32

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


def facts_of_tree(
    entries: Iterable[File], opened: Callable[[File], Read], *, patience: float = math.inf
) -> list[FileFacts]:
    """What the files of a package say about the model.

    Ranges of the files are read, never all of one that is large. A file that cannot be read, or is not what
    its name says, has the reason among its facts; it stops nothing.

    Args:
        entries: The files; those whose names belong to no model are not opened.
        opened: Gives what reads ranges of a file.
        patience: Seconds after which no other file is opened.

    Returns:
        By path; nothing of files that are no models.
    """
    found: list[FileFacts] = []
    until, room, told = time.monotonic() + patience, MOST_LISTED, MOST_TOLD
    known: dict[str, FileFacts | None] = {}
    lengths: dict[str, int] = {}
    chosen = sorted(
        (each for each in entries if each.size and is_possible(each.path)),
        key=lambda each: (not is_certain(each.path), each.path),
    )
    for each in chosen[:MOST_FILES]:
        name = each.path.rpartition("/")[2]
        key = f"{each.digest} {name}"
        if key not in known:
            known[key] = (
                facts_of_file(each.path, each.size, opened(each))
                if time.monotonic() < until
                else replace(_passed_over(each.path, "the files before it took too long"), late=True)
            )
            lengths[key] = _length(known[key])
        facts = known[key]
        if facts is None:
            continue
        tensors = facts.tensors[:room]
        length = lengths[key] + sum(len(tensor.name) for tensor in tensors)
        if length > told:
            # One content may lie under a thousand names, and others are not kept longer than they are shown.
            facts = known[key] = _shortened(facts)
            tensors, length = (), 0
            lengths[key] = 0
        room -= len(tensors)
        told -= length
        found.append(replace(facts, path=each.path, tensors=tensors))
    for each in chosen[MOST_FILES:]:
        if not is_certain(each.path):
            _log.info("%s was not looked at: there are more than %d such files", each.path, MOST_FILES)
            continue
        found.append(_passed_over(each.path, f"the package has more than {MOST_FILES} such files"))
    return sorted(found, key=lambda each: each.path)


def _passed_over(path: str, why: str) -> FileFacts:
    return FileFacts(path=path, format=path.rpartition(".")[2], problem=f"it was not looked at: {why}")


def _length(facts: FileFacts | None) -> int:
    """Bytes of what a file says as text, but for its tensors, which are counted as far as they are listed."""
    return 0 if facts is None else len(json.dumps(replace(facts, tensors=()).to_json()))


def _shortened(facts: FileFacts) -> FileFacts:
    """What a file is, and the worst that it imports."""
    why = "some of what it says is left out: the files of the package say too much"
    return replace(
        facts,
        tensors=(),
        inputs=(),
        outputs=(),
        details={},
        dtypes=facts.dtypes if len(facts.dtypes) <= _MOST_DTYPES else {},
        imports=tuple(
            replace(each, name=each.name[:_LONGEST_IMPORT]) for each in facts.imports[:_MOST_IMPORTS]
        ),
        problem=f"{facts.problem}; {why}" if facts.problem else why,
    )


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

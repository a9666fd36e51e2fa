"""Reads YAML that people write, and remembers on which line everything stood.

Safe tags only, one meaning per key, and bounds on size, depth and on what aliases expand to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from starwhale.core.errors import InvalidSpec, NotFound, UsageError
from starwhale.core.names import quoted

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence
    from pathlib import Path

LARGEST_BYTES = 256 << 10
_MOST_NODES = 100_000
_MERGE = "tag:yaml.org,2002:merge"
_TEXT = "tag:yaml.org,2002:str"
_TIMESTAMP = "tag:yaml.org,2002:timestamp"

# What PyYAML lets escape when a scalar does not fit its explicit tag, such as `!!int ""`.
_MISFITS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One YAML document.

    Attributes:
        origin: The file as messages name it.
        data: Dicts with text keys, lists, texts, numbers, true, false, None; an empty file is ``{}``. May
            also be passed by a caller, and then has no lines.
    """

    origin: str
    data: Any
    _root: yaml.Node | None = field(default=None, repr=False, compare=False)

    def line(self, path: Sequence[str | int] = ()) -> int:
        """The line, counted from 1, on which the value at `path` begins, or the nearest one above it."""
        node, line = self._root, 1
        for part in (None, *path):
            node = node if part is None else _child(node, part)
            if node is None:
                break
            line = node.start_mark.line + 1
        return line

    def error(self, message: str, path: Sequence[str | int] = (), *, hint: str = "") -> InvalidSpec:
        """An error about the value at `path`, which names the file and the line."""
        place = self.origin if self._root is None else f"{self.origin}, line {self.line(path)}"
        return InvalidSpec(f"{place}: {message}", hint=hint)


def read_document(path: Path) -> Document:
    """Read a YAML file.

    Raises:
        NotFound: there is no such file.
        UsageError: it cannot be read.
        InvalidSpec: it is not YAML, or more than a document that people write would be.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError as exc:
        raise NotFound(f"there is no file {str(path)!r}") from exc
    except OSError as exc:
        raise UsageError(f"{str(path)!r} cannot be read: {exc.strerror}") from exc
    return parse_document(content, origin=str(path))


def parse_document(content: bytes | str, *, origin: str) -> Document:
    """Read YAML.

    Args:
        content: One document, UTF-8.
        origin: What messages call it.

    Raises:
        InvalidSpec: it is not YAML, or more than a document that people write would be.
    """
    if len(content) > LARGEST_BYTES:
        raise InvalidSpec(f"{origin} is larger than {LARGEST_BYTES >> 10} KiB")
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
    except UnicodeDecodeError as exc:
        raise InvalidSpec(f"{origin} is not UTF-8, byte {exc.start} is wrong") from exc
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is None:
            return Document(origin=origin, data={})
        _check(root, origin)
        return Document(origin=origin, data=loader.construct_document(root), _root=root)
    except yaml.YAMLError as exc:
        raise InvalidSpec(_not_yaml(exc, origin, text)) from exc
    except RecursionError as exc:
        raise InvalidSpec(f"{origin} is nested too deeply") from exc
    except _MISFITS as exc:
        raise InvalidSpec(f"{origin} has a value that does not fit its tag") from exc


class _Loader(yaml.SafeLoader):
    """The safe loader, except that a date stays the text that was written."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _check(root: yaml.Node, origin: str) -> None:
    """Refuse what would blow up or hide something, before anything is built from the nodes."""
    if _weigh(root, origin, {}) > _MOST_NODES:
        raise InvalidSpec(f"{origin} expands to more than {_MOST_NODES:,} values")


def _weigh(node: yaml.Node, origin: str, known: dict[int, int]) -> int:
    # A node that several aliases share is visited once and counted as often as it appears.
    if id(node) in known:
        weight = known[id(node)]
        if weight == 0:
            raise InvalidSpec(f"{origin}, line {node.start_mark.line + 1}: an alias refers to itself")
        return weight
    known[id(node)] = 0
    if isinstance(node, yaml.MappingNode):
        _check_keys(node, origin)
    weight = 1 + sum(_weigh(child, origin, known) for child in _children(node))
    known[id(node)] = weight
    return weight


def _check_keys(node: yaml.MappingNode, origin: str) -> None:
    seen: set[Hashable] = set()
    for key, _ in node.value:
        place = f"{origin}, line {key.start_mark.line + 1}"
        if key.tag == _MERGE:
            continue
        if key.tag != _TEXT:
            raise InvalidSpec(f"{place}: the key {_written(key)} is not text", hint="write it in quotes")
        if key.value in seen:
            raise InvalidSpec(f"{place}: the key {quoted(key.value)} is there twice")
        seen.add(key.value)


def _written(node: yaml.Node) -> str:
    return quoted(node.value) if isinstance(node, yaml.ScalarNode) else "of this mapping"


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        yield from (value for _, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _child(node: yaml.Node | None, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part]
    return None


def _not_yaml(exc: yaml.YAMLError, origin: str, text: str) -> str:
    if isinstance(exc, yaml.MarkedYAMLError):
        mark = exc.problem_mark or exc.context_mark
        problem = exc.problem or exc.context or "it ends too early"
        return f"{origin}, line {mark.line + 1 if mark else 1}: this is not valid YAML: {problem}"
    if isinstance(exc, yaml.reader.ReaderError):
        line = text.count("\n", 0, exc.position) + 1
        return f"{origin}, line {line}: the character {chr(exc.character)!r} is not allowed in YAML"
    return f"{origin} is not valid YAML"

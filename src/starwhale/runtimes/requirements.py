"""Files of requirements as pip reads them, made flat: no file refers to another any more."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from starwhale.core.errors import InvalidSpec
from starwhale.core.names import quoted
from starwhale.runtimes.indexes import Indexes
from starwhale.storage.objects.disk_errors import source_errors

_LARGEST = 4 << 20
_DEEPEST = 20
_COMMENT = re.compile(r"(^|\s)#.*$")
_NAMED_FILE = re.compile(r"(?P<name>[\w.\[\], -]+?)\s*@\s*(?P<place>file:.*)", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HASH = re.compile(r"--hash[=\s]\s*(\S+)")
_SHORT = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-i": "--index-url",
    "-f": "--find-links",
}
_PASSED = ("--no-binary", "--only-binary")
_IDLE = {"--prefer-binary", "--require-hashes", "--use-feature", "--no-use-pep517", "--use-pep517"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """A requirement that lies on this machine.

    Attributes:
        path: A wheel or a directory of a project.
        editable: It was asked for with ``-e``.
        where: The file and the line that ask for it.
    """

    path: Path
    editable: bool
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """What is asked for, in the order of the files.

    Attributes:
        lines: Requirements, one each, without hashes.
        constraints: Bounds on what may be chosen.
        hashes: The hashes that the author allows, by requirement.
        local: Wheels and directories of this machine.
        indexes: Where to look, as far as the files say it.
        options: ``--pre``, ``--no-binary X``, ``--only-binary X``: words for the resolver.
    """

    lines: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    hashes: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    local: tuple[Local, ...] = ()
    indexes: Indexes = field(default_factory=Indexes)
    options: tuple[str, ...] = ()

    def __add__(self, other: Requirements) -> Requirements:
        return Requirements(
            lines=tuple(dict.fromkeys((*self.lines, *other.lines))),
            constraints=tuple(dict.fromkeys((*self.constraints, *other.constraints))),
            hashes={**self.hashes, **other.hashes},
            local=(*self.local, *other.local),
            indexes=self.indexes.over(other.indexes),
            options=tuple(dict.fromkeys((*self.options, *other.options))),
        )


def read_file(path: Path) -> Requirements:
    """Read a file of requirements and all that it includes.

    Raises:
        NotFound: there is no such file.
        InvalidSpec: a line is none that pip would take, or two files include each other.
    """
    return _Reader().file(path)


def read_lines(lines: Iterable[str], base: Path, origin: str) -> Requirements:
    """Read requirements that stand elsewhere than in a file of their own.

    Args:
        lines: One requirement each, with all that a line of a file may have.
        base: Directory that relative paths begin in.
        origin: What messages call the place.
    """
    return _Reader().lines([(origin, line) for line in lines], base, ())


def name_of(line: str) -> str:
    """The normal name of the package that a requirement asks for; empty for a bare address."""
    found = _NAME.match(line)
    return normal(found.group()) if found and not _URL.match(line) else ""


def normal(name: str) -> str:
    """The one spelling of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


class _Reader:
    def file(self, path: Path, above: tuple[Path, ...] = (), *, constraint: bool = False) -> Requirements:
        path = path.resolve()
        if path in above or len(above) > _DEEPEST:
            raise InvalidSpec(f"{path} includes itself")
        with source_errors(path):
            content = path.read_bytes()
        if len(content) > _LARGEST:
            raise InvalidSpec(f"{path} is too large for a file of requirements")
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as exc:
            raise InvalidSpec(f"{path} is not UTF-8, byte {exc.start} is wrong") from exc
        if "\0" in text:
            raise InvalidSpec(f"{path} is no file of text")
        numbered = [(f"{path.name}, line {number}", line) for number, line in _joined(text)]
        return self.lines(numbered, path.parent, (*above, path), constraint=constraint)

    def lines(
        self,
        lines: Sequence[tuple[str, str]],
        base: Path,
        above: tuple[Path, ...],
        *,
        constraint: bool = False,
    ) -> Requirements:
        found = Requirements()
        for where, line in lines:
            text = _COMMENT.sub("", line).strip()
            if text.startswith("-"):
                found += self._option(text, where, base, above, constraint=constraint)
            elif text:
                found += _requirement(text, where, base, constraint=constraint)
        return found

    def _option(
        self, text: str, where: str, base: Path, above: tuple[Path, ...], *, constraint: bool
    ) -> Requirements:
        name, value = _split(text, where)
        if name in {"--requirement", "--constraint"}:
            if _URL.match(value):
                raise InvalidSpec(
                    f"{where}: {quoted(value)} is not a file of this machine", hint="download it"
                )
            return self.file(base / value, above, constraint=constraint or name == "--constraint")
        if name == "--editable":
            if _URL.match(value) and not value.lower().startswith("file:"):
                return _requirement(value, where, base, constraint=constraint)  # a repository is no directory
            return Requirements(local=(Local(path=_place(value, base), editable=True, where=where),))
        return _setting(name, value, where, base)


def _setting(name: str, value: str, where: str, base: Path) -> Requirements:
    match name:
        case "--index-url" | "--pypi-url":
            return Requirements(indexes=Indexes(default=value))
        case "--extra-index-url":
            return Requirements(indexes=Indexes(extra=(value,)))
        case "--find-links":
            place = value if _URL.match(value) else str(base / value)
            return Requirements(indexes=Indexes(links=(place,)))
        case "--trusted-host":
            return Requirements(indexes=Indexes(trusted=(value,)))
        case "--no-index":
            return Requirements(indexes=Indexes(alone=True))
        case "--pre":
            return Requirements(options=("--prerelease=allow",))
        case _ if name in _PASSED:
            return Requirements(options=tuple(f"{name}={each}" for each in value.split(",")))
        case _ if name in _IDLE:
            return Requirements()
        case _:
            raise InvalidSpec(f"{where}: there is no option {quoted(name)} for a file of requirements")


def _split(text: str, where: str) -> tuple[str, str]:
    """An option and its value, however they are put together: ``-r x``, ``-rx``, ``--requirement=x``."""
    if not text.startswith("--"):
        short, value = text[:2], text[2:].removeprefix("=").strip()
        return _SHORT.get(short, short), _unquoted(value, where)
    name, value = re.match(r"([^=\s]+)[=\s]*(.*)", text).groups()  # pyright: ignore[reportOptionalMemberAccess] - it begins with --
    return name, _unquoted(value, where)


def _unquoted(value: str, where: str) -> str:
    try:
        words = shlex.split(value)
    except ValueError as exc:
        raise InvalidSpec(f"{where}: a quote is not closed") from exc
    return " ".join(words)


def _requirement(text: str, where: str, base: Path, *, constraint: bool) -> Requirements:
    hashes = frozenset(_HASH.findall(text))
    line = " ".join(re.split(r"\s--[a-z]", text, maxsplit=1)[0].split())
    path = _local(line, base)
    if path is not None:
        return Requirements(local=(Local(path=path, editable=False, where=where),))
    if not _URL.match(line) and not name_of(line):
        raise InvalidSpec(f"{where}: {quoted(line)} is not a requirement", hint="write it like 'numpy>=1.26'")
    line = _with_name(line)
    return Requirements(
        lines=() if constraint else (line,),
        constraints=(line,) if constraint else (),
        hashes={line: hashes} if hashes else {},
    )


def _with_name(line: str) -> str:
    # `git+https://…#egg=name` is how it was written before there was `name @ git+https://…`.
    if not _URL.match(line):
        return line
    address, _, fragment = line.partition("#")
    egg = re.search(r"(?:^|&)egg=([^&\s;]+)", fragment)
    return f"{egg[1]} @ {address}" if egg else line


def _local(line: str, base: Path) -> Path | None:
    """Where a requirement lies on this machine; None when it does not."""
    named = _NAMED_FILE.fullmatch(line)
    text = named["place"] if named else line
    bare = re.split(r"\s*;", text, maxsplit=1)[0].strip()
    if bare.lower().startswith("file:") or bare.startswith(("./", "../", "/", "~/")) or bare in {".", ".."}:
        return _place(bare, base)
    if bare.endswith(".whl") and not _URL.match(bare) and " @ " not in bare:
        return _place(bare, base)
    return None


def _place(text: str, base: Path) -> Path:
    from urllib.parse import unquote

    if text.lower().startswith("file:"):
        text = unquote(text[5:].partition("#")[0])
        text = "/" + text.lstrip("/") if text.startswith("/") else text
    text = re.sub(r"\[[\w,\s.-]*\]$", "", text)
    return (base / Path(text).expanduser()).resolve()


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Lines with the number of their first part; a backslash at the end goes on with the next one."""
    parts: list[str] = []
    first = 1
    for number, line in enumerate(text.splitlines(), 1):
        if not parts:
            first = number
        is_comment = line.lstrip().startswith("#")
        if line.endswith("\\") and not is_comment:
            parts.append(line[:-1])
            continue
        # A comment ends a joined line, as it does for pip.
        parts.append("" if parts and is_comment else line)
        yield first, "".join(parts)
        parts = []
    if parts:
        yield first, "".join(parts)

"""Which files of a directory stay out of a package."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fnmatch import translate
from pathlib import Path
from typing import Self

from starwhale.core.errors import UsageError
from starwhale.storage.objects.disk_errors import source_errors

FILE_NAME = ".swignore"
BUILT_IN = ("__pycache__", "*.pyc", ".git")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of a `.swignore`, as `fnmatch` reads it.

    It is held against the whole path and, when it has no slash, against every name in it; what is below a
    directory that matches stays out as well. A slash at the end means directories only, one at the
    beginning the root only; ``**/`` at the beginning is any depth, none included.
    """

    text: str
    only_directories: bool = field(init=False)
    _matches: re.Pattern[str] = field(init=False, repr=False)
    _by_name: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        body = self.text.removesuffix("/").removeprefix("./")
        by_name = "/" not in body or (body.startswith("**/") and "/" not in body[3:])
        body = body.removeprefix("**/") if by_name else body.removeprefix("/")
        object.__setattr__(self, "only_directories", self.text.endswith("/"))
        object.__setattr__(self, "_by_name", by_name)
        deep = body.startswith("**/")
        choices = [translate(body), translate(body[3:])] if deep else [translate(body)]
        object.__setattr__(self, "_matches", re.compile("|".join(choices)))

    def matches(self, path: str, *, directory: bool) -> bool:
        """Whether this very file or directory stays out."""
        if self.only_directories and not directory:
            return False
        name = path.rpartition("/")[2] if self._by_name else path
        return self._matches.fullmatch(name) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """What stays out: what the user names, and what hardly anybody wants in a package.

    Args:
        patterns: The user's.
        add_all: Keep what is only there by itself: ``__pycache__``, ``*.pyc``, ``.git`` and environments of
            venv and conda. The user's own patterns hold all the same.
    """

    patterns: tuple[Pattern, ...] = ()
    add_all: bool = False

    @classmethod
    def read(cls, root: Path, *, extra: Iterable[str] = (), add_all: bool = False) -> Self:
        """The rules of a directory: its `.swignore`, if there is one, and `extra` patterns.

        Raises:
            UsageError: the file cannot be read as text.
        """
        lines: list[str] = []
        path = root / FILE_NAME
        if path.is_file():
            try:
                with source_errors(path):
                    lines = path.read_text(encoding="utf-8-sig").splitlines()
            except UnicodeDecodeError as exc:
                raise UsageError(f"{path} is not UTF-8 text") from exc
        own = [line.strip() for line in lines if not line.lstrip().startswith("#")]
        texts = [text for text in [*own, *extra] if text.strip("/")]
        return cls(patterns=tuple(Pattern(text) for text in texts), add_all=add_all)

    def with_pattern(self, text: str) -> Self:
        """The same rules and one more pattern."""
        return replace(self, patterns=(*self.patterns, Pattern(text)))

    def skips_file(self, path: str) -> bool:
        """Whether the file with this path from the root stays out; those above it were asked before."""
        return self._skips(path, directory=False)

    def skips_directory(self, path: str, place: Path) -> bool:
        """Whether a directory stays out, with all that is in it."""
        return self._skips(path, directory=True) or (not self.add_all and _is_environment(place))

    def _skips(self, path: str, *, directory: bool) -> bool:
        if any(pattern.matches(path, directory=directory) for pattern in self.patterns):
            return True
        return not self.add_all and any(pattern.matches(path, directory=directory) for pattern in _BUILT_IN)


_BUILT_IN = tuple(Pattern(text) for text in BUILT_IN)


def _is_environment(place: Path) -> bool:
    """Whether a directory is an environment of venv, virtualenv, uv or conda, whatever its name is."""
    return (place / "pyvenv.cfg").is_file() or (place / "conda-meta").is_dir()
